package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// open opens a journal that is checked and closed at the end of the test.
func open(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := Open(path, Options{Key: tillKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeChecked(t, j) })
	return j
}

// tillKey is the till's in most tests, which take a journal from place to place.
var tillKey = func() *seal.Key {
	k, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		panic(err)
	}
	return k
}()

func closeChecked(t testing.TB, j *Journal) {
	t.Helper()
	select {
	case <-j.gone:
		return
	default:
	}
	if err := j.Check(); err != nil {
		t.Errorf("check: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func path(t testing.TB) string { return filepath.Join(t.TempDir(), "journal.db") }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("MSK", 3*3600))

func op(sale string, kind loyalty.Kind, spend loyalty.Points) loyalty.Operation {
	return loyalty.Operation{
		Key: loyalty.Key(sale + "/" + string(kind)), Kind: kind, At: noon,
		Sale: loyalty.Sale{Key: loyalty.Key(sale), Shop: "1", Till: "2", Customer: "ann", At: noon,
			Total: 100_000, Spend: spend, Worth: loyalty.Money(spend) * 100,
			Lines: []loyalty.Line{{ID: "1", Title: "bread", Qty: 1000, Price: 100_000, Total: 100_000}}},
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAppendIsThereAfterReopening(t *testing.T) {
	p := path(t)
	j := open(t, p)
	want := must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), true))
	closeChecked(t, j)
	j = open(t, p)
	got := must[Entry](t)(j.Get(want.Op.Key))
	if got.N != 1 || got.State != Pending || !got.Late || got.Op.Sale.Lines[0].Title != "bread" || !got.Op.At.Equal(noon) {
		t.Errorf("got %+v", got)
	}
	if h, ok := j.Next(nil); !ok || h.Key != want.Op.Key {
		t.Errorf("Next = %v, %v", h, ok)
	}
	if n, people := j.Counts(); n[Pending] != 1 || people != 0 {
		t.Errorf("counts %v, %d", n, people)
	}
}

func TestAppendSameKey(t *testing.T) {
	j := open(t, path(t))
	o := op("s", loyalty.Reserve, 10)
	o.Sale.Cashier = "bad \xff utf-8"
	first := must[Entry](t)(j.Append(o, false))
	o.At = o.At.UTC()
	o.Ticket = "of no account"
	again := must[Entry](t)(j.Append(o, true))
	if again.N != first.N || !again.Late {
		t.Errorf("the same again is %+v", again)
	}
	o.Sale.Spend++
	_, err := j.Append(o, false)
	var no *loyalty.Refusal
	if !errors.As(err, &no) || no.Reason != loyalty.KeyReused {
		t.Errorf("other content: %v", err)
	}
	if es, err := j.Entries(Filter{}); len(es) != 1 {
		t.Errorf("%d entries, %v", len(es), err)
	}
}

func TestAppendRefusesNonsense(t *testing.T) {
	j := open(t, path(t))
	for _, change := range []func(*loyalty.Operation){
		func(o *loyalty.Operation) { o.Kind = "give" },
		func(o *loyalty.Operation) { o.Key = "" },
		func(o *loyalty.Operation) { o.Sale.Key = "" },
		func(o *loyalty.Operation) { o.Key = loyalty.Key(strings.Repeat("k", maxName+1)) },
		func(o *loyalty.Operation) { o.Sale.Customer = loyalty.CustomerID(strings.Repeat("k", maxName+1)) },
		func(o *loyalty.Operation) { o.Sale.Spend = -1 },
	} {
		o := op("s", loyalty.Reserve, 10)
		change(&o)
		if e, err := j.Append(o, false); err == nil {
			t.Errorf("appended %+v", e)
		}
	}
}

var (
	errLater   = &loyalty.Unavailable{Err: errors.New("503")}
	errNo      = &loyalty.Refusal{Reason: loyalty.NotEnoughPoints}
	errUnclear = errors.New("connection reset")
)

func TestSettle(t *testing.T) {
	tests := []struct {
		name   string
		causes []error // of one attempt after the other
		want   State
	}{
		{"done", []error{nil}, Done},
		{"refused", []error{errNo}, Refused},
		{"unknown", []error{errUnclear}, Unknown},
		{"later", []error{errLater}, Pending},
		{"later, done", []error{errLater, nil}, Done},
		{"unknown, then turned away: still unknown", []error{errUnclear, errLater}, Unknown},
		{"unknown, turned away twice", []error{errUnclear, errLater, errLater}, Unknown},
		{"turned away, then unknown", []error{errLater, errUnclear}, Unknown},
		{"unknown, refused", []error{errUnclear, errNo}, Refused},
		{"token revoked", []error{loyalty.ErrCredentials}, Pending},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := open(t, path(t))
			e := must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), false))
			for i, cause := range tt.causes {
				e = must[Entry](t)(j.Sending(e.Op.Key))
				if e.State != Unknown || e.Attempts != i+1 || e.FirstSent.IsZero() || e.LastSent.Before(e.FirstSent) {
					t.Fatalf("sending: %+v", e)
				}
				e = must[Entry](t)(j.Settle(e.Op.Key, loyalty.Outcome{Version: 7, Spent: 10}, cause))
			}
			if e.State != tt.want {
				t.Errorf("state %s, want %s", e.State, tt.want)
			}
			if (e.Outcome != nil) != (tt.want == Done) || (e.Refusal != nil) != (tt.want == Refused) {
				t.Errorf("outcome %v, refusal %v", e.Outcome, e.Refusal)
			}
			if _, ok := j.Next(nil); ok != e.Open() {
				t.Errorf("Next finds it: %v", ok)
			}
			if _, err := j.Sending(e.Op.Key); errors.Is(err, ErrSettled) != !e.Open() {
				t.Errorf("sending it again: %v", err)
			}
		})
	}
}

