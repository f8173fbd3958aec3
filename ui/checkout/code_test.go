package checkout

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// extras is what a provider does beside the sale, in memory.
type extras struct {
	p       *programme
	mu      sync.Mutex
	rules   loyalty.Rules
	code    string
	valid   time.Duration
	refuse  error
	sent    int
	link    string
	mute    bool // registers, and the answers are lost
	joined  map[loyalty.Key]loyalty.Customer
	forms   []loyalty.NewCustomer
	events  []loyalty.Event
	purpose loyalty.Purpose
	to      loyalty.Ident
	given   []card.ID
	wrong   bool // answers with another customer
}

func (x *extras) Rules(ctx context.Context) (loyalty.Rules, error) {
	if err := x.p.travel(ctx); err != nil {
		return loyalty.Rules{}, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.rules, nil
}

func (x *extras) SendCode(ctx context.Context, id loyalty.Ident, p loyalty.Purpose) (loyalty.Challenge, error) {
	if err := x.p.travel(ctx); err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuse != nil {
		return nil, x.refuse
	}
	x.sent++
	x.purpose, x.to = p, id
	return loyalty.NewChallenge(x.code, time.Now().Add(x.valid)), nil
}

func (x *extras) set(f func(*extras)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f(x)
}

// withCode is a programme that wants a code for spending.
func withCode(s *stand) {
	s.beside = &extras{p: s.programme, rules: loyalty.Rules{CodeToSpend: true}, code: "042", valid: 3 * time.Minute}
	s.extras = Extras{Rules: s.beside, Codes: s.beside}
}

// typed is the answer to AskCode.
func (s *stand) typed(code string) Command {
	c := s.choice(TypeCode)
	c.Code = code
	return c
}

func TestSpendWithCode(t *testing.T) {
	scene(t, withCode, func(s *stand) {
		s.spending()
		if p := s.want(AskCode); p.Text.Code != SaidCodeSending || p.Code != nil {
			t.Errorf("%+v", p)
		}
		s.refused(NotSettled, Command{Do: Paid})
		p := s.settle()
		if s.want(AskCode); p.Code == nil || p.Code.Left != 0 || !p.Code.Until.After(time.Now().Add(2*time.Minute)) {
			t.Fatalf("%+v", p.Code)
		}
		s.wantOps("") // nothing is promised yet
		s.refused(AmountMissing, s.choice(TypeCode))
		before := s.Sale()
		s.ok(s.typed("043"))
		if p := s.want(AskCode); p.Text.Code != SaidCodeWrong || p.Code.Left != 2 {
			t.Errorf("%+v", p)
		}
		s.ok(s.typed("0 42"))
		s.wantOps("reserve 100/100000")
		if s.Sale().Sale != before.Sale {
			t.Error("the sale has another key")
		}
		s.settle()
		s.want(AskPay)
		s.ok(s.choice(TakePaid))
		s.wantOps("reserve 100/100000, commit 100/100000")
		if s.beside.sent != 1 || s.beside.purpose != loyalty.CodeToSpend || s.beside.to != byCard(anna.Cards[0]) {
			t.Errorf("%d codes, the last for %s to %s", s.beside.sent, s.beside.purpose, s.beside.to)
		}
	})
}

func TestCodeWrongThreeTimes(t *testing.T) {
	scene(t, withCode, func(s *stand) {
		s.spending()
		s.settle()
		for _, c := range []string{"1", "2", "3"} {
			s.ok(s.typed(c))
		}
		p := s.want(AskPay)
		if p.Text == nil || p.Text.Code != SaidCodeFailed || p.Quote.Spend != 0 || p.Quote.ToPay != 1000_00 {
			t.Errorf("%+v %+v", p.Text, p.Quote)
		}
		s.ok(s.choice(TakePaid))
		s.wantOps("commit 0/100000")
	})
}

func TestCodeExpiresAndIsSentAgain(t *testing.T) {
	scene(t, withCode, func(s *stand) {
		s.spending()
		s.settle()
		s.refused(ChoiceDisabled, s.choice(Resend))
		old := s.State().Prompt
		time.Sleep(resendAfter)
		synctest.Wait()
		if p := s.want(AskCode); p.ID == old.ID || p.Question != old.Question {
			t.Errorf("%s after %s", p.ID, old.ID)
		}
		s.ok(s.choice(Resend))
		s.beside.set(func(x *extras) { x.code = "777" })
		s.settle()
		if s.beside.sent != 2 {
			t.Fatalf("%d codes were sent", s.beside.sent)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if p := s.want(AskCode); p.Text.Code != string(loyalty.CodeExpired) || p.Code != nil {
			t.Errorf("%+v", p)
		}
		s.refused(ChoiceUnknown, s.typed("777"))
		s.ok(s.choice(WithoutPoints))
		if p := s.want(AskPay); p.Text != nil || p.Quote.Spend != 0 {
			t.Errorf("%+v", p)
		}
		s.wantOps("")
	})
}

func TestCodeCanNotBeSent(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		reason loyalty.Reason
		final  bool // another try makes no sense
	}{
		{"no phone", &loyalty.Refusal{Reason: loyalty.NoPhone}, loyalty.NoPhone, true},
		{"unknown", loyalty.ErrNotFound, loyalty.CustomerUnknown, true},
		{"too often", &loyalty.Refusal{Reason: loyalty.CodeTooOften}, loyalty.CodeTooOften, false},
		{"not now", &loyalty.Unavailable{Err: fmt.Errorf("503")}, loyalty.NotReached, false},
		{"nobody knows", fmt.Errorf("cut off"), loyalty.NotReached, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, withCode, func(s *stand) {
				s.beside.set(func(x *extras) { x.refuse = c.err })
				s.spending()
				p := s.settle()
				if s.want(AskCode); p.Text.Code != SaidCodeUnsent || p.Text.Args["reason"] != string(c.reason) || (p.Choices[0].ID != Resend) != c.final {
					t.Fatalf("%+v %+v", p.Text, p.Choices)
				}
				if !c.final && (p.Choices[0].Disabled != "") != (c.reason == loyalty.CodeTooOften) {
					t.Errorf("%+v", p.Choices[0])
				}
				s.ok(s.choice(WithoutPoints))
				s.want(AskPay)
			})
		})
	}
}

