package relay

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// TestTwoDaysOffline drains 2,000 receipts of two days, in the middle of which
// the clock was set back by a day, to the real central API, which answers twice,
// late, wrongly and not at all. Each is booked once, and the oldest goes first.
func TestTwoDaysOffline(t *testing.T) {
	const receipts, customers = 2000, 50
	api := centraltest.Start(t, server.Options{NoSync: true})
	for i := range customers {
		if err := api.Upsert(loyalty.Customer{ID: loyalty.CustomerID(fmt.Sprint("c", i)), Balance: 10_000}); err != nil {
			t.Fatal(err)
		}
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.Options{UnsafeNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	terms := server.DefaultProgramme().TermsFor("")
	begin := time.Now().Add(-48 * time.Hour)
	spent := map[loyalty.CustomerID]loyalty.Points{}
	for i := range receipts {
		at := begin.Add(time.Duration(i) * 48 * time.Hour / receipts)
		if i >= receipts/2 {
			at = at.Add(-24 * time.Hour)
		}
		s := loyalty.Sale{Key: loyalty.NewKey(at), Receipt: fmt.Sprint(i), Shop: "1", Till: "1", Customer: loyalty.CustomerID(fmt.Sprint("c", i%customers)), At: at, Total: 1000_00}
		kinds := []loyalty.Kind{loyalty.Commit}
		if i%10 == 0 {
			s.Spend = max(terms.MinSpend, 3)
			s.Worth = terms.Worth(s.Spend)
			spent[s.Customer] += s.Spend
			kinds = []loyalty.Kind{loyalty.Reserve, loyalty.Commit}
		}
		for _, k := range kinds {
			if _, err := j.Append(loyalty.Operation{Key: loyalty.NewKey(at), Kind: k, Sale: s, At: at}, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := New(Options{Journal: j, Provider: api.Client("1", "1"), Log: slog.New(slog.DiscardHandler), Jitter: func() float64 { return 0.01 }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	faults := []server.FaultKind{server.LostBefore, server.LostAnswer, server.Twice, server.BrokenDone, server.PortalDone, server.HalfAnswer}
	hits := 0
	open := func() int {
		n, _ := j.Counts()
		return n[journal.Pending] + n[journal.Unknown]
	}
	for left := open(); left > 0; { // in steps, for the sake of machines that are slow
		left = max(0, left-100)
		await(t, fmt.Sprintf("%d operations are left", left), j.Subscribe, func() bool { return open() <= left })
		if i := left / 350; i < len(faults) && left%350 < 100 {
			hits += api.Faults.Hits()
			api.Faults.Set(server.Fault{Kind: faults[i], Times: 3})
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if hits += api.Faults.Hits(); hits < 10 {
		t.Errorf("%d things went wrong on the way: this proves little", hits)
	}
	es, err := j.Entries(journal.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// Receipts go oldest first. A sale's second operation waits for what becomes of the
	// first, and others go meanwhile.
	overtaken := 0
	first := map[loyalty.Key]uint64{}
	for _, e := range es {
		if n := first[e.Op.Sale.Key]; n == 0 || e.N < n {
			first[e.Op.Sale.Key] = e.N
		}
	}
	earliest := time.Now()
	for _, e := range slices.Backward(es) {
		if e.State != journal.Done {
			t.Fatalf("%s of receipt %s is %s: %v", e.Op.Kind, e.Op.Sale.Receipt, e.State, e.Refusal)
		}
		if first[e.Op.Sale.Key] != e.N {
			continue
		}
		if e.FirstSent.After(earliest) {
			overtaken++
		} else {
			earliest = e.FirstSent
		}
	}
	if overtaken > 0 {
		t.Errorf("%d receipts were sent after younger ones", overtaken)
	}

	for i := range customers {
		id := loyalty.CustomerID(fmt.Sprint("c", i))
		records, err := api.Ledger(id)
		if err != nil {
			t.Fatal(err)
		}
		var booked loyalty.Points
		sales := map[loyalty.Key]int{}
		for _, r := range records {
			switch r.Kind {
			case server.Spent:
				booked -= r.Points
			case server.Earned:
				sales[r.Sale]++
			}
		}
		twice := slices.ContainsFunc(slices.Collect(maps.Values(sales)), func(n int) bool { return n != 1 })
		if booked != spent[id] || len(sales) != receipts/customers || twice {
			t.Errorf("%s: %d points of %d are booked, %d receipts of %d, one twice: %v", id, booked, spent[id], len(sales), receipts/customers, twice)
		}
	}
}
