package cache

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Fill replaces the copy by a snapshot as a whole. Lookups and changes go on in
// the old copy meanwhile; what changed there since the fill began is taken
// along if it is newer. A fill that fails, is cut or is cancelled leaves the old
// copy as it was. The snapshot is not closed.
func (c *Cache) Fill(ctx context.Context, snap loyalty.Snapshot) error {
	if err := c.fill(ctx, snap); err != nil {
		return fmt.Errorf("fill the copy of the customers: %w", err)
	}
	c.Notify()
	return nil
}

func (c *Cache) fill(ctx context.Context, snap loyalty.Snapshot) error {
	old, next, from, err := c.beginFill()
	if err != nil {
		return err
	}
	s := state{programme: snap.Programme(), cursor: snap.Cursor()}
	if err = c.pour(ctx, next, snap, &s); err == nil {
		from, err = c.carryMost(old, from, next, &s)
	}
	c.write.Lock()
	defer c.write.Unlock()
	c.filling = nil
	if err == nil && c.closed {
		err = ErrClosed
	}
	if err == nil && c.cur.Load() == old {
		err = c.carry(old, from, old.roll.size, next, &s)
	}
	var d *Damage
	if errors.As(err, &d) && d.Path == old.path { // what it can not give, the next changes will
		c.log.Warn("the old copy of the customers is damaged", "damage", d.Err)
		err = nil
	}
	if err == nil {
		s.asOf = now()
		err = c.swap(next, s)
	}
	if err != nil {
		return errors.Join(err, next.remove())
	}
	c.saved = s.asOf
	none := ""
	c.rebuilt.Store(&none)
	return nil
}

// beginFill makes the copy that is to be filled; from is where in the old one's
// roll stands what is changed from now on.
func (c *Cache) beginFill() (old, next *store, from int64, err error) {
	for {
		c.stopMerge() // it would be of what the fill replaces
		c.write.Lock()
		if c.merge.done == nil {
			break
		}
		c.write.Unlock()
	}
	defer c.write.Unlock()
	if c.closed {
		return nil, nil, 0, ErrClosed
	}
	if c.filling != nil {
		return nil, nil, 0, errors.New("another fill is under way")
	}
	if next, err = c.newStore(); err != nil {
		return nil, nil, 0, err
	}
	c.filling = next
	old = c.cur.Load()
	return old, next, old.roll.size, nil
}

// pour makes a copy of the whole snapshot.
func (c *Cache) pour(ctx context.Context, next *store, snap loyalty.Snapshot, s *state) error {
	b, err := newBuild(next)
	if err != nil {
		return err
	}
	defer b.close()
	skipped := 0
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		cust, err := snap.Next()
		if err == nil {
			err = b.put(&cust)
		}
		switch {
		case errors.Is(err, io.EOF):
			done = true
		case errors.Is(err, errUnusable):
			skipped++
		case err != nil:
			return err
		}
	}
	if skipped > 0 {
		c.log.Warn("the snapshot has customers without a usable id", "customers", skipped)
	}
	return b.finish(ctx, s)
}

// swap makes a copy that was built the one that counts. The write lock is held.
func (c *Cache) swap(next *store, s state) error {
	old := c.cur.Load()
	e := next.edit()
	defer e.close()
	if err := next.commit(e, &s, true, false); err != nil {
		return err
	}
	if err := next.finish(c.key, old.generation+1, true); err != nil {
		return err
	}
	c.cur.Store(next)
	c.state.Store(&s)
	if err := old.remove(); err != nil {
		// The new copy counts all the same; the next start deletes the old one.
		c.log.Warn("the old copy of the customers can not be deleted", "err", err)
	}
	return nil
}
