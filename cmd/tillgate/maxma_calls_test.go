//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
)

// Every call of MAXMA that a till needs is made by the real program, and by what a
// cashier does. The table that is printed says which of it makes which call.
func TestEveryCallOfMaxma(t *testing.T) {
	const gift, card, phone = "7700000000001234", "2999999999991", "+79123456789"
	x, s := maxmaTill(t, fake.Options{CodeToSpend: true, CodeToRegister: true, CodeEvery: time.Nanosecond, Print: true})
	x.secrets.add(gift, card, phone, phone[2:], "Ольга", "Белых")
	s.AddGift(gift, 300_00, "ACTIVE", 0)
	x.start()
	c := x.connect()
	prompt := func(what string, ok func(checkout.Prompt) bool) checkout.Prompt {
		t.Helper()
		return *c.await(t, what, func(s checkout.State) bool { return s.Prompt != nil && ok(*s.Prompt) }).Prompt
	}
	offered := func(id string) checkout.Prompt {
		t.Helper()
		return prompt(id+" is offered", func(p checkout.Prompt) bool { return offers(p, id) })
	}
	answer := func(choice string, with checkout.Command) {
		t.Helper()
		with.Do, with.Prompt, with.Choice = checkout.Choose, offered(choice).ID, choice
		c.mustDo(t, with)
	}
	code := func() {
		t.Helper()
		prompt("a code was sent", func(p checkout.Prompt) bool { return p.Kind == checkout.AskCode && p.Code != nil })
		answer(checkout.TypeCode, checkout.Command{Code: s.Code()})
	}
	hold := func() {
		t.Helper()
		c.total(t, 100_000)
		c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone1})
		prompt("MAXMA's quote", func(p checkout.Prompt) bool { return p.Kind == checkout.AskSpend && p.Told })
		amount := int64(100)
		answer(checkout.SpendAmount, checkout.Command{Amount: &amount})
		code()
		offered(checkout.TakePaid)
	}
	idle := func() {
		t.Helper()
		c.await(t, "the desk is free", func(s checkout.State) bool { return s.Prompt == nil && s.Receipt.Known == false })
	}
	steps := []struct {
		what  string
		calls string
		do    func()
	}{
		{"the till starts", "get-settings", func() { c.await(t, "MAXMA is reached, the scanner ready", ready) }},
		{"a card is scanned", "get-balance", func() { x.scan(card1); offered(checkout.NotThis) }},
		{"the receipt is known", "v2/calculate-purchase", func() {
			c.total(t, 100_000)
			prompt("MAXMA's quote", func(p checkout.Prompt) bool { return p.Told })
		}},
		{"a gift card pays", "get-gift-card", func() {
			answer(checkout.EnterGift, checkout.Command{})
			offered(checkout.TypeGift)
			x.scan(gift)
			c.await(t, "the gift card counts", func(s checkout.State) bool {
				return len(s.Receipt.Codes) == 1 && s.Receipt.Codes[0].State == checkout.CodeTaken
			})
			c.mustDo(t, checkout.Command{Do: checkout.Void})
			idle()
		}},
		{"points are held, with a code", "send-confirmation-code set-purchase", hold},
		{"the receipt is dropped", "discard-ticket", func() { answer(checkout.TakeVoid, checkout.Command{}); idle(); x.drained() }},
		{"a sale is paid", "confirm-ticket", func() { hold(); answer(checkout.TakePaid, checkout.Command{}); x.drained() }},
		{"goods come back: a look", "calculate-return", func() {
			c.mustDo(t, checkout.Command{Do: checkout.OpenReturn, Sale: &checkout.SaleInput{Sale: c.now().Last.Sale}})
			c.mustDo(t, checkout.Command{Do: checkout.PreviewReturn, Sale: &checkout.SaleInput{Total: 50_000}})
			c.await(t, "MAXMA's preview", func(s checkout.State) bool {
				return s.Return != nil && s.Return.Preview != nil && s.Return.Preview.Told
			})
		}},
		{"goods come back", "apply-return", func() {
			c.mustDo(t, checkout.Command{Do: checkout.ReturnSale, Sale: &checkout.SaleInput{Sale: c.now().Return.Sale, Total: 50_000}})
			x.drained()
		}},
		{"a sale is undone", "revert-purchase", func() {
			hold()
			answer(checkout.TakePaid, checkout.Command{})
			x.drained()
			c.mustDo(t, checkout.Command{Do: checkout.Undo})
			x.drained()
		}},
		{"an answer is lost", "get-purchase-history", func() {
			s.Faults.Set(fake.Fault{Kind: fake.LostAnswer, Method: "confirm-ticket", Times: 1})
			c.total(t, 100_000)
			c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone1})
			answer(checkout.SpendNone, checkout.Command{})
			answer(checkout.TakePaid, checkout.Command{})
			x.drained()
		}},
		{"the customer asks what happened", "get-bonus-history", func() {
			c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone1})
			offered(checkout.NotThis)
			c.mustDo(t, checkout.Command{Do: checkout.AskHistory})
			c.await(t, "the history", func(s checkout.State) bool { return s.History != nil && s.History.State == checkout.HistoryHere })
		}},
		{"a new card is attached", "update-client", func() {
			x.scan(card)
			answer(checkout.Attach, checkout.Command{})
			code()
			prompt("the card is attached", func(p checkout.Prompt) bool { return p.Text != nil && p.Text.Code == checkout.SaidAttached })
			answer(checkout.NotThis, checkout.Command{})
			idle()
		}},
		{"a customer is registered", "new-client", func() {
			c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone})
			answer(checkout.Register, checkout.Command{})
			answer(checkout.TypeName, checkout.Command{Name: "Ольга Белых"})
			answer(checkout.Agree, checkout.Command{})
			code()
			prompt("the customer is registered", func(p checkout.Prompt) bool { return p.Text != nil && p.Text.Code == checkout.SaidJoined })
		}},
	}
	table := &strings.Builder{}
	seen := map[string]bool{}
	for _, step := range steps {
		before := map[string]int{}
		for _, call := range strings.Fields(step.calls) {
			if before[call] = s.Calls(call); seen[call] {
				t.Errorf("%s is another step's already", call)
			}
			seen[call] = true
		}
		if step.do(); t.Failed() {
			return
		}
		for call, n := range before {
			if step.what != steps[0].what && s.Calls(call) == n || s.Calls(call) == 0 {
				t.Errorf("%s: no %s", step.what, call)
			}
			fmt.Fprintf(table, "%-24s %s\n", call, step.what)
		}
	}
	t.Logf("the calls of MAXMA and what makes them:\n%s", table)
	x.stop()
}

