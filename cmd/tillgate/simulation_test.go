package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/relay"
	"github.com/tillgate/tillgate/ui/checkout"
)

var (
	simTills = flag.Int("tills", 4, "tills of the simulated chain")
	simDays  = flag.Int("days", 8, "days of its life")
	simBatch = flag.Bool("batches", true, "what has queued up goes in batches, in every other seed of a run of several")
	simSeed  = flag.Uint64("seed", 0, "of the simulation; 0: three fixed ones")
)

// TestSimulatedChain plays days of a chain whose tills lose the link for hours and
// days, whose answers get lost, come twice and come late, and whose customers
// spend the same points at several tills. In the end every point is accounted for,
// and what was lost is less than what tillgate check says: within the day's limit
// of each till what was given on its own word, and one receipt for each time that
// the link broke between the central API's word and the payment for longer than
// it holds points. A seed is played the same way each time.
func TestSimulatedChain(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if *simSeed != 0 {
		seeds = []uint64{*simSeed}
	}
	expired, refused := 0, 0
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				e, r := simulate(t, dir, seed, *simBatch && (*simSeed != 0 || seed%2 == 0))
				expired, refused = expired+e, refused+r
			})
		})
	}
	if (expired == 0 || refused == 0) && *simSeed == 0 {
		t.Errorf("%d holds expired before their receipt was heard of, %d sales refused at once: this proves little", expired, refused)
	}
}

// chain is a simulated one.
type chain struct {
	*testing.T
	*rand.Rand
	central *server.Server
	limits  OfflineConfig
	people  []loyalty.CustomerID
	tills   []*simTill
	given   map[loyalty.CustomerID]loyalty.Points // with receipts that were paid
	late    []loyalty.Operation                   // that somebody in the network keeps, to bring them again
	refused int                                   // sales whose points were refused at once
	batches bool                                  // what has queued up goes in batches
	sizes   map[int]int                           // of the batches
}

// simTill is a till of it. It is the provider's way for its relay, too.
type simTill struct {
	*chain
	name  string
	j     *journal.Journal
	relay *relay.Relay
	seen  map[loyalty.CustomerID]loyalty.Customer // the copy
	cut   time.Time                               // no link before
	alone int                                     // sales on its own word that spend
	broke []loyalty.Money                         // discounts of receipts before whose payment the link broke for long
}

func (x *simTill) Name() string { return "simulated" }

func (x *simTill) down() error {
	if time.Now().Before(x.cut) {
		return &loyalty.Unavailable{Err: errors.New("no link")}
	}
	return nil
}

func (x *simTill) Lookup(_ context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	if err := x.down(); err != nil {
		return loyalty.Customer{}, err
	}
	return x.central.Customer(loyalty.CustomerID(id.Value))
}

func (x *simTill) Quote(context.Context, loyalty.Sale) (loyalty.Quote, error) {
	return loyalty.Quote{}, errors.New("not asked for")
}

// Apply is the central API behind a bad network.
func (x *simTill) Apply(_ context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	if err := x.down(); err != nil {
		return loyalty.Outcome{}, err
	}
	if x.IntN(4) == 0 {
		x.late = append(x.late, op)
	}
	switch x.IntN(16) {
	case 0: // lost on its way
		return loyalty.Outcome{}, errors.New("connection reset")
	case 1: // the answer is
		x.central.Apply(op)
		return loyalty.Outcome{}, errors.New("connection reset")
	case 2: // comes twice
		x.central.Apply(op)
	case 3:
		return loyalty.Outcome{}, &loyalty.Unavailable{Err: errors.New("busy"), After: time.Second}
	}
	return x.central.Apply(op)
}

// batchTill is a till whose provider takes batches. As a whole they suffer what
// single operations do, and in part too.
type batchTill struct{ *simTill }

