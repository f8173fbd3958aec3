package server

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// account is a customer as it is stored.
type account struct {
	ID         loyalty.CustomerID `json:"id"`
	Name       string             `json:"name,omitempty"`
	Tier       string             `json:"tier,omitempty"`
	Cards      []card.ID          `json:"cards,omitempty"`
	Phone      card.Phone         `json:"phone,omitempty"`
	ExternalID string             `json:"external_id,omitempty"`
	Blocked    bool               `json:"blocked,omitempty"`
	Total      loyalty.Points     `json:"total"`          // the sum of the ledger
	Held       loyalty.Points     `json:"held,omitempty"` // for sales that are not paid yet
	Lots       []loyalty.Expiring `json:"lots,omitempty"` // the part of Available that expires, soonest first
	Version    uint64             `json:"version"`
}

// Available is what can be spent.
func (a *account) Available() loyalty.Points { return a.Total - a.Held }

// public is the record that tills get.
func (a *account) public(now time.Time) loyalty.Customer {
	return loyalty.Customer{ID: a.ID, Name: a.Name, Tier: a.Tier, Cards: a.Cards, Phone: a.Phone, ExternalID: a.ExternalID,
		Blocked: a.Blocked, Balance: a.Available(), Expiring: a.Lots, Version: a.Version, AsOf: now.UTC()}
}

// take takes points off the lots, soonest first, and says which it took: points
// that would be lost are spent before those that stay.
func (a *account) take(p loyalty.Points) (taken []loyalty.Expiring) {
	for p > 0 && len(a.Lots) > 0 {
		n := min(p, a.Lots[0].Points)
		taken = append(taken, loyalty.Expiring{Points: n, At: a.Lots[0].At})
		p -= n
		if a.Lots[0].Points -= n; a.Lots[0].Points == 0 {
			a.Lots = a.Lots[1:]
		}
	}
	return taken
}

// untake puts lots back as they were.
func (a *account) untake(lots []loyalty.Expiring) {
	for _, l := range lots {
		i, same := slices.BinarySearchFunc(a.Lots, l, func(x, y loyalty.Expiring) int { return x.At.Compare(y.At) })
		if same {
			a.Lots[i].Points += l.Points
		} else {
			a.Lots = slices.Insert(a.Lots, i, l)
		}
	}
}

// fit cuts the lots to what is available, the latest first.
func (a *account) fit() {
	left := max(a.Available(), 0)
	for i, l := range a.Lots {
		if l.Points > left {
			a.Lots[i].Points = left
		}
		left -= a.Lots[i].Points
	}
	a.Lots = slices.DeleteFunc(a.Lots, func(l loyalty.Expiring) bool { return l.Points == 0 })
}

// account reads a customer; nil if there is none.
func (t *tx) account(id loyalty.CustomerID) (*account, error) {
	a := new(account)
	if ok, err := t.get(customerBucket, []byte(id), a); !ok || err != nil {
		return nil, err
	}
	return a, nil
}

// update writes a customer with a new version. The identity must be unchanged.
func (t *tx) update(a *account) error {
	v, err := t.touch(a.ID, a.Version)
	if err != nil {
		return err
	}
	a.Version = v
	return t.put(customerBucket, []byte(a.ID), a)
}

// idents are the keys by which a customer is found.
func (a *account) idents() [][]byte {
	var keys [][]byte
	for _, c := range a.Cards {
		keys = append(keys, joined(string(loyalty.ByCard), string(c), string(a.ID)))
	}
	if a.Phone != "" {
		keys = append(keys, joined(string(loyalty.ByPhone), string(a.Phone), string(a.ID)))
	}
	if a.ExternalID != "" {
		keys = append(keys, joined(string(loyalty.ByExternalID), a.ExternalID, string(a.ID)))
	}
	return keys
}

func (a *account) order() []byte {
	first := ""
	if len(a.Cards) > 0 {
		first = string(slices.Min(a.Cards))
	}
	return joined(first, string(a.ID))
}

// find reads those who claim an identity, in the order of their ids.
func (t *tx) find(id loyalty.Ident) ([]*account, error) {
	if id.Kind == loyalty.ByCustomer {
		a, err := t.account(loyalty.CustomerID(id.Value))
		if a == nil {
			return nil, err
		}
		return []*account{a}, nil
	}
	var all []*account
	err := t.below(identBucket, append(joined(string(id.Kind), id.Value), 0), func(rest, _ []byte) error {
		a, err := t.account(loyalty.CustomerID(rest))
		if err == nil && a == nil {
			err = fmt.Errorf("the index names a customer who is not there")
		}
		all = append(all, a)
		return err
	})
	return all, err
}

