package loyaltytest

import (
	"reflect"
	"sync"

	"github.com/tillgate/tillgate/sync/loyalty"
)

var repeatParts = []part{
	{name: "one key does its work once", needs: []Ability{Remembering, Holding}, run: repeats},
	{name: "one key at the same time", needs: []Ability{Remembering}, run: func(h *hand) {
		c := h.customer(100)
		o := op(loyalty.Commit, h.sale(c, 0))
		var all sync.WaitGroup
		outs, errs := make([]loyalty.Outcome, 8), make([]error, 8)
		for i := range outs {
			all.Go(func() { outs[i], errs[i] = h.Provider.Apply(h.Context(), o) })
		}
		all.Wait()
		for i := range outs {
			if errs[i] != nil || !h.same(outs[i], outs[0]) {
				h.Errorf("answer %d is %+v, %v; the first is %+v", i, outs[i], errs[i], outs[0])
			}
		}
		h.balance(c, 100+h.earn(o.Sale.Total, 0))
	}},
	{name: "a key with other content", needs: []Ability{Remembering, ByOperation}, run: func(h *hand) {
		c := h.customer(100)
		o := op(loyalty.Commit, h.sale(c, 0))
		h.done(o)
		other := o
		other.Sale = h.sale(c, 0)
		h.refused(other, loyalty.KeyReused)
		other = o
		other.Sale.Total += 100
		h.refused(other, loyalty.KeyReused)
		h.done(o) // the key still stands for what it stood for
		h.balance(c, 100+h.earn(o.Sale.Total, 0))
	}},
	{name: "a refusal is final", needs: []Ability{Remembering, ByOperation, Holding}, run: func(h *hand) {
		c := h.customer(10)
		s := h.sale(c, 50)
		o := op(loyalty.Reserve, s)
		h.refused(o, loyalty.NotEnoughPoints)
		for h.find(c).Balance < 50 { // the customer gets rich meanwhile
			h.do(loyalty.Commit, h.saleOf(c, 1_000_000, 0))
		}
		h.refused(o, loyalty.NotEnoughPoints)
		h.do(loyalty.Reserve, s) // under a new key it is a new question
	}},
}

// repeats sends every operation of two sales again, each at once and all after
// the end: duplicates that come late change nothing.
func repeats(h *hand) {
	c := h.customer(300)
	type sent struct {
		op  loyalty.Operation
		out loyalty.Outcome
	}
	var all []sent
	send := func(o loyalty.Operation) loyalty.Outcome {
		out := h.done(o)
		all = append(all, sent{o, out})
		if again := h.done(o); !h.same(again, out) {
			h.Errorf("%s again: %+v, first it was %+v", o.Kind, again, out)
		}
		return out
	}
	bought, dropped := h.sale(c, 100), h.sale(c, 50)
	commit, abort := op(loyalty.Commit, bought), op(loyalty.Abort, dropped)
	commit.Ticket = send(op(loyalty.Reserve, bought)).Ticket
	abort.Ticket = send(op(loyalty.Reserve, dropped)).Ticket
	send(commit)
	send(abort)
	if h.can(Returning) {
		send(refund(bought, bought.Total/4))
	}
	if h.can(Reverting) {
		send(op(loyalty.Revert, bought))
	}
	end := h.find(c)
	for _, s := range all {
		if s.op.Kind == loyalty.Reserve && !h.can(ByOperation) {
			continue // it looks like a second sale under the number of the first
		}
		if again := h.done(s.op); !h.same(again, s.out) {
			h.Errorf("%s late: %+v, first it was %+v", s.op.Kind, again, s.out)
		}
	}
	now := h.find(c)
	if end = h.like(end, now); !reflect.DeepEqual(end, now) {
		h.Errorf("late duplicates changed the customer:\nbefore %+v\nafter  %+v", end, now)
	}
}

// same compares outcomes; the customer in them counts by version only, and what
// is to be printed need not come again.
func (h *hand) same(a, b loyalty.Outcome) bool {
	if !h.can(Versions) {
		a.Version, b.Version = 0, 0
	}
	if !h.can(ByOperation) {
		a.Ticket, b.Ticket = "", "" // the provider may make another; both have to do
	}
	if (a.Customer == nil) != (b.Customer == nil) || a.Customer != nil && a.Customer.Version != b.Customer.Version {
		return false
	}
	a.Customer, b.Customer = nil, nil
	a.Print, b.Print = nil, nil
	return reflect.DeepEqual(a, b)
}