func (x batchTill) ApplyAll(ctx context.Context, ops []loyalty.Operation) ([]loyalty.Result, error) {
	if err := x.down(); err != nil {
		return nil, err
	}
	x.sizes[len(ops)]++
	if x.IntN(4) == 0 {
		x.late = append(x.late, ops...)
	}
	switch x.IntN(16) {
	case 0:
		return nil, errors.New("connection reset")
	case 1:
		x.central.ApplyAll(ops)
		return nil, errors.New("connection reset")
	case 2:
		x.central.ApplyAll(ops)
	case 3:
		return nil, &loyalty.Unavailable{Err: errors.New("busy"), After: time.Second}
	case 4: // it gets only so far
		n := x.IntN(len(ops))
		results := x.central.ApplyAll(ops[:n])
		for range ops[n:] {
			results = append(results, loyalty.Result{Err: &loyalty.Unavailable{Err: errors.New("being shut down")}})
		}
		return results, nil
	}
	return x.central.ApplyAll(ops), nil
}

// run lets the relay work by itself for a while, as it does in a till.
func (x *simTill) run() {
	open := func() int { n, _ := x.j.Counts(); return n[journal.Pending] + n[journal.Unknown] }
	if x.down() != nil || open() == 0 {
		return
	}
	ctx, cancel := context.WithCancel(x.Context())
	done := make(chan error, 1)
	go func() { done <- x.relay.Run(ctx) }()
	for range 30 {
		time.Sleep(time.Second)
		if open() == 0 {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		x.Error(err)
	}
}

// simulate returns how many holds had expired when their receipt was heard of,
// and how many sales were refused at once.
func simulate(t *testing.T, dir string, seed uint64, batches bool) (expired, refused int) {
	c := &chain{T: t, batches: batches, sizes: map[int]int{}, Rand: rand.New(rand.NewPCG(seed, 6)), given: map[loyalty.CustomerID]loyalty.Points{},
		limits: OfflineConfig{Spending: spendLimited, TillDay: 400, Operation: 150, CardDay: 250, Age: 3 * 24 * 60, Tills: int64(*simTills)}}
	log := slog.New(slog.DiscardHandler)
	var err error
	if c.central, err = server.Open(filepath.Join(dir, "central.db"), server.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	defer c.central.Close()
	for i := range 8 {
		id := loyalty.CustomerID(fmt.Sprint("c", i))
		c.people = append(c.people, id)
		if err := c.central.Upsert(loyalty.Customer{ID: id, Balance: loyalty.Points(100 + c.IntN(500))}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range *simTills {
		x := &simTill{chain: c, name: fmt.Sprint(i), seen: map[loyalty.CustomerID]loyalty.Customer{}}
		if x.j, err = journal.Open(filepath.Join(dir, x.name+".db"), journal.Options{UnsafeNoSync: true}); err != nil {
			t.Fatal(err)
		}
		defer x.j.Close()
		var way loyalty.Provider = x
		if batches {
			way = batchTill{x}
		}
		x.relay = relay.New(relay.Options{Journal: x.j, Provider: way, Log: log, Jitter: func() float64 { return 0.5 }})
		c.tills = append(c.tills, x)
		x.sync()
	}
	begin := time.Now()
	for time.Since(begin) < time.Duration(*simDays)*24*time.Hour {
		time.Sleep(time.Duration(c.IntN(7200 / *simTills)) * time.Second)
		x := c.tills[c.IntN(len(c.tills))]
		if c.IntN(2) == 0 {
			x.drain()
		}
		switch n := c.IntN(20); {
		case n == 0 && x.down() == nil:
			x.cut = time.Now().Add(time.Duration(1+c.IntN(30)) * time.Hour)
			if c.IntN(6) == 0 { // for longer than points are held
				x.cut = x.cut.Add(holdHours * time.Hour)
			}
		case n < 4:
			x.sync()
		case n == 4 && len(c.late) > 0:
			c.central.Apply(c.late[c.IntN(len(c.late))])
		default:
			x.sell()
		}
	}
	for _, x := range c.tills {
		x.cut = time.Time{}
		x.sync()
	}
	for _, op := range c.late {
		c.central.Apply(op)
	}
	return c.account(begin), c.refused
}

// sync sends what is open and takes fresh records, if there is a link.
func (x *simTill) sync() {
	x.drain()
	for _, id := range x.people {
		if x.IntN(10) > 0 { // not every record comes
			x.learn(id)
		}
	}
}

func (x *simTill) drain() {
	if x.batches {
		x.run()
	}
	for tries := 0; x.down() == nil && tries < 1000; tries++ {
		h, ok := x.j.Next(nil)
		if !ok {
			break
		}
		if e, err := x.relay.Now(x.Context(), h.Key); err != nil && e.Open() {
			time.Sleep(2 * time.Second)
		}
	}
}

func (x *simTill) learn(id loyalty.CustomerID) {
	who, err := x.relay.Lookup(x.Context(), loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(id)})
	if err == nil && who.Version >= x.seen[id].Version {
		x.seen[id] = who
	}
}

// sell is a sale as the desk makes it.
func (x *simTill) sell() {
	now := time.Now()
	who, known := x.seen[x.people[x.IntN(len(x.people))]]
	if !known {
		return
	}
	online := x.down() == nil
	if online && x.IntN(3) > 0 { // else the desk does not wait for it
		x.learn(who.ID)
		who = x.seen[who.ID]
	}
	terms := server.DefaultProgramme().TermsFor(who.Tier)
	s := loyalty.Sale{Key: loyalty.NewKey(now), Shop: "1", Till: x.name, Customer: who.ID, At: now,
		Ident: loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(who.ID)}, Total: loyalty.Money(1000 + x.IntN(200_000))}
	able := max(0, who.Balance-x.j.Unreflected(who.ID, who.Version))
	if !online {
		y, m, d := now.Date()
		card, till := x.j.Alone(time.Date(y, m, d, 0, 0, 0, 0, now.Location()), who.ID)
		most, _ := x.limits.policy("RUB")(checkout.Wish{Customer: who.ID, Spendable: able, AsOf: who.AsOf, Total: s.Total,
			Terms: terms, Now: now, CardDay: card, TillDay: till})
		able = min(able, most)
	}
	s.Spend = able
	q := terms.Quote(s, able)
	s.Spend, s.Worth, s.Earn = q.Spend, q.Worth, q.Earn
	if s.Spend > 0 && !x.reserve(&s, online) {
		s.Key, s.Spend, s.Worth = loyalty.NewKey(now), 0, 0
		s.Earn = terms.Quote(s, 0).Earn
	}
	if s.Spend > 0 && x.IntN(10) == 0 {
		x.append(s, loyalty.Abort)
		return
	}
	if s.Spend > 0 && online && x.IntN(6) == 0 { // the link breaks while the customer pays
		x.cut = time.Now().Add(time.Duration(holdHours+1+x.IntN(24)) * time.Hour)
		x.broke = append(x.broke, s.Worth)
	}
	x.append(s, loyalty.Commit)
	x.given[s.Customer] += s.Spend
}

// reserve says whether the customer may be told that the points hold.
func (x *simTill) reserve(s *loyalty.Sale, online bool) bool {
	op := loyalty.Operation{Key: loyalty.NewKey(s.At), Kind: loyalty.Reserve, Sale: *s, At: s.At}
	if _, err := x.j.Append(op, !online); err != nil {
		x.Fatal(err)
	}
	if !online {
		x.alone++
		return true
	}
	ctx, cancel := context.WithTimeout(x.Context(), 5*time.Second)
	defer cancel()
	e, _ := x.relay.Now(ctx, op.Key)
	switch e.State {
	case journal.Done:
		return true
	case journal.Refused:
		x.refused++
		return false
	}
	x.append(*s, loyalty.Abort) // nobody knows: the sale goes on without
	return false
}

func (x *simTill) append(s loyalty.Sale, k loyalty.Kind) {
	if _, err := x.j.Append(loyalty.Operation{Key: loyalty.NewKey(time.Now()), Kind: k, Sale: s, At: time.Now()}, true); err != nil {
		x.Fatal(err)
	}
}

// account compares what customers were given with what was booked.
func (c *chain) account(begin time.Time) (expired int) {
	if err := c.central.Audit(); err != nil {
		c.Error(err)
	}
	unit := minor("RUB")
	lost := map[loyalty.CustomerID]loyalty.Points{}
	var sum loyalty.Money
	alone, broke := 0, loyalty.Money(0)
	for _, x := range c.tills {
		if err := x.j.Check(); err != nil {
			c.Error(err)
		}
		if n, _ := x.j.Counts(); n[journal.Pending]+n[journal.Unknown] > 0 {
			c.Errorf("till %s: %v", x.name, n)
		}
		var held []journal.Entry // whose hold had expired
		people, err := x.j.Entries(journal.Filter{People: true})
		if err != nil {
			c.Fatal(err)
		}
		for _, e := range people {
			switch {
			case e.Op.Kind == loyalty.Reserve:
				lost[e.Op.Sale.Customer] += e.Op.Sale.Spend
			case e.Op.Kind == loyalty.Commit && e.Refusal.Reason == loyalty.HoldExpired:
				lost[e.Op.Sale.Customer] += e.Op.Sale.Spend
				expired++
				held = append(held, e)
			default:
				c.Errorf("till %s: %s was refused: %v", x.name, e.Op.Kind, e.Refusal)
			}
		}
		if len(held) > len(x.broke) {
			c.Errorf("till %s: %d holds expired, the link broke %d times while somebody paid", x.name, len(held), len(x.broke))
		}
		for _, worth := range x.broke {
			broke += worth
		}
		y, m, d := begin.Date()
		for day := range *simDays + 1 {
			from := time.Date(y, m, d+day, 0, 0, 0, 0, begin.Location())
			to := from.AddDate(0, 0, 1)
			for _, id := range c.people {
				card, till := x.j.Alone(from, id)
				card1, till1 := x.j.Alone(to, id)
				card, till = card-card1, till-till1
				for _, e := range held { // what is beyond the limits, and has its own line
					if !e.Op.At.Before(from) && e.Op.At.Before(to) {
						till -= e.Op.Sale.Worth
						if e.Op.Sale.Customer == id {
							card -= e.Op.Sale.Worth
						}
					}
				}
				if card > loyalty.Money(c.limits.CardDay)*unit || till > loyalty.Money(c.limits.TillDay)*unit {
					c.Errorf("till %s, day %d, %s: lost %d, at the till %d", x.name, day, id, card, till)
				}
			}
		}
		_, all := x.j.Alone(begin.AddDate(0, 0, -1), "")
		sum += all
		alone += x.alone
	}
	for _, id := range c.people {
		records, err := c.central.Ledger(id)
		if err != nil {
			c.Fatal(err)
		}
		var booked loyalty.Points
		for _, r := range records {
			if r.Kind == server.Spent {
				booked -= r.Points
			}
		}
		if c.given[id] != booked+lost[id] {
			c.Errorf("%s was given %d points; %d are booked and %d lost", id, c.given[id], booked, lost[id])
		}
	}
	bound := loyalty.Money(c.limits.TillDay*c.limits.Tills*int64(*simDays+1))*unit + broke
	if sum > bound {
		c.Errorf("lost %s, at most %s may be", inMoney(sum, "RUB"), inMoney(bound, "RUB"))
	}
	if alone == 0 || sum == 0 {
		c.Errorf("%d sales alone, %s lost: this proves little", alone, inMoney(sum, "RUB"))
	}
	if c.batches && len(c.sizes) == 0 {
		c.Error("there was no batch: this proves little")
	}
	c.Logf("batches by their size: %v", c.sizes)
	c.Logf("%d sales on a till's own word, %d holds expired; lost %s of at most %s; %d refused at once", alone, expired, inMoney(sum, "RUB"), inMoney(bound, "RUB"), c.refused)
	return expired
}
