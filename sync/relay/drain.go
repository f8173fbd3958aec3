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
	doubts   int       // of them without a clear answer
	until    time.Time // not to be tried before
}

// drain sends what the journal has open, until ctx ends.
func (r *Relay) drain(ctx context.Context) error {
	changed, cancel := r.o.Journal.Subscribe()
	defer cancel()
	for ctx.Err() == nil {
		hs, wait := r.pick()
		switch len(hs) {
		case 0:
		case 1:
			r.send(ctx, hs[0])
			continue
		default:
			r.sendAll(ctx, hs)
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

// pick chooses what to send next and claims its sales: the oldest of those that
// have failed least, together with those behind it that may go in one batch with
// it. If there is nothing now it says how long to wait at most.
func (r *Relay) pick() (best []journal.Head, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if left := max(r.line.notBefore.Sub(now), r.stuck.Sub(now)); left > 0 {
		return nil, left
	}
	if left := r.line.until.Sub(now); left > 0 && !r.link.Online {
		return nil, left
	}
	wait = idle
	least, room := 0, 0
	r.o.Journal.Next(func(h journal.Head) bool {
		if r.busy[h.Sale] != nil {
			return true
		}
		failures, most := 0, r.together(h, now)
		if f := r.held[h.Key]; f != nil {
			if left := f.until.Sub(now); left > 0 {
				wait = min(wait, left)
				return true
			}
			failures = f.failures
		}
		switch {
		case best == nil || failures < least:
			best, least, room = append(best[:0], h), failures, most
		case failures == least && len(best) < min(room, most):
			best, room = append(best, h), min(room, most)
		}
		return least > 0 || len(best) < room // nothing is better than what has not failed
	})
	for _, h := range best {
		r.busy[h.Sale] = make(chan struct{})
	}
	return best, wait
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
	s, err := r.mark(key)
	if errors.Is(err, journal.ErrSettled) {
		return s.Entry, nil
	}
	if err != nil {
		return r.failed(key, err)
	}
	apply := r.o.Provider.Apply
	if p, ok := r.o.Provider.(loyalty.Careful); ok && s.before.State == journal.Unknown {
		apply = p.Again
	}
	var out loyalty.Outcome
	cause := r.call(ctx, func(ctx context.Context) (err error) {
		out, err = apply(ctx, s.Op)
		return err
	})
	return r.settle(s, out, cause)
}

// sending is an operation as it goes out.
type sending struct {
	journal.Entry
	before journal.Entry // it was marked as sent
}

// mark marks an operation as sent, durably.
func (r *Relay) mark(key loyalty.Key) (s sending, err error) {
	if s.before, err = r.o.Journal.Get(key); err == nil {
		s.Entry, err = r.o.Journal.Sending(key)
	}
	if err != nil && !errors.Is(err, journal.ErrSettled) {
		r.stop(err)
	}
	return s, err
}

// settle writes down what became of an operation that was sent.
func (r *Relay) settle(s sending, out loyalty.Outcome, cause error) (journal.Entry, error) {
	customer, key := out.Customer, s.Op.Key
	e, err := r.o.Journal.Settle(key, out, cause)
	if err != nil {
		// It stays unknown in the journal, and is asked for again.
		r.stop(err)
		return r.failed(key, err)
	}
	r.stop(nil)
	if cause == nil && customer != nil {
		r.keep(*customer)
	}
	if e.NeedsPerson() && !s.before.NeedsPerson() {
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
	why := r.link.Journal
	r.stuck, r.link.Journal = time.Time{}, ""
	if cause != nil {
		r.stuck, r.link.Journal = time.Now().Add(stuckPause), journal.DiskReason(cause)
	}
	changed := why != r.link.Journal
	r.mu.Unlock()
	if changed {
		r.Notify()
	}
	switch {
	case cause != nil && was.IsZero():
		r.o.Log.Error("the journal takes nothing: nothing is sent until it does", "err", cause)
	case cause == nil && !was.IsZero():
		r.o.Log.Info("the journal can be written again")
	}
}

// failed puts an operation off. That there was no link says nothing of the
// operation: the link has its own pause.
func (r *Relay) failed(key loyalty.Key, cause error) (journal.Entry, error) {
	r.mu.Lock()
	if loyalty.Judge(cause) == loyalty.Later && !r.link.Online {
		r.mu.Unlock()
		return r.word(key, cause)
	}
	h := r.held[key]
	if h == nil {
		h = &held{}
		r.held[key] = h
	}
	h.failures++
	wait := r.pause(h.failures)
	var u *loyalty.Unavailable
	if errors.As(cause, &u) {
		wait = max(wait, u.After)
	}
	switch loyalty.Judge(cause) {
	case loyalty.Unknown:
		h.doubts++
	case loyalty.Doubt:
		wait = idle // until a person has settled it; it does no harm to look
	}
	h.until = time.Now().Add(wait)
	r.mu.Unlock()
	return r.word(key, cause)
}
