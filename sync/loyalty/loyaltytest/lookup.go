package loyaltytest

import (
	"errors"
	"reflect"

	"github.com/tillgate/tillgate/sync/loyalty"
)

var lookupParts = []part{
	{name: "name", run: func(h *hand) {
		if h.Provider.Name() == "" {
			h.Error("the provider has no name")
		}
	}},
	{name: "lookup by each ident", run: lookup},
	{name: "lookup of nobody", run: func(h *hand) {
		h.customer(100)
		for _, kind := range h.Idents {
			nobody := loyalty.Customer{ID: "0-nobody", Cards: nil, Phone: "+79990000000", ExternalID: "0-nobody"}
			nobody.Cards = append(nobody.Cards, "2999999999990")
			if c, err := h.Provider.Lookup(h.Context(), ident(kind, nobody)); !errors.Is(err, loyalty.ErrNotFound) {
				h.Errorf("by %s: got %v, %v; want ErrNotFound", kind, c, err)
			}
		}
	}},
	{name: "quote changes nothing", run: quote},
}

func lookup(h *hand) {
	want, other := h.customer(1234), h.customer(1)
	for _, kind := range h.Idents {
		got, err := h.Provider.Lookup(h.Context(), ident(kind, want))
		switch {
		case err != nil:
			h.Errorf("by %s: %v", kind, err)
		case got.ID != want.ID || got.ID == other.ID || got.Name != want.Name:
			h.Errorf("by %s: got customer %s, want %s", kind, got.ID, want.ID)
		case h.can(Balances) && (got.Balance != 1234 || got.AsOf.IsZero()):
			h.Errorf("by %s: balance is %d as of %s, want 1234 as of a time", kind, got.Balance, got.AsOf)
		case h.can(Versions) && got.Version == 0:
			h.Errorf("by %s: no version", kind)
		}
	}
}

func quote(h *hand) {
	c := h.customer(300)
	before := h.find(c)
	for _, spend := range []loyalty.Points{0, 100, 300, 5000} {
		s := h.sale(c, spend)
		q, err := h.Provider.Quote(h.Context(), s)
		if err != nil {
			h.Fatalf("quote of %d: %v", spend, err)
		}
		switch {
		case q.Customer != c.ID:
			h.Errorf("quote of %d: is about %s, not %s", spend, q.Customer, c.ID)
		case q.Spend > spend || q.Spend > q.MaxSpend || q.MaxSpend > 300:
			h.Errorf("quote of %d: %+v spends more than wished or possible", spend, q)
		case spend <= 300 && h.Terms.Worth(spend) <= s.Total*loyalty.Money(h.Terms.MaxShare)/10_000 && q.Spend != spend:
			h.Errorf("quote of %d: %+v does not let it be spent", spend, q)
		case q.Worth != h.Terms.Worth(q.Spend) || q.MaxWorth != h.Terms.Worth(q.MaxSpend):
			h.Errorf("quote of %d: %+v values points otherwise than the terms", spend, q)
		case q.Spend == spend && q.Earn != h.earn(s.Total, spend):
			h.Errorf("quote of %d: %+v earns %d, want %d", spend, q, q.Earn, h.earn(s.Total, spend))
		}
	}
	after := h.find(c)
	if before = h.like(before, after); !reflect.DeepEqual(before, after) {
		h.Errorf("quotes changed the customer:\nbefore %+v\nafter  %+v", before, after)
	}
}
