package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/relay"
	"github.com/tillgate/tillgate/sync/seal"
)

// snapshot is an empty base with a programme.
type snapshot struct{}

func (snapshot) Programme() loyalty.Programme {
	return loyalty.Programme{Name: "Test", Currency: "RUB", Tiers: []loyalty.Tier{
		{Name: "base", Terms: loyalty.Terms{PointValue: 100, MaxShare: 3000, EarnShare: 500}},
		{Name: "gold", Terms: loyalty.Terms{PointValue: 100, MaxShare: 5000, MinSpend: 10, EarnShare: 1000}},
	}}
}
func (snapshot) Cursor() string                  { return "0" }
func (snapshot) Count() int                      { return 0 }
func (snapshot) Next() (loyalty.Customer, error) { return loyalty.Customer{}, io.EOF }
func (snapshot) Close() error                    { return nil }

func byCard(c card.ID) loyalty.Ident {
	return loyalty.Ident{Kind: loyalty.ByCard, Value: string(c)}
}

// stand is a desk with everything around it, inside a synctest bubble.
type stand struct {
	*testing.T
	*Desk
	ctx        context.Context
	dir        string
	policy     Policy
	supervisor *Supervisor
	perReceipt loyalty.Money
	extras     Extras
	beside     *extras // what is behind extras
	drafts     *draft.List
	signals    chan driver.Signal
	ledger     *ledger
	programme  *programme
	cache      *cache.Cache
	relay      *relay.Relay
	facts      Facts
	factsMu    sync.Mutex
	seq        uint64
	forwarded  []decode.Code
	stop       func()
	ids        int
	starts     int
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
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := &stand{T: t, ctx: context.Background(), dir: dir, ledger: &ledger{}}
		s.programme = &programme{
			l: s.ledger, customers: map[loyalty.CustomerID]loyalty.Customer{}, cards: map[loyalty.Ident]loyalty.CustomerID{},
			done: map[loyalty.Key]loyalty.Outcome{}, sales: map[loyalty.Key]string{}, online: true, delay: 50 * time.Millisecond,
		}
		s.open()
		if err := s.cache.Fill(s.ctx, snapshot{}); err != nil {
			s.Fatal(err)
		}
		for _, c := range []loyalty.Customer{anna, boris, vera, twin1, twin2} {
			s.enrol(c)
		}
		delete(s.programme.cards, byCard(twin1.Cards[0]))
		s.facts = Facts{Link: Link{Online: true, Since: time.Now(), CopyAt: time.Now(), Copy: 5}}
		s.policy = NeverOffline
		if change != nil {
			change(s)
		}
		s.start()
		defer s.end()
		f(s)
	})
}

// enrol puts a customer into the copy and into the provider.
func (s *stand) enrol(c loyalty.Customer) {
	c.AsOf = time.Now().Add(-time.Hour)
	ids := []loyalty.Ident{{Kind: loyalty.ByCustomer, Value: string(c.ID)}}
	for _, k := range c.Cards {
		ids = append(ids, byCard(k))
	}
	if c.Phone != "" {
		ids = append(ids, loyalty.Ident{Kind: loyalty.ByPhone, Value: string(c.Phone)})
	}
	s.programme.customers[c.ID] = c
	for _, id := range ids {
		s.programme.cards[id] = c.ID
	}
	if err := s.cache.Apply(loyalty.Changes{Customers: []loyalty.Customer{c}, Cursor: "0"}); err != nil {
		s.Fatal(err)
	}
}

// way is the way to the provider: the real relay, or the tests' own.
func (s *stand) way() Programme {
	if s.relay != nil {
		return s.relay
	}
	return s.programme
}