// offers says that a choice can be taken.
func offers(p checkout.Prompt, id string) bool {
	for _, c := range p.Choices {
		if c.ID == id && c.Disabled == "" {
			return true
		}
	}
	return false
}

// Each refusal of a promo code and of a gift card reaches the cashier with its own
// reason, takes nothing off, and keeps nobody from going on.
func TestRefusedCodes(t *testing.T) {
	x, s := maxmaTill(t, fake.Options{})
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	c.total(t, 100_000)
	x.scan(card1)
	for i, r := range []struct {
		enter, kind string
		no          int
		reason      loyalty.Reason
	}{
		{checkout.EnterPromo, "promo", 33, loyalty.PromoUnknown}, {checkout.EnterPromo, "promo", 34, loyalty.PromoNotHere},
		{checkout.EnterPromo, "promo", 35, loyalty.PromoUsed}, {checkout.EnterPromo, "promo", 36, loyalty.PromoExpired},
		{checkout.EnterPromo, "promo", 37, loyalty.PromoNeedsCustomer},
		{checkout.EnterGift, "gift_card", 40, loyalty.GiftUnknown}, {checkout.EnterGift, "gift_card", 41, loyalty.GiftNotHere},
		{checkout.EnterGift, "gift_card", 42, loyalty.GiftNotActive}, {checkout.EnterGift, "gift_card", 43, loyalty.GiftExpired},
		{checkout.EnterGift, "gift_card", 44, loyalty.GiftBlocked}, {checkout.EnterGift, "gift_card", 45, loyalty.GiftEmpty},
	} {
		text := fmt.Sprintf("99%02d%04d", r.no, i)
		cmd := checkout.Command{Do: checkout.Choose, Choice: checkout.TypePromo, Promo: text}
		if r.enter == checkout.EnterPromo {
			s.AddPromo(text, 0, r.no)
		} else {
			s.AddGift(text, 100_00, "ACTIVE", r.no)
			cmd.Choice, cmd.Promo, cmd.Gift = checkout.TypeGift, "", text
		}
		p := c.await(t, r.enter+" is offered", func(s checkout.State) bool { return s.Prompt != nil && s.Prompt.Told && offers(*s.Prompt, r.enter) }).Prompt
		c.choose(t, *p, r.enter, 0)
		cmd.Prompt = c.await(t, "a code is asked for", func(s checkout.State) bool { return s.Prompt != nil && offers(*s.Prompt, cmd.Choice) }).Prompt.ID
		c.mustDo(t, cmd)
		st := c.await(t, fmt.Sprintf("the answer to %s %d", r.kind, r.no), func(s checkout.State) bool {
			return len(s.Receipt.Codes) == 1 && s.Receipt.Codes[0].State == checkout.CodeRefused && s.Prompt != nil && s.Prompt.Told
		})
		if got := st.Receipt.Codes[0]; got.Kind != r.kind || got.Reason != r.reason || got.Used != 0 || st.Prompt.Quote.Off != 0 {
			t.Errorf("%s %d: %+v, off %d, want %s", r.kind, r.no, got, st.Prompt.Quote.Off, r.reason)
		}
		drop := "drop_" + st.Receipt.Codes[0].ID
		p = c.await(t, drop+" is offered", func(s checkout.State) bool { return s.Prompt != nil && offers(*s.Prompt, drop) }).Prompt
		c.choose(t, *p, drop, 0)
	}
	c.mustDo(t, checkout.Command{Do: checkout.Void})
	x.stop()
}
