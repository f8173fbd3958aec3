package checkout

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestLimits(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	terms := loyalty.Terms{PointValue: 100, MaxShare: 10000}
	wish := Wish{Spendable: 1000, AsOf: now.Add(-time.Hour), Total: 10_000_00, Terms: terms, Now: now}
	limits := Limits{Operation: 300_00, CardDay: 500_00, TillDay: 2000_00, Age: 24 * time.Hour, Share: 5000}
	for _, c := range []struct {
		name   string
		change func(*Wish, *Limits)
		most   loyalty.Points
		why    loyalty.Reason
	}{
		{"one receipt", func(*Wish, *Limits) {}, 300, LimitOperation},
		{"fewer points than every limit", func(w *Wish, _ *Limits) { w.Spendable = 299 }, 299, ""},
		{"no limit of one receipt", func(_ *Wish, l *Limits) { l.Operation = 0 }, 500, LimitCardDay},
		{"spent before today", func(w *Wish, _ *Limits) { w.CardDay = 250_00 }, 250, LimitCardDay},
		{"spent more than the limit, which was lowered", func(w *Wish, _ *Limits) { w.CardDay = 600_00 }, 0, LimitCardDay},
		{"the till's day", func(w *Wish, _ *Limits) { w.TillDay = 1999_50 }, 0, LimitTillDay},
		{"the till's day alone", func(w *Wish, l *Limits) { *l = Limits{TillDay: 700_99} }, 700, LimitTillDay},
		{"no limit allows nothing", func(_ *Wish, l *Limits) { *l = Limits{} }, 0, LimitTillDay},
		{"share of the receipt", func(w *Wish, _ *Limits) { w.Total = 400_00 }, 200, LimitShare},
		{"share of the largest receipt", func(w *Wish, _ *Limits) { w.Total = MaxTotal }, 300, LimitOperation},
		{"as old as may be", func(w *Wish, _ *Limits) { w.AsOf = now.Add(-24 * time.Hour) }, 300, LimitOperation},
		{"older", func(w *Wish, _ *Limits) { w.AsOf = now.Add(-24*time.Hour - 1) }, 0, StaleBalance},
		{"never known", func(w *Wish, _ *Limits) { w.AsOf = time.Time{} }, 0, StaleBalance},
		{"the clock was set back", func(w *Wish, _ *Limits) { w.AsOf = now.Add(25 * time.Hour) }, 0, StaleBalance},
		{"of any age", func(w *Wish, l *Limits) { w.AsOf, l.Age = now.Add(-1000*time.Hour), 0 }, 300, LimitOperation},
		{"points of another value", func(w *Wish, _ *Limits) { w.Terms.PointValue = 7 }, 1000, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, l := wish, limits
			c.change(&w, &l)
			if most, why := l.Policy(w); most != c.most || why != c.why {
				t.Errorf("%d, %q, want %d, %q", most, why, c.most, c.why)
			}
		})
	}
}

func limited(l Limits, sup *Supervisor) func(*stand) {
	return func(s *stand) {
		s.policy, s.supervisor = l.Policy, sup
		s.programme.online = false
		s.facts.Link = Link{Since: time.Now().Add(-time.Hour), CopyAt: time.Now().Add(-time.Hour), Copy: 5}
	}
}

// spends plays a sale of anna's at 1,000.00 and returns what it came to.
func (s *stand) spends(points int64) {
	s.Helper()
	s.card(anna.Cards[0])
	s.total(1000_00)
	s.ok(s.choice(SpendAmount, points))
	s.want(AskPay)
	s.ok(s.choice(TakePaid))
}

func TestLimitsOverADay(t *testing.T) {
	limits := Limits{Operation: 200_00, CardDay: 250_00, TillDay: 260_00, Age: 48 * time.Hour}
	scene(t, limited(limits, nil), func(s *stand) {
		limit := func(max loyalty.Points, why loyalty.Reason) {
			s.Helper()
			if q := s.want(AskSpend).Quote; q.MaxSpend != max || q.Limit != why {
				s.Errorf("up to %d, %q, want %d, %q", q.MaxSpend, q.Limit, max, why)
			}
		}
		s.card(anna.Cards[0])
		s.total(1000_00)
		limit(200, LimitOperation)
		s.ok(s.choice(SpendAll))
		s.ok(s.choice(TakePaid))
		s.card(anna.Cards[0])
		s.total(1000_00)
		limit(50, LimitCardDay)
		// A sale that is dropped has given nothing.
		s.ok(s.choice(SpendAll))
		s.ok(s.choice(TakeVoid))
		s.card(anna.Cards[0])
		s.total(1000_00)
		limit(50, LimitCardDay)
		s.ok(s.choice(NotThis))
		s.card(boris.Cards[0])
		s.total(1000_00)
		limit(40, loyalty.NotEnoughPoints)
		s.ok(s.choice(SpendAll))
		s.ok(s.choice(TakePaid))
		s.card(anna.Cards[0])
		s.total(1000_00)
		limit(20, LimitTillDay)
		s.ok(s.choice(SpendNone))
		s.ok(s.choice(TakePaid))
		s.crash() // nothing is forgotten
		s.card(anna.Cards[0])
		s.total(1000_00)
		limit(20, LimitTillDay)
		s.ok(s.choice(NotThis))

		time.Sleep(24 * time.Hour)
		s.card(anna.Cards[0])
		s.total(1000_00)
		limit(200, LimitOperation)
		s.ok(s.choice(NotThis))
		time.Sleep(25 * time.Hour)
		s.card(anna.Cards[0])
		s.total(1000_00)
		limit(0, StaleBalance)
	})
}

