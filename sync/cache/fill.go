package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// fillBatch is how many customers go into one transaction of a fill: enough to
// make the index worth sorting, few enough to stay at some 20 MB of memory.
const fillBatch = 20_000

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
	next, err := c.beginFill()
	if err != nil {
		return err
	}
	s := state{programme: snap.Programme(), cursor: snap.Cursor()}
	err = boltfile.Guard(next.path, func() error { return c.pour(ctx, next, snap, &s) })
	c.write.Lock()
	defer c.write.Unlock()
	c.filling = nil
	touched := c.touched
	c.touched = nil
	old := c.cur.Load()
	if err == nil && c.closed {
		err = ErrClosed
	}
	if err == nil {
		err = boltfile.Guard(old.path, func() error { return carry(old, next, touched, &s) })
		var d *boltfile.Damage
		if errors.As(err, &d) { // of the old copy: what it can not give, the next changes will
			c.log.Warn("the old copy of the customers is damaged", "damage", d.Err)
			err = nil
		}
	}
	if err == nil {
		s.asOf = now()
		err = next.finish(old.generation+1, s)
	}
	if err != nil {
		return errors.Join(err, next.remove())
	}
	c.cur.Store(next)
	c.state.Store(&s)
	c.saved = s.asOf
	none := ""
	c.rebuilt.Store(&none)
	if err := old.remove(); err != nil {
		// The new copy counts all the same; the next start deletes the old one.
		c.log.Warn("the old copy of the customers can not be deleted", "err", err)
	}
	return nil
}

func (c *Cache) beginFill() (*base, error) {
	c.write.Lock()
	defer c.write.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	if c.filling != nil {
		return nil, errors.New("another fill is under way")
	}
	next, err := c.begin()
	if err != nil {
		return nil, err
	}
	c.filling = next
	c.touched = map[loyalty.CustomerID]struct{}{}
	return next, nil
}

// pour puts the whole snapshot into a file.
func (c *Cache) pour(ctx context.Context, b *base, snap loyalty.Snapshot, s *state) error {
	batch := make([]loyalty.Customer, 0, min(fillBatch, max(snap.Count(), 1)))
	last := loyalty.CustomerID("")
	sorted := true
	skipped := 0
	flush := func() error {
		slices.SortStableFunc(batch, func(a, b loyalty.Customer) int { return strings.Compare(string(a.ID), string(b.ID)) })
		if len(batch) > 0 {
			sorted = sorted && last < batch[0].ID
			last = batch[len(batch)-1].ID
		}
		err := b.db.Update(func(tx *bbolt.Tx) error {
			e := newEdit(tx)
			e.lazy = true
			if sorted {
				e.customers.FillPercent = 0.95 // nothing comes in between any more
			}
			for _, cust := range batch {
				if err := e.put(cust); errors.Is(err, errUnusable) {
					skipped++
				} else if err != nil {
					return err
				}
			}
			s.count += e.count
			return e.flush()
		})
		batch = batch[:0]
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		cust, err := snap.Next()
		switch {
		case errors.Is(err, io.EOF):
			if skipped > 0 {
				c.log.Warn("the snapshot has customers without a usable id", "customers", skipped)
			}
			return flush()
		case err != nil:
			return err
		}
		if batch = append(batch, cust); len(batch) == fillBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// carry takes what was changed in the old copy during the fill over to the new
// one. Versions decide what is newer.
func carry(old, next *base, ids map[loyalty.CustomerID]struct{}, s *state) error {
	if len(ids) == 0 {
		return nil
	}
	return old.db.View(func(from *bbolt.Tx) error {
		return next.db.Update(func(tx *bbolt.Tx) error {
			e := newEdit(tx)
			for id := range ids {
				cust, err := customer(from.Bucket(bucketCustomers), []byte(id))
				switch {
				case err == nil:
					err = e.put(cust)
				case errors.Is(err, loyalty.ErrNotFound):
					err = nil
					if v := from.Bucket(bucketGone).Get([]byte(id)); len(v) == 8 {
						err = e.remove(loyalty.Gone{ID: id, Version: binary.BigEndian.Uint64(v)})
					}
				}
				if err != nil && !errors.Is(err, errUnusable) {
					return err
				}
			}
			s.count += e.count
			return e.flush()
		})
	})
}
