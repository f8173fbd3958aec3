package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// ledger is a journal in memory, with the promises of the real one.
type ledger struct {
	mu      sync.Mutex
	entries []journal.Entry
	fail    error
}

func (l *ledger) Append(op loyalty.Operation, late bool) (journal.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return journal.Entry{}, l.fail
	}
	for _, e := range l.entries {
		if e.Op.Key == op.Key {
			return e, nil
		}
	}
	e := journal.Entry{N: uint64(len(l.entries) + 1), Op: op, State: journal.Pending, Late: late}
	l.entries = append(l.entries, e)
	return e, nil
}

func (l *ledger) Get(key loyalty.Key) (journal.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.Op.Key == key {
			return e, nil
		}
	}
	return journal.Entry{}, errors.New("no such entry")
}

func (l *ledger) which(ok func(journal.Entry) bool) []journal.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []journal.Entry
	for _, e := range l.entries {
		if ok(e) {
			out = append(out, e)
		}
	}
	return out
}

func (l *ledger) Sale(key loyalty.Key) ([]journal.Entry, error) {
	return l.which(func(e journal.Entry) bool { return e.Op.Sale.Key == key }), nil
}

func (l *ledger) Receipt(id string) ([]journal.Entry, error) {
	return l.which(func(e journal.Entry) bool { return e.Op.Sale.Receipt == id }), nil
}

func (l *ledger) OpenSale() (journal.Entry, bool, error) {
	all := l.which(func(journal.Entry) bool { return true })
	for _, e := range slices.Backward(all) {
		ended := slices.ContainsFunc(all, func(o journal.Entry) bool {
			return o.Op.Sale.Key == e.Op.Sale.Key && (o.Op.Kind == loyalty.Commit || o.Op.Kind == loyalty.Abort)
		})
		if e.Op.Kind == loyalty.Reserve && e.State != journal.Refused && e.State != journal.Resolved && !ended {
			return e, true, nil
		}
	}
	return journal.Entry{}, false, nil
}

func (l *ledger) Last() (journal.Entry, bool, error) {
	all := l.which(func(e journal.Entry) bool { return e.Op.Kind == loyalty.Commit })
	if len(all) == 0 {
		return journal.Entry{}, false, nil
	}
	return all[len(all)-1], true, nil
}

func (l *ledger) Unreflected(c loyalty.CustomerID, version uint64) loyalty.Points {
	var sum loyalty.Points
	for _, e := range l.which(func(e journal.Entry) bool { return e.Op.Sale.Customer == c }) {
		reflected := e.State == journal.Done && e.Outcome.Version <= version || e.State == journal.Refused
		switch {
		case reflected:
		case e.Op.Kind == loyalty.Reserve:
			sum += e.Op.Sale.Spend
		case e.Op.Kind == loyalty.Abort && e.State == journal.Done:
			sum -= e.Op.Sale.Spend
		}
	}
	return sum
}

func (l *ledger) Counts() Journal {
	var j Journal
	for _, e := range l.which(func(journal.Entry) bool { return true }) {
		switch {
		case e.State == journal.Pending:
			j.Pending++
		case e.State == journal.Unknown:
			j.Unknown++
		case e.NeedsPerson():
			j.People++
		}
	}
	return j
}

func (l *ledger) settle(key loyalty.Key, change func(*journal.Entry)) journal.Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.entries {
		if l.entries[i].Op.Key == key {
			change(&l.entries[i])
			return l.entries[i]
		}
	}
	panic("no such entry")
}

// ops are the operations in their order, as words.
func (l *ledger) ops() string {
	var w []string
	for _, e := range l.which(func(journal.Entry) bool { return true }) {
		w = append(w, fmt.Sprintf("%s %d/%d", e.Op.Kind, e.Op.Sale.Spend, e.Op.Sale.Total))
	}
	return strings.Join(w, ", ")
}

// programme is a provider and the way to it.
type programme struct {
	mu     sync.Mutex
	l      *ledger
	known  map[loyalty.Ident]loyalty.Customer
	online bool
	mute   bool           // applies, but the answers are lost
	refuse loyalty.Reason // for reserve and commit
	delay  time.Duration
}

func (p *programme) Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	if err := p.travel(ctx); err != nil {
		return loyalty.Customer{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.known[id]; ok {
		return c, nil
	}
	return loyalty.Customer{}, loyalty.ErrNotFound
}

func (p *programme) travel(ctx context.Context) error {
	p.mu.Lock()
	delay, online := p.delay, p.online
	p.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return ctx.Err()
	}
	if !online {
		return &loyalty.Unavailable{Err: errors.New("no route")}
	}
	return nil
}