// unindex takes a customer out of the indexes.
func (t *tx) unindex(a *account) error {
	for _, k := range a.idents() {
		if err := t.Bucket(identBucket).Delete(k); err != nil {
			return err
		}
	}
	return t.Bucket(orderBucket).Delete(a.order())
}

func (t *tx) index(a *account) error {
	for _, k := range a.idents() {
		if err := t.Bucket(identBucket).Put(k, nil); err != nil {
			return err
		}
	}
	for _, l := range a.Lots {
		if err := t.expireAt(l.At, 'c', string(a.ID)); err != nil {
			return err
		}
	}
	return t.Bucket(orderBucket).Put(a.order(), nil)
}

// Upsert adds a customer, or changes name, tier, cards, phone, external id and
// block of one who is there. Balance and Expiring count for a new one only: a
// balance is changed by operations and by Adjust.
func (s *Server) Upsert(c loyalty.Customer) error {
	return s.write(func(t *tx) error { return t.upsert(c) })
}

func (t *tx) upsert(c loyalty.Customer) error {
	for _, text := range append([]string{string(c.ID), string(c.Phone), c.ExternalID}, texts(c.Cards)...) {
		if strings.IndexByte(text, 0) >= 0 {
			return fmt.Errorf("add a customer: an id has a zero byte in it")
		}
	}
	if c.ID == "" {
		return fmt.Errorf("add a customer: the id is empty")
	}
	a, err := t.account(c.ID)
	if err != nil {
		return err
	}
	fresh := a == nil
	if fresh {
		a = &account{ID: c.ID, Lots: slices.SortedFunc(slices.Values(c.Expiring), func(x, y loyalty.Expiring) int { return x.At.Compare(y.At) })}
		if raw := t.Bucket(goneBucket).Get([]byte(c.ID)); raw != nil {
			if err := t.forget(c.ID); err != nil {
				return err
			}
		}
	} else if err := t.unindex(a); err != nil {
		return err
	}
	a.Name, a.Tier, a.Phone, a.ExternalID, a.Blocked = c.Name, c.Tier, c.Phone, c.ExternalID, c.Blocked
	a.Cards = slices.Clone(c.Cards)
	if fresh && c.Balance != 0 {
		if err := t.book(a, Record{Kind: Opening, Points: c.Balance}); err != nil {
			return err
		}
		a.fit()
	}
	if err := t.index(a); err != nil {
		return err
	}
	return t.update(a)
}

func texts(cards []card.ID) []string {
	out := make([]string, len(cards))
	for i, c := range cards {
		out[i] = string(c)
	}
	return out
}

// Adjust changes a balance by hand, as the chain's support does.
func (s *Server) Adjust(id loyalty.CustomerID, by loyalty.Points) error {
	return s.write(func(t *tx) error {
		a, err := t.account(id)
		if err != nil {
			return err
		}
		if a == nil {
			return loyalty.ErrNotFound
		}
		if err := t.book(a, Record{Kind: Adjusted, Points: by}); err != nil {
			return err
		}
		a.fit()
		return t.update(a)
	})
}

// Remove takes a customer out of the programme. What is on the account is lost;
// what is held for sales that are not paid is dropped with it.
func (s *Server) Remove(id loyalty.CustomerID) error {
	return s.write(func(t *tx) error {
		a, err := t.account(id)
		if err != nil {
			return err
		}
		if a == nil {
			return loyalty.ErrNotFound
		}
		if err := t.dropHolds(a); err != nil {
			return err
		}
		if err := t.book(a, Record{Kind: Closed, Points: -a.Total}); err != nil {
			return err
		}
		if err := t.unindex(a); err != nil {
			return err
		}
		v, err := t.touch(id, a.Version)
		if err != nil {
			return err
		}
		if err := t.Bucket(goneBucket).Put([]byte(id), number(v)); err != nil {
			return err
		}
		return t.Bucket(customerBucket).Delete([]byte(id))
	})
}

// forget drops a tombstone.
func (t *tx) forget(id loyalty.CustomerID) error {
	if err := t.Bucket(changeBucket).Delete(t.Bucket(goneBucket).Get([]byte(id))); err != nil {
		return err
	}
	return t.Bucket(goneBucket).Delete([]byte(id))
}

// Customer is the record of a customer as a till would get it now.
func (s *Server) Customer(id loyalty.CustomerID) (c loyalty.Customer, err error) {
	err = s.read(func(t *tx) error {
		a, err := t.account(id)
		if err == nil && a == nil {
			err = loyalty.ErrNotFound
		}
		if err == nil {
			c = a.public(t.now)
		}
		return err
	})
	return c, err
}
