package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/centraltest"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func start(t *testing.T, n int) (*centraltest.Central, *central.Client) {
	t.Helper()
	c := centraltest.Start(t, server.Options{NoSync: true})
	if err := c.Seed(n, 1); err != nil {
		t.Fatal(err)
	}
	return c, c.Client("7", "2")
}

// ask sends a request that no proper client would.
func ask(t *testing.T, c *centraltest.Central, method, path, token, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestHostileRequests(t *testing.T) {
	c, _ := start(t, 1)
	token, err := c.Grant("7", "2")
	if err != nil {
		t.Fatal(err)
	}
	const key = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
	for _, tt := range []struct {
		method, path, token, body string
		want                      int
	}{
		{"GET", "/v1/status", token, "", 200},
		{"GET", "/v1/status", "", "", 401},
		{"GET", "/v1/status", "tg_guess", "", 401},
		{"GET", "/", token, "", 404},
		{"GET", "/v2/status", token, "", 404},
		{"DELETE", "/v1/programme", token, "", 404},
		{"POST", "/v1/customers/lookup", "", `{"kind":"card","value":"2900000000018"}`, 401},
		{"POST", "/v1/customers/lookup", token, `{"kind":"card","value":"2900000000018"}`, 200},
		{"POST", "/v1/customers/lookup", token, `{"kind":"card","value":"2900000000018","new":"member"}`, 200},
		{"POST", "/v1/customers/lookup", token, `{"kind":"card","value":"29000000000"}`, 404},
		{"POST", "/v1/customers/lookup", token, "{\"kind\":\"card\",\"value\":\"2900000000018\\u0000c000001\"}", 404},
		{"POST", "/v1/customers/lookup", token, `{"kind":"card"}`, 400},
		{"POST", "/v1/customers/lookup", token, `{"kind":"name","value":"x"}`, 400},
		{"POST", "/v1/customers/lookup", token, `{"kind":"card","value":"` + strings.Repeat("9", 201) + `"}`, 400},
		{"POST", "/v1/customers/lookup", token, `<xml/>`, 400},
		{"POST", "/v1/customers/lookup", token, `{"kind":"card","value":2900000000018}`, 400},
		{"POST", "/v1/quote", token, `{}`, 400},
		{"PUT", "/v1/operations/" + key, token, `{}`, 400},
		{"PUT", "/v1/operations/" + key, token, `{"key":"` + key + `","kind":"commit","at":"2026-03-01T12:00:00Z","sale":{}}`, 400},
		{"PUT", "/v1/operations/" + key, token, `{"key":"` + strings.Repeat(" ", 5<<20) + `"}`, 413},
		{"GET", "/v1/changes", token, "", 410},
		{"GET", "/v1/changes?cursor=x", token, "", 410},
		{"GET", "/v1/changes?cursor=x&limit=0", token, "", 400},
		{"GET", "/v1/changes?cursor=x&wait=26", token, "", 400},
		{"GET", "/v1/changes?cursor=x&wait=soon", token, "", 400},
	} {
		if answer := ask(t, c, tt.method, tt.path, tt.token, tt.body); answer.StatusCode != tt.want {
			body, _ := io.ReadAll(answer.Body)
			t.Errorf("%s %s %.80s: %d %s, want %d", tt.method, tt.path, tt.body, answer.StatusCode, body, tt.want)
		}
	}
}

func TestCredentials(t *testing.T) {
	c, client := start(t, 1)
	ctx := t.Context()
	now := time.Now()
	sale := loyalty.Sale{Key: loyalty.NewKey(now), Shop: "7", Till: "2", Customer: "c000001", At: now, Total: 10_000}
	op := loyalty.Operation{Key: loyalty.NewKey(now), Kind: loyalty.Commit, Sale: sale, At: now}
	other := c.Client("7", "3")
	if _, err := other.Apply(ctx, op); !errors.Is(err, loyalty.ErrCredentials) {
		t.Errorf("a till that speaks for another: %v", err)
	}
	if _, err := other.Quote(ctx, sale); !errors.Is(err, loyalty.ErrCredentials) {
		t.Errorf("a till that asks for another: %v", err)
	}
	if _, err := client.Apply(ctx, op); err != nil {
		t.Fatal(err)
	}
	back := loyalty.Operation{Key: loyalty.NewKey(now), Kind: loyalty.Return, Sale: sale, At: now, Refund: &loyalty.Refund{Amount: 10_000}}
	if _, err := other.Apply(ctx, back); err != nil {
		t.Errorf("goods come back at another till: %v", err)
	}
	if s, err := other.Status(ctx); err != nil || s.Shop != "7" || s.Till != "3" || time.Since(s.Time) > time.Minute {
		t.Errorf("status: %+v, %v", s, err)
	}
	if p, err := other.Programme(ctx); err != nil || len(p.Tiers) != 3 {
		t.Errorf("programme: %+v, %v", p, err)
	}
	token, err := c.Grant("7", "4")
	if err != nil {
		t.Fatal(err)
	}
	if answer := ask(t, c, "GET", "/v1/status", token, ""); answer.StatusCode != 200 {
		t.Errorf("before: %s", answer.Status)
	}
	if err := c.Revoke(token); err != nil {
		t.Fatal(err)
	}
	if answer := ask(t, c, "GET", "/v1/status", token, ""); answer.StatusCode != 401 {
		t.Errorf("after: %s", answer.Status)
	}
	if err := c.Revoke("tg_guess"); err == nil {
		t.Error("a token that nobody has was revoked")
	}
	if _, err := c.Grant("", "1"); err == nil {
		t.Error("a token for no shop was granted")
	}
}

func TestChangesInPages(t *testing.T) {
	c, client := start(t, 1300)
	ctx := t.Context()
	snap, err := client.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	snap.Close()
	for i := range 1300 {
		if err := c.Adjust(loyalty.CustomerID(fmt.Sprintf("c%06d", i+1)), 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Remove("c000007"); err != nil {
		t.Fatal(err)
	}
	p := server.DefaultProgramme()
	p.Name = "Новый клуб"
	if err := c.SetProgramme(p); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []server.FaultKind{"", server.Twice, server.Reordered} {
		t.Run(string("fault "+kind), func(t *testing.T) {
			c.Faults.Set(server.Fault{Kind: kind})
			defer c.Faults.Clear()
			best, records, pages, gone, named := map[loyalty.CustomerID]uint64{}, 0, 0, 0, ""
			ordered := true
			var last uint64
			for cursor, more := snap.Cursor(), true; more; pages++ {
				ch, err := client.Changes(ctx, cursor)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range ch.Customers {
					ordered = ordered && x.Version > last
					last = x.Version
					best[x.ID] = max(best[x.ID], x.Version)
					records++
				}
				gone += len(ch.Gone)
				if ch.Programme != nil {
					named = ch.Programme.Name
				}
				cursor, more = ch.Cursor, ch.More
			}
			if len(best) != 1299 || gone == 0 || named != "Новый клуб" {
				t.Errorf("%d customers, %d gone, programme %q", len(best), gone, named)
			}
			switch kind {
			case "":
				if pages != 3 || records != 1299 || !ordered {
					t.Errorf("%d pages, %d records, ordered: %t", pages, records, ordered)
				}
			case server.Twice:
				if pages != 6 || records != 2*1299 {
					t.Errorf("%d pages, %d records: nothing came twice", pages, records)
				}
			case server.Reordered:
				if ordered || records != 1299 {
					t.Errorf("%d records, ordered: %t", records, ordered)
				}
			}
		})
	}
}

func TestAwait(t *testing.T) {
	c, client := start(t, 3)
	ctx := t.Context()
	snap, err := client.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	snap.Close()
	type result struct {
		loyalty.Changes
		err error
	}
	got := make(chan result, 1)
	wait := func(ctx context.Context) {
		ch, err := client.Await(ctx, snap.Cursor())
		got <- result{ch, err}
	}
	go wait(ctx)
	select {
	case r := <-got:
		t.Fatalf("returned before a change: %+v", r)
	case <-time.After(100 * time.Millisecond):
	}
	if err := c.Adjust("c000002", 5); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.err != nil || len(r.Customers) != 1 || r.Customers[0].ID != "c000002" {
		t.Errorf("got %+v", r)
	}

	snap, err = client.Snapshot(ctx) // the same file: its cursor is from before the change
	if err != nil {
		t.Fatal(err)
	}
	snap.Close()
	if ch, err := client.Await(ctx, snap.Cursor()); err != nil || len(ch.Customers) != 1 {
		t.Errorf("what has changed already: %+v, %v", ch, err)
	}
	ch, err := client.Changes(ctx, snap.Cursor())
	if err != nil {
		t.Fatal(err)
	}
	cursor := ch.Cursor
	short, cancel := context.WithTimeout(ctx, 2500*time.Millisecond)
	defer cancel()
	if ch, err := client.Await(short, cursor); err != nil || len(ch.Customers) != 0 || ch.Cursor != cursor {
		t.Errorf("nothing changes: %+v, %v", ch, err)
	}
	// A cut ends the wait as unavailable.
	go func() {
		_, err := client.Await(ctx, cursor)
		got <- result{err: err}
	}()
	time.Sleep(100 * time.Millisecond)
	c.Switch.Cut()
	var u *loyalty.Unavailable
	if r := <-got; !errors.As(r.err, &u) {
		t.Errorf("cut off: %v", r.err)
	}
	if c.Switch.Connected() {
		t.Error("the switch says it is on")
	}
	if err := c.Switch.Restore(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Changes(ctx, cursor); err != nil {
		t.Errorf("restored: %v", err)
	}
}

func TestCursorOfAnotherServer(t *testing.T) {
	_, client := start(t, 3)
	snap, err := client.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	snap.Close()
	_, other := start(t, 3)
	if _, err := other.Changes(t.Context(), snap.Cursor()); !errors.Is(err, loyalty.ErrStartOver) {
		t.Errorf("got %v", err)
	}
}

func TestSharedPhone(t *testing.T) {
	c, client := start(t, 50)
	samples, err := c.Samples()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(samples, func(s server.Sample) bool { return s.Kind == "shared phone" })
	_, err = client.Lookup(t.Context(), loyalty.Ident{Kind: loyalty.ByPhone, Value: samples[i].Code})
	var two *loyalty.Ambiguous
	if !errors.As(err, &two) || len(two.Customers) != 2 || two.Customers[0].ID == two.Customers[1].ID {
		t.Errorf("got %v", err)
	}
}
