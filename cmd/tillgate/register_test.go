//go:build linux

package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	amocrmfake "github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
)

// A phone that nobody has becomes a customer's: name, a card out of the scanner,
// consent, a code to the phone; then what happened to the points is told.
func TestMaxmaNewCustomer(t *testing.T) {
	const card, phone = "2999999999991", "+79123456789"
	x, s := maxmaTill(t, fake.Options{CodeToRegister: true})
	x.secrets.add(card, phone, phone[2:], "Ольга", "Белых")
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	c.total(t, 100_000)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: "8 912 345-67-89"})
	offered := func(id string) func(checkout.State) bool {
		return func(s checkout.State) bool {
			if s.Prompt == nil {
				return false
			}
			for _, c := range s.Prompt.Choices {
				if c.ID == id && c.Disabled == "" {
					return true
				}
			}
			return false
		}
	}
	answer := func(choice string, with checkout.Command) {
		t.Helper()
		p := c.await(t, choice+" is offered", offered(choice)).Prompt
		with.Do, with.Prompt, with.Choice = checkout.Choose, p.ID, choice
		c.mustDo(t, with)
	}
	answer(checkout.Register, checkout.Command{})
	answer(checkout.TypeName, checkout.Command{Name: "Ольга Белых"})
	c.await(t, "consent is asked for", offered(checkout.Agree))
	x.scan(card)
	c.await(t, "the card is in the form", offered(checkout.NoCard))
	answer(checkout.Agree, checkout.Command{})
	c.await(t, "a code was sent", offered(checkout.TypeCode))
	answer(checkout.TypeCode, checkout.Command{Code: s.Code()})
	p := c.awaitPrompt(t, checkout.AskSpend)
	if p.Text == nil || p.Text.Code != checkout.SaidJoined || !strings.Contains(p.Customer.Name, "Ольга") {
		t.Errorf("%+v %+v", p.Text, p.Customer)
	}
	if who, ok := s.Find(phone); !ok || who.Card != card {
		t.Errorf("MAXMA has %v %+v", ok, who)
	}
	c.await(t, "the wallet's code", func(s checkout.State) bool { return s.Wallet != nil && s.Wallet.Size > 20 })
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), checkout.SpendNone, 0)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	x.drained()

	x.scan(card)
	c.awaitPrompt(t, checkout.AskTotal)
	c.mustDo(t, checkout.Command{Do: checkout.AskHistory})
	h := c.await(t, "the history", func(s checkout.State) bool { return s.History != nil && s.History.State == checkout.HistoryHere }).History
	if len(h.Events) == 0 || h.Events[0].Points <= 0 {
		t.Errorf("%+v", h.Events)
	}
	x.stop()
}

// The same in amoCRM: contact, customer in a segment, card in a custom field; and
// the answer to one of the calls is lost on the way.
func TestAmocrmNewCustomer(t *testing.T) {
	const card, phone = "2999999999991", "+79123456789"
	x, s := amocrmTill(t)
	s.Set(func(o *amocrmfake.Options) { o.CardField, o.ExternalField = 701, 702 })
	x.kill()
	config, err := os.ReadFile(x.config)
	if err != nil {
		t.Fatal(err)
	}
	x.write(strings.Replace(string(config), "partial_returns", "card_field = 701\nexternal_field = 702\nregister_segment = 102\npartial_returns", 1) + `[[card]]
name = "plastic"
kind = "ean13"
prefixes = ["29"]
`)
	x.secrets.add(card, phone, phone[2:], "Ольга", "Белых")
	x.start()
	c := x.connect()
	c.await(t, "ready", ready)
	c.total(t, 100_000)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: "8 912 345-67-89"})
	answer := func(choice string, with checkout.Command) {
		t.Helper()
		p := c.await(t, choice+" is offered", func(s checkout.State) bool { return s.Prompt != nil && has(s.Prompt.Choices, choice) }).Prompt
		with.Do, with.Prompt, with.Choice = checkout.Choose, p.ID, choice
		c.mustDo(t, with)
	}
	answer(checkout.Register, checkout.Command{})
	answer(checkout.TypeName, checkout.Command{Name: "Ольга Белых"})
	c.await(t, "consent is asked for", func(s checkout.State) bool { return s.Prompt != nil && has(s.Prompt.Choices, checkout.Agree) })
	x.scan(card)
	c.await(t, "the card is in the form", func(s checkout.State) bool { return s.Prompt != nil && has(s.Prompt.Choices, checkout.NoCard) })
	s.SetFault(amocrmfake.Fault{Kind: amocrmfake.LostAnswer, Times: 1, Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/customers") }})
	answer(checkout.Agree, checkout.Command{})
	answer(checkout.RegisterAgain, checkout.Command{})
	p := c.awaitPrompt(t, checkout.AskSpend)
	if p.Text == nil || p.Text.Code != checkout.SaidJoined || p.Customer.Name != "Ольга Белых" || p.Customer.Tier != "Серебро" {
		t.Errorf("%+v %+v", p.Text, p.Customer)
	}
	c.choose(t, p, checkout.SpendNone, 0)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	x.drained()
	all := s.Customers()
	last := all[0] // the youngest ids are below those of the seeded
	if len(all) != 51 || last.Card != card || last.Points != 50 || last.Phone != phone {
		t.Errorf("%d customers, %+v", len(all), last)
	}
	x.scan(card)
	c.awaitPrompt(t, checkout.AskTotal)
}

// People are warned of a token that ends within 30 days; one that is revoked is a
// condition, and what is earned meanwhile waits.
func TestAmocrmToken(t *testing.T) {
	x, s := amocrmTill(t)
	x.kill()
	claims := base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"exp":%d}`, time.Now().Add(29*24*time.Hour).Unix())))
	x.token = "eyJhbGciOiJSUzI1NiJ9." + claims + ".c2lnbmF0dXJl"
	x.secrets.add(x.token)
	s.Set(func(o *amocrmfake.Options) { o.Token = x.token })
	before := amoPoints(t, s)
	x.start()
	c := x.connect()
	c.await(t, "ready, and the token's end is said", func(s checkout.State) bool { return ready(s) && hasCondition(s, checkout.KeyEnds) })
	c.total(t, 100_000)
	x.scan(amoCard)
	p := c.awaitPrompt(t, checkout.AskSpend)
	s.SetFault(amocrmfake.Fault{Kind: amocrmfake.Revoked})
	c.choose(t, p, checkout.SpendNone, 0)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	c.await(t, "it is said, and the accrual waits", func(s checkout.State) bool {
		return hasCondition(s, checkout.Credentials) && !s.Link.Online && s.Journal.Pending == 1
	})
	if got := amoPoints(t, s); got != before {
		t.Errorf("%d points, want %d", got, before)
	}
	s.SetFault(amocrmfake.Fault{})
	x.kill()
	x.start() // as after the token was renewed
	x.drained()
	if got := amoPoints(t, s); got != before+50 {
		t.Errorf("%d points, want %d", got, before+50)
	}
}
