package checkout

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Desk owns the sale in hand. Everything that happens to it is one turn of the
// goroutine of Run: a scan, a command, an answer of the provider, a change
// outside. Turns never wait for the network; they do wait for the journal's
// disk, because nothing is acknowledged before it is there.
type Desk struct {
	o       Options
	calls   chan *call
	poke    chan struct{}
	stopped chan struct{}
	shown   atomic.Pointer[shown]
	watcher atomic.Pointer[func()]

	// Owned by Run.
	ctx       context.Context
	jobs      sync.WaitGroup
	starting  []func()   // jobs that begin when the turn is published
	asks      []question // that are put a moment later
	sit       Situation
	prompt    *Prompt
	notice    *Notice
	facts     Facts
	last      *last
	finished  results
	namer     namer
	memory    memory
	attempts  attempts
	seen      map[string]uint64 // latest Seq of a card, per device
	newest    time.Time         // of all cards' scans
	away      []loyalty.Ident   // what was put away last
	watch     watch
	book      rulebook
	used      map[codeKey]struct{} // rotating codes that were taken and still count
	clock     clock
	quoting   quoting
	drafting  drafting
	people    people
	returning *returning         // nil while no sale is looked at
	codesOf   loyalty.CustomerID // whose Situation.Codes are
	entering  atomic.Bool        // the next scan is a promo code or a gift card
	diskFault loyalty.Reason     // why the last operation was not written; "" if it was
	diskAt    time.Time
	timer     *time.Timer
	result    *SaleResult // of the turn's command, if it is not the sale in hand
}

// ErrStopped says that the desk's Run has ended.
var ErrStopped = errors.New("the desk is closed")

// call is one turn asked for by another goroutine; done is closed when its
// effect is published.
type call struct {
	do    func()
	done  chan struct{}
	quick bool // what is true outside is as it was when Refresh was called last
}

// shown is what was published last.
type shown struct {
	state State
	sale  *SaleResult
}

// New makes a desk. It does nothing before Run.
func New(o Options) *Desk {
	var run [3]byte
	rand.Read(run[:])
	d := &Desk{
		o:       o.defaults(),
		calls:   make(chan *call),
		poke:    make(chan struct{}, 1),
		stopped: make(chan struct{}),
		namer:   namer{run: hex.EncodeToString(run[:])},
		seen:    map[string]uint64{},
		used:    map[codeKey]struct{}{},
	}
	d.sit.Policy, d.sit.PerReceipt = d.o.Policy, d.o.PerReceipt
	d.clear()
	d.shown.Store(&shown{state: State{Receipt: d.sit.Receipt}})
	return d
}

// Run is the desk at work, until ctx ends. It fails only at its start, if the
// journal can not be read. A sale that is in hand when it ends stays in the
// journal as it is: the next start finds it as it would after a crash.
func (d *Desk) Run(ctx context.Context) error {
	defer close(d.stopped)
	ctx, cancel := context.WithCancel(ctx)
	defer d.jobs.Wait()
	defer cancel()
	d.ctx = ctx
	d.timer = time.NewTimer(tick)
	defer d.timer.Stop()

	d.look()
	if err := d.recall(); err != nil {
		return fmt.Errorf("read the journal for the sale of before: %w", err)
	}
	d.publish()
	d.begin()
	for {
		var done chan struct{}
		select {
		case <-ctx.Done():
			return nil
		case c := <-d.calls:
			done = c.done
			if c.quick {
				d.glance()
			} else {
				d.look()
			}
			c.do()
		case <-d.poke:
			d.look()
			d.follow()
		case <-d.timer.C:
			d.look()
		}
		d.publish()
		if done != nil {
			close(done)
		}
		d.begin()
	}
}