// A programme whose rules nobody has told yet may want a code.
func TestRulesNotKnown(t *testing.T) {
	for _, wanted := range []bool{false, true} {
		scene(t, func(s *stand) {
			withCode(s)
			s.beside.rules.CodeToSpend = wanted
			s.programme.online = false
		}, func(s *stand) {
			s.programme.set(func(p *programme) { p.online = true })
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.settle()
			s.ok(s.choice(SpendAmount, 100))
			s.want(AskCode)
			time.Sleep(300 * time.Millisecond)
			s.settle()
			if wanted {
				s.want(AskCode)
				s.wantOps("")
				return
			}
			s.want(AskPay)
			s.wantOps("reserve 100/100000")
		})
	}
}

func TestCodeOffline(t *testing.T) {
	scene(t, func(s *stand) {
		withCode(s)
		s.policy = func(w Wish) (loyalty.Points, loyalty.Reason) { return w.Spendable, "" }
	}, func(s *stand) {
		s.total(1000_00)
		s.link(false)
		p := s.card(anna.Cards[0])
		if p.Quote.MaxSpend != 0 || p.Quote.Limit != loyalty.Offline {
			t.Errorf("%+v", p.Quote)
		}
	})
}

// What changes while the customer looks for the code.
func TestWhileCodeIsWaitedFor(t *testing.T) {
	begin := func(s *stand) { s.spending(); s.settle(); s.want(AskCode) }
	t.Run("void", func(t *testing.T) {
		scene(t, withCode, func(s *stand) {
			begin(s)
			s.ok(s.choice(TakeVoid))
			if n := s.State().Notice; n.Args["restored"] != loyalty.Points(0) {
				t.Errorf("%+v", n)
			}
			s.wantOps("")
		})
	})
	t.Run("receipt changes", func(t *testing.T) {
		scene(t, withCode, func(s *stand) {
			begin(s)
			old := s.typed("042")
			s.total(900_00)
			if p := s.want(AskSpend); p.Text.Code != SaidTotalChanged {
				t.Errorf("%+v", p.Text)
			}
			s.refused(PromptGone, old)
		})
	})
	t.Run("balance falls", func(t *testing.T) {
		scene(t, withCode, func(s *stand) {
			begin(s)
			c := anna
			c.Balance, c.Version = 20, 99
			s.enrol(c)
			s.Refresh()
			synctest.Wait()
			s.ok(s.typed("042"))
			if p := s.want(AskSpend); p.Text.Code != SaidSpendRefused || p.Text.Args["reason"] != string(loyalty.NotEnoughPoints) {
				t.Errorf("%+v", p.Text)
			}
			s.wantOps("")
		})
	})
	t.Run("another card", func(t *testing.T) {
		scene(t, withCode, func(s *stand) {
			begin(s)
			s.card(boris.Cards[0])
			s.want(AskOther)
			s.ok(s.choice(Keep))
			s.ok(s.typed("042"))
			s.wantOps("reserve 100/100000")
		})
	})
	t.Run("disk is full", func(t *testing.T) {
		scene(t, withCode, func(s *stand) {
			begin(s)
			s.ledger.full.Store(true)
			s.refused(DiskError, s.typed("042"))
			s.ledger.full.Store(false)
			s.ok(s.typed("042"))
			s.wantOps("reserve 100/100000")
		})
	})
	t.Run("crash", func(t *testing.T) {
		scene(t, withCode, func(s *stand) {
			begin(s)
			s.crash()
			if p := s.State().Prompt; p != nil {
				t.Errorf("%+v", p)
			}
		})
	})
}

// The code is in nothing that leaves the desk.
func TestCodeIsNowhere(t *testing.T) {
	scene(t, func(s *stand) { withCode(s); s.beside.code = "918273" }, func(s *stand) {
		var all strings.Builder
		look := func(a Answer) {
			b, err := json.Marshal([]any{s.State(), s.Sale(), a, s.ledger.all()})
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
			fmt.Fprintf(&all, "%+v", s.State())
			if err := s.Desk.turn(s.ctx, func() { fmt.Fprintf(&all, "%#v", s.Desk.sit.Deal) }); err != nil {
				t.Fatal(err)
			}
		}
		s.spending()
		s.settle()
		look(Answer{})
		look(s.ok(s.typed("918270")))
		look(s.ok(s.typed("918273")))
		s.settle()
		look(s.ok(s.choice(TakePaid)))
		if strings.Contains(all.String(), "91827") {
			t.Error("the code is there")
		}
	})
}
