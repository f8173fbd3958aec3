//go:build linux

package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"

	amocrmfake "github.com/tillgate/tillgate/sync/amocrm/fake"
	maxmafake "github.com/tillgate/tillgate/sync/maxma/fake"
)

// A card that two customers have is a question, not a guess; the answer says whose
// points are spent.
func TestTwoCustomersClaimOneCard(t *testing.T) {
	x := newTill(t)
	rival, err := x.central.Customer("c000002")
	if err != nil {
		t.Fatal(err)
	}
	rival.Cards = append(rival.Cards, card1)
	rival.Balance = 1000
	if err := x.central.Upsert(rival); err != nil {
		t.Fatal(err)
	}
	x.start()
	x.filled()
	c := x.connect()
	c.total(t, 100_000)
	x.scan(card1)
	p := c.awaitPrompt(t, checkout.AskChoose)
	if p.Customer != nil || len(p.Choices) != 3 {
		t.Fatalf("%+v", p)
	}
	for _, choice := range p.Choices {
		if choice.Customer == rival.Name && strings.HasSuffix(string(rival.Phone), strings.TrimLeft(choice.Hint, "…")) {
			c.choose(t, p, choice.ID, 0)
		}
	}
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), checkout.SpendAmount, 100)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	x.drained()
	if n, points := x.spent("c000002"); n != 1 || points != 100 {
		t.Errorf("%d redemptions of %d points of the one who was picked", n, points)
	}
	if n, _ := x.spent(customer1); n != 0 {
		t.Errorf("%d redemptions of the other", n)
	}
}

// A programme that answers with another customer than was asked for is not
// believed: who is on the screen stays who was scanned.
func TestAnotherCustomerIsAnswered(t *testing.T) {
	m, maxma := maxmaTill(t, maxmafake.Options{})
	a, amo := amocrmTill(t)
	for _, p := range []struct {
		name  string
		till  *till
		card  string
		wrong func()
		hits  func() int
	}{
		{"maxma", m, card1, func() { maxma.Faults.Set(maxmafake.Fault{Kind: maxmafake.Mixed, Method: "get-balance"}) }, maxma.Faults.Hits},
		{"amocrm", a, amoCard, func() {
			amo.SetFault(amocrmfake.Fault{Kind: amocrmfake.Stranger, Match: func(r *http.Request) bool { return r.Method == "GET" && strings.Contains(r.URL.Path, "/customers/") }})
		}, amo.Hits},
	} {
		t.Run(p.name, func(t *testing.T) {
			x := p.till
			if x.t = t; x.cmd == nil {
				x.start()
			}
			c := x.connect()
			c.await(t, "the programme is reached, the scanner ready", ready)
			c.total(t, 100_000)
			x.scan(p.card)
			right := c.await(t, "the customer", func(s checkout.State) bool {
				return s.Prompt != nil && s.Prompt.Kind == checkout.AskSpend && s.Prompt.Customer.Fresh
			}).Prompt.Customer
			c.mustDo(t, checkout.Command{Do: checkout.Void})
			c.total(t, 200_000)
			before := p.hits()
			p.wrong()
			c.mustDo(t, checkout.Command{Do: checkout.Identify, Card: p.card})
			eventually(t, "the wrong answer was given and thrown away", func() bool {
				return p.hits() > before && strings.Contains(x.log.text(), `msg="no fresher record"`)
			})
			got := c.awaitPrompt(t, checkout.AskSpend).Customer
			if got.Name != right.Name || got.Balance != right.Balance {
				t.Errorf("the page shows %+v, want %+v", got, right)
			}
			x.stop()
		})
	}
}

// A phone that somebody else registered in the meantime is refused in words, with
// the form kept.
func TestPhoneTakenAtRegistration(t *testing.T) {
	const phone = "+79123456789"
	x, s := maxmaTill(t, maxmafake.Options{})
	x.secrets.add(phone, phone[2:], "Ольга", "Белых")
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	c.total(t, 100_000)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone})
	answer := func(choice string, with checkout.Command) {
		t.Helper()
		p := c.await(t, choice+" is offered", func(s checkout.State) bool { return s.Prompt != nil && offers(*s.Prompt, choice) }).Prompt
		with.Do, with.Prompt, with.Choice = checkout.Choose, p.ID, choice
		c.mustDo(t, with)
	}
	answer(checkout.Register, checkout.Command{})
	answer(checkout.TypeName, checkout.Command{Name: "Ольга Белых"})
	s.Add(maxmafake.Person{Phone: phone, Name: "Вера", Bonuses: 10})
	answer(checkout.Agree, checkout.Command{})
	p := c.await(t, "the refusal", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Text != nil && s.Prompt.Text.Code == checkout.SaidJoinRefused
	}).Prompt
	if p.Text.Args["reason"] != string(loyalty.PhoneTaken) || p.Form == nil || p.Form.Name != "Ольга Белых" {
		t.Errorf("%+v %+v", p.Text, p.Form)
	}
	x.stop()
}

// The programme prices the basket anew as the points are to be held, and comes to
// another sum than the customer was told: nothing is held, and the customer is
// asked with both sums.
func TestQuoteDiffersFromWhatWasTold(t *testing.T) {
	x, s := maxmaTill(t, maxmafake.Options{})
	s.AddPromo("SPRING", 150_00, 0)
	before, _ := s.Find(phone1)
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	promo := "SPRING"
	c.mustDo(t, checkout.Command{Do: checkout.SetReceipt, Sale: &checkout.SaleInput{Receipt: "R-1", Total: 100_000, Promo: &promo}})
	x.scan(card1)
	p := c.await(t, "MAXMA's quote", func(s checkout.State) bool { return s.Prompt != nil && s.Prompt.Told && s.Prompt.Quote.Off == 150_00 }).Prompt
	s.AddPromo("SPRING", 100_00, 0)
	c.choose(t, *p, checkout.SpendAmount, 100)
	st := c.await(t, "both sums", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Kind == checkout.AskDiffers && offers(*s.Prompt, checkout.SpendTold)
	})
	if q, was := st.Prompt.Quote, st.Prompt.Text.Args["was"]; q.ToPay != 800_00 || was != float64(750_00) {
		t.Errorf("to pay %d, was %v", q.ToPay, was)
	}
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses {
		t.Errorf("%d points, %d before: some are held", now.Bonuses, before.Bonuses)
	}
	c.choose(t, *st.Prompt, checkout.SpendTold, 0)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+40 { // 5 % of 800.00
		t.Errorf("%d points, want %d", now.Bonuses, before.Bonuses-100+40)
	}
	x.stop()
}