// open opens the journal and the copy.
func (s *stand) open() {
	j, err := journal.Open(filepath.Join(s.dir, "journal.db"), journal.Options{})
	if err != nil {
		s.Fatal(err)
	}
	s.ledger.Journal = j
	key, _, err := seal.Load(s.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	if s.cache, err = cache.Open(filepath.Join(s.dir, "cache.db"), key, slog.New(slog.DiscardHandler)); err != nil {
		s.Fatal(err)
	}
	s.programme.copy = s.cache
	var damage error
	if s.drafts, damage, err = draft.Open(filepath.Join(s.dir, "drafts"), key); err != nil || damage != nil {
		s.Fatal(err, damage)
	}
}

// start runs a desk over what is on disk.
func (s *stand) start() {
	s.Desk = New(Options{
		Shop: "S1", Till: "T1", Currency: "RUB",
		Base: s.cache, Ledger: s.ledger, Programme: s.way(),
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
		Policy: s.policy, Supervisor: s.supervisor, PerReceipt: s.perReceipt,
		Extras: s.extras, Drafts: s.drafts,
		Signal: func(_ context.Context, _ string, sig driver.Signal) {
			if s.signals != nil {
				s.signals <- sig
			}
		},
		Forward: func(c decode.Code) { s.forwarded = append(s.forwarded, c) },
	})
	s.starts++
	s.Desk.namer.run = strings.TrimSuffix(fmt.Sprint("run", s.starts), "1")
	ctx, cancel := context.WithCancel(s.ctx)
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

func (s *stand) end() {
	s.stop()
	if err := errors.Join(s.ledger.Close(), s.cache.Close()); err != nil {
		s.Error(err)
	}
}

// crash ends everything and starts again from what is on disk.
func (s *stand) crash() {
	s.end()
	s.open()
	s.start()
}

// drain lets the relay do what is open.
func (s *stand) drain() {
	s.programme.drain(s.ctx)
	s.Refresh()
	synctest.Wait()
}

// link turns the provider on and off.
func (s *stand) link(online bool) {
	s.programme.set(func(p *programme) { p.online = online })
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
	if err := s.Scan(s.ctx, c); err != nil {
		s.Fatal(err)
	}
	s.checkTexts(Answer{})
	return s.State().Prompt
}

// settle lets what is under way come to its end.
func (s *stand) settle() *Prompt {
	time.Sleep(200 * time.Millisecond)
	synctest.Wait()
	s.checkTexts(Answer{})
	return s.State().Prompt
}

// checkTexts checks that every text on the screen is declared, in its class and
// with exactly its arguments.
func (s *stand) checkTexts(a Answer) {
	s.Helper()
	s.checkText(a.Error, ErrorCode)
	st := s.State()
	if st.Notice != nil {
		s.checkText(&st.Notice.Text, NoticeCode)
	}
	for _, c := range st.Conditions {
		s.checkText(&Text{c.Code, c.Args}, ConditionCode)
	}
	if p := st.Prompt; p != nil {
		s.checkText(p.Text, TextCode, ReasonCode)
		for _, c := range p.Choices {
			if c.Disabled != "" {
				s.checkText(&Text{Code: string(c.Disabled)}, ReasonCode)
			}
		}
	}
}

func (s *stand) checkText(t *Text, classes ...Class) {
	s.Helper()
	if t == nil {
		return
	}
	codes := Codes()
	i := slices.IndexFunc(codes, func(c CodeInfo) bool { return c.Code == t.Code && slices.Contains(classes, c.Class) })
	if i < 0 {
		s.Errorf("%s is not declared as %v", t.Code, classes)
		return
	}
	args := slices.Sorted(maps.Keys(t.Args))
	if want := slices.Sorted(slices.Values(codes[i].Args)); !slices.Equal(args, want) {
		s.Errorf("%s has arguments %v, declared are %v", t.Code, args, want)
	}
	if r, ok := t.Args["reason"].(string); ok && classes[0] != ConditionCode {
		s.checkText(&Text{Code: r}, ReasonCode)
	}
}

// send gives a command.
func (s *stand) send(c Command) Answer {
	s.Helper()
	if c.ID == "" {
		s.ids++
		c.ID = fmt.Sprint("id", s.ids)
	}
	a := s.Do(s.ctx, c)
	if a.ID != c.ID {
		s.Errorf("answer to %q has ID %q", c.ID, a.ID)
	}
	s.checkTexts(a)
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
