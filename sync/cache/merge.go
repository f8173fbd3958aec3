package cache

import (
	"context"
	"errors"
	"fmt"
)

// mergeAtLeast is how much is worth a merge, in bytes of changes.
const mergeAtLeast = 16 << 20

// merge is the merge under way, if any.
type merge struct {
	tail    int   // entries of the index in memory that go into a table
	atLeast int64 // bytes of changes
	retry   int64 // after a merge that failed: not before that many

	cancel context.CancelFunc
	done   chan struct{} // nil while there is none
	err    error         // of the last one
}

// Merge writes a new copy of what counts of this one now, under a new key, and
// waits for it: for the night, or because the key is to be another. Without it,
// merges come when the changes are as long as all the rest.
func (c *Cache) Merge() error {
	c.write.Lock()
	err := c.beginMerge()
	done := c.merge.done
	c.write.Unlock()
	if err != nil {
		return fmt.Errorf("merge the changes to the copy of the customers: %w", err)
	}
	<-done
	c.write.Lock()
	defer c.write.Unlock()
	return c.merge.err
}

// changes is how many bytes of changes the copy has. Those of one that was never
// filled are all.
func (s *store) changes() int64 { return s.roll.size - s.base }

// startMerge starts a merge if it is worth it. The write lock is held.
func (c *Cache) startMerge() {
	s := c.cur.Load()
	worth := s.base
	if !s.roll.head.filled {
		worth = 2 * s.liveBytes(c.state.Load().count)
	}
	if s.changes() < max(c.merge.atLeast, worth, c.merge.retry) || c.filling != nil || c.closed {
		return
	}
	if err := c.beginMerge(); err != nil {
		c.mergeFailed(err)
	}
}

// liveBytes is about what so many customers need.
func (s *store) liveBytes(customers int) int64 { return int64(customers) * 200 }

func (c *Cache) beginMerge() error {
	switch {
	case c.closed:
		return ErrClosed
	case c.filling != nil:
		return errors.New("a fill or merge is under way")
	}
	next, err := c.newStore()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.filling = next
	c.merge.cancel, c.merge.done = cancel, make(chan struct{})
	old := c.cur.Load()
	go c.runMerge(ctx, old, old.roll.size, next)
	return nil
}

// stopMerge gives up the merge under way and waits for its end. The write lock
// is not held.
func (c *Cache) stopMerge() {
	c.write.Lock()
	cancel, done := c.merge.cancel, c.merge.done
	c.write.Unlock()
	if done != nil {
		cancel()
		<-done
	}
}

func (c *Cache) runMerge(ctx context.Context, old *store, from int64, next *store) {
	s := *c.state.Load()
	err := old.copyTo(ctx, from, next, &s)
	if err == nil {
		from, err = c.carryMost(old, from, next, &s)
	}
	c.write.Lock()
	defer c.write.Unlock()
	defer close(c.merge.done)
	overtaken := ctx.Err() != nil || c.cur.Load() != old // by a fill, the end, or damage
	c.merge.cancel()
	c.filling, c.merge.done = nil, nil
	if err == nil && overtaken {
		err = context.Canceled
	}
	changes := old.changes()
	if err == nil {
		now := *c.state.Load()
		now.count = s.count
		s = now
		err = c.carry(old, from, old.roll.size, next, &s)
	}
	if want := c.state.Load().count; err == nil && s.count != want {
		err = old.damage(fmt.Errorf("it has %d customers, and should have %d", s.count, want))
	}
	if err == nil {
		err = c.swap(next, s)
	}
	c.merge.err = err
	if err != nil {
		err = errors.Join(err, next.remove())
		var d *Damage
		switch {
		case overtaken:
		case errors.As(err, &d):
			c.failLocked(old, d)
		default:
			c.mergeFailed(err)
		}
		return
	}
	c.log.Info("the changes to the copy of the customers were merged into it", "bytes", changes, "customers", s.count)
	c.merge.retry = 0
}

// mergeFailed puts the next attempt off. The copy is as good as before.
func (c *Cache) mergeFailed(err error) {
	changes := c.cur.Load().changes()
	c.merge.retry = changes + changes/4
	c.log.Warn("the changes to the copy of the customers can not be merged into it; later again", "bytes", changes, "err", err)
}

// copyTo builds a copy of the records that count, as far as they stand before an
// offset. Those that are overtaken meanwhile may be there or not: whoever calls
// takes over what stands behind.
func (s *store) copyTo(ctx context.Context, to int64, next *store, st *state) error {
	b, err := newBuild(next)
	if err != nil {
		return err
	}
	defer b.close()
	look := pool.Get().(*buffers)
	defer pool.Put(look)
	var failed error // to write
	n := 0
	err = s.roll.each(headSize, to, func(at place, sl slot) error {
		if n++; n%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if sl.kind == slotState {
			return nil
		}
		r, err := readSlot(at, sl)
		if err != nil {
			return err
		}
		id := r.customer.ID
		if !r.there() {
			id = r.gone.ID
		}
		s.mu.RLock()
		if s.closed {
			s.mu.RUnlock()
			return errStoreClosed
		}
		newest, err := s.overtaken(idHash(s.key, id), at, look)
		s.mu.RUnlock()
		switch {
		case err != nil:
			return err
		case newest != at:
			return nil
		case r.there():
			failed = b.put(&r.customer)
		default:
			failed = b.remove(r.gone)
		}
		return failed
	})
	switch {
	case err == nil:
		return b.finish(ctx, st)
	case failed != nil, errors.Is(err, context.Canceled), errors.Is(err, errStoreClosed):
		return err
	}
	return s.damage(err)
}
