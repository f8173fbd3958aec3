package relay

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

var figures = flag.Bool("figures", false, "measure what batches save, with 2,000 receipts")

// distant is a network that takes a while there and back. It counts the calls.
type distant struct {
	trip  time.Duration
	calls atomic.Int64
}

func (d *distant) RoundTrip(r *http.Request) (*http.Response, error) {
	d.calls.Add(1)
	time.Sleep(d.trip)
	return http.DefaultTransport.RoundTrip(r)
}

// TestWhatBatchesSave drains receipts that have waited, with batches and without.
func TestWhatBatchesSave(t *testing.T) {
	receipts, trips := 150, []time.Duration{0}
	if *figures {
		receipts, trips = 2000, []time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond}
	}
	for _, trip := range trips {
		for _, batches := range []bool{false, true} {
			calls, took := drained(t, receipts, trip, batches)
			t.Logf("%d receipts of five lines, round trip %s, batches: %t: %d calls, %.1f s", receipts, trip, batches, calls, took.Seconds())
			if most := int64(receipts/loyalty.MostInBatch + 5); batches && calls > most {
				t.Errorf("%d calls, want %d at most", calls, most)
			}
			if !batches && calls < int64(receipts) {
				t.Errorf("%d calls without batches: this compares nothing", calls)
			}
		}
	}
}

func drained(t *testing.T, receipts int, trip time.Duration, batches bool) (calls int64, took time.Duration) {
	api := centraltest.Start(t, server.Options{})
	for i := range 50 {
		if err := api.Upsert(loyalty.Customer{ID: loyalty.CustomerID(fmt.Sprint("c", i))}); err != nil {
			t.Fatal(err)
		}
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for i := range receipts {
		now := time.Now()
		s := loyalty.Sale{Key: loyalty.NewKey(now), Shop: "1", Till: "1", Customer: loyalty.CustomerID(fmt.Sprint("c", i%50)), At: now}
		for n := range 5 {
			s.Lines = append(s.Lines, loyalty.Line{ID: fmt.Sprint(n), GTIN: "4607034171230", Title: "Молоко 3,2 % 930 мл", Qty: 1000, Price: 89_90, Total: 89_90})
			s.Total += 89_90
		}
		if _, err := j.Append(loyalty.Operation{Key: loyalty.NewKey(now), Kind: loyalty.Commit, Sale: s, At: now}, true); err != nil {
			t.Fatal(err)
		}
	}
	token, err := api.Grant("1", "1")
	if err != nil {
		t.Fatal(err)
	}
	way := &distant{trip: trip}
	client, err := central.New(central.Config{URL: api.URL, Token: token, Transport: way})
	if err != nil {
		t.Fatal(err)
	}
	var provider loyalty.Provider = client
	if !batches {
		provider = struct{ loyalty.Provider }{client}
	}
	r := New(Options{Journal: j, Provider: provider, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- r.Run(ctx) }()
	changed, stop := j.Subscribe()
	defer stop()
	for {
		if n, _ := j.Counts(); n[journal.Done] == receipts {
			break
		}
		select {
		case <-changed:
		case <-time.After(15 * time.Minute):
			t.Fatal("the journal does not become empty")
		}
	}
	took = time.Since(began)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return way.calls.Load(), took
}
