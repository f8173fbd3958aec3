//go:build linux

package main

import (
	"strings"
	"testing"

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