// Scan takes a code. It returns when the desk has dealt with it; the error is
// that of ctx, or ErrStopped. What is no customer's goes on to Options.Forward
// and never changes the prompt.
func (d *Desk) Scan(ctx context.Context, c decode.Code) error {
	switch c.Kind {
	case decode.Card, decode.Phone:
		return d.run(ctx, call{do: func() { d.scan(c) }, quick: true})
	case decode.Product, decode.Unknown:
		if d.entering.Load() {
			return d.turn(ctx, func() { d.otherCode(c) })
		}
		d.o.Forward(c)
	}
	return nil
}

// Do carries out a command. What is wrong is in the answer, with Stopping if
// ctx or the desk ended first. When Do returns, State shows the effect.
func (d *Desk) Do(ctx context.Context, c Command) Answer {
	var a Answer
	if err := d.turn(ctx, func() { a = d.do(c) }); err != nil {
		return Answer{ID: c.ID, Error: text(Stopping)}
	}
	return a
}

// Refresh says that something changed outside: the link, a device, the journal,
// the copy. It returns at once; many are as good as one.
func (d *Desk) Refresh() {
	select {
	case d.poke <- struct{}{}:
	default:
	}
}

// State is what a screen shows now. Nobody may change what it points to.
func (d *Desk) State() State { return d.shown.Load().state }

// Watch has f called whenever State or Sale has changed, before whoever changed it
// is answered. It runs in the desk's own goroutine, so that a scan is on its way to
// the screens without another goroutine being woken: it must be quick, and must not
// call Scan, Do or Result. There is one f; nil takes it away.
func (d *Desk) Watch(f func()) { d.watcher.Store(&f) }

// Sale is the sale in hand, or the last one that was finished; nil before the
// first. Nobody may change it.
func (d *Desk) Sale() *SaleResult { return d.shown.Load().sale }

// turn runs f as a turn of the desk and waits until its effect is published.
func (d *Desk) turn(ctx context.Context, f func()) error { return d.run(ctx, call{do: f}) }

func (d *Desk) run(ctx context.Context, c call) error {
	c.done = make(chan struct{})
	select {
	case d.calls <- &c:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stopped:
		return ErrStopped
	}
	<-c.done // turns are short, and Run finishes the one it has taken
	return nil
}

// job runs work beside the desk, from when the turn is published: the screen comes
// first. What it returns is a turn. Run waits for jobs.
func (d *Desk) job(timeout time.Duration, work func(ctx context.Context) (turn func())) {
	run := d.ctx
	d.starting = append(d.starting, func() {
		ctx, cancel := context.WithTimeout(run, timeout)
		defer cancel()
		then := work(ctx)
		if then == nil {
			return
		}
		select {
		case d.calls <- &call{do: then}:
		case <-run.Done():
		}
	})
}

// begin starts the jobs of the turn.
func (d *Desk) begin() {
	for _, work := range d.starting {
		d.jobs.Go(work)
	}
	clear(d.starting)
	d.starting = d.starting[:0]
}

// tick is how often the desk looks around though nothing happens.
const tick = 30 * time.Second

// glance takes in the time.
func (d *Desk) glance() {
	d.sit.Now = time.Now()
	var up time.Duration
	if d.o.Uptime != nil {
		up = d.o.Uptime()
	}
	d.clock.see(d.sit.Now, up)
}

// look takes in what is true outside.
func (d *Desk) look() {
	d.glance()
	now := d.sit.Now
	d.facts = d.o.Facts()
	back := d.facts.Link.Online && !d.sit.Online
	d.sit.Online = d.facts.Link.Online
	d.sit.Programme = d.o.Base.Programme()
	d.sit.CodeToSpend = d.needsCode(loyalty.CodeToSpend)
	d.sit.Registers, d.sit.Rules = d.o.Extras.Registrar != nil, d.book.rules
	d.sit.Drafts = d.o.Drafts != nil && d.sit.Registers
	d.askRules(back)
	d.sendDrafts(back)
	if now.Sub(d.diskAt) > diskShown {
		d.diskFault = "" // worth another try; Facts.Disk knows better
	}
	d.lookAtPeople()
	for _, s := range []*Subject{d.sit.Who, d.sit.Other} {
		d.reflect(s)
		if back && s != nil {
			d.refresh(s)
		}
	}
}

