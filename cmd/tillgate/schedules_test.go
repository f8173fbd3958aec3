//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/amocrm"
	amocrmfake "github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/central"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
	maxmafake "github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
)

var (
	schedules = flag.Int("schedules", 15, "how many random schedules of faults are played at each programme")
	schedule  = flag.Uint64("schedule", 0, "play this schedule alone, and print it")
)

// TestSchedules plays random sales at each programme while calls are lost, answered
// late, by somebody else or not at all, the link goes, and the till is killed in the
// middle of calls. Desk, relay, journal, copy and the provider's client are the
// real ones, the programme is its double behind HTTP; network and clock are made
// of software, so that an hour of waiting costs nothing. In the end the customer
// has exactly the points that the sales come to.
func TestSchedules(t *testing.T) {
	for _, p := range playgrounds {
		t.Run(p.name, func(t *testing.T) {
			first, last := uint64(1), uint64(*schedules)
			if *schedule != 0 {
				first, last = *schedule, *schedule
			}
			var all tally
			for seed := first; seed <= last; seed++ {
				synctest.Test(t, func(t *testing.T) { all.add(play(t, p.open, seed)) })
				if t.Failed() {
					t.Fatalf("play it again with -run '%s' -schedule %d", t.Name(), seed)
				}
			}
			t.Logf("%d schedules: %+v", last-first+1, all)
			if last-first >= 14 && (all.Kills == 0 || all.Struck == 0 || all.Offline == 0 || p.persons && all.Persons == 0) {
				t.Error("something never happened: the schedules prove little")
			}
		})
	}
}

// tally is what happened in schedules.
type tally struct{ Sales, Calls, Struck, Kills, Offline, Persons int }

func (a *tally) add(b tally) {
	a.Sales += b.Sales
	a.Calls += b.Calls
	a.Struck += b.Struck
	a.Kills += b.Kills
	a.Offline += b.Offline
	a.Persons += b.Persons
}

// playground is a programme of a simulation.
type playground struct {
	handler  http.Handler
	provider func(http.RoundTripper) (loyalty.Provider, error)
	ident    card.ID
	terms    loyalty.Terms
	code     func() string
	points   func() loyalty.Points
	settle   func(journal.Entry, []journal.Entry) error
	audit    func() error
	careful  bool
}

const plenty = 100_000 // points of the customer

var playgrounds = []struct {
	name    string
	open    func(t *testing.T, r *rand.Rand, dir string) playground
	persons bool
}{{"central", centralGround, false}, {"maxma", maxmaGround, false}, {"amocrm", amocrmGround, true}}