func TestCrashWhileSending(t *testing.T) {
	p := path(t)
	j := open(t, p)
	e := must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), false))
	must[Entry](t)(j.Sending(e.Op.Key))
	crashed := open(t, copyOf(t, p))
	if e := must[Entry](t)(crashed.Get(e.Op.Key)); e.State != Unknown {
		t.Fatalf("after a crash it is %s", e.State)
	}
	must[Entry](t)(crashed.Sending(e.Op.Key))
	if e := must[Entry](t)(crashed.Settle(e.Op.Key, loyalty.Outcome{}, errLater)); e.State != Unknown {
		t.Errorf("what may have been sent before the crash is %s", e.State)
	}
}

// copyOf is what a crash at this moment would leave.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "journal.db")
	b := must[[]byte](t)(os.ReadFile(path))
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestOrderPerSale(t *testing.T) {
	j := open(t, path(t))
	for _, o := range []loyalty.Operation{
		op("a", loyalty.Reserve, 10), op("b", loyalty.Commit, 0), op("a", loyalty.Commit, 10), op("c", loyalty.Commit, 0),
	} {
		must[Entry](t)(j.Append(o, true))
	}
	if _, err := j.Sending("a/commit"); !errors.Is(err, ErrNotNext) {
		t.Errorf("commit before its reserve: %v", err)
	}
	if h, _ := j.Ahead("a"); h.Key != "a/reserve" {
		t.Errorf("ahead of sale a is %s", h.Key)
	}
	var got []string
	poison := func(h Head) bool { return h.Sale == "b" }
	for {
		h, ok := j.Next(poison)
		if !ok {
			break
		}
		got = append(got, string(h.Key))
		must[Entry](t)(j.Sending(h.Key))
		must[Entry](t)(j.Settle(h.Key, loyalty.Outcome{}, nil))
	}
	if want := []string{"a/reserve", "a/commit", "c/commit"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t, path(t))
		defer closeChecked(t, j)
		later, earlier := op("later", loyalty.Commit, 0), op("earlier", loyalty.Commit, 0)
		later.At = time.Now().AddDate(1, 0, 0)
		earlier.At = time.Now().AddDate(-1, 0, 0)
		must[Entry](t)(j.Append(later, true))
		must[Entry](t)(j.Append(earlier, true))
		if h, _ := j.Next(nil); h.Sale != "later" {
			t.Errorf("first is %s", h.Sale)
		}
	})
}