func (p *programme) Now(ctx context.Context, key loyalty.Key) (journal.Entry, error) {
	p.l.settle(key, func(e *journal.Entry) { e.State = journal.Unknown; e.Attempts++ })
	err := p.travel(ctx)
	p.mu.Lock()
	refuse, mute := p.refuse, p.mute
	p.mu.Unlock()
	var away *loyalty.Unavailable
	switch {
	case errors.As(err, &away):
		return p.l.settle(key, func(e *journal.Entry) { e.State = journal.Pending }), nil
	case err != nil:
		return p.l.Get(key)
	case mute:
		<-ctx.Done()
		return p.l.Get(key)
	case refuse != "":
		return p.l.settle(key, func(e *journal.Entry) {
			e.State, e.Refusal = journal.Refused, &loyalty.Refusal{Reason: refuse}
		}), nil
	}
	return p.done(key), nil
}

// done carries an operation out.
func (p *programme) done(key loyalty.Key) journal.Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.l.settle(key, func(e *journal.Entry) {
		if e.State == journal.Done {
			return
		}
		s := e.Op.Sale
		var c loyalty.Customer
		for id, k := range p.known {
			if k.ID != s.Customer {
				continue
			}
			switch e.Op.Kind {
			case loyalty.Reserve:
				k.Balance -= s.Spend
			case loyalty.Abort:
				k.Balance += s.Spend
			case loyalty.Commit:
				k.Pending += s.Earn
			}
			k.Version++
			p.known[id], c = k, k
		}
		e.State = journal.Done
		e.Outcome = &loyalty.Outcome{Spent: s.Spend, Worth: s.Worth, Earned: s.Earn, Ticket: "T" + string(e.Op.Key), Version: c.Version, Customer: &c}
	})
}

// base is a copy in memory.
type base map[loyalty.Ident][]loyalty.Customer

func (b base) Find(id loyalty.Ident) (loyalty.Customer, error) {
	switch c := b[id]; len(c) {
	case 0:
		return loyalty.Customer{}, loyalty.ErrNotFound
	case 1:
		return c[0], nil
	default:
		return loyalty.Customer{}, &loyalty.Ambiguous{Kind: id.Kind, Customers: c}
	}
}

func (b base) Programme() loyalty.Programme {
	return loyalty.Programme{Name: "Test", Currency: "RUB", Tiers: []loyalty.Tier{
		{Name: "base", Terms: loyalty.Terms{PointValue: 100, MaxShare: 3000, EarnShare: 500}},
		{Name: "gold", Terms: loyalty.Terms{PointValue: 100, MaxShare: 5000, MinSpend: 10, EarnShare: 1000}},
	}}
}

func byCard(c card.ID) loyalty.Ident {
	return loyalty.Ident{Kind: loyalty.ByCard, Value: string(c)}
}

// stand is a desk with everything around it, inside a synctest bubble.
type stand struct {
	*testing.T
	*Desk
	ledger    *ledger
	programme *programme
	base      base
	facts     Facts
	factsMu   sync.Mutex
	seq       uint64
	forwarded []decode.Code
	stop      func()
	ids       int
}

var (
	anna  = loyalty.Customer{ID: "c1", Name: "Анна", Tier: "base", Cards: []card.ID{"2900000000018"}, Phone: "+79990000001", Balance: 500, Version: 7}
	boris = loyalty.Customer{ID: "c2", Name: "Борис", Tier: "gold", Cards: []card.ID{"2900000000025"}, Phone: "+79990000002", Balance: 40, Version: 3}
	vera  = loyalty.Customer{ID: "c3", Name: "Вера", Tier: "base", Cards: []card.ID{"2900000000032"}, Balance: 100, Blocked: true, Version: 1}
	twin1 = loyalty.Customer{ID: "c4", Name: "Пётр", Tier: "base", Cards: []card.ID{"2900000000049"}, Phone: "+79990000004", Balance: 10, Version: 1}
	twin2 = loyalty.Customer{ID: "c5", Name: "Павел", Tier: "base", Cards: []card.ID{"2900000000049"}, Phone: "+79990000005", Balance: 20, Version: 1}
)

// scene runs a test at a running desk, in a bubble of time.
func scene(t *testing.T, change func(*stand), f func(s *stand)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stand{T: t, ledger: &ledger{}, base: base{}}
		s.programme = &programme{l: s.ledger, known: map[loyalty.Ident]loyalty.Customer{}, online: true, delay: 50 * time.Millisecond}
		for _, c := range []loyalty.Customer{anna, boris, vera, twin1, twin2} {
			c.AsOf = time.Now().Add(-time.Hour)
			id := loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(c.ID)}
			s.base[id] = []loyalty.Customer{c}
			s.base[byCard(c.Cards[0])] = append(s.base[byCard(c.Cards[0])], c)
			if c.Phone != "" {
				s.base[loyalty.Ident{Kind: loyalty.ByPhone, Value: string(c.Phone)}] = []loyalty.Customer{c}
			}
			for k, v := range s.base {
				if len(v) == 1 {
					s.programme.known[k] = v[0]
				}
			}
		}
		delete(s.programme.known, byCard(twin1.Cards[0]))
		s.facts = Facts{Link: Link{Online: true, Since: time.Now(), CopyAt: time.Now(), Copy: 5}}
		if change != nil {
			change(s)
		}
		s.start()
		defer s.end()
		f(s)
	})
}

