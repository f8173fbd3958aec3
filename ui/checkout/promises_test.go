package checkout

import (
	"slices"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// wantWellFormed checks what must hold of the journal whatever happened: a
// Reserve is ended at most once, and what ends it is of the same customer and
// the same points.
func (s *stand) wantWellFormed() {
	s.Helper()
	type sale struct{ reserved, ended *journal.Entry }
	sales := map[loyalty.Key]*sale{}
	for _, e := range s.ledger.all() {
		k := e.Op.Sale.Key
		if sales[k] == nil {
			sales[k] = &sale{}
		}
		l := sales[k]
		if l.reserved != nil && (l.reserved.Op.Sale.Customer != e.Op.Sale.Customer || l.reserved.Op.Sale.Spend != e.Op.Sale.Spend) {
			s.Errorf("%v: %s is not of what was reserved", k, e.Op.Kind)
		}
		switch e.Op.Kind {
		case loyalty.Reserve:
			if l.reserved != nil || l.ended != nil || !e.Op.Sale.Holds() {
				s.Errorf("%v: reserve of %d out of place", k, e.Op.Sale.Spend)
			}
			l.reserved = &e
		case loyalty.Commit, loyalty.Abort:
			if l.ended != nil {
				s.Errorf("%v: %s after %s", k, e.Op.Kind, l.ended.Op.Kind)
			}
			if l.reserved == nil && (e.Op.Kind == loyalty.Abort || e.Op.Sale.Holds()) {
				s.Errorf("%v: %s of %d points that were not reserved", k, e.Op.Kind, e.Op.Sale.Spend)
			}
			l.ended = &e
		case loyalty.Revert, loyalty.Return:
			if l.ended == nil || l.ended.Op.Kind != loyalty.Commit {
				s.Errorf("%v: %s of a sale that was not booked", k, e.Op.Kind)
			}
		}
	}
}

// wantConserved checks the provider's balances against the journal, when all of
// it is settled.
func (s *stand) wantConserved() {
	s.Helper()
	spent := map[loyalty.CustomerID]loyalty.Points{}
	for _, e := range s.ledger.all() {
		if e.Open() {
			s.Errorf("%s of %s is still %s", e.Op.Kind, e.Op.Sale.Key, e.State)
		}
		if e.State != journal.Done {
			continue
		}
		switch op := e.Op; op.Kind {
		case loyalty.Reserve:
			spent[op.Sale.Customer] += op.Sale.Spend
		case loyalty.Revert:
			spent[op.Sale.Customer] -= op.Sale.Spend
		case loyalty.Abort:
			if s.ledger.reserved(op.Sale.Key) {
				spent[op.Sale.Customer] -= op.Sale.Spend
			}
		}
	}
	for _, c := range []loyalty.Customer{anna, boris, vera, twin1, twin2} {
		if got, want := s.programme.customers[c.ID].Balance, c.Balance-spent[c.ID]; got != want {
			s.Errorf("%s has %d points, want %d", c.ID, got, want)
		}
	}
}

// wantGiftsConserved checks the money on gift cards against the journal, when all
// of it is settled: what sales that stand have taken, and not a kopeck more.
func (s *stand) wantGiftsConserved() {
	s.Helper()
	var paid loyalty.Money
	for _, e := range s.ledger.all() {
		if e.State != journal.Done {
			continue
		}
		switch op := e.Op; op.Kind {
		case loyalty.Reserve:
			paid += op.Sale.Prepaid
		case loyalty.Revert:
			paid -= op.Sale.Prepaid
		case loyalty.Abort:
			if s.ledger.reserved(op.Sale.Key) {
				paid -= op.Sale.Prepaid
			}
		}
	}
	if s.programme.gifts == nil {
		return
	}
	var left loyalty.Money
	for _, m := range s.programme.gifts {
		left += m
	}
	if left+paid != 5300_00 {
		s.Errorf("%d on the gift cards and %d paid with them, of 530000", left, paid)
	}
}

// reserved says that the sale's Reserve was done.
func (l *ledger) reserved(sale loyalty.Key) bool {
	return slices.ContainsFunc(l.all(), func(e journal.Entry) bool {
		return e.Op.Kind == loyalty.Reserve && e.Op.Sale.Key == sale && e.State == journal.Done
	})
}
