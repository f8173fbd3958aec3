package loyaltytest

import (
	"errors"
	"io"
	"reflect"

	"github.com/tillgate/tillgate/sync/loyalty"
)

var feedParts = []part{
	{name: "snapshot and changes give the base", needs: []Ability{Feeding, Versions}, run: func(h *hand) {
		first, second, third := h.customer(1), h.customer(2), h.customer(3)
		copied, cursor := h.snapshot()
		for _, c := range []loyalty.Customer{first, second, third} {
			h.sameAs(copied[c.ID], c)
		}
		h.do(loyalty.Commit, h.sale(second, 0))
		h.Remove(h.T, third.ID)
		fourth := h.customer(4)
		cursor = h.follow(copied, cursor)
		for _, c := range []loyalty.Customer{first, second, fourth} {
			h.sameAs(copied[c.ID], c)
		}
		if _, there := copied[third.ID]; there {
			h.Error("a customer who left is still in the copy")
		}
		again, err := h.Provider.(loyalty.Feed).Changes(h.Context(), cursor)
		if err != nil || len(again.Customers)+len(again.Gone) > 0 || again.More {
			h.Errorf("after the last change: %+v, %v", again, err)
		}
	}},
	{name: "an unknown cursor", needs: []Ability{Feeding}, run: func(h *hand) {
		for _, cursor := range []string{"0", "nonsense", "AAAAAAAAAAAAAAAAAAAAAA"} {
			if ch, err := h.Provider.(loyalty.Feed).Changes(h.Context(), cursor); !errors.Is(err, loyalty.ErrStartOver) {
				h.Errorf("cursor %q: %+v, %v; want ErrStartOver", cursor, ch, err)
			}
		}
	}},
}

// sameAs holds a copied record against what a lookup says now.
func (h *hand) sameAs(copied, c loyalty.Customer) {
	h.Helper()
	now := h.find(c)
	if copied.AsOf = now.AsOf; !reflect.DeepEqual(copied, now) {
		h.Errorf("the copy has  %+v\nthe lookup has %+v", copied, now)
	}
}

// snapshot copies the whole base.
func (h *hand) snapshot() (map[loyalty.CustomerID]loyalty.Customer, string) {
	h.Helper()
	s, err := h.Provider.(loyalty.Feed).Snapshot(h.Context())
	if err != nil {
		h.Fatalf("snapshot: %v", err)
	}
	defer s.Close()
	if err := s.Programme().Validate(); err != nil {
		h.Errorf("snapshot: %v", err)
	}
	copied := map[loyalty.CustomerID]loyalty.Customer{}
	for {
		c, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			h.Fatalf("snapshot: %v", err)
		}
		copied[c.ID] = c
	}
	if len(copied) != s.Count() {
		h.Errorf("snapshot: %d customers, %d announced", len(copied), s.Count())
	}
	return copied, s.Cursor()
}

// follow applies the changes to a copy, as a till does: the higher version wins.
func (h *hand) follow(copied map[loyalty.CustomerID]loyalty.Customer, cursor string) string {
	h.Helper()
	for range 1000 {
		ch, err := h.Provider.(loyalty.Feed).Changes(h.Context(), cursor)
		if err != nil {
			h.Fatalf("changes: %v", err)
		}
		for _, c := range ch.Customers {
			if c.Version > copied[c.ID].Version {
				copied[c.ID] = c
			}
		}
		for _, g := range ch.Gone {
			if g.Version > copied[g.ID].Version {
				delete(copied, g.ID)
			}
		}
		if cursor = ch.Cursor; !ch.More {
			return cursor
		}
	}
	h.Fatal("changes: no end after 1,000 pages")
	return ""
}