func centralGround(t *testing.T, r *rand.Rand, dir string) playground {
	s, err := server.Open(filepath.Join(dir, "central.db"), server.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	who := loyalty.Customer{ID: "c1", Name: "Анна", Tier: "Серебро", Cards: []card.ID{card1}, Balance: plenty}
	if err := s.Upsert(who); err != nil {
		t.Fatal(err)
	}
	token, err := s.Grant("1", "1")
	if err != nil {
		t.Fatal(err)
	}
	return playground{
		handler: s.Handler(), ident: card1, terms: server.DefaultProgramme().TermsFor(who.Tier), settle: nobody,
		provider: func(rt http.RoundTripper) (loyalty.Provider, error) {
			return central.New(central.Config{URL: "http://programme", Token: token, Transport: rt})
		},
		points: func() loyalty.Points { c, _ := s.Customer("c1"); return c.Balance },
		audit: func() error {
			if holds, err := s.Holds("c1"); err != nil || len(holds) > 0 {
				return fmt.Errorf("held still: %v, %v", holds, err)
			}
			return s.Audit()
		},
	}
}

func maxmaGround(t *testing.T, r *rand.Rand, dir string) playground {
	s := maxmafake.New(maxmafake.Options{CodeToSpend: r.IntN(2) == 0, CodeEvery: time.Second, Quoted: r.IntN(2) == 0,
		Repeat: []maxmafake.Repeat{maxmafake.SameTicket, maxmafake.NewTicket}[r.IntN(2)], NoHold: r.IntN(3) == 0})
	s.Add(maxmafake.Person{Phone: phone1, Card: card1, Name: "Анна", Bonuses: plenty})
	terms := loyalty.Terms{PointValue: 100, MaxShare: 5000, EarnShare: 500}
	return playground{
		handler: s, ident: card1, terms: terms, settle: nobody, code: s.Code,
		provider: func(rt http.RoundTripper) (loyalty.Provider, error) {
			return maxma.New(maxma.Config{URL: "http://programme", Key: s.Key(), ShopCode: "1", Transport: rt,
				Programme: loyalty.Programme{Currency: "RUB", Tiers: []loyalty.Tier{{Terms: terms}}}})
		},
		points: func() loyalty.Points { p, _ := s.Find(phone1); return loyalty.Points(p.Bonuses) },
		audit:  func() error { return nil },
	}
}

func amocrmGround(t *testing.T, r *rand.Rand, dir string) playground {
	other := r.IntN(2) == 0
	s := amocrmfake.New(amocrmfake.Options{Token: "t", DeleteTakesBack: other, MadeUnderOther: other, NoMetadata: other})
	s.AddSegment(amocrmfake.Segment{ID: 5, Name: "Серебро", Rate: 5, MaxDiscount: 50})
	x := s.Add(amocrmfake.Customer{ID: 5000, Name: "Анна", Points: plenty, Segment: 5})
	b := amoBooks{s: s, id: x.ID, token: "t", takesBack: other}
	return playground{
		handler: s, ident: "5000", terms: loyalty.Terms{PointValue: 100, MaxShare: 5000, EarnShare: 500}, settle: b.settle, careful: true,
		provider: func(rt http.RoundTripper) (loyalty.Provider, error) {
			return amocrm.New(amocrm.Config{URL: "http://localhost", Token: "t", RequestsPerSecond: 7, PartialReturns: amocrm.PartialCompensate,
				DeleteTakesBack: other, Transport: rt})
		},
		points: func() loyalty.Points { c, _ := s.Customer(5000); return loyalty.Points(c.Points) },
		audit:  func() error { return nil },
	}
}

// player plays one schedule.
type player struct {
	*testing.T
	playground
	r    *rand.Rand
	dir  string
	wire *wire
	now  atomic.Pointer[process]
	seq  uint64
	last loyalty.Key // the sale before; a till that has just started does not say
	tally

	mu    sync.Mutex
	story []string
}

func (x *player) say(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.story) > 20_000 {
		panic("the schedule goes on for ever:\n" + strings.Join(x.story[len(x.story)-40:], "\n"))
	}
	x.story = append(x.story, time.Now().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func play(t *testing.T, open func(*testing.T, *rand.Rand, string) playground, seed uint64) tally {
	x := &player{T: t, r: rand.New(rand.NewPCG(seed, 11)), dir: memoryDir(t)}
	defer func() {
		if t.Failed() || *schedule != 0 {
			t.Logf("schedule %d:\n%s", seed, strings.Join(x.story, "\n"))
		}
	}()
	x.playground = open(t, x.r, x.dir)
	x.wire = newWire(x, seed)
	defer x.wire.close()
	x.start()
	want := loyalty.Points(plenty)
	for range 1 + x.r.IntN(4) {
		k := &cashier{total: loyalty.Money(200 * (1 + x.r.IntN(1000))), code: x.code, careful: x.careful, drop: x.r.IntN(5) == 0, undo: x.r.IntN(6) == 0}
		if x.r.IntN(4) > 0 {
			k.spend = 1 + loyalty.Points(x.r.IntN(50))*100
			k.total = max(k.total, 4*loyalty.Money(k.spend+100)*x.terms.PointValue)
		}
		if !k.undo {
			k.halves = x.r.IntN(3)
		}
		k.last = x.last
		x.say("a sale of %d that spends %d; drop %v, undo %v, %d halves come back", k.total, k.spend, k.drop, k.undo, k.halves)
		want += x.sell(k)
		if t.Failed() {
			break
		}
		x.Sales++
	}
	x.wire.calm()
	synctest.Wait() // a kill may be on its way
	if x.now.Load().dead.Load() {
		x.now.Load().end()
		x.start()
	}
	if !t.Failed() {
		if got := x.points(); got != want {
			t.Errorf("%d points, want %d", got, want)
		}
		if err := errors.Join(x.audit(), x.now.Load().gate.journal.Check()); err != nil {
			t.Error(err)
		}
	}
	x.kill()
	x.now.Load().end()
	return x.tally
}

// memoryDir is in memory where that can be had: a disk would be most of the time.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "tillgate-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// sell rings up a sale and returns what it does to the customer's points.
func (x *player) sell(k *cashier) loyalty.Points {
	for begin := time.Now(); time.Since(begin) < 24*time.Hour && !x.Failed(); {
		if x.now.Load().dead.Load() {
			x.now.Load().end()
			x.start()
		}
		desk := x.now.Load().gate.desk
		s := desk.State()
		d, ok := k.next(s, time.Now())
		switch {
		case !ok:
			select {
			case <-x.now.Load().moved:
			case <-time.After(time.Second):
			case <-x.now.Load().ctx.Done():
			}
			if time.Since(begin) > 3*time.Hour {
				x.wire.calm() // it has to come to an end
			}
		case d.done:
			return x.effect(k, s)
		case d.scan:
			x.seq++
			x.say("scan")
			desk.Scan(x.now.Load().ctx, decode.Code{Scan: driver.Ref{Device: "serial:a", Seq: x.seq, At: time.Now()}, Kind: decode.Card, Card: x.ident, Raw: []byte(x.ident), Text: string(x.ident)})
		case d.person:
			x.person()
		default:
			a := desk.Do(x.now.Load().ctx, d.cmd)
			x.say("%s %s: %v %+v", d.cmd.Do, d.cmd.Choice, a.OK, a.Error)
			k.dropped = k.dropped && a.OK
			time.Sleep(time.Duration(x.r.IntN(1000)) * time.Millisecond) // people take their time
		}
	}
	x.Errorf("the sale came to no end: %+v", x.now.Load().gate.desk.State())
	return 0
}

// effect is what the sale comes to by the programme's terms.
func (x *player) effect(k *cashier, s checkout.State) loyalty.Points {
	sold := k.sold(s)
	if sold != nil {
		x.last = sold.Sale
	}
	if sold == nil || k.undo {
		return 0
	}
	earned := x.terms.Earn(k.total - x.terms.Worth(sold.Spent))
	back := loyalty.Money(k.halves) * (k.total / 2)
	x.say("spent %d, earned %d", sold.Spent, earned)
	return earned - sold.Spent + loyalty.Portion(sold.Spent, back, k.total) - loyalty.Portion(earned, back, k.total)
}

// person settles what nobody knows.
func (x *player) person() {
	j := x.now.Load().gate.journal
	all, err := j.Entries(journal.Filter{})
	if err != nil {
		return // killed
	}
	for _, e := range all {
		if !e.NeedsPerson() {
			continue
		}
		x.say("a person looks: %s: %s %v", e.Op.Kind, e.LastError, e.Refusal)
		x.Persons++
		if err := x.settle(e, all); err != nil {
			x.Error(err)
			return
		}
		if _, err := j.Resolve(e.Op.Key, "Anna", "looked and set right"); err != nil {
			x.say("resolve: %v", err)
		}
	}
	x.now.Load().gate.desk.Refresh()
	time.Sleep(10 * time.Millisecond)
}

// process is what a SIGKILL takes.
type process struct {
	gate   *gateway
	moved  chan struct{} // 1-buffered: what the screen shows has changed
	http   *http.Transport
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	dead   atomic.Bool
}

func (x *player) start() {
	x.Helper()
	cfg := defaults()
	cfg.Till.Shop, cfg.Till.Till, cfg.Till.DataDir = "1", "1", x.dir
	p := &process{gate: &gateway{cfg: cfg, log: slog.New(slog.DiscardHandler)}, moved: make(chan struct{}, 1), http: &http.Transport{DialContext: x.wire.dial}}
	p.ctx, p.cancel = context.WithCancel(x.Context())
	g := p.gate
	if err := g.openStorage(); err != nil {
		x.Fatal(err)
	}
	var err error
	if g.provider, err = x.provider(p.http); err != nil {
		x.Fatal(err)
	}
	g.supervisor, g.disk = driver.NewSupervisor(g.log), newDiskWatch(x.dir)
	g.openDesk(nil)
	g.desk.Watch(func() {
		select {
		case p.moved <- struct{}{}:
		default:
		}
	})
	x.now.Store(p)
	for _, run := range []func(context.Context) error{g.relay.Run, g.desk.Run, g.refresh} {
		p.work.Go(func() { run(p.ctx) })
	}
	x.say("started")
	synctest.Wait()
}

// kill ends the process as SIGKILL does: from here on it writes nothing.
func (x *player) kill() {
	p := x.now.Load()
	p.gate.journal.Close()
	p.dead.Store(true)
	p.cancel()
}

// end clears up after a killed process.
func (p *process) end() {
	p.work.Wait()
	p.gate.close()
	p.http.CloseIdleConnections()
}
