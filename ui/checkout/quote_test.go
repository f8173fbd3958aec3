package checkout

import (
	"errors"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func (s *stand) quotes() (n int) {
	s.programme.set(func(p *programme) { n = p.quotes })
	return n
}

// The customer is shown at once; the programme's word comes when it comes.
func TestQuoteComesLater(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.programme.set(func(p *programme) {
			p.delay = time.Second
			p.quoted = func(q *loyalty.Quote) { q.MaxSpend, q.MaxWorth, q.Limit = 120, 120_00, loyalty.TooManySales }
		})
		s.total(1000_00)
		p := s.card(anna.Cards[0])
		if p.Kind != AskSpend || p.Told || p.Quote.MaxSpend != 300 {
			t.Fatalf("at once: %+v", p.Quote)
		}
		time.Sleep(1500 * time.Millisecond)
		p = s.settle()
		if !p.Told || p.Quote.MaxSpend != 120 || p.Quote.MaxWorth != 120_00 || p.Quote.Limit != loyalty.TooManySales {
			t.Errorf("told: %+v", p.Quote)
		}
		if q := s.Sale().Quote; q == nil || q.MaxSpend != 120 {
			t.Errorf("the POS sees %+v", q)
		}
		s.refused(AmountRange, s.choice(SpendAmount, 121))
	})
}

// One question for a receipt, another when it has changed, none while it only
// goes on being scanned, and an answer that is outdated is nobody's.
func TestQuotesAreCounted(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		s.card(anna.Cards[0])
		s.settle()
		s.settle()
		if n := s.quotes(); n != 1 {
			t.Fatalf("%d quotes for one receipt", n)
		}
		for i := range 20 {
			s.ok(put("R1", loyalty.Money(1000_00+i)))
			time.Sleep(10 * time.Millisecond)
		}
		s.settle()
		s.settle()
		if n := s.quotes(); n > 3 {
			t.Errorf("%d quotes for a receipt that changed twenty times in 0.2 s", n)
		}
		if p := s.want(AskSpend); !p.Told || p.Quote.ToPay != 1000_19 {
			t.Errorf("%v %+v", p.Told, p.Quote)
		}
		s.ok(s.choice(SpendNone))
		n := s.quotes()
		s.ok(s.choice(TakePaid))
		s.drain()
		if s.quotes() != n {
			t.Error("a sale that is decided is asked about")
		}
	})
}

// What fails leaves the copy's rules, and is not asked again at once.
func TestQuoteFails(t *testing.T) {
	for name, spoil := range map[string]func(*programme){
		"no answer":        func(p *programme) { p.noQuote = errors.New("broken") },
		"another customer": func(p *programme) { p.quoted = func(q *loyalty.Quote) { q.Customer = "c2" } },
		"too much off":     func(p *programme) { p.quoted = func(q *loyalty.Quote) { q.Off = 2000_00 } },
		"points for free":  func(p *programme) { p.quoted = func(q *loyalty.Quote) { q.Spend, q.Worth = 10, 0 } },
		"gifts of nobody":  func(p *programme) { p.quoted = func(q *loyalty.Quote) { q.Gifts = make([]loyalty.GiftUse, 2) } },
	} {
		t.Run(name, func(t *testing.T) {
			scene(t, func(s *stand) { spoil(s.programme) }, func(s *stand) {
				s.total(1000_00)
				s.card(anna.Cards[0])
				s.settle()
				for range 5 {
					s.Refresh()
					s.settle()
				}
				if p := s.want(AskSpend); p.Told || p.Quote.MaxSpend != 300 {
					t.Errorf("%+v", p.Quote)
				}
				if n := s.quotes(); n != 1 {
					t.Errorf("asked %d times", n)
				}
				time.Sleep(quoteAgain + tick)
				s.settle()
				if n := s.quotes(); n < 2 {
					t.Error("never asked again")
				}
				s.ok(s.choice(SpendAmount, 100))
				s.settle()
				s.want(AskPay)
			})
		})
	}
}

// What the till knows to be spent is not on offer, whatever a quote says.
func TestQuoteIsCutToWhatIsLeft(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.programme.set(func(p *programme) {
			p.quoted = func(q *loyalty.Quote) { q.MaxSpend, q.MaxWorth = 9000, 900_00 }
		})
		s.total(1000_00)
		s.card(anna.Cards[0])
		s.settle()
		if p := s.want(AskSpend); p.Quote.MaxSpend != 500 || p.Quote.Limit != loyalty.NotEnoughPoints || p.Quote.MaxWorth != 50_00 {
			t.Errorf("%+v", p.Quote)
		}
	})
}

// Points are worth something else than the copy says: what the customer was told
// does not hold, and the customer decides on what does.
func TestFiguresDiffer(t *testing.T) {
	differing := func(s *stand) {
		s.programme.set(func(p *programme) {
			p.point = 90
			p.quoted = func(q *loyalty.Quote) {
				if q.Spend == 0 { // nobody has said yet what a point pays
					q.MaxWorth = loyalty.Money(q.MaxSpend) * 100
				}
			}
		})
		s.total(1000_00)
		s.card(anna.Cards[0])
		s.settle()
		if a := s.ok(s.choice(SpendAmount, 100)); a.Sale.ToPay != 900_00 {
			s.Fatalf("%+v", a.Sale)
		}
		s.settle()
		s.settle()
		p := s.want(AskDiffers)
		if p.Text.Code != SaidDiffers || p.Text.Args["was"] != loyalty.Money(900_00) || p.Text.Args["now"] != loyalty.Money(910_00) || p.Choices[0].Primary {
			s.Fatalf("%+v", p.Text)
		}
	}
	scene(t, nil, func(s *stand) {
		differing(s)
		s.ok(s.choice(SpendTold))
		s.settle()
		if p := s.want(AskPay); p.Quote.Spend != 100 || p.Quote.ToPay != 910_00 {
			t.Errorf("%+v", p.Quote)
		}
		s.ok(s.choice(TakePaid))
		s.drain()
		s.wantConserved()
	})
	scene(t, nil, func(s *stand) {
		differing(s)
		s.ok(s.choice(Leave))
		s.want(AskSpend)
		s.ok(s.choice(SpendNone))
		s.want(AskPay)
	})
	scene(t, nil, func(s *stand) {
		differing(s)
		s.ok(s.choice(TakeVoid))
		s.want("")
	})
	scene(t, nil, func(s *stand) { // the programme can not be asked what it comes to
		s.programme.set(func(p *programme) { p.point, p.noQuote = 90, errors.New("broken") })
		s.spending()
		s.settle()
		s.settle()
		if p := s.want(AskSpend); p.Text.Code != SaidSpendRefused || p.Text.Args["reason"] != string(loyalty.QuoteChanged) {
			t.Errorf("%+v", p.Text)
		}
	})
}

// A balance that nobody says is not nought.
func TestUnknownBalance(t *testing.T) {
	scene(t, func(s *stand) {
		c := anna
		c.NoBalance, c.Balance = true, 0
		s.enrol(c)
	}, func(s *stand) {
		s.total(1000_00)
		s.card(anna.Cards[0])
		s.settle()
		p := s.want(AskSpend)
		if !p.Customer.NoBalance || p.Quote.Limit != loyalty.BalanceUnknown || p.Choices[0].Disabled != loyalty.BalanceUnknown {
			t.Errorf("%+v %+v", p.Customer, p.Quote)
		}
	})
}
