package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// together is with how many others an operation may go in a batch, itself counted.
// One that somebody waits for goes alone, and so does the one that finds out whether
// the link is back: marks cost the disk something. So does one of which nothing clear was
// heard twice; after the first time the batches are small: whatever a server can
// not swallow then holds up nine others, once, and not all.
func (r *Relay) together(h journal.Head, now time.Time) int {
	if _, can := r.o.Provider.(loyalty.Batcher); !can || !h.Late || !r.link.Online || now.Before(r.alone) {
		return 1
	}
	f := r.held[h.Key]
	switch {
	case f == nil || f.doubts == 0:
		return loyalty.MostInBatch
	case f.doubts == 1:
		return loyalty.MostInBatch / 10
	}
	return 1
}

// singly is for how long operations go one at a time when the server takes no
// batches; it may have been renewed by then.
const singly = time.Hour

// sendAll tries operations whose sales are claimed with one call, and lets go of
// the sales. All are marked before the first byte and settled after the last; the
// marks are one commit of the journal, and the outcomes share one.
func (r *Relay) sendAll(ctx context.Context, hs []journal.Head) {
	defer func() {
		for _, h := range hs {
			r.release(h.Sale)
		}
	}()
	var all []sending
	if err := r.mayCall(); err == nil {
		all = r.markAll(r.fit(hs))
	}
	if len(all) == 0 {
		return
	}
	ops := make([]loyalty.Operation, len(all))
	for i, s := range all {
		ops[i] = s.Op
	}
	results, cause := r.applyAll(ctx, ops)
	each(len(all), func(i int) {
		out, err := loyalty.Outcome{}, cause
		if err == nil {
			out, err = results[i].Outcome, results[i].Err
		}
		if _, err := r.settle(all[i], out, err); err != nil {
			r.o.Log.Debug("operation waits", "op", all[i].Op.Key, "err", plain(err))
		}
	})
	if errors.Is(cause, errors.ErrUnsupported) { // they have not failed
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, s := range all {
			delete(r.held, s.Op.Key)
		}
	}
}

// fit is how many of the operations fit into a batch.
func (r *Relay) fit(hs []journal.Head) []journal.Head {
	lines := 0
	for i, h := range hs {
		e, err := r.o.Journal.Get(h.Key)
		if err != nil {
			return hs[:i+1] // the mark says what is wrong
		}
		if lines += e.Op.Lines(); i > 0 && lines > loyalty.MostLinesInBatch {
			return hs[:i]
		}
	}
	return hs
}

// markAll marks operations as sent and returns those that are to be sent.
func (r *Relay) markAll(hs []journal.Head) (all []sending) {
	before := make([]journal.Entry, len(hs))
	keys := make([]loyalty.Key, len(hs))
	for i, h := range hs {
		keys[i] = h.Key
		var err error
		if before[i], err = r.o.Journal.Get(h.Key); err != nil {
			r.stop(err)
			r.failed(h.Key, err)
			return nil
		}
	}
	marked, errs := r.o.Journal.SendingAll(keys)
	for i, err := range errs {
		switch {
		case err == nil:
			all = append(all, sending{marked[i], before[i]})
		case !errors.Is(err, journal.ErrSettled):
			r.stop(err)
			r.failed(keys[i], err)
		}
	}
	return all
}

// applyAll calls the provider. A server that takes no batches was reached, and
// has done nothing.
func (r *Relay) applyAll(ctx context.Context, ops []loyalty.Operation) (results []loyalty.Result, cause error) {
	var not error
	cause = r.call(ctx, func(ctx context.Context) (err error) {
		results, err = r.o.Provider.(loyalty.Batcher).ApplyAll(ctx, ops)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			not = err
			return nil
		case err == nil && len(results) != len(ops):
			return fmt.Errorf("%d answers to a batch of %d", len(results), len(ops))
		}
		return err
	})
	if not == nil {
		return results, cause
	}
	r.mu.Lock()
	r.alone = time.Now().Add(singly)
	r.mu.Unlock()
	r.o.Log.Info("the provider takes no batches: operations go one by one", "err", plain(not))
	return nil, &loyalty.Unavailable{Err: not}
}

// each does n things at the same time, so that what they write to the journal
// shares a commit, and what they put into the copy another.
func each(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}