// What the provider confirms leaves the day's sum; what it refuses does not.
func TestLimitsAfterTheLinkWasBack(t *testing.T) {
	scene(t, limited(Limits{TillDay: 150_00}, nil), func(s *stand) {
		s.spends(100)
		s.programme.set(func(p *programme) { p.online = true })
		s.link(true)
		s.drain()
		s.programme.set(func(p *programme) { p.online = false })
		s.link(false)
		s.spends(150)
		s.programme.set(func(p *programme) { p.online, p.refuse = true, loyalty.NotEnoughPoints })
		s.link(true)
		s.drain()
		if n := s.State().Journal.People; n == 0 {
			t.Error("nothing is on people's list")
		}
		s.programme.set(func(p *programme) { p.online, p.refuse = false, "" })
		s.link(false)
		s.card(anna.Cards[0])
		s.total(1000_00)
		if q := s.want(AskSpend).Quote; q.MaxSpend != 0 || q.Limit != LimitTillDay {
			t.Errorf("up to %d, %q", q.MaxSpend, q.Limit)
		}
	})
}

func TestSupervisor(t *testing.T) {
	hash, err := HashPIN("4711")
	if err != nil {
		t.Fatal(err)
	}
	pin, err := ParsePIN(hash)
	if err != nil {
		t.Fatal(err)
	}
	limits := Limits{TillDay: 1000_00}
	scene(t, limited(limits, &Supervisor{PIN: pin, Above: 100_00}), func(s *stand) {
		s.spends(100) // not above
		s.card(anna.Cards[0])
		s.total(1000_00)
		s.ok(s.choice(SpendAmount, 101))
		p := s.want(AskPIN)
		if _, open, _ := s.ledger.OpenSale(); open {
			t.Error("promised before the PIN")
		}
		s.ok(s.choice(Back))
		s.want(AskSpend)
		s.ok(s.choice(SpendAmount, 101))
		s.want(AskPIN)
		s.refused(PromptGone, Command{Do: Choose, Prompt: p.ID, Choice: GivePIN, PIN: "4711"})

		give := func(pin string) Command { c := s.choice(GivePIN); c.PIN = pin; return c }
		s.refused(AmountMissing, give(""))
		s.refused(PINWrong, give("0000"))
		s.refused(PINWrong, give("1111"))
		s.refused(PINLocked, give("2222"))
		s.refused(PINLocked, give("4711"))
		time.Sleep(pinPause)
		s.refused(PINWrong, give("0000"))
		// The receipt changes: the question is another.
		s.total(900_00)
		s.want(AskSpend)
		s.ok(s.choice(SpendAmount, 110))
		s.ok(give("4711"))
		s.want(AskPay)
		s.ok(s.choice(TakePaid))

		// The provider is back: it decides, nobody is asked for a PIN.
		s.card(anna.Cards[0])
		s.total(1000_00)
		s.ok(s.choice(SpendAmount, 120))
		s.want(AskPIN)
		s.programme.set(func(p *programme) { p.online = true })
		s.link(true)
		s.want(AskSpend)
	})
}

func TestPINHash(t *testing.T) {
	for _, pin := range []string{"", "123", "1234567890123", "12a4", "١٢٣٤"} {
		if _, err := HashPIN(pin); err == nil {
			t.Errorf("%q is taken", pin)
		}
	}
	a, err := HashPIN("123456")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := HashPIN("123456")
	if a == b {
		t.Error("two hashes of a PIN are the same")
	}
	p, err := ParsePIN(a)
	if err != nil || !p.is("123456") || p.is("123457") || p.is("") || (PIN{}).is("") {
		t.Errorf("%v, %v", p, err)
	}
	for _, hash := range []string{"", "4711", a + "$", a[:len(a)-4], "md5$1$AAAAAAAAAAAAAAAA$AAAA", "pbkdf2-sha256$0$c2FsdHNhbHQ$" + a} {
		if _, err := ParsePIN(hash); err == nil {
			t.Errorf("%q is taken", hash)
		}
	}
}

// A limit of the chain's for one receipt holds with the provider's word as well.
func TestPerReceipt(t *testing.T) {
	for _, told := range []bool{false, true} {
		scene(t, func(s *stand) { s.perReceipt = 150_50 }, func(s *stand) {
			s.programme.set(func(p *programme) {
				p.quoted = func(q *loyalty.Quote) { q.MaxSpend, q.MaxWorth = 280, 280_00 }
				if !told {
					p.delay = time.Hour
				}
			})
			s.total(1000_00)
			p := s.card(anna.Cards[0])
			if told {
				p = s.settle()
			}
			if p.Kind != AskSpend || p.Told != told || p.Quote.MaxSpend != 150 || p.Quote.Limit != LimitReceipt {
				t.Fatalf("told: %t: %+v", told, p.Quote)
			}
			s.refused(AmountRange, s.choice(SpendAmount, 151))
		})
	}
}
