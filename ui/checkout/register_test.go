package checkout

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Register makes a customer once for each key.
func (x *extras) Register(ctx context.Context, key loyalty.Key, who loyalty.NewCustomer) (loyalty.Customer, error) {
	if err := x.p.travel(ctx); err != nil {
		return loyalty.Customer{}, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuse != nil {
		return loyalty.Customer{}, x.refuse
	}
	c, again := x.joined[key]
	if !again {
		c = loyalty.Customer{ID: loyalty.CustomerID(fmt.Sprint("new", len(x.joined))), Name: who.Name, Tier: "base", Phone: who.Phone, Version: 1, AsOf: time.Now()}
		ids := []loyalty.Ident{{Kind: loyalty.ByPhone, Value: string(who.Phone)}}
		if who.Card != "" {
			c.Cards = []card.ID{who.Card}
			ids = append(ids, byCard(who.Card))
		}
		x.forms = append(x.forms, who)
		if x.joined == nil {
			x.joined = map[loyalty.Key]loyalty.Customer{}
		}
		x.joined[key] = c
		x.p.set(func(p *programme) {
			p.customers[c.ID] = c
			for _, id := range ids {
				p.cards[id] = c.ID
			}
		})
	}
	if x.mute {
		<-ctx.Done()
		return loyalty.Customer{}, ctx.Err()
	}
	return c, nil
}

func (x *extras) AttachCard(ctx context.Context, id loyalty.Ident, k card.ID) (loyalty.Customer, error) {
	if err := x.p.travel(ctx); err != nil {
		return loyalty.Customer{}, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuse != nil {
		return loyalty.Customer{}, x.refuse
	}
	x.given = append(x.given, k)
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	c := x.p.customers[x.p.cards[id]]
	if x.wrong {
		return x.p.customers[boris.ID], nil
	}
	c.Cards = append(c.Cards, k)
	c.Version++
	x.p.customers[c.ID] = c
	x.p.cards[byCard(k)] = c.ID
	if x.mute {
		return loyalty.Customer{}, context.DeadlineExceeded
	}
	return c, nil
}

func (x *extras) WalletLink(context.Context, loyalty.Ident) (string, error) { return x.link, nil }

// registers is a programme that takes new customers.
func registers(s *stand) {
	s.beside = &extras{p: s.programme, code: "042", valid: 3 * time.Minute, link: "https://card.example.ru/w/1f7c9a"}
	s.extras = Extras{Rules: s.beside, Codes: s.beside, Registrar: s.beside, Wallet: s.beside}
}

const (
	newCard  = card.ID("2900000009998")
	newPhone = "8 912 345-67-89"
)

// begin types a phone that nobody has and begins to register it.
func (s *stand) begin() {
	s.Helper()
	s.settle()
	s.ok(Command{Do: Identify, Phone: newPhone})
	s.settle()
	s.ok(s.choice(Register))
}

func (s *stand) name(n string) Command {
	c := s.choice(TypeName)
	c.Name = n
	return c
}

func TestRegister(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.total(1000_00)
		s.ok(Command{Do: Identify, Phone: newPhone})
		if p := s.want(AskUnknown); hasChoice(p, Register) {
			t.Error("offered before the provider was asked")
		}
		s.settle()
		s.ok(s.choice(Register))
		if p := s.want(AskRegister); p.Form.Phone != "…89" || p.Choices[0].Input != InputName {
			t.Errorf("%+v %+v", p.Form, p.Choices)
		}
		s.refused(AmountMissing, s.name(""))
		s.refused(BadName, s.name("   "))
		s.refused(BadName, s.name(strings.Repeat("я", maxName+1)))
		s.ok(s.name("Ольга Петровна"))
		p := s.want(AskRegister)
		if p.Form.Name != "Ольга Петровна" || slices.ContainsFunc(p.Choices, func(c Choice) bool { return c.Primary }) {
			t.Errorf("%+v %+v: consent is given on purpose", p.Form, p.Choices)
		}
		s.card(anna.Cards[0])
		s.wantNotice(ScanJoinFirst)
		s.card(newCard)
		if p := s.want(AskRegister); p.Form.Card != "…98" {
			t.Errorf("%+v", p.Form)
		}
		s.ok(s.choice(Agree))
		s.refused(PromptGone, Command{Do: Choose, Prompt: p.ID, Choice: Agree})
		p = s.settle()
		if s.want(AskSpend); p.Text == nil || p.Text.Code != SaidJoined || p.Customer.Name != "Ольга" || !p.Customer.Fresh {
			t.Fatalf("%+v %+v", p.Text, p.Customer)
		}
		if q := s.State().Wallet; q == nil || q.Size < 21 || !strings.HasPrefix(q.Path, "M0 0h7v1h-7z") {
			t.Errorf("%+v", q)
		}
		want := loyalty.NewCustomer{Phone: "+79123456789", Name: "Ольга", Surname: "Петровна", Card: newCard, Consent: true, Shop: "S1", Till: "T1"}
		if len(s.beside.forms) != 1 || s.beside.forms[0] != want {
			t.Errorf("%+v", s.beside.forms)
		}
		s.ok(s.choice(SpendNone))
		s.ok(s.choice(TakePaid))
		s.wantOps("commit 0/100000")
		if s.State().Wallet != nil {
			t.Error("the link stays on the screen")
		}
		s.card(newCard) // and the copy has the customer
		if p := s.want(AskTotal); p.Customer.Name != "Ольга" {
			t.Errorf("%+v", p.Customer)
		}
	})
}