func TestPeople(t *testing.T) {
	j := open(t, path(t))
	refuse := func(sale string, late bool) loyalty.Key {
		e := must[Entry](t)(j.Append(op(sale, loyalty.Reserve, 10), late))
		must[Entry](t)(j.Sending(e.Op.Key))
		return must[Entry](t)(j.Settle(e.Op.Key, loyalty.Outcome{}, errNo)).Op.Key
	}
	refuse("shown at once", false)
	late := refuse("promised", true)
	told := refuse("told afterwards", false)
	if err := j.Promise(told); err != nil {
		t.Fatal(err)
	}
	paid := refuse("paid all the same", false)
	must[Entry](t)(j.Append(op("paid all the same", loyalty.Commit, 10), true))
	var got []loyalty.Key
	for _, e := range must[[]Entry](t)(j.Entries(Filter{People: true})) {
		got = append(got, e.Op.Key)
	}
	if want := []loyalty.Key{late, told, paid}; !slices.Equal(got, want) {
		t.Errorf("people's list %v, want %v", got, want)
	}
	if _, err := j.Resolve(late, "", "because"); err == nil {
		t.Error("resolved by nobody")
	}
	e := must[Entry](t)(j.Resolve(late, "Ivanova", "booked by hand"))
	if e.State != Resolved || e.Resolution.Who != "Ivanova" || e.Refusal == nil {
		t.Errorf("resolved: %+v", e)
	}
	must[Entry](t)(j.Resolve(late, "Ivanova", "booked by hand"))
	if _, err := j.Resolve(late, "Petrov", "no"); !errors.Is(err, ErrSettled) {
		t.Errorf("resolved twice: %v", err)
	}
	if n, people := j.Counts(); people != 2 || n[Resolved] != 1 || n[Refused] != 3 || n[Pending] != 1 {
		t.Errorf("counts %v, %d", n, people)
	}
}

func TestDoubtful(t *testing.T) {
	j := open(t, path(t))
	held := op("s", loyalty.Reserve, 10)
	must[Entry](t)(j.Append(held, false))
	must[Entry](t)(j.Sending(held.Key))
	e, err := j.Settle(held.Key, loyalty.Outcome{}, &loyalty.Doubtful{What: "look at the balance", Ticket: "set right", Err: errors.New("cut")})
	if err != nil || e.State != Unknown || !e.Doubtful || !e.NeedsPerson() || !e.Open() {
		t.Fatalf("%+v, %v", e, err)
	}
	if n, people := j.Counts(); n[Unknown] != 1 || people != 1 {
		t.Errorf("counts %v, people %d", n, people)
	}
	if es, err := j.Entries(Filter{People: true}); err != nil || len(es) != 1 {
		t.Errorf("people's list: %v, %v", es, err)
	}
	must[Entry](t)(j.Sending(held.Key))
	if e, err = j.Settle(held.Key, loyalty.Outcome{}, &loyalty.Unavailable{Err: errors.New("down")}); err != nil || e.State != Unknown || !e.NeedsPerson() || !strings.Contains(e.LastError, "look at the balance") {
		t.Errorf("not now: %+v, %v", e, err)
	}
	if e, err = j.Resolve(held.Key, "Anna", "looked at it"); err != nil || e.NeedsPerson() {
		t.Errorf("resolved: %+v, %v", e, err)
	}
	if _, people := j.Counts(); people != 0 {
		t.Errorf("people %d", people)
	}
	next := must[Entry](t)(j.Append(op("s", loyalty.Abort, 10), true))
	if e = must[Entry](t)(j.Sending(next.Op.Key)); e.Op.Ticket != "set right" {
		t.Errorf("what follows goes out with ticket %q", e.Op.Ticket)
	}
}

func TestResolveOpen(t *testing.T) {
	j := open(t, path(t))
	e := must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), false))
	must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), false))
	must[Entry](t)(j.Sending(e.Op.Key))
	must[Entry](t)(j.Resolve(e.Op.Key, "Ivanova", "stuck for a week"))
	if h, ok := j.Next(nil); !ok || h.Key != "s/commit" {
		t.Errorf("what follows is held up: %v", h)
	}
	// The provider's answer comes all the same.
	e = must[Entry](t)(j.Settle(e.Op.Key, loyalty.Outcome{Spent: 10, Version: 3, Ticket: "t"}, nil))
	if e.State != Resolved || e.Outcome == nil {
		t.Errorf("%+v", e)
	}
	if got := j.Unreflected("ann", 2); got != 10 {
		t.Errorf("unreflected %d", got)
	}
}

