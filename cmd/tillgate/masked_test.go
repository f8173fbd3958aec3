package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestMasked(t *testing.T) {
	whole := journal.Entry{N: 7, State: journal.Done,
		Op: loyalty.Operation{Key: "k", Kind: loyalty.Commit, Sale: loyalty.Sale{
			Receipt: "R-77", Customer: "SECRET-1", Ident: loyalty.Ident{Kind: loyalty.ByCard, Value: "SECRET-2"}, Cashier: "SECRET-3",
			Promo: "SECRET-4", GiftCards: []string{"SECRET-5"},
		}},
		Outcome: &loyalty.Outcome{Earned: 5, Print: []loyalty.Printed{{Text: "SECRET-6"}}, Customer: &loyalty.Customer{
			ID: "SECRET-7", Name: "SECRET-8", Cards: []card.ID{"SECRET-9"}, Phone: "SECRET-10", ExternalID: "SECRET-11", Balance: 12,
		}}}
	before, _ := json.Marshal(whole)
	b, err := json.Marshal(masked(whole))
	if err != nil || strings.Contains(string(b), "SECRET") {
		t.Errorf("%v: %s", err, b)
	}
	for _, kept := range []string{`"receipt":"R-77"`, `"kind":"card"`, `"…-2"`, `"balance":12`} {
		if !strings.Contains(string(b), kept) {
			t.Errorf("%s is gone: %s", kept, b)
		}
	}
	if after, _ := json.Marshal(whole); string(after) != string(before) {
		t.Errorf("the entry itself was changed: %s", after)
	}
}
