package amocrm_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/relay"
)

var (
	schedules = flag.Int("schedules", 25, "how many random schedules of faults the simulation plays")
	schedule  = flag.Uint64("schedule", 0, "play this schedule alone, and print it")
)

// TestNoPointMovesTwice plays random sales through the real journal and relay
// against the double, with faults and kills between any two calls, and audits
// the double's books: whatever happened, the points of each sale moved as the
// journal says, those in doubt at most once, and no purchase was made twice.
func TestNoPointMovesTwice(t *testing.T) {
	if *schedule != 0 {
		play(t, *schedule)
		return
	}
	doubts := 0
	for seed := range uint64(*schedules) {
		doubts += play(t, seed+1)
		if t.Failed() {
			t.Fatalf("play it again with -run %s -schedule %d", t.Name(), seed+1)
		}
	}
	if *schedules > 20 && doubts == 0 {
		t.Error("nothing was ever in doubt: the schedules prove little")
	}
}

type simulation struct {
	*testing.T
	r     *rand.Rand
	s     *fake.Server
	c     *amocrm.Client
	j     *journal.Journal
	path  string
	sales []loyalty.Sale
	story []string
}

func (x *simulation) say(format string, args ...any) {
	x.story = append(x.story, fmt.Sprintf(format, args...))
}

const start = 10_000

func play(t *testing.T, seed uint64) (doubts int) {
	other := seed%2 == 0
	s, c, h := account(t, fake.Options{DeleteTakesBack: other, MadeUnderOther: other, NoMetadata: other}, func(c *amocrm.Config) { c.DeleteTakesBack = other })
	defer h.Close()
	s.Add(fake.Customer{ID: 5000, Points: start, Segment: silver})
	x := &simulation{T: t, r: rand.New(rand.NewPCG(seed, 7)), s: s, c: c, path: filepath.Join(folder(t), "journal.db")}
	defer func() {
		if t.Failed() || *schedule != 0 {
			t.Logf("schedule %d:\n%s", seed, strings.Join(x.story, "\n"))
		}
	}()
	x.open()
	for range 3 + x.r.IntN(4) {
		x.sale()
	}
	x.s.SetFault(fake.Fault{})
	x.say("all is well again")
	x.attempt(20)
	doubts = x.audit()
	if err := errors.Join(x.j.Check(), x.j.Close()); err != nil {
		t.Error(err)
	}
	return doubts
}

// folder is in memory where that can be had: the schedules are about calls, and
// a disk would be most of their time.
func folder(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "tillgate-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (x *simulation) open() {
	var err error
	if x.j, err = journal.Open(x.path, journal.Options{}); err != nil {
		x.Fatal(err)
	}
}

// sale is one sale to its end, with something going wrong at any step.
func (x *simulation) sale() {
	spend := loyalty.Points(x.r.IntN(3)) * loyalty.Points(100+13*len(x.sales)) // another for each
	s := sale("5000", spend).Sale
	s.Key = loyalty.NewKey(time.Now())
	x.sales = append(x.sales, s)
	var kinds []loyalty.Kind
	if spend > 0 {
		kinds = append(kinds, loyalty.Reserve)
	}
	if spend > 0 && x.r.IntN(3) == 0 {
		kinds = append(kinds, loyalty.Abort)
	} else {
		kinds = append(kinds, loyalty.Commit)
		switch x.r.IntN(5) {
		case 0:
			kinds = append(kinds, loyalty.Revert)
		case 1:
			kinds = append(kinds, loyalty.Return, loyalty.Return)
		}
	}
	half := s.Total / 2
	for _, kind := range kinds {
		o := loyalty.Operation{Key: loyalty.NewKey(time.Now()), Kind: kind, Sale: s, At: time.Now()}
		if kind == loyalty.Return {
			o.Refund = &loyalty.Refund{Amount: half}
		}
		if _, err := x.j.Append(o, true); err != nil {
			x.Fatal(err)
		}
		x.say("%s of sale %s, %d points", kind, s.Key, spend)
		x.mishap()
		x.attempt(1 + x.r.IntN(3))
	}
}

// mishap makes the next calls go wrong, or not.
func (x *simulation) mishap() {
	kinds := []fake.FaultKind{"", "", fake.LostAnswer, fake.LostAnswer, fake.LostBefore, fake.Broken, fake.Gateway, fake.Portal, fake.Revoked, fake.NoTariff}
	f := fake.Fault{Kind: kinds[x.r.IntN(len(kinds))], Times: 1 + x.r.IntN(2)}
	if x.r.IntN(2) == 0 {
		f.Match = posts
	}
	x.s.SetFault(f)
	x.say("  fault %q, %d times, posts only: %v", f.Kind, f.Times, f.Match != nil)
}

