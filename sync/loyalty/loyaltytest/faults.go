package loyaltytest

import (
	"context"
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

var faultParts = []part{
	{name: "nobody listens", fault: Down, run: func(h *hand) { h.surelyNotDone(Down, 0) }},
	{name: "not now", fault: NotNow, run: func(h *hand) { h.surelyNotDone(NotNow, 7*time.Second) }},
	{name: "credentials not accepted", fault: BadToken, run: func(h *hand) {
		c := h.customer(100)
		o := op(loyalty.Commit, h.sale(c, 0))
		end := h.Faults[BadToken](h.T)
		_, err := h.Provider.Apply(h.Context(), o)
		if !errors.Is(err, loyalty.ErrCredentials) || loyalty.Judge(err) != loyalty.Later {
			h.Errorf("apply: %v is %s", err, loyalty.Judge(err))
		}
		if _, err := h.Provider.Lookup(h.Context(), ident(h.Idents[0], c)); !errors.Is(err, loyalty.ErrCredentials) {
			h.Errorf("look up: %v", err)
		}
		end()
		h.balance(c, 100)
		h.done(o)
	}},
	{name: "the answer is lost", fault: LostAnswer, needs: []Ability{Remembering}, run: func(h *hand) { h.notKnown(LostAnswer) }},
	{name: "a foreign page for an answer", fault: ForeignOK, needs: []Ability{Remembering}, run: func(h *hand) { h.notKnown(ForeignOK) }},
	{name: "a gateway's error for an answer", fault: ForeignBad, needs: []Ability{Remembering}, run: func(h *hand) { h.notKnown(ForeignBad) }},
	{name: "the answer is lost and found", fault: LostAnswer, needs: []Ability{Finding}, run: func(h *hand) { h.found(LostAnswer) }},
	{name: "a foreign page for an answer, and found", fault: ForeignOK, needs: []Ability{Finding}, run: func(h *hand) { h.found(ForeignOK) }},
	{name: "a gateway's error for an answer, and found", fault: ForeignBad, needs: []Ability{Finding}, run: func(h *hand) { h.found(ForeignBad) }},
	{name: "never twice in doubt", fault: LostAnswer, needs: []Ability{Finding, Holding}, run: neverTwice},
	{name: "the deadline holds", fault: Silent, run: func(h *hand) {
		c := h.customer(100)
		h.find(c) // as before every sale: a provider may need to know the customer to book
		s := h.sale(c, 0)
		o := op(loyalty.Commit, s)
		end := h.Faults[Silent](h.T)
		defer end()
		for name, call := range map[string]func(context.Context) error{
			"apply":   func(ctx context.Context) error { _, err := h.Provider.Apply(ctx, o); return err },
			"quote":   func(ctx context.Context) error { _, err := h.Provider.Quote(ctx, s); return err },
			"look up": func(ctx context.Context) error { _, err := h.Provider.Lookup(ctx, ident(h.Idents[0], c)); return err },
		} {
			ctx, cancel := context.WithTimeout(h.Context(), 50*time.Millisecond)
			started := time.Now()
			err := call(ctx)
			cancel()
			if took := time.Since(started); took > 5*time.Second {
				h.Errorf("%s: took %s", name, took)
			}
			if err == nil {
				h.Errorf("%s: no error", name)
			}
			if v := loyalty.Judge(err); name == "apply" && v != loyalty.Unknown && v != loyalty.Doubt {
				h.Errorf("apply: %v is %s, want unknown", err, v)
			}
		}
	}},
	{name: "a context that is over", run: func(h *hand) {
		c := h.customer(100)
		o := op(loyalty.Commit, h.sale(c, 0))
		over, cancel := context.WithCancel(h.Context())
		cancel()
		if _, err := h.Provider.Apply(over, o); loyalty.Judge(err) != loyalty.Later {
			h.Errorf("apply: %v is %s, want later: nothing was sent", err, loyalty.Judge(err))
		}
		h.balance(c, 100)
	}},
}

// surelyNotDone makes a fault of which the till may know that nothing was done.
func (h *hand) surelyNotDone(f Fault, after time.Duration) {
	c := h.customer(100)
	s := h.sale(c, 0)
	o := op(loyalty.Commit, s)
	end := h.Faults[f](h.T)
	_, err := h.Provider.Apply(h.Context(), o)
	var u *loyalty.Unavailable
	if loyalty.Judge(err) != loyalty.Later || !errors.As(err, &u) || u.After != after {
		h.Errorf("apply: %v is %s, want later, after %s", err, loyalty.Judge(err), after)
	}
	if _, err := h.Provider.Lookup(h.Context(), ident(h.Idents[0], c)); !errors.As(err, &u) {
		h.Errorf("look up: %v, want an Unavailable", err)
	}
	if _, err := h.Provider.Quote(h.Context(), s); !errors.As(err, &u) {
		h.Errorf("quote: %v, want an Unavailable", err)
	}
	end()
	h.balance(c, 100)
	h.done(o)
	h.balance(c, 100+h.earn(s.Total, 0))
}

// notKnown makes a fault that hides whether the work was done. It was; the same
// key again brings the answer and does nothing.
func (h *hand) notKnown(f Fault) {
	c := h.customer(100)
	o := op(loyalty.Commit, h.sale(c, 0))
	end := h.Faults[f](h.T)
	out, err := h.Provider.Apply(h.Context(), o)
	if loyalty.Judge(err) != loyalty.Unknown {
		h.Errorf("apply: %+v, %v is %s, want unknown", out, err, loyalty.Judge(err))
	}
	end()
	want := 100 + h.earn(o.Sale.Total, 0)
	h.balance(c, want) // else the fault did not do what it is to do
	if out := h.done(o); out.Earned != h.earn(o.Sale.Total, 0) {
		h.Errorf("again: %+v", out)
	}
	h.balance(c, want)
}

// found is notKnown for a provider that is Careful: it finds out what became of
// an accrual, by itself, and of one that never arrived too.
func (h *hand) found(f Fault) {
	c := h.customer(100)
	o := op(loyalty.Commit, h.sale(c, 0))
	end := h.Faults[f](h.T)
	out, err := h.Provider.Apply(h.Context(), o)
	if loyalty.Judge(err) != loyalty.Unknown {
		h.Errorf("apply: %+v, %v is %s, want unknown", out, err, loyalty.Judge(err))
	}
	end()
	want := 100 + h.earn(o.Sale.Total, 0)
	h.balance(c, want) // else the fault did not do what it is to do
	for range 2 {
		out, err = h.Provider.(loyalty.Careful).Again(h.Context(), o)
		if err != nil || h.took(o, out).Earned != h.earn(o.Sale.Total, 0) {
			h.Errorf("again: %+v, %v", out, err)
		}
		h.balance(c, want)
	}
	other := op(loyalty.Commit, h.sale(c, 0)) // was never sent, as far as the provider knows
	if _, err := h.Provider.(loyalty.Careful).Again(h.Context(), other); err != nil {
		h.Errorf("again for the first time: %v", err)
	}
	h.balance(c, want+h.earn(other.Sale.Total, 0))
}

// neverTwice takes every operation of a sale with points through a lost answer:
// whatever comes of asking again, the points move once.
func neverTwice(h *hand) {
	for _, kind := range []loyalty.Kind{loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Return, loyalty.Revert} {
		if kind == loyalty.Return && !h.can(Returning) || kind == loyalty.Revert && !h.can(Reverting) {
			continue
		}
		c := h.customer(300)
		s := h.sale(c, 100)
		o := op(kind, s)
		if kind == loyalty.Return {
			o = refund(s, s.Total)
		}
		want := loyalty.Points(300)
		switch kind {
		case loyalty.Reserve:
			want = 200
		case loyalty.Commit:
			want = 200 + h.earn(s.Total, 100)
			fallthrough
		case loyalty.Abort:
			h.do(loyalty.Reserve, s)
		default:
			h.paid(s, h.do(loyalty.Reserve, s))
		}
		before := h.find(c).Balance
		end := h.Faults[LostAnswer](h.T)
		_, err := h.Provider.Apply(h.Context(), h.ticketed(o))
		if v := loyalty.Judge(err); v != loyalty.Unknown && v != loyalty.Doubt {
			h.Errorf("%s: %v is %s, want unknown or doubt", kind, err, v)
		}
		end()
		was := h.find(c).Balance
		if was == before {
			h.Errorf("%s: the points did not move before the answer was lost: nothing is proven", kind)
		}
		for range 2 {
			_, err := h.Provider.(loyalty.Careful).Again(h.Context(), h.ticketed(o))
			switch v := loyalty.Judge(err); v {
			case loyalty.Done:
				h.balance(c, want)
			case loyalty.Doubt: // a person finishes it
				h.balance(c, was)
			default:
				h.Errorf("%s again: %v is %s, want done or doubt", kind, err, v)
			}
		}
	}
}
