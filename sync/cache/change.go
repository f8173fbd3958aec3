package cache

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// saveEvery is how often the time of the last pull is written while nothing
// else is: a write every few seconds would wear the disk out for nothing.
const saveEvery = 5 * time.Minute

// Apply takes in a page of changes and its cursor in one transaction. What is
// older than what the copy has is passed over, so that repeated and reordered
// pages change nothing.
func (c *Cache) Apply(ch loyalty.Changes) error {
	c.write.Lock()
	defer c.write.Unlock()
	s := *c.state.Load()
	idle := len(ch.Customers) == 0 && len(ch.Gone) == 0 && ch.Programme == nil && ch.Cursor == s.cursor
	s.cursor = ch.Cursor
	if !ch.More {
		s.asOf = now() // with pages still to come the copy is of no time yet
	}
	if ch.Programme != nil {
		s.programme = *ch.Programme
	}
	if idle {
		c.state.Store(&s)
		c.Notify()
		if s.asOf.Sub(c.saved).Abs() < saveEvery {
			return nil
		}
		return c.save()
	}
	skipped := 0
	err := c.update(&s, true, func(e *edit) error {
		for _, cust := range ch.Customers {
			if err := e.put(cust); errors.Is(err, errUnusable) {
				skipped++
			} else if err != nil {
				return err
			}
			c.touch(cust.ID)
		}
		for _, g := range ch.Gone {
			if err := e.remove(g); errors.Is(err, errUnusable) {
				skipped++
			} else if err != nil {
				return err
			}
			c.touch(g.ID)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("apply changes to the copy of the customers: %w", err)
	}
	c.saved = s.asOf
	if skipped > 0 {
		c.log.Warn("the provider sent customers without a usable id", "customers", skipped)
	}
	return nil
}

// Put takes in one record that is fresher than the feed's: of a lookup, or of
// an outcome. An older one than the copy has changes nothing. Where a feed keeps
// the copy, one that differs in AsOf alone is not written either: there is one
// with every scan, and the next pull says as much.
func (c *Cache) Put(cust loyalty.Customer) error {
	c.write.Lock()
	defer c.write.Unlock()
	s := *c.state.Load()
	if s.cursor != "" && c.hasSame(cust) {
		return nil
	}
	err := c.update(&s, false, func(e *edit) error {
		c.touch(cust.ID)
		return e.put(cust)
	})
	if err != nil {
		return fmt.Errorf("put a customer into the copy: %w", err)
	}
	return nil
}

// SetProgramme takes in what the provider says of the programme, where no feed
// brings it along.
func (c *Cache) SetProgramme(p loyalty.Programme) error {
	c.write.Lock()
	defer c.write.Unlock()
	s := *c.state.Load()
	if reflect.DeepEqual(s.programme, p) {
		return nil
	}
	s.programme = p
	if err := c.update(&s, true, func(*edit) error { return nil }); err != nil {
		return fmt.Errorf("put the programme into the copy: %w", err)
	}
	return nil
}

// hasSame says that the copy has this record, but for AsOf.
func (c *Cache) hasSame(cust loyalty.Customer) bool {
	old, err := c.cur.Load().find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(cust.ID)})
	old.AsOf = cust.AsOf
	return err == nil && bytes.Equal(encode(nil, old), encode(nil, cust))
}

func (c *Cache) touch(id loyalty.CustomerID) {
	if c.touched != nil {
		c.touched[id] = struct{}{}
	}
}

// errSame rolls back a transaction that has nothing to write.
var errSame = errors.New("nothing changed")

// update makes a change in the copy and stores s with it, with the counts
// brought up to date. The write lock is held. If the change wrote nothing, and s
// is not to be stored for its own sake, nothing is written.
func (c *Cache) update(s *state, stateToo bool, change func(*edit) error) error {
	b := c.cur.Load()
	err := b.update(func(tx *bbolt.Tx, t *tables) error {
		e := &edit{tables: t, key: b.key}
		c.merge.watch(t)
		if err := change(e); err != nil {
			return damageOf(b.path, err)
		}
		if !e.changed && !stateToo {
			return errSame
		}
		s.count += e.count
		s.changed += e.grown()
		return s.save(tx)
	})
	var d *boltfile.Damage
	switch {
	case errors.Is(err, errSame):
		return nil
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	case errors.As(err, &d):
		c.failLocked(b, d)
		return err
	case err != nil:
		return err
	}
	c.state.Store(s)
	c.startMerge()
	c.Notify()
	return nil
}

// damageOf tells what is wrong with the files from the rest.
func damageOf(path string, err error) error {
	if errors.Is(err, errBroken) || errors.Is(err, errIndex) || errors.Is(err, seal.ErrBroken) {
		return &boltfile.Damage{Path: path, Err: err}
	}
	return err
}
