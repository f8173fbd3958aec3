package relay

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// TestWithCentral sends sales to the real central API over a real connection
// that breaks in every way it can, and counts the points on both sides.
func TestWithCentral(t *testing.T) {
	api := centraltest.Start(t, server.Options{NoSync: true})
	if err := api.Seed(300, 1); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	key, _, err := seal.Load(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(filepath.Join(dir, "cache.db"), key, log)
	if err != nil {
		t.Fatal(err)
	}
	r := New(Options{Journal: j, Provider: api.Client("1", "1"), Cache: c, Log: log,
		Pull: 50 * time.Millisecond, Jitter: func() float64 { return 0.01 }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := j.Check(); err != nil {
			t.Error(err)
		}
		j.Close()
		c.Close()
	}()
	await(t, "the first fill", c.Subscribe, func() bool { return c.Count() >= 300 })

	who := spender(t, c)
	var spent loyalty.Points
	before := who.Balance
	sale := func(kinds ...loyalty.Kind) {
		t.Helper()
		terms := c.Programme().TermsFor(who.Tier)
		s := loyalty.Sale{Key: loyalty.NewKey(time.Now()), Shop: "1", Till: "1", Customer: who.ID, At: time.Now(),
			Total: 10_000_00, Spend: max(terms.MinSpend, 1)}
		s.Worth = terms.Worth(s.Spend)
		for _, k := range kinds {
			o := loyalty.Operation{Key: loyalty.NewKey(time.Now()), Kind: k, Sale: s, At: time.Now()}
			if _, err := j.Append(o, true); err != nil {
				t.Fatal(err)
			}
			if k == loyalty.Commit {
				spent += s.Spend
			}
		}
	}
	settled := func() bool {
		n, _ := j.Counts()
		return n[journal.Pending]+n[journal.Unknown] == 0
	}
	for _, kind := range []server.FaultKind{"", server.LostBefore, server.LostAnswer, server.HalfAnswer, server.Broken,
		server.BrokenDone, server.Portal, server.PortalDone, server.BadGateway, server.Twice, server.Reordered} {
		if kind != "" {
			api.Faults.Set(server.Fault{Kind: kind, Times: 2})
		}
		sale(loyalty.Reserve, loyalty.Commit)
		sale(loyalty.Reserve, loyalty.Abort)
		await(t, fmt.Sprintf("the journal is empty (%s)", kind), j.Subscribe, settled)
		api.Faults.Clear()
	}
	api.Switch.Cut()
	sale(loyalty.Reserve, loyalty.Commit)
	await(t, "offline", r.Subscribe, func() bool { return !r.Link().Online })
	if got := j.Unreflected(who.ID, 1<<60); got == 0 {
		t.Error("what is spent offline is not counted")
	}
	if err := api.Switch.Restore(); err != nil {
		t.Fatal(err)
	}
	await(t, "online and the journal is empty", j.Subscribe, settled)

	if n, people := j.Counts(); people > 0 || n[journal.Refused] > 0 {
		es, _ := j.Entries(journal.Filter{States: []journal.State{journal.Refused}})
		t.Fatalf("refused: %+v", es[0].Refusal)
	}
	records, err := api.Ledger(who.ID)
	if err != nil {
		t.Fatal(err)
	}
	var booked loyalty.Points
	for _, rec := range records {
		if rec.Kind == server.Spent && rec.Till == "1" && rec.Shop == "1" {
			booked -= rec.Points
		}
	}
	if booked != spent || spent == 0 {
		t.Errorf("%d points spent, %d booked", spent, booked)
	}
	truth, err := api.Customer(who.ID)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the copy is fresh", c.Subscribe, func() bool {
		got, err := c.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(who.ID)})
		return err == nil && got.Version == truth.Version && got.Balance == truth.Balance
	})
	if got := j.Unreflected(who.ID, truth.Version); got != 0 {
		t.Errorf("unreflected by the newest record: %d (balance was %d, is %d)", got, before, truth.Balance)
	}
}

// spender is the richest customer of the seed.
func spender(t *testing.T, c *cache.Cache) (rich loyalty.Customer) {
	t.Helper()
	for i := range c.Count() {
		cust, err := c.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: fmt.Sprintf("c%06d", i+1)})
		if err == nil && !cust.Blocked && cust.Balance > rich.Balance {
			rich = cust
		}
	}
	if least := c.Programme().TermsFor(rich.Tier).MinSpend; rich.Balance < 20*max(least, 1) {
		t.Fatalf("the richest has %d points, the least to spend is %d", rich.Balance, least)
	}
	return rich
}

// await waits until a condition holds, looking whenever something changes.
func await(t *testing.T, what string, subscribe func() (<-chan struct{}, func()), holds func() bool) {
	t.Helper()
	changed, cancel := subscribe()
	defer cancel()
	timeout := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("waited too long: %s", what)
		}
	}
}
