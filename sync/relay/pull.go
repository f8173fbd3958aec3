package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// soon is how long after a snapshot another is not taken, whatever the provider
// says: it would go on like that for ever and wear out the disk.
const soon = time.Minute

// sayEvery is how often the log says how far a fill has come.
const sayEvery = 10 * time.Second

// pull keeps the copy fresh until ctx ends.
func (r *Relay) pull(ctx context.Context) error {
	changed, cancel := r.o.Cache.Subscribe()
	defer cancel()
	failures := 0
	for ctx.Err() == nil {
		wait := time.Duration(float64(r.o.Pull) * (0.9 + 0.2*r.o.Jitter()))
		if err := r.pullOnce(ctx); err != nil {
			failures++
			wait = max(wait, r.pause(failures))
			var u *loyalty.Unavailable
			if errors.As(err, &u) {
				wait = max(wait, u.After)
			}
			if ctx.Err() == nil {
				r.o.Log.Debug("the copy was not brought up to date", "err", plain(err), "again in", wait)
			}
		} else {
			failures = 0
		}
		r.rest(ctx, wait, changed)
	}
	return nil
}

// rest waits; less if the link comes back or the copy was lost.
func (r *Relay) rest(ctx context.Context, wait time.Duration, changed <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	had := r.filled()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-r.pullNow:
			return
		case <-changed:
			if had && !r.filled() {
				return
			}
		}
	}
}

// filled says that the copy has been filled since it was made.
func (r *Relay) filled() bool { return !r.o.Cache.AsOf().IsZero() }

// pullOnce brings the copy up to date: by changes, or by a snapshot if it is
// empty or the provider no longer has the changes since.
func (r *Relay) pullOnce(ctx context.Context) error {
	if !r.filled() || r.isBehind(ctx) {
		return r.fill(ctx)
	}
	for {
		cursor := r.o.Cache.Cursor()
		var ch loyalty.Changes
		err := r.call(ctx, func(ctx context.Context) (err error) {
			ch, err = r.feed.Changes(ctx, cursor)
			return err
		})
		switch {
		case errors.Is(err, loyalty.ErrStartOver):
			if time.Since(r.filledAt) < soon {
				return errors.New("pull changes: the provider wants to start over right after a snapshot")
			}
			return r.fill(ctx)
		case err != nil:
			return fmt.Errorf("pull changes: %w", err)
		}
		if err := r.o.Cache.Apply(ch); err != nil {
			return err
		}
		if !ch.More {
			r.compare()
			return nil
		}
		if ch.Cursor == cursor {
			return errors.New("pull changes: there is more, but the cursor stays")
		}
	}
}

// fill replaces the copy by a snapshot.
func (r *Relay) fill(ctx context.Context) error {
	if err := r.mayCall(); err != nil {
		return err
	}
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := 4 * r.o.Timeout
	stalled := time.AfterFunc(patience, func() { cancel(errStalled) })
	defer stalled.Stop()
	r.witness()
	began := time.Now()
	var snap loyalty.Snapshot
	err := guarded(func() (err error) {
		snap, err = r.feed.Snapshot(within)
		return err
	})
	if err != nil {
		r.met(ctx, err)
		return fmt.Errorf("take a snapshot: %w", err)
	}
	defer snap.Close()
	said := began
	from := &counted{Snapshot: snap, step: func(n int) {
		stalled.Reset(patience)
		r.progress(&Progress{Done: n, Of: snap.Count()})
		if now := time.Now(); now.Sub(said) >= sayEvery {
			said = now
			r.o.Log.Info("the copy of the customers is being filled", "customers", n, "of", snap.Count())
		}
	}}
	resumed := int64(0)
	if s, ok := snap.(interface{ Resumed() int64 }); ok {
		resumed = s.Resumed()
	}
	r.o.Log.Info("the copy of the customers is being filled", "customers", 0, "of", snap.Count(), "bytes that had come before", resumed)
	from.step(0)
	defer r.progress(nil)
	err = guarded(func() error { return r.o.Cache.Fill(within, from) })
	if err != nil && context.Cause(within) == errStalled {
		from.err = errStalled
		err = fmt.Errorf("%w: %w", errStalled, err)
	}
	r.met(ctx, from.err) // a full disk of ours is no fault of the link
	if err != nil {
		return fmt.Errorf("take a snapshot: %w", err)
	}
	r.filledAt = time.Now()
	r.o.Log.Info("the copy of the customers is filled", "customers", r.o.Cache.Count(), "took", time.Since(began).Round(time.Millisecond))
	return nil
}

var errStalled = errors.New("the transfer stood still")

func (r *Relay) progress(p *Progress) {
	r.mu.Lock()
	r.link.Filling = p
	r.mu.Unlock()
	r.Notify()
}

// counted tells how many records of a snapshot have come, now and then.
type counted struct {
	loyalty.Snapshot
	n    int
	err  error // that it ended with before its end
	step func(n int)
}

func (c *counted) Next() (loyalty.Customer, error) {
	cust, err := c.Snapshot.Next()
	switch {
	case err == nil:
		if c.n++; c.n%500 == 0 {
			c.step(c.n)
		}
	case errors.Is(err, io.EOF):
		c.step(c.n)
	default:
		c.err = err
	}
	return cust, err
}