// An unknown card is the new customer's, unless it is taken out of the form.
func TestRegisterUnknownCard(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.card(newCard)
		if p := s.settle(); hasChoice(p, Register) {
			t.Error("a card has no phone yet")
		}
		c := s.choice(ByPhone)
		c.Phone = newPhone
		s.ok(c)
		s.settle()
		s.ok(s.choice(Register))
		if p := s.want(AskRegister); p.Form.Card != "…98" {
			t.Errorf("%+v", p.Form)
		}
		s.ok(s.name("Ольга"))
		s.ok(s.choice(NoCard))
		typed := s.choice(AttachCard)
		typed.Card = string(anna.Cards[0])
		s.refused(ChoiceDisabled, typed)
		typed.Card, typed.ID = string(newCard), ""
		s.ok(typed)
		s.ok(s.choice(AgreeLetters))
		s.settle()
		if f := s.beside.forms; len(f) != 1 || f[0].Card != newCard || !f[0].Letters {
			t.Errorf("%+v", f)
		}
		s.want(AskTotal)
	})
}

func TestRegisterWithCode(t *testing.T) {
	change := func(s *stand) {
		registers(s)
		s.beside.rules = loyalty.Rules{CodeToRegister: true, CardRequired: true, SurnameRequired: true}
	}
	t.Run("right", func(t *testing.T) {
		scene(t, change, func(s *stand) {
			s.begin()
			s.refused(SurnameMissing, s.name("Ольга"))
			s.ok(s.name("Ольга Белых"))
			s.refused(ChoiceDisabled, s.choice(Agree))
			s.card(newCard)
			s.ok(s.choice(Agree))
			s.settle()
			if s.want(AskCode); s.beside.purpose != loyalty.CodeToRegister || s.beside.to.Value != "+79123456789" {
				t.Errorf("%s %s", s.beside.purpose, s.beside.to)
			}
			time.Sleep(resendAfter)
			s.settle()
			s.ok(s.choice(Resend))
			s.settle()
			s.ok(s.typed("1"))
			s.ok(s.typed("042"))
			s.settle()
			s.want(AskTotal)
			if s.beside.sent != 2 {
				t.Errorf("%d codes", s.beside.sent)
			}
		})
	})
	t.Run("wrong", func(t *testing.T) {
		scene(t, change, func(s *stand) {
			s.begin()
			s.ok(s.name("Ольга Белых"))
			s.card(newCard)
			s.ok(s.choice(Agree))
			s.settle()
			for range 3 {
				s.ok(s.typed("1"))
			}
			if p := s.want(AskRegister); p.Text.Args["reason"] != string(loyalty.CodeWrong) || len(s.beside.forms) != 0 {
				t.Errorf("%+v", p.Text)
			}
		})
	})
}