func TestTicketGoesWithCommit(t *testing.T) {
	j := open(t, path(t))
	must[Entry](t)(j.Append(op("s", loyalty.Reserve, 10), false))
	must[Entry](t)(j.Sending("s/reserve"))
	must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{Spent: 10, Version: 3, Ticket: "t-1"}, nil))
	must[Entry](t)(j.Append(op("s", loyalty.Commit, 10), false))
	e := must[Entry](t)(j.Sending("s/commit"))
	if e.Op.Ticket != "t-1" || e.Op.Sale.Spend != 10 {
		t.Errorf("sent: %+v", e.Op)
	}
}

func TestCommitAfterRefusedReserve(t *testing.T) {
	j := open(t, path(t))
	must[Entry](t)(j.Append(op("s", loyalty.Reserve, 100), true))
	c := op("s", loyalty.Commit, 100)
	must[Entry](t)(j.Append(c, true))
	must[Entry](t)(j.Sending("s/reserve"))
	must[Entry](t)(j.Settle("s/reserve", loyalty.Outcome{}, errNo))
	for range 2 { // the same on a retry
		e := must[Entry](t)(j.Sending("s/commit"))
		s := e.Op.Sale
		if s.Spend != 0 || s.Worth != 0 || s.Total != 90_000 || s.Lines[0].Total != 90_000 || s.ToPay() != c.Sale.ToPay() {
			t.Errorf("sent: %+v", s)
		}
		must[Entry](t)(j.Settle("s/commit", loyalty.Outcome{}, errUnclear))
	}
	if e := must[Entry](t)(j.Get("s/commit")); e.Op.Sale.Spend != 100 || e.Op.Sale.Lines[0].Total != 100_000 {
		t.Errorf("the promise itself was changed: %+v", e.Op.Sale)
	}
	if _, people := j.Counts(); people != 1 {
		t.Errorf("%d need a person", people)
	}
}

func TestOpenSale(t *testing.T) {
	p := path(t)
	j := open(t, p)
	inHand := func() loyalty.Key {
		t.Helper()
		e, ok, err := open(t, copyOf(t, p)).OpenSale()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return ""
		}
		return e.Op.Sale.Key
	}
	step := func(o loyalty.Operation, want loyalty.Key) {
		t.Helper()
		must[Entry](t)(j.Append(o, false))
		if got := inHand(); got != want {
			t.Errorf("after %s: %q in hand, want %q", o.Key, got, want)
		}
	}
	step(op("earns", loyalty.Commit, 0), "")
	step(op("a", loyalty.Reserve, 10), "a")
	step(op("b", loyalty.Reserve, 10), "b")
	step(op("b", loyalty.Abort, 10), "a")
	step(op("a", loyalty.Commit, 10), "")
	step(op("c", loyalty.Reserve, 10), "c")
	must[Entry](t)(j.Sending("c/reserve"))
	must[Entry](t)(j.Settle("c/reserve", loyalty.Outcome{}, errNo))
	if got := inHand(); got != "" {
		t.Errorf("refused at once, still %q in hand", got)
	}
	if e, ok, err := j.Last(); !ok || err != nil || e.Op.Key != "a/commit" {
		t.Errorf("last is %v %v %v", e.Op.Key, ok, err)
	}
}

func TestReceipt(t *testing.T) {
	j := open(t, path(t))
	for sale, receipt := range map[string]string{"a": "17", "b": "", "c": "177"} {
		o := op(sale, loyalty.Commit, 0)
		o.Sale.Receipt = receipt
		must[Entry](t)(j.Append(o, true))
	}
	if es := must[[]Entry](t)(j.Receipt("17")); len(es) != 1 || es[0].Op.Sale.Key != "a" {
		t.Errorf("receipt 17: %v", es)
	}
	if es := must[[]Entry](t)(j.Receipt("")); es != nil {
		t.Errorf("no receipt: %v", es)
	}
}

