package main

import (
	"slices"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// masked is an entry without what says who the customer is, and without what can be
// spent by whoever knows it, so that it can be sent to somebody.
func masked(e journal.Entry) journal.Entry {
	s := &e.Op.Sale
	s.Customer = loyalty.CustomerID(card.Mask(string(s.Customer)))
	s.Ident.Value = card.Mask(s.Ident.Value)
	s.Cashier, s.Promo = card.Mask(s.Cashier), card.Mask(s.Promo)
	s.GiftCards = slices.Clone(s.GiftCards)
	for i, g := range s.GiftCards {
		s.GiftCards[i] = card.Mask(g)
	}
	if e.Outcome == nil {
		return e
	}
	o := *e.Outcome
	o.Print = nil // the customer's receipt
	if o.Customer != nil {
		c := *o.Customer
		c.ID = loyalty.CustomerID(card.Mask(string(c.ID)))
		c.Name, c.Cards = "", nil
		c.Phone, c.ExternalID = card.Phone(card.Mask(string(c.Phone))), card.Mask(c.ExternalID)
		o.Customer = &c
	}
	e.Outcome = &o
	return e
}
