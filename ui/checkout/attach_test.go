package checkout

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// offered brings Anna, found by phone, and a card that nobody has together: in
// one order or the other.
func (s *stand) offered(cardFirst bool) *Prompt {
	s.Helper()
	s.settle()
	s.total(1000_00)
	if cardFirst {
		s.card(newCard)
		s.settle()
		c := s.choice(ByPhone)
		c.Phone = "89990000001"
		s.ok(c)
	} else {
		s.ok(Command{Do: Identify, Phone: "89990000001"})
		s.settle()
		s.want(AskSpend)
		s.card(newCard)
		if p := s.want(AskUnknown); !hasChoice(p, KeepBefore) {
			s.Errorf("while the programme is asked: %+v", p.Choices)
		}
	}
	s.settle()
	p := s.want(AskAttach)
	if p.Customer.Name != "Анна" || p.Card != "…98" || p.Choices[0].Primary {
		s.Errorf("%+v", p)
	}
	return p
}

func TestAttachCard(t *testing.T) {
	for _, cardFirst := range []bool{true, false} {
		scene(t, registers, func(s *stand) {
			s.offered(cardFirst)
			s.ok(s.choice(Attach))
			s.settle()
			p := s.want(AskSpend)
			if p.Text == nil || p.Text.Code != SaidAttached || len(s.beside.given) != 1 || s.beside.given[0] != newCard {
				t.Errorf("%+v %v", p.Text, s.beside.given)
			}
			s.ok(Command{Do: Void})
			if p := s.card(newCard); p.Kind != AskTotal || p.Customer.Name != "Анна" {
				t.Errorf("%+v", p)
			}
		})
		scene(t, registers, func(s *stand) {
			s.offered(cardFirst)
			s.ok(s.choice(NoAttach))
			s.want(AskSpend)
			if len(s.beside.given) != 0 {
				t.Error("attached without consent")
			}
		})
	}
}

// The programme wants to know that it is the customer: a code to the phone.
func TestAttachCardWithCode(t *testing.T) {
	for _, rules := range []loyalty.Rules{{CodeToRegister: true}, {CodeToSpend: true}} {
		change := func(s *stand) { registers(s); s.beside.rules = rules }
		scene(t, change, func(s *stand) {
			s.offered(true)
			s.ok(s.choice(Attach))
			s.settle()
			s.want(AskCode)
			if s.beside.purpose != loyalty.CodeToAttach || s.beside.to.Value != "+79990000001" {
				t.Errorf("%s %s", s.beside.purpose, s.beside.to)
			}
			s.ok(s.typed("1"))
			s.want(AskCode)
			s.ok(s.typed("042"))
			s.settle()
			if p := s.want(AskSpend); p.Text.Code != SaidAttached {
				t.Errorf("%+v", p.Text)
			}
		})
		scene(t, change, func(s *stand) {
			s.offered(false)
			s.ok(s.choice(Attach))
			s.settle()
			for range 3 {
				s.ok(s.typed("1"))
			}
			if p := s.want(AskSpend); p.Text.Code != SaidAttachRefused || p.Text.Args["reason"] != string(loyalty.CodeWrong) || len(s.beside.given) > 0 {
				t.Errorf("%+v", p.Text)
			}
		})
	}
}

func TestAttachCardFails(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*stand)
		kind  PromptKind
		code  string
		why   loyalty.Reason
	}{
		{"somebody's", func(s *stand) { s.beside.refuse = &loyalty.Refusal{Reason: loyalty.CardTaken} }, AskSpend, SaidAttachRefused, loyalty.CardTaken},
		{"not reached", func(s *stand) { s.programme.set(func(p *programme) { p.online = false }) }, AskAttach, SaidAttachRefused, loyalty.NotReached},
		{"no answer", func(s *stand) { s.beside.mute = true }, AskAttach, SaidAttachUnknown, ""},
		{"another customer", func(s *stand) { s.beside.wrong = true }, AskAttach, SaidAttachUnknown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, registers, func(s *stand) {
				s.offered(true)
				c.spoil(s)
				s.ok(s.choice(Attach))
				s.settle()
				p := s.want(c.kind)
				if p.Text == nil || p.Text.Code != c.code || c.why != "" && p.Text.Args["reason"] != string(c.why) {
					t.Errorf("%+v", p.Text)
				}
				if p.Customer.Name != "Анна" {
					t.Errorf("%+v", p.Customer)
				}
				s.beside.set(func(x *extras) { x.mute, x.wrong = false, false })
				s.programme.set(func(p *programme) { p.online = true })
				if c.kind == AskAttach {
					s.ok(s.choice(Attach))
					s.settle()
					s.want(AskSpend)
				}
			})
		})
	}
}

// Offline nobody can say whose the card is: the customer who was there is not
// lost over it.
func TestUnknownCardOffline(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.settle()
		s.total(1000_00)
		s.ok(Command{Do: Identify, Phone: "89990000001"})
		s.link(false)
		s.card(newCard)
		time.Sleep(3 * time.Second)
		s.settle()
		s.want(AskUnknown)
		s.ok(s.choice(KeepBefore))
		if p := s.want(AskSpend); p.Customer.Name != "Анна" {
			t.Errorf("%+v", p.Customer)
		}
	})
}
