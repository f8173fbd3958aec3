package cache

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
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
	next, err := c.beginFill()
	if err != nil {
		return err
	}
	s := state{programme: snap.Programme(), cursor: snap.Cursor()}
	err = c.pour(ctx, next, snap, &s)
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
		err = carry(old, next, touched, &s)
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

func (c *Cache) beginFill() (*store, error) {
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
		return nil, ErrClosed
	}
	if c.filling != nil {
		return nil, errors.New("another fill is under way")
	}
	next, err := c.begin(nil)
	if err != nil {
		return nil, err
	}
	c.filling = next
	c.touched = map[loyalty.CustomerID]struct{}{}
	return next, nil
}

// pour makes the base of a copy of the whole snapshot.
func (c *Cache) pour(ctx context.Context, next *store, snap loyalty.Snapshot, s *state) error {
	r, err := newReceived(next)
	if err != nil {
		return err
	}
	defer r.close()
	skipped := 0
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		cust, err := snap.Next()
		if err == nil {
			err = r.add(cust)
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
	s.base, err = next.buildBase(func(b *boltfile.Build) error {
		s.count, err = r.build(ctx, b)
		return err
	})
	if err != nil {
		return err
	}
	return r.close()
}

// buildBase writes the base of a copy and opens it.
func (s *store) buildBase(build func(*boltfile.Build) error) (id []byte, err error) {
	path := s.path + suffixBase
	b, err := boltfile.NewBuild(path, formatBase)
	if err != nil {
		return nil, err
	}
	defer b.Abort()
	id = []byte(rand.Text())
	if err := build(b); err != nil {
		return nil, err
	}
	if err := b.Bucket(string(bucketState)); err != nil {
		return nil, err
	}
	if err := b.Put(keyBase, id); err != nil {
		return nil, err
	}
	if err := b.Finish(); err != nil {
		return nil, err
	}
	return id, s.openBase(id)
}

// carry takes what was changed in the old copy during the fill over to the new
// one. Versions decide what is newer.
func carry(old, next *store, ids map[loyalty.CustomerID]struct{}, s *state) error {
	if len(ids) == 0 {
		return nil
	}
	return old.view(func(from *tables) error {
		return next.update(func(_ *bbolt.Tx, t *tables) error {
			e := &edit{tables: t, key: next.key}
			for id := range ids {
				h, ok := idHash(old.key, id)
				if !ok {
					continue
				}
				cust, err := old.customer(from, h[:])
				switch {
				case err == nil:
					err = e.put(cust)
				case errors.Is(err, loyalty.ErrNotFound):
					err = nil
					if v := from.gone.Get(h[:]); len(v) == 8 {
						err = e.remove(loyalty.Gone{ID: id, Version: binary.BigEndian.Uint64(v)})
					}
				}
				if err != nil {
					return err
				}
			}
			s.count += e.count
			s.changed += e.grown()
			return nil
		})
	})
}