// diskShown is how long a failed write is shown if nothing is written since.
const diskShown = time.Minute

// reflect takes in what the journal holds that the customer's record does not
// show yet.
func (d *Desk) reflect(s *Subject) {
	if s != nil && s.Customer != nil {
		s.Unreflected = d.o.Ledger.Unreflected(s.Customer.ID, s.Customer.Version)
		s.CardDay, d.sit.TillDay = d.o.Ledger.Alone(d.clock.day(d.sit.Now), s.Customer.ID)
		s.Untaken = d.people.untaken[s.Customer.ID]
	}
}

// publish asks the rules and shows what they say.
func (d *Desk) publish() {
	byState, people := d.o.Ledger.Counts()
	if people != d.people.n {
		d.lookAtPeople()
	}
	for _, s := range []*Subject{d.sit.Who, d.sit.Other} {
		d.reflect(s)
	}
	counts := Journal{Pending: byState[journal.Pending], Unknown: byState[journal.Unknown], People: people,
		Lost: d.people.lost.Points, LostWorth: d.people.lost.Worth}
	drafts, refused := d.draftsShown()
	holds := raise(d.facts, counts, d.diskFault, d.clock.wrong(d.sit.Now, d.facts.Skew), d.o.CopyOld, d.sit.Now)
	if refused > 0 {
		holds = append(holds, raised{code: DraftsRefused, args: text(DraftsRefused, "count", refused).Args})
	}
	conds, again := d.watch.show(d.sit.Now, holds)
	if again == 0 || again > tick {
		again = tick
	}
	if c := d.codeNow(); c != nil {
		if at := c.next(d.sit.Now); !at.IsZero() {
			again = min(again, at.Sub(d.sit.Now))
		}
	}
	if wait, waits := d.askDue(); waits {
		again = min(again, wait)
	}
	d.timer.Reset(again)

	d.tidyCodes()
	d.requote()
	d.sit.Asking = d.quoting.asking
	d.prompt = d.namer.name(ask(d.sit), d.sit)
	d.entering.Store(d.entersCode())
	receipt := d.sit.Receipt
	receipt.Codes = d.codesShown()
	sale := d.inHand()
	if sale == nil {
		sale = d.finished.latest()
	}
	s := State{
		Receipt: receipt, Sale: sale, Prompt: d.prompt, Notice: d.notice, Last: d.last.shown(),
		Return: d.returnShown(), History: d.historyShown(), Wallet: d.walletShown(),
		Link: d.facts.Link, Conditions: conds, Devices: devices(d.facts.Devices), Journal: counts, People: d.people.shown, Drafts: drafts,
	}
	now := &shown{state: s, sale: sale}
	if reflect.DeepEqual(d.shown.Load(), now) {
		return
	}
	d.shown.Store(now)
	if f := d.watcher.Load(); f != nil && *f != nil {
		(*f)()
	}
}

// say sets the notice.
func (d *Desk) say(code string, args ...any) {
	d.notice = &Notice{Text: *text(code, args...), Severity: severityOf(code), At: d.sit.Now}
}

// clear puts the sale in hand away. Another card that came meanwhile is the
// next customer's: the cashier was looking at it.
func (d *Desk) clear() {
	next := d.sit.Other
	if next != nil && d.sit.Who != nil && next.Seen == d.sit.Who.Seen {
		next = nil // the same card, that the provider says is somebody else's
	}
	d.leave(d.sit.Who)
	d.sit.Receipt = Receipt{Currency: d.o.Currency}
	d.sit.Who, d.sit.Other, d.sit.Deal, d.sit.Said, d.sit.Wanted = next, nil, nil, nil, nil
	d.sit.Codes, d.sit.Entering, d.sit.Differs, d.sit.Told = nil, "", nil, nil
}
