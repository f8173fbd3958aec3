package cache

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
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
	err := c.update(&s, true, ch.Programme != nil, func(e *edit) error {
		for _, cust := range ch.Customers {
			if err := e.put(cust); errors.Is(err, errUnusable) {
				skipped++
			} else if err != nil {
				return err
			}
		}
		for _, g := range ch.Gone {
			if err := e.remove(g); errors.Is(err, errUnusable) {
				skipped++
			} else if err != nil {
				return err
			}
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
	err := c.update(&s, false, false, func(e *edit) error { return e.put(cust) })
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
	if err := c.update(&s, true, true, func(*edit) error { return nil }); err != nil {
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

// update makes a change in the copy and stores s with it, with the count brought
// up to date. The write lock is held. If the change wrote nothing, and s is not to
// be stored for its own sake, nothing is written.
func (c *Cache) update(s *state, stateToo, programme bool, change func(*edit) error) error {
	if c.closed {
		return ErrClosed
	}
	b := c.cur.Load()
	e := b.edit()
	defer e.close()
	if err := change(e); errors.Is(err, errUnusable) {
		return err
	} else if err != nil {
		d := &Damage{b.path, err}
		c.failLocked(b, d)
		return d
	}
	if !e.changed() && !stateToo {
		return nil
	}
	s.count += e.count
	if err := b.commit(e, s, programme, true); err != nil {
		return err
	}
	c.state.Store(s)
	if b.tail.size() >= c.merge.tail {
		if err := b.settle(s); err != nil {
			c.log.Warn("the index of the customers can not be written; later again", "err", err)
		}
	}
	c.startMerge()
	c.Notify()
	return nil
}
