package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Now tries an operation at once, ahead of every pause of the relay's own; the
// open ones before it in its sale go first. It returns with a nil error when
// the operation is settled (done, refused, resolved), with the reason when it
// surely can not be now, and with ctx's error when ctx ends. The entry is the
// journal's word in any case.
func (r *Relay) Now(ctx context.Context, key loyalty.Key) (journal.Entry, error) {
	for {
		e, err := r.o.Journal.Get(key)
		if err != nil || !e.Open() {
			return e, err
		}
		sale := e.Op.Sale.Key
		if err := r.claim(ctx, sale); err != nil {
			return r.word(key, fmt.Errorf("no answer yet: %w", err))
		}
		pause, err := r.ahead(ctx, sale)
		if err != nil && pause == 0 {
			return r.word(key, err)
		}
		if err := sleep(ctx, pause); err != nil {
			return r.word(key, fmt.Errorf("no clear answer yet: %w", err))
		}
	}
}

// word is what the journal says of an operation, with why it is not settled;
// without, if it is by now.
func (r *Relay) word(key loyalty.Key, cause error) (journal.Entry, error) {
	e, err := r.o.Journal.Get(key)
	if err != nil {
		return e, errors.Join(cause, err)
	}
	if !e.Open() {
		return e, nil
	}
	return e, cause
}

func sleep(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ahead sends the first open operation of a claimed sale and lets go of it. A
// pause means that there was no clear answer and that it is to be tried again.
func (r *Relay) ahead(ctx context.Context, sale loyalty.Key) (pause time.Duration, err error) {
	defer r.release(sale)
	h, ok := r.o.Journal.Ahead(sale)
	if !ok {
		return 0, nil
	}
	e, err := r.attempt(ctx, h.Key)
	if err == nil || loyalty.Judge(err) != loyalty.Unknown || !e.Open() || e.State != journal.Unknown {
		return 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	failures := 1
	if f := r.held[h.Key]; f != nil {
		failures = f.failures
	}
	return r.pause(failures), err
}
