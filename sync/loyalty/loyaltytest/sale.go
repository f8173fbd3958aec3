package loyaltytest

import "github.com/tillgate/tillgate/sync/loyalty"

var saleParts = []part{
	{name: "accrual alone", run: func(h *hand) {
		c := h.customer(10)
		s := h.sale(c, 0)
		out := h.do(loyalty.Commit, s)
		if out.Spent != 0 || out.Earned != h.earn(s.Total, 0) {
			h.Errorf("got %+v, want %d earned", out, h.earn(s.Total, 0))
		}
		h.balance(c, 10+h.earn(s.Total, 0))
	}},
	{name: "hold and commit", needs: []Ability{Holding}, run: func(h *hand) {
		c := h.customer(300)
		s := h.sale(c, 100)
		held := h.do(loyalty.Reserve, s)
		if held.Spent != 100 || held.Worth != h.Terms.Worth(100) {
			h.Errorf("reserve: %+v", held)
		}
		h.balance(c, 200)
		paid := h.paid(s, held)
		if paid.Spent != 100 || paid.Worth != h.Terms.Worth(100) || paid.Earned != h.earn(s.Total, 100) {
			h.Errorf("commit: %+v, want 100 spent and %d earned", paid, h.earn(s.Total, 100))
		}
		if h.can(Versions) && paid.Version <= held.Version {
			h.Errorf("commit has version %d, the reserve before it %d", paid.Version, held.Version)
		}
		h.balance(c, 200+h.earn(s.Total, 100))
	}},
	{name: "hold and abort", needs: []Ability{Holding}, run: func(h *hand) {
		c := h.customer(300)
		s := h.sale(c, 100)
		held := h.do(loyalty.Reserve, s)
		o := op(loyalty.Abort, s)
		o.Ticket = held.Ticket
		h.done(o)
		h.balance(c, 300)
	}},
	{name: "held points are not there for another sale", needs: []Ability{Holding}, run: func(h *hand) {
		c := h.customer(100)
		h.do(loyalty.Reserve, h.sale(c, 80))
		h.refused(op(loyalty.Reserve, h.sale(c, 21)), loyalty.NotEnoughPoints)
		h.do(loyalty.Reserve, h.sale(c, 20))
		h.balance(c, 0)
	}},
	{name: "limits of a reserve", needs: []Ability{Holding}, run: func(h *hand) {
		c := h.customer(5000)
		most := h.Terms.Quote(h.sale(c, 0), 5000).MaxSpend
		if most < 5000 {
			h.refused(op(loyalty.Reserve, h.sale(c, most+1)), loyalty.AboveShare)
		}
		if h.Terms.MinSpend > 1 {
			h.refused(op(loyalty.Reserve, h.sale(c, 1)), loyalty.BelowMinimum)
		}
		h.balance(c, 5000)
		h.do(loyalty.Reserve, h.sale(c, most))
		h.refused(op(loyalty.Reserve, h.sale(loyalty.Customer{ID: "0-nobody", Cards: c.Cards, Phone: c.Phone, ExternalID: c.ExternalID}, 10)), loyalty.CustomerUnknown)
	}},
	{name: "less is spent than was held", needs: []Ability{Holding}, run: func(h *hand) {
		c := h.customer(100)
		s := h.sale(c, 80)
		held := h.do(loyalty.Reserve, s)
		s.Spend, s.Worth = 0, 0
		if out := h.paid(s, held); out.Spent != 0 {
			h.Errorf("commit: %+v", out)
		}
		h.balance(c, 100+h.earn(s.Total, 0))
	}},
	{name: "truth table of a sale", needs: []Ability{Holding}, run: truthTable},
	{name: "spending without a hold", needs: []Ability{SpendingLate}, run: func(h *hand) {
		c := h.customer(100)
		s := h.sale(c, 60)
		if out := h.do(loyalty.Commit, s); out.Spent != 60 || out.Earned != h.earn(s.Total, 60) {
			h.Errorf("commit: %+v", out)
		}
		left := 40 + h.earn(s.Total, 60)
		h.balance(c, left)
		h.refused(op(loyalty.Commit, h.sale(c, left+1)), loyalty.NotEnoughPoints)
		h.balance(c, left)
	}},
	{name: "a blocked customer neither earns nor spends", needs: []Ability{Blocking}, run: func(h *hand) {
		c := h.customer(100)
		h.Block(h.T, c.ID)
		if !h.find(c).Blocked {
			h.Error("lookup does not say that the customer is blocked")
		}
		q, err := h.Provider.Quote(h.Context(), h.sale(c, 10))
		if err != nil || q.MaxSpend != 0 || q.Earn != 0 || q.Limit != loyalty.CustomerBlocked {
			h.Errorf("quote: %+v, %v", q, err)
		}
		h.refused(op(loyalty.Commit, h.sale(c, 0)), loyalty.CustomerBlocked)
		if h.can(Holding) {
			h.refused(op(loyalty.Reserve, h.sale(c, 10)), loyalty.CustomerBlocked)
		}
		if h.can(OpenBlocked) {
			h.balance(c, 100)
		}
	}},
	{name: "a hold outlives a block", needs: []Ability{Blocking, Rejudging, OpenBlocked, Holding}, run: func(h *hand) {
		c := h.customer(100)
		s := h.sale(c, 40)
		held := h.do(loyalty.Reserve, s)
		h.Block(h.T, c.ID)
		if out := h.paid(s, held); out.Spent != 40 || out.Earned != 0 {
			h.Errorf("commit: %+v, want 40 spent and nothing earned", out)
		}
		h.balance(c, 60)
	}},
}