// attempt lets a relay try what is open. Now and then the till is killed in the
// middle of a call and comes back.
func (x *simulation) attempt(times int) {
	for range times {
		if x.r.IntN(6) == 0 {
			x.killed()
		}
		x.relayed(x.c)
	}
}

// relayed lets a new relay, as after a start, try each open operation once.
func (x *simulation) relayed(p loyalty.Provider) {
	r := relay.New(relay.Options{Journal: x.j, Provider: p, Log: slog.New(slog.DiscardHandler), Jitter: func() float64 { return 0 }})
	open, err := x.j.Entries(journal.Filter{States: []journal.State{journal.Pending, journal.Unknown}})
	if err != nil {
		x.Fatal(err)
	}
	for _, e := range open {
		ctx, cancel := context.WithTimeout(x.Context(), 20*time.Millisecond)
		got, err := r.Now(ctx, e.Op.Key)
		cancel()
		x.say("  %s: %s, %v", e.Op.Kind, got.State, err)
	}
}

// killed marks the next operation as sent and ends there, or sends it and ends
// before anything is written down.
func (x *simulation) killed() {
	h, ok := x.j.Next(nil)
	if !ok {
		return
	}
	before, err := x.j.Get(h.Key)
	if err != nil {
		x.Fatal(err)
	}
	e, err := x.j.Sending(h.Key)
	if err != nil {
		x.Fatal(err)
	}
	sent := x.r.IntN(2) == 0
	if sent {
		if before.State == journal.Unknown {
			x.c.Again(x.Context(), e.Op)
		} else {
			x.c.Apply(x.Context(), e.Op)
		}
	}
	x.say("  killed in a %s, sent: %v", e.Op.Kind, sent)
	if err := x.j.Close(); err != nil {
		x.Fatal(err)
	}
	x.open()
}

// audit holds the double's books against the journal.
func (x *simulation) audit() (doubts int) {
	least, most := loyalty.Points(start), loyalty.Points(start) // what the balance may be
	purchases := map[loyalty.Key]int{}
	for _, p := range x.s.Purchases(5000) {
		if !p.Deleted {
			purchases[loyalty.Key(p.ExternalID)]++
		}
	}
	for _, s := range x.sales {
		es, err := x.j.Sale(s.Key)
		if err != nil {
			x.Fatal(err)
		}
		stands := loyalty.Key("")
		for _, e := range es {
			o := e.Outcome
			switch {
			case o != nil:
				by := o.Earned + o.Restored - o.Cancelled
				if e.Op.Kind == loyalty.Reserve {
					by = -o.Spent
				}
				least, most = least+by, most+by
				switch e.Op.Kind {
				case loyalty.Commit:
					stands = e.Op.Key
				case loyalty.Revert:
					stands = ""
				}
			case e.NeedsPerson() && e.State == journal.Unknown:
				doubts++
				// It moved at most what it is about, once.
				span := s.Spend + s.Earn
				least, most = least-span, most+span
				if stands != "" {
					delete(purchases, stands) // there or deleted
				}
				stands = ""
			case e.State == journal.Unknown:
				x.Errorf("%s is unknown, and nobody is asked: %s", e.Op.Kind, e.LastError)
			case e.State == journal.Refused:
				x.Errorf("%s is refused: %v", e.Op.Kind, e.Refusal)
			}
		}
		if returned(es) == s.Total {
			stands = ""
		}
		if stands != "" {
			if purchases[stands] != 1 {
				x.Errorf("purchase %s is there %d times", stands, purchases[stands])
			}
			delete(purchases, stands)
		}
	}
	if len(purchases) > 0 {
		x.Errorf("purchases that the journal knows nothing of: %v", purchases)
	}
	x.once()
	got, _ := x.s.Customer(5000)
	if p := loyalty.Points(got.Points); p < least || p > most {
		x.Errorf("%d points, want between %d and %d: %+v", p, least, most, x.s.Changes(5000))
	}
	return doubts
}

// once says that the points of each sale were taken at most once, and given back
// whole at most once.
func (x *simulation) once() {
	moves := map[int64]int{}
	for _, c := range x.s.Changes(5000) {
		if c.Purchase == 0 {
			moves[c.Points]++
		}
	}
	for _, s := range x.sales {
		if n, back := moves[-int64(s.Spend)], moves[int64(s.Spend)]; s.Spend > 0 && (n > 1 || back > n) {
			x.Errorf("%d points were taken %d times and given back %d times", s.Spend, n, back)
		}
	}
}

// returned is what came back for sure.
func returned(es []journal.Entry) (sum loyalty.Money) {
	for _, e := range es {
		if e.Op.Kind == loyalty.Return && e.Outcome != nil {
			sum += e.Op.Refund.Amount
		}
	}
	return sum
}
