package server

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// clock is a server's clock that a test turns.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time              { return c.now }
func (c *clock) pass(d time.Duration)        { c.now = c.now.Add(d) }
func newClock() *clock                       { return &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }
func in(c *clock, d time.Duration) time.Time { return c.now.Add(d) }

// open opens a server whose books are audited at the end of the test.
func open(t testing.TB, path string, c *clock) *Server {
	t.Helper()
	s, err := Open(path, Options{Now: c.Now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-s.closed:
			return
		default:
		}
		audit(t, s)
		s.Close()
	})
	return s
}

func fresh(t testing.TB) (*Server, *clock) {
	c := newClock()
	return open(t, filepath.Join(t.TempDir(), "central.db"), c), c
}

func audit(t testing.TB, s *Server) {
	t.Helper()
	if err := s.Audit(); err != nil {
		t.Errorf("audit: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// enrol adds a customer of the tier Серебро.
func enrol(t testing.TB, s *Server, id loyalty.CustomerID, balance loyalty.Points, lots ...loyalty.Expiring) {
	t.Helper()
	must(t, s.Upsert(loyalty.Customer{ID: id, Tier: "Серебро", Cards: []card.ID{card.ID("card-" + string(id))}, Balance: balance, Expiring: lots}))
}

func sold(c *clock, id loyalty.CustomerID, total loyalty.Money, spend loyalty.Points) loyalty.Sale {
	return loyalty.Sale{Key: loyalty.NewKey(c.now), Shop: "7", Till: "2", Customer: id, At: c.now, Total: total, Spend: spend, Worth: 100 * loyalty.Money(spend)}
}

func do(c *clock, kind loyalty.Kind, s loyalty.Sale) loyalty.Operation {
	return loyalty.Operation{Key: loyalty.NewKey(c.now), Kind: kind, Sale: s, At: c.now}
}

func goods(c *clock, s loyalty.Sale, amount loyalty.Money, lines ...loyalty.Line) loyalty.Operation {
	op := do(c, loyalty.Return, s)
	op.Refund = &loyalty.Refund{Amount: amount, Lines: lines}
	return op
}

func apply(t testing.TB, s *Server, op loyalty.Operation) loyalty.Outcome {
	t.Helper()
	out, err := s.Apply(op)
	if err != nil {
		t.Fatalf("%s: %v", op.Kind, err)
	}
	return out
}

func refused(t testing.TB, s *Server, op loyalty.Operation, want loyalty.Reason) {
	t.Helper()
	_, err := s.Apply(op)
	var no *loyalty.Refusal
	if !errors.As(err, &no) || no.Reason != want {
		t.Fatalf("%s: %v, want %s", op.Kind, err, want)
	}
}

func balance(t testing.TB, s *Server, id loyalty.CustomerID, want loyalty.Points) {
	t.Helper()
	c, err := s.Customer(id)
	must(t, err)
	if c.Balance != want {
		t.Errorf("balance is %d, want %d", c.Balance, want)
	}
}

func TestRestartForgetsNothing(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "central.db"), newClock()
	s := open(t, path, c)
	enrol(t, s, "a", 300)
	token, err := s.Grant("7", "2")
	must(t, err)
	sale := sold(c, "a", 100_000, 100)
	reserve, commit := do(c, loyalty.Reserve, sale), do(c, loyalty.Commit, sale)
	first := apply(t, s, reserve)
	cursor := s.cursor(1)
	must(t, s.Close())

	s = open(t, path, c)
	again := apply(t, s, reserve)
	if a, b := js(t, first), js(t, again); a != b {
		t.Errorf("the same key again after a restart:\n%s\nfirst it was\n%s", b, a)
	}
	balance(t, s, "a", 200)
	if holds, err := s.Holds("a"); err != nil || len(holds) != 1 || holds[0].Points != 100 || holds[0].Sale != sale.Key {
		t.Errorf("holds: %+v, %v", holds, err)
	}
	apply(t, s, commit)
	if n, ok := s.parseCursor(cursor); !ok || n != 1 {
		t.Error("the cursor from before the restart is not known")
	}
	must(t, s.Revoke(token))
	must(t, s.Close())
	s = open(t, path, c)
	apply(t, s, commit)
	balance(t, s, "a", 245)
	records, err := s.Ledger("a")
	must(t, err)
	want := []Record{{Kind: Opening, Points: 300}, {Kind: Spent, Points: -100}, {Kind: Earned, Points: 45}}
	if len(records) != len(want) {
		t.Fatalf("ledger: %+v", records)
	}
	for i, r := range records {
		if r.Kind != want[i].Kind || r.Points != want[i].Points || i > 0 && (r.Sale != sale.Key || r.Key != commit.Key || r.Shop != "7" || r.Till != "2") {
			t.Errorf("record %d: %+v", i, r)
		}
	}
}

func js(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return string(raw)
}

func TestOpenRefuses(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "central.db")
	open(t, path, c)
	if _, err := Open(path, Options{}); err == nil {
		t.Error("a database that is open was opened again")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no", "such", "folder"), Options{}); err == nil {
		t.Error("opened in a folder that is not there")
	}
}