// start runs a desk over what is on disk.
func (s *stand) start() {
	s.Desk = New(Options{
		Shop: "S1", Till: "T1", Currency: "RUB",
		Base: s.base, Ledger: s.ledger, Programme: s.programme,
		Facts: func() Facts { s.factsMu.Lock(); defer s.factsMu.Unlock(); return s.facts },
		Phone: func(typed string) (card.Phone, bool) {
			digits := strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, typed)
			if len(digits) != 11 {
				return "", false
			}
			return card.Phone("+7" + digits[1:]), true
		},
		Forward: func(c decode.Code) { s.forwarded = append(s.forwarded, c) },
	})
	s.Desk.namer.run = "run"
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error, 1)
	d := s.Desk
	go func() { done <- d.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-done; err != nil {
			s.Errorf("Run: %v", err)
		}
	}
	synctest.Wait()
}

func (s *stand) end() { s.stop() }

// crash ends the desk and starts another over the same journal.
func (s *stand) crash() { s.end(); s.start() }

// link turns the provider on and off.
func (s *stand) link(online bool) {
	s.programme.mu.Lock()
	s.programme.online = online
	s.programme.mu.Unlock()
	s.factsMu.Lock()
	s.facts.Link.Online, s.facts.Link.Since = online, time.Now()
	s.factsMu.Unlock()
	s.Refresh()
	synctest.Wait()
}

func (s *stand) code(id card.ID) decode.Code {
	s.seq++
	return decode.Code{Scan: driver.Ref{Device: "serial:a", Seq: s.seq, At: time.Now()}, Kind: decode.Card, Card: id, Raw: []byte(id), Text: string(id)}
}

// card scans a card and returns what is on the screen at once.
func (s *stand) card(id card.ID) *Prompt {
	s.Helper()
	return s.scanned(s.code(id))
}

func (s *stand) scanned(c decode.Code) *Prompt {
	s.Helper()
	if err := s.Scan(s.Context(), c); err != nil {
		s.Fatal(err)
	}
	return s.State().Prompt
}

// settle lets what is under way come to its end.
func (s *stand) settle() *Prompt {
	time.Sleep(200 * time.Millisecond)
	synctest.Wait()
	return s.State().Prompt
}

// send gives a command.
func (s *stand) send(c Command) Answer {
	s.Helper()
	if c.ID == "" {
		s.ids++
		c.ID = fmt.Sprint("id", s.ids)
	}
	a := s.Do(s.Context(), c)
	if a.ID != c.ID {
		s.Errorf("answer to %q has ID %q", c.ID, a.ID)
	}
	return a
}

// ok gives a command that must be done.
func (s *stand) ok(c Command) Answer {
	s.Helper()
	a := s.send(c)
	if !a.OK {
		s.Fatalf("%+v: refused: %+v", c, a.Error)
	}
	return a
}

// refused gives a command that must be refused with a code.
func (s *stand) refused(code string, c Command) Answer {
	s.Helper()
	a := s.send(c)
	if a.OK || a.Error == nil || a.Error.Code != code {
		s.Fatalf("%+v: got %+v, want %s", c, a.Error, code)
	}
	return a
}

// total types the total, in kopecks.
func (s *stand) total(m loyalty.Money) {
	s.Helper()
	s.ok(Command{Do: SetReceipt, Sale: &SaleInput{Total: m}})
}

// choice is an answer to the prompt on the screen.
func (s *stand) choice(id string, amount ...int64) Command {
	s.Helper()
	p := s.State().Prompt
	if p == nil {
		s.Fatalf("%s: nothing is asked", id)
	}
	c := Command{Do: Choose, Prompt: p.ID, Choice: id}
	if len(amount) > 0 {
		c.Amount = &amount[0]
	}
	return c
}

// want checks what is on the screen.
func (s *stand) want(k PromptKind) *Prompt {
	s.Helper()
	p := s.State().Prompt
	switch {
	case p == nil && k != "":
		s.Fatalf("nothing is asked, want %s; notice %+v", k, s.State().Notice)
	case p != nil && p.Kind != k:
		s.Fatalf("asked %s (%+v), want %q", p.Kind, p.Text, k)
	}
	return p
}

func (s *stand) wantNotice(code string) {
	s.Helper()
	if n := s.State().Notice; n == nil || n.Code != code {
		s.Errorf("notice %+v, want %s", n, code)
	}
}

func (s *stand) wantOps(want string) {
	s.Helper()
	if got := s.ledger.ops(); got != want {
		s.Errorf("journal: %s\n   want: %s", got, want)
	}
}