func TestRegisterRefused(t *testing.T) {
	for _, c := range []struct {
		err    error
		reason loyalty.Reason
		card   string // that stays in the form
	}{
		{&loyalty.Refusal{Reason: loyalty.PhoneTaken}, loyalty.PhoneTaken, "…98"},
		{&loyalty.Refusal{Reason: loyalty.CardTaken}, loyalty.CardTaken, ""},
		{&loyalty.Unavailable{Err: fmt.Errorf("503")}, loyalty.NotReached, "…98"},
		{loyalty.ErrCredentials, loyalty.NotReached, "…98"},
	} {
		scene(t, registers, func(s *stand) {
			s.begin()
			s.ok(s.name("Ольга"))
			s.card(newCard)
			s.beside.set(func(x *extras) { x.refuse = c.err })
			s.ok(s.choice(Agree))
			s.settle()
			p := s.want(AskRegister)
			if p.Text.Code != SaidJoinRefused || p.Text.Args["reason"] != string(c.reason) || p.Form.Card != c.card || p.Form.Name != "Ольга" {
				t.Errorf("%v: %+v %+v", c.err, p.Text, p.Form)
			}
			s.beside.set(func(x *extras) { x.refuse = nil })
			s.ok(s.choice(Agree)) // the form is still there
			s.settle()
			s.want(AskTotal)
		})
	}
}

// An answer that is lost makes no second customer.
func TestRegisterDoubt(t *testing.T) {
	doubt := func(s *stand) {
		s.begin()
		s.ok(s.name("Ольга"))
		s.beside.set(func(x *extras) { x.mute = true })
		s.ok(s.choice(Agree))
		s.card(newCard)
		s.wantNotice(ScanJoinFirst) // what was sent does not change
		time.Sleep(6 * time.Second)
		s.settle()
		if p := s.want(AskRegister); p.Text.Code != SaidJoinUnknown {
			s.Fatalf("%+v", p.Text)
		}
		s.beside.set(func(x *extras) { x.mute = false })
	}
	t.Run("again", func(t *testing.T) {
		scene(t, registers, func(s *stand) {
			doubt(s)
			s.ok(s.choice(RegisterAgain))
			s.settle()
			if s.want(AskTotal); len(s.beside.forms) != 1 {
				t.Errorf("%d customers", len(s.beside.forms))
			}
		})
	})
	t.Run("left", func(t *testing.T) {
		scene(t, registers, func(s *stand) {
			doubt(s)
			s.ok(s.choice(CancelRegister))
			s.settle()
			if p := s.want(AskTotal); p.Customer.Name != "Ольга" {
				t.Errorf("%+v: the phone, looked up again, is a customer's", p.Customer)
			}
		})
	})
}

func TestRegisterIsNotOffered(t *testing.T) {
	t.Run("provider", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.ok(Command{Do: Identify, Phone: newPhone})
			if p := s.settle(); hasChoice(p, Register) {
				t.Error("offered")
			}
		})
	})
	t.Run("offline", func(t *testing.T) {
		scene(t, registers, func(s *stand) {
			s.link(false)
			s.ok(Command{Do: Identify, Phone: newPhone})
			if p := s.settle(); hasChoice(p, Register) {
				t.Error("offered, and nobody knows whether the phone is a customer's")
			}
		})
	})
}

func hasChoice(p *Prompt, id string) bool {
	return p != nil && slices.ContainsFunc(p.Choices, func(c Choice) bool { return c.ID == id })
}

// The new customer's phone and card, and the wallet link, are on no screen whole.
func TestFormIsMasked(t *testing.T) {
	scene(t, registers, func(s *stand) {
		s.begin()
		s.card(newCard)
		s.ok(s.name("Ольга"))
		a, _ := json.Marshal(s.State())
		s.ok(s.choice(Agree))
		s.settle()
		b, _ := json.Marshal(s.State())
		for _, secret := range []string{"9123456789", string(newCard), s.beside.link} {
			if strings.Contains(string(a)+string(b), secret) {
				t.Errorf("%s is on the screen", secret)
			}
		}
	})
}
