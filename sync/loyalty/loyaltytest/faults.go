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
	{name: "the deadline holds", fault: Silent, run: func(h *hand) {
		c := h.customer(100)
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
			if name == "apply" && loyalty.Judge(err) != loyalty.Unknown {
				h.Errorf("apply: %v is %s, want unknown", err, loyalty.Judge(err))
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
