//go:build linux

package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
)

// maxmaTill is a till whose programme is the double of MAXMA.
func maxmaTill(t *testing.T, o fake.Options) (*till, *fake.Server) {
	t.Helper()
	x := bareTill(t)
	s := fake.New(o)
	s.Seed(20, demoSeed)
	x.token = s.Key()
	x.secrets.add(x.token)
	for i := range 20 {
		if p, ok := s.Find(fmt.Sprintf("+7900%07d", i+1)); ok {
			x.secrets.person(p)
		}
	}
	x.secrets.late = func() (all []string) {
		for _, code := range s.Codes() {
			all = append(all, `"`+code+`"`, "code="+code, "code "+code)
		}
		return all
	}
	x.serve(s)
	x.write(fmt.Sprintf(`[till]
shop = "1"
till = "1"
data_dir = %q
[page]
listen = %q
[provider.maxma]
url = "http://%s"
key = "env:TILLGATE_TEST_TOKEN"
history_seconds = 1
[[provider.maxma.level]]
max_share = 5000
earn_share = 500
[[scanner.serial]]
path = %q
id = "counter"
[[card]]
name = "plastic"
kind = "ean13"
prefixes = ["29"]
[log]
level = "debug"
`, filepath.Join(x.dir, "data"), x.listen, x.link.Addr(), x.scanner.Path()))
	return x, s
}

// ready says that the till can be used.
func ready(s checkout.State) bool {
	return s.Link.Online && len(s.Devices) == 1 && s.Devices[0].State == "ready"
}

const phone1 = "+79000000001"

// From the bytes on the scanner's port to MAXMA's ledger: a card that the till
// has never seen, a code to the phone, spending, payment and a return; and
// nothing of the customer in the log.
func TestMaxmaSale(t *testing.T) {
	x, s := maxmaTill(t, fake.Options{CodeToSpend: true, Print: true})
	x.start()
	before, _ := s.Find(phone1)
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	c.total(t, 100_000)
	x.scan(card1)
	p := c.awaitPrompt(t, checkout.AskSpend)
	if int64(p.Customer.Balance) != before.Bonuses || !p.Customer.Fresh {
		t.Errorf("the page shows %+v, MAXMA has %d", p.Customer, before.Bonuses)
	}
	c.choose(t, p, checkout.SpendAmount, 100)
	asked := c.await(t, "a code was sent", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Kind == checkout.AskCode && s.Prompt.Code != nil
	})
	c.mustDo(t, checkout.Command{Do: checkout.Choose, Prompt: asked.Prompt.ID, Choice: checkout.TypeCode, Code: s.Code()})
	p = c.awaitPrompt(t, checkout.AskPay)
	if p.Quote.Spend != 100 || p.Quote.ToPay != 90_000 {
		t.Errorf("to pay: %+v", p.Quote)
	}
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100 {
		t.Errorf("%d points are left while 100 are held, want %d", now.Bonuses, before.Bonuses-100)
	}
	if a := c.choose(t, p, checkout.TakePaid, 0); a.Sale == nil || len(a.Sale.Print) != 4 || a.Sale.Print[0].Text != "MAXMA" {
		t.Errorf("what is to be printed does not reach the POS: %+v", a.Sale)
	}
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+45 {
		t.Errorf("%d points after the sale, want %d", now.Bonuses, before.Bonuses-100+45)
	}
	sold := c.now().Last.Sale
	c.mustDo(t, checkout.Command{Do: checkout.ReturnSale, Sale: &checkout.SaleInput{Sale: sold, Total: 50_000}})
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+45+50-22 {
		t.Errorf("%d points after the return, want %d", now.Bonuses, before.Bonuses-100+45+50-22)
	}
	c.mustDo(t, checkout.Command{Do: checkout.ReturnSale, Sale: &checkout.SaleInput{Sale: sold, Total: 50_000}})
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses {
		t.Errorf("%d points after all came back, want %d", now.Bonuses, before.Bonuses)
	}
	if people := c.now().Journal.People; people != 0 {
		t.Errorf("%d operations need a person", people)
	}
	x.stop()
}

// The daemon is killed after each step, and MAXMA loses answers meanwhile: the
// points move once.
func TestMaxmaKilledBetweenSteps(t *testing.T) {
	x, s := maxmaTill(t, fake.Options{Repeat: fake.NewTicket})
	before, _ := s.Find(phone1)
	again := func() *client {
		x.kill()
		x.start()
		return x.connect()
	}
	c := again()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	c.total(t, 100_000)
	x.scan(card1)
	s.Faults.Set(fake.Fault{Kind: fake.LostAnswer, Method: "set-purchase", Times: 1})
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), checkout.SpendAmount, 100)
	c.awaitPrompt(t, checkout.AskPay)
	if s.Faults.Hits() != 1 {
		t.Error("no answer was lost")
	}
	c = again()
	p := c.awaitPrompt(t, checkout.AskUnfinished)
	s.Faults.Set(fake.Fault{Kind: fake.LostAnswer, Method: "confirm-ticket", Times: 2})
	c.choose(t, p, checkout.TakePaid, 0)
	c = again()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+45 {
		t.Errorf("%d points after the sale, want %d", now.Bonuses, before.Bonuses-100+45)
	}

	// Offline, which nothing notices before a call is made: what is earned waits.
	x.link.Cut()
	c.total(t, 200_000)
	x.scan(card1)
	c.await(t, "MAXMA is missed, which makes the question another", func(s checkout.State) bool { return !s.Link.Online })
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), checkout.SpendNone, 0)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	c = again()
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+45+100 {
		t.Errorf("%d points after the sale offline, want %d", now.Bonuses, before.Bonuses-100+45+100)
	}
	x.stop()
}