func TestEntries(t *testing.T) {
	j := open(t, path(t))
	for i := range 5 {
		must[Entry](t)(j.Append(op(fmt.Sprint(i), loyalty.Commit, 0), true))
	}
	must[Entry](t)(j.Settle("1/commit", loyalty.Outcome{}, nil))
	tests := []struct {
		f    Filter
		want []uint64
	}{
		{Filter{}, []uint64{1, 2, 3, 4, 5}},
		{Filter{After: 2, Limit: 2}, []uint64{3, 4}},
		{Filter{Newest: true, Limit: 2}, []uint64{5, 4}},
		{Filter{Newest: true, After: 4}, []uint64{3, 2, 1}},
		{Filter{Newest: true, After: 99}, []uint64{5, 4, 3, 2, 1}},
		{Filter{States: []State{Pending, Unknown}}, []uint64{1, 3, 4, 5}},
		{Filter{States: []State{Pending}, Newest: true, After: 3}, []uint64{1}},
		{Filter{States: []State{Done}}, []uint64{2}},
		{Filter{People: true}, nil},
	}
	for _, tt := range tests {
		var got []uint64
		for _, e := range must[[]Entry](t)(j.Entries(tt.f)) {
			got = append(got, e.N)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.f, got, tt.want)
		}
	}
}

func TestSecondOpening(t *testing.T) {
	p := path(t)
	open(t, p)
	_, err := Open(p, Options{LockWait: 60 * time.Millisecond})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() || time.Since(locked.Since) > time.Minute {
		t.Errorf("second opening: %v", err)
	}
}

func TestOpeningAtOnce(t *testing.T) {
	p := path(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var js []*Journal
	for range 8 {
		wg.Go(func() {
			j, err := Open(p, Options{LockWait: 200 * time.Millisecond})
			var locked *LockedError
			if err != nil && !errors.As(err, &locked) {
				t.Error(err)
			}
			if j != nil {
				mu.Lock()
				js = append(js, j)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(js) != 1 {
		t.Errorf("%d have it open", len(js))
	}
	for _, j := range js {
		closeChecked(t, j)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(p), ".journal-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Damage in a page that opening does not read is met later.
func TestClosed(t *testing.T) {
	j := open(t, path(t))
	closeChecked(t, j)
	if _, err := j.Append(op("s", loyalty.Commit, 0), false); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v", err)
	}
	if _, err := j.Get("s"); !errors.Is(err, ErrClosed) {
		t.Errorf("get: %v", err)
	}
	if got := j.Unreflected("ann", 0); got != unreadable {
		t.Errorf("unreflected of a closed journal: %d", got)
	}
	if err := j.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	j := open(t, path(t))
	changed, cancel := j.Subscribe()
	defer cancel()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				sale := fmt.Sprintf("%d-%d", g, i)
				for _, o := range []loyalty.Operation{op(sale, loyalty.Commit, 0), op("shared", loyalty.Commit, 0)} {
					if _, err := j.Append(o, false); err != nil {
						t.Error(err)
					}
				}
				if _, err := j.Append(op("shared", loyalty.Commit, loyalty.Points(1+g)), false); err == nil {
					t.Error("other content under a known key")
				}
			}
		})
	}
	wg.Wait()
	if n, _ := j.Counts(); n[Pending] != 8*40+1 {
		t.Errorf("counts %v", n)
	}
	<-changed
}

func FuzzDecode(f *testing.F) {
	for _, o := range []loyalty.Operation{op("s", loyalty.Reserve, 10), op("s", loyalty.Return, 0)} {
		b, err := encode(record{Entry: Entry{N: 1, Op: o, State: Pending}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decode(b)
		if err != nil {
			return
		}
		again, err := encode(r)
		if err != nil {
			return // a time of the year 12000 is read but not written
		}
		if _, err := decode(again); err != nil {
			t.Errorf("decoded %q, encoded %q: %v", b, again, err)
		}
	})
}

func FuzzItems(f *testing.F) {
	key, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	b, err := appendItem(nil, key, record{Entry: Entry{N: 1, Op: op("s", loyalty.Reserve, 10), State: Pending}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(appendGone(b, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		x := newIndex()
		if err := x.replay(key, 0, b); err != nil {
			return
		}
		for n, e := range x.entries {
			it, _, err := cutItem(b[e.at:])
			if err != nil || it.n != n {
				t.Errorf("entry %d is not at %d: %v", n, e.at, err)
			}
		}
	})
}
