package central_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestSmoke(t *testing.T) {
	c := centraltest.Start(t, server.Options{NoSync: true})
	if err := c.Seed(500, 1); err != nil {
		t.Fatal(err)
	}
	cl := c.Client("7", "2")
	cust, err := cl.Lookup(t.Context(), loyalty.Ident{Kind: loyalty.ByCard, Value: "2900000000018"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s := loyalty.Sale{Key: loyalty.NewKey(now), Shop: "7", Till: "2", Customer: cust.ID, At: now, Total: 100_000, Spend: 50, Worth: 5000}
	q, err := cl.Quote(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", q)
	snap, err := cl.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		_, err := snap.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 500 || snap.Count() != 500 {
		t.Fatal(n)
	}
	for _, k := range []loyalty.Kind{loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Revert} {
		out, err := cl.Apply(t.Context(), loyalty.Operation{Key: loyalty.NewKey(now), Kind: k, Sale: s, At: now})
		t.Logf("%s %+v %v %v", k, out, out.Customer, err)
	}
	ch, err := cl.Changes(t.Context(), snap.Cursor())
	if err != nil || len(ch.Customers) != 1 {
		t.Fatal(err, ch)
	}
	if _, err := cl.Changes(t.Context(), "nonsense"); !errors.Is(err, loyalty.ErrStartOver) {
		t.Fatal(err)
	}
}
