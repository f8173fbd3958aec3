package loyaltytest

import "github.com/tillgate/tillgate/sync/loyalty"

var returnParts = []part{
	{name: "return of everything", needs: []Ability{Returning, Holding}, run: func(h *hand) {
		c := h.customer(300)
		s, earned := h.buy(c, 100)
		out := h.done(refund(s, s.Total))
		if out.Restored != 100 || out.Cancelled != earned || out.Worth != h.Terms.Worth(100) {
			h.Errorf("return: %+v, want 100 restored and %d cancelled", out, earned)
		}
		h.balance(c, 300)
		h.refused(refund(s, 1), loyalty.AboveSale)
	}},
	{name: "return in parts", needs: []Ability{Returning, Holding}, run: func(h *hand) {
		c := h.customer(300)
		s, earned := h.buy(c, 100)
		var restored, cancelled loyalty.Points
		for _, amount := range []loyalty.Money{1, 33_333, 0, 12_345, 1, 0} {
			if amount == 0 {
				h.refused(refund(s, s.Total+1), loyalty.AboveSale)
				continue
			}
			out := h.done(refund(s, amount))
			restored, cancelled = restored+out.Restored, cancelled+out.Cancelled
		}
		rest := s.Total - 1 - 33_333 - 12_345 - 1
		h.refused(refund(s, rest+1), loyalty.AboveSale)
		out := h.done(refund(s, rest))
		if restored += out.Restored; restored != 100 {
			h.Errorf("all parts restored %d of 100", restored)
		}
		if cancelled += out.Cancelled; cancelled != earned {
			h.Errorf("all parts cancelled %d of %d", cancelled, earned)
		}
		h.balance(c, 300)
	}},
	{name: "half comes back", needs: []Ability{Returning, Holding}, run: func(h *hand) {
		c := h.customer(300)
		s, earned := h.buy(c, 100)
		if out := h.done(refund(s, s.Total/2)); out.Restored != 50 || out.Cancelled != earned/2 {
			h.Errorf("return: %+v, want 50 restored and %d cancelled", out, earned/2)
		}
		h.balance(c, 300-50+earned-earned/2)
	}},
	{name: "return of points that are spent already", needs: []Ability{Returning, Holding, Debts}, run: func(h *hand) {
		c := h.customer(0)
		first := h.saleOf(c, 10_000_000, 0)
		earned := h.do(loyalty.Commit, first).Earned
		if spend := h.Terms.Quote(h.saleOf(c, 10_000_000, 0), earned).MaxSpend; spend != earned {
			h.Fatalf("the terms let only %d of %d be spent: the part proves nothing", spend, earned)
		}
		h.do(loyalty.Reserve, h.saleOf(c, 10_000_000, earned))
		if out := h.done(refund(first, first.Total)); out.Cancelled != earned {
			h.Errorf("return: %+v, want %d cancelled", out, earned)
		}
		h.balance(c, -earned)
	}},
	{name: "return of what was never sold", needs: []Ability{Returning}, run: func(h *hand) {
		c := h.customer(300)
		s := h.sale(c, 0)
		h.refused(refund(s, 100), loyalty.SaleUnknown)
		if h.can(Holding) {
			s = h.sale(c, 100)
			h.do(loyalty.Reserve, s)
			h.refused(refund(s, 100), loyalty.SaleUnknown)
		}
	}},
	{name: "revert of a sale", needs: []Ability{Reverting, Holding}, run: func(h *hand) {
		c := h.customer(300)
		s, earned := h.buy(c, 100)
		if out := h.do(loyalty.Revert, s); out.Restored != 100 || out.Cancelled != earned {
			h.Errorf("revert: %+v, want 100 restored and %d cancelled", out, earned)
		}
		h.balance(c, 300)
		h.do(loyalty.Revert, s) // it is as if it never was already
		h.balance(c, 300)
		if h.can(ByOperation) { // else it is the Commit of before once more, which was done
			h.refused(op(loyalty.Commit, s), loyalty.AlreadyAborted)
		}
	}},
	{name: "revert after a return", needs: []Ability{Reverting, Returning, Holding}, run: func(h *hand) {
		c := h.customer(300)
		s, earned := h.buy(c, 100)
		back := h.done(refund(s, s.Total/3))
		if out := h.do(loyalty.Revert, s); out.Restored != 100-back.Restored || out.Cancelled != earned-back.Cancelled {
			h.Errorf("revert after %+v: %+v", back, out)
		}
		h.balance(c, 300)
		h.refused(refund(s, 1), loyalty.AboveSale, loyalty.SaleUnknown)
	}},
	{name: "revert of a hold", needs: []Ability{Reverting, Holding}, run: func(h *hand) {
		c := h.customer(300)
		s := h.sale(c, 100)
		o := op(loyalty.Revert, s)
		o.Ticket = h.do(loyalty.Reserve, s).Ticket
		h.done(o)
		h.balance(c, 300)
		h.refused(op(loyalty.Commit, s), loyalty.AlreadyAborted)
	}},
	{name: "revert of what was never sold", needs: []Ability{Reverting}, run: func(h *hand) {
		h.refused(op(loyalty.Revert, h.sale(h.customer(300), 0)), loyalty.SaleUnknown)
	}},
}

// buy makes a sale that spends points and is paid.
func (h *hand) buy(c loyalty.Customer, spend loyalty.Points) (s loyalty.Sale, earned loyalty.Points) {
	h.Helper()
	s = h.sale(c, spend)
	return s, h.paid(s, h.do(loyalty.Reserve, s)).Earned
}
