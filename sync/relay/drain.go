package relay

import (
	"context"
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// held is an operation that failed.
type held struct {
	failures int
	until    time.Time // not to be tried before
}

// drain sends what the journal has open, until ctx ends.
func (r *Relay) drain(ctx context.Context) error {
	changed, cancel := r.o.Journal.Subscribe()
	defer cancel()
	for ctx.Err() == nil {
		h, wait, ok := r.pick()
		if ok {
			r.send(ctx, h)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-r.drainNow:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// idle is how long the drain waits when nothing tells it to look sooner.
const idle = time.Hour

// pick chooses what to send next and claims its sale: the oldest of those that
// have failed least. If there is nothing now it says how long to wait at most.
func (r *Relay) pick() (best journal.Head, wait time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if left := max(r.line.notBefore.Sub(now), r.stuck.Sub(now)); left > 0 {
		return best, left, false
	}
	if left := r.line.until.Sub(now); left > 0 && !r.link.Online {
		return best, left, false
	}
	wait = idle
	least := 0
	first, fresh := r.o.Journal.Next(func(h journal.Head) bool {
		if r.busy[h.Sale] != nil {
			return true
		}
		f := r.held[h.Key]
		if f == nil {
			return false
		}
		if left := f.until.Sub(now); left > 0 {
			wait = min(wait, left)
		} else if !ok || f.failures < least {
			best, least, ok = h, f.failures, true
		}
		return true
	})
	if fresh {
		best, ok = first, true
	}
	if ok {
		r.busy[best.Sale] = make(chan struct{})
	}
	return best, wait, ok
}

// send tries an operation whose sale is claimed, and lets go of the sale.
func (r *Relay) send(ctx context.Context, h journal.Head) {
	defer r.release(h.Sale)
	if _, err := r.attempt(ctx, h.Key); err != nil {
		r.o.Log.Debug("operation waits", "op", h.Key, "err", plain(err))
	}
}

// claim waits until no operation of the sale is on its way, and takes its place.
func (r *Relay) claim(ctx context.Context, sale loyalty.Key) error {
	for {
		r.mu.Lock()
		back := r.busy[sale]
		if back == nil {
			r.busy[sale] = make(chan struct{})
			r.mu.Unlock()
			return nil
		}
		r.mu.Unlock()
		select {
		case <-back:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *Relay) release(sale loyalty.Key) {
	r.mu.Lock()
	close(r.busy[sale])
	delete(r.busy, sale)
	r.mu.Unlock()
	tell(r.drainNow)
}

// attempt sends one operation once: marked as sent before the first byte,
// settled after. The sale is claimed by the caller. The error is why it is
// still open; nil if it is not.
func (r *Relay) attempt(ctx context.Context, key loyalty.Key) (journal.Entry, error) {
	if err := r.mayCall(); err != nil {
		return r.failed(key, err)
	}
	before, err := r.o.Journal.Get(key)
	if err != nil {
		r.stop(err)
		return r.failed(key, err)
	}
	e, err := r.o.Journal.Sending(key)
	if errors.Is(err, journal.ErrSettled) {
		return e, nil
	}
	if err != nil {
		r.stop(err)
		return r.failed(key, err)
	}
	apply := r.o.Provider.Apply
	if p, ok := r.o.Provider.(loyalty.Careful); ok && before.State == journal.Unknown {
		apply = p.Again
	}
	var out loyalty.Outcome
	cause := r.call(ctx, func(ctx context.Context) (err error) {
		out, err = apply(ctx, e.Op)
		return err
	})
	customer := out.Customer
	e, err = r.o.Journal.Settle(key, out, cause)
	if err != nil {
		// It stays unknown in the journal, and is asked for again.
		r.stop(err)
		return r.failed(key, err)
	}
	r.stop(nil)
	if cause == nil && customer != nil {
		r.keep(*customer)
	}
	if e.NeedsPerson() && !before.NeedsPerson() {
		r.o.Log.Warn("a person has to act", "op", e.Op, "state", string(e.State), "why", plain(cause))
	}
	if e.Open() {
		return r.failed(key, cause)
	}
	r.mu.Lock()
	delete(r.held, key)
	r.mu.Unlock()
	return e, nil
}

// stuckPause is how long nothing is sent when the journal can not be written: a
// full disk does not become empty by asking it for every operation.
const stuckPause = 5 * time.Second

// stop takes in whether the journal could be written.
func (r *Relay) stop(cause error) {
	r.mu.Lock()
	was := r.stuck
	r.stuck = time.Time{}
	if cause != nil {
		r.stuck = time.Now().Add(stuckPause)
	}
	r.mu.Unlock()
	switch {
	case cause != nil && was.IsZero():
		r.o.Log.Error("the journal takes nothing: nothing is sent until it does", "err", cause)
	case cause == nil && !was.IsZero():
		r.o.Log.Info("the journal can be written again")
	}
}

// failed puts an operation off.
func (r *Relay) failed(key loyalty.Key, cause error) (journal.Entry, error) {
	r.mu.Lock()
	h := r.held[key]
	if h == nil {
		h = &held{}
		r.held[key] = h
	}
	h.failures++
	h.until = time.Now().Add(r.pause(h.failures))
	if loyalty.Judge(cause) == loyalty.Doubt {
		h.until = time.Now().Add(idle) // until a person has settled it; it does no harm to look
	}
	r.mu.Unlock()
	return r.word(key, cause)
}