// paid commits a sale after its reserve.
func (h *hand) paid(s loyalty.Sale, held loyalty.Outcome) loyalty.Outcome {
	h.Helper()
	o := op(loyalty.Commit, s)
	o.Ticket = held.Ticket
	return h.done(o)
}

// truthTable brings sales into every state and does everything to them.
func truthTable(h *hand) {
	states := map[string][]loyalty.Kind{
		"unknown": nil,
		"held":    {loyalty.Reserve},
		"paid":    {loyalty.Reserve, loyalty.Commit},
		"earned":  {loyalty.Commit},
		"dropped": {loyalty.Reserve, loyalty.Abort},
		"blocked": {loyalty.Abort}, // an abort that overtook its reserve
	}
	const yes = loyalty.Reason("")
	for _, tt := range []struct {
		state string
		do    loyalty.Kind
		want  loyalty.Reason
		left  loyalty.Points // of 100, where 40 are spent
	}{
		{"unknown", loyalty.Reserve, yes, 60},
		{"unknown", loyalty.Abort, yes, 100},
		{"held", loyalty.Commit, yes, 60},
		{"held", loyalty.Abort, yes, 100},
		{"held", loyalty.Reserve, loyalty.KeyReused, 60},
		{"paid", loyalty.Reserve, loyalty.AlreadyCommitted, 60},
		{"paid", loyalty.Commit, loyalty.AlreadyCommitted, 60},
		{"paid", loyalty.Abort, loyalty.AlreadyCommitted, 60},
		{"earned", loyalty.Reserve, loyalty.AlreadyCommitted, 100},
		{"earned", loyalty.Abort, loyalty.AlreadyCommitted, 100},
		{"dropped", loyalty.Reserve, loyalty.AlreadyAborted, 100},
		{"dropped", loyalty.Commit, loyalty.AlreadyAborted, 100},
		{"dropped", loyalty.Abort, yes, 100},
		{"blocked", loyalty.Reserve, loyalty.AlreadyAborted, 100},
		{"blocked", loyalty.Commit, loyalty.AlreadyAborted, 100},
		{"blocked", loyalty.Abort, yes, 100},
	} {
		c := h.customer(100)
		s := h.sale(c, 40)
		if tt.state == "earned" {
			s = h.sale(c, 0)
		}
		var ticket string
		earned := loyalty.Points(0)
		for _, k := range states[tt.state] {
			o := op(k, s)
			o.Ticket = ticket
			out := h.done(o)
			ticket, earned = out.Ticket, earned+out.Earned
		}
		if tt.state == "earned" {
			s.Spend, s.Worth = 40, h.Terms.Worth(40)
		}
		o := op(tt.do, s)
		if tt.do != loyalty.Reserve {
			o.Ticket = ticket
		}
		switch again := len(states[tt.state]) > 0 && states[tt.state][len(states[tt.state])-1] == tt.do; {
		case again && tt.want != yes && !h.can(ByOperation):
			h.done(o) // for this provider it is the same once more
		case tt.want == yes:
			earned += h.done(o).Earned
		default:
			h.refused(o, tt.want)
		}
		if h.balance(c, tt.left+earned); h.Failed() {
			h.Fatalf("that was %s of a sale that is %s", tt.do, tt.state)
		}
	}
}
