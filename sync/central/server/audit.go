package server

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Audit says whether the books are in order: every balance is the sum of its
// ledger less what is held, every sale's points are in the ledger exactly once,
// nobody is below zero but by points that were taken back after they had been
// spent, and every customer stands in the feed with the last version. The error
// names all that is wrong.
func (s *Server) Audit() error {
	return s.read(func(t *tx) error {
		b := &books{customers: map[loyalty.CustomerID]tally{}, sales: map[loyalty.Key]tally{}}
		if err := b.ledger(t); err != nil {
			return err
		}
		if err := b.sold(t); err != nil {
			return err
		}
		if err := b.accounts(t); err != nil {
			return err
		}
		return errors.Join(append(b.wrong, b.feed(t))...)
	})
}

// tally is the sum of the ledger by kind, and what is held.
type tally struct {
	kinds map[RecordKind]loyalty.Points
	held  loyalty.Points
}

func (t tally) sum() (p loyalty.Points) {
	for _, n := range t.kinds {
		p += n
	}
	return p
}

type books struct {
	customers map[loyalty.CustomerID]tally
	sales     map[loyalty.Key]tally
	wrong     []error
}

func (b *books) note(format string, args ...any) {
	b.wrong = append(b.wrong, fmt.Errorf(format, args...))
}

func (b *books) ledger(t *tx) error {
	seen := map[uint64]bool{}
	return t.Bucket(ledgerBucket).ForEach(func(_, v []byte) error {
		var r Record
		if err := json.Unmarshal(v, &r); err != nil {
			return err
		}
		if seen[r.N] {
			b.note("record %d is booked twice", r.N)
		}
		seen[r.N] = true
		add(b.customers, r.Customer, r)
		if r.Sale != "" {
			add(b.sales, r.Sale, r)
		}
		return nil
	})
}

func add[K comparable](m map[K]tally, k K, r Record) {
	x := m[k]
	if x.kinds == nil {
		x.kinds = map[RecordKind]loyalty.Points{}
	}
	x.kinds[r.Kind] += r.Points
	m[k] = x
}

// sold holds the sales against the ledger.
func (b *books) sold(t *tx) error {
	return t.sales(func(x *sale) error {
		k := b.sales[x.Key].kinds
		delete(b.sales, x.Key)
		var spent, earned loyalty.Points
		switch x.State {
		case held:
			c := b.customers[x.Customer]
			c.held += x.Spent
			b.customers[x.Customer] = c
		case paid, reverted:
			spent, earned = x.Spent, x.Earned
		}
		if k[Spent] != -spent || k[Earned] != earned || k[Restored] != x.Restored || k[Cancelled] != -x.Cancelled {
			b.note("sale %s (%s): spent %d, earned %d, restored %d, cancelled %d, but the ledger has %v", x.Key, x.State, spent, earned, x.Restored, x.Cancelled, k)
		}
		if x.Restored > x.Spent || x.Cancelled > x.Earned || x.Returned > x.Total || x.ReturnedEligible > x.Eligible {
			b.note("sale %s: more came back than it was", x.Key)
		}
		return nil
	})
}

func (b *books) accounts(t *tx) error {
	for key := range b.sales {
		b.note("the ledger names sale %s, which is not there", key)
	}
	err := t.Bucket(customerBucket).ForEach(func(k, v []byte) error {
		var a account
		if err := json.Unmarshal(v, &a); err != nil {
			return err
		}
		c := b.customers[a.ID]
		delete(b.customers, a.ID)
		if a.Total != c.sum() {
			b.note("customer …%s: total is %d, the ledger comes to %d", tail(k), a.Total, c.sum())
		}
		if a.Held != c.held {
			b.note("customer …%s: held is %d, sales hold %d", tail(k), a.Held, c.held)
		}
		if a.Available() < 0 && c.kinds[Cancelled] == 0 && c.kinds[Adjusted] >= 0 {
			b.note("customer …%s: available is %d, and nothing was taken back", tail(k), a.Available())
		}
		var lots loyalty.Points
		for _, l := range a.Lots {
			lots += l.Points
		}
		if lots > max(a.Available(), 0) {
			b.note("customer …%s: %d points expire, %d are available", tail(k), lots, a.Available())
		}
		return nil
	})
	for id, c := range b.customers { // those who left
		if c.sum() != 0 {
			b.note("customer …%s left with %d points", tail([]byte(id)), c.sum())
		}
	}
	return err
}

// feed holds the feed against the customers and the tombstones.
func (b *books) feed(t *tx) error {
	entries := 0
	err := t.Bucket(changeBucket).ForEach(func(k, id []byte) error {
		entries++
		n := binary.BigEndian.Uint64(k)
		a, err := t.account(loyalty.CustomerID(id))
		if err != nil {
			return err
		}
		gone := t.Bucket(goneBucket).Get(id)
		if (a == nil) == (gone == nil) || a != nil && a.Version != n || gone != nil && binary.BigEndian.Uint64(gone) != n {
			return fmt.Errorf("change %d does not fit customer …%s", n, tail(id))
		}
		return nil
	})
	if want := t.Bucket(customerBucket).Stats().KeyN + t.Bucket(goneBucket).Stats().KeyN; err == nil && entries != want {
		err = fmt.Errorf("the feed has %d customers, there are %d", entries, want)
	}
	return err
}

func tail(id []byte) []byte { return id[max(0, len(id)-2):] }
