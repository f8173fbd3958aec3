package amocrm_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestHistory(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 5000, Segment: silver, Phone: "+79215550009"})
	for i := range 3 {
		o := sale("5000", 0)
		o.At = time.Unix(1_790_000_000+int64(i)*3600, 0)
		o.Sale.Total += loyalty.Money(i) * 100
		if _, err := c.Apply(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []loyalty.Ident{{Kind: loyalty.ByCustomer, Value: "5000"}, byPhone("+79215550009")} {
		es, err := c.History(t.Context(), id, 2)
		if err != nil || len(es) != 2 || es[0].At.Unix() != 1_790_007_200 || es[0].Amount != 100_200 || es[1].Amount != 100_100 ||
			es[0].Text != "shop 7, till 2, receipt R-1" || es[0].Kind != loyalty.OtherEvent {
			t.Errorf("%s: %+v, %v", id.Kind, es, err)
		}
	}
	if es, err := c.History(t.Context(), byCard("5001"), 2); err != nil || len(es) != 0 {
		t.Errorf("nobody: %+v, %v", es, err)
	}
	if _, err := c.History(t.Context(), byCard("x"), 2); !errors.Is(err, loyalty.ErrNotFound) {
		t.Error(err)
	}
}

// What a sale costs of the chain's seven requests a second.
func TestRequestsPerSale(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 5000, Points: 900, Segment: silver, Phone: "+79215550009"})
	if _, err := c.Programme(t.Context()); err != nil {
		t.Fatal(err)
	}
	count := func(what string, want int, f func() error) {
		before := s.Calls()
		if err := f(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n := s.Calls() - before; n != want {
			t.Errorf("%s: %d requests, want %d", what, n, want)
		}
	}
	var out loyalty.Outcome
	apply := func(o loyalty.Operation) func() error {
		return func() (err error) { out, err = c.Apply(t.Context(), o); return err }
	}
	count("by card", 1, func() error { _, err := c.Lookup(t.Context(), byCard("5000")); return err })
	count("by phone", 2, func() error { _, err := c.Lookup(t.Context(), byPhone("+79215550009")); return err })
	o := sale("5000", 100)
	count("reserve", 2, apply(o))
	count("commit", 1, apply(next(o, loyalty.Commit, out)))
	count("revert", 2, apply(next(o, loyalty.Revert, out)))
	o = sale("5000", 100)
	count("reserve", 2, apply(o))
	count("abort", 1, apply(next(o, loyalty.Abort, out)))
}
