package relay

import (
	"context"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// termsEvery is how often a provider without a feed is asked for its terms: they
// change a few times a year.
const termsEvery = 10 * time.Minute

// terms keeps the programme in the copy fresh until ctx ends. It is also what
// notices that the link is back while no customer comes.
func (r *Relay) terms(ctx context.Context, from loyalty.Termed) error {
	failures := 0
	for ctx.Err() == nil {
		wait := termsEvery
		var p loyalty.Programme
		err := r.call(ctx, func(ctx context.Context) (err error) {
			p, err = from.Programme(ctx)
			return err
		})
		if err == nil {
			err = r.o.Cache.SetProgramme(p)
		}
		if failures++; err == nil {
			failures = 0
		} else if wait = r.pause(failures); ctx.Err() == nil {
			r.o.Log.Debug("the terms were not brought up to date", "err", plain(err), "again in", wait)
		}
		r.rest(ctx, wait, nil)
	}
	return nil
}
