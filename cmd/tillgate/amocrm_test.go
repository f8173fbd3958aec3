//go:build linux

package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/ui/checkout"
)

// amocrmTill is a till whose programme is in amoCRM.
func amocrmTill(t *testing.T) (*till, *fake.Server) {
	t.Helper()
	x := bareTill(t)
	x.token = "amo-token"
	s := fake.New(fake.Options{Token: x.token, Rate: -1})
	s.Seed(50, 1)
	s.Add(fake.Customer{ID: fake.FirstSeeded, Name: "Анна Петрова", Phone: "8 (900) 123-45-67", Points: 500, Segment: 102})
	x.secrets.add(x.token, "9001234567", "Петрова")
	for i := range int64(50) {
		c, _ := s.Customer(fake.FirstSeeded + i)
		x.secrets.add(c.Name, c.Phone, strconv.FormatInt(c.ID, 10))
	}
	x.serve(s)
	from, _, _ := strings.Cut(x.defaultConfig(), "[provider.central]")
	x.write(from + `[provider.amocrm]
url = "http://` + x.link.Addr().String() + `"
token = "env:TILLGATE_TEST_TOKEN"
requests_per_second = 7.0
partial_returns = "compensate"
[[scanner.serial]]
path = "` + x.scanner.Path() + `"
id = "counter"
[[card]]
name = "amocrm"
kind = "digits"
lengths = [8]
prefixes = ["31"]
[log]
level = "debug"
`)
	x.start()
	return x, s
}

// amoReady says that scanner and CRM are there.
func amoReady(s checkout.State) bool {
	return s.Link.Online && len(s.Devices) == 1 && s.Devices[0].State == driver.Ready
}

var amoCard = strconv.Itoa(fake.FirstSeeded)

// points are a customer's, as the CRM has them.
func amoPoints(t *testing.T, s *fake.Server) int64 {
	t.Helper()
	c, ok := s.Customer(fake.FirstSeeded)
	if !ok {
		t.Fatal("the customer is gone")
	}
	return c.Points
}

// From the bytes on the scanner's port to the purchase in the CRM, and back.
func TestSaleInAmocrm(t *testing.T) {
	x, s := amocrmTill(t)
	c := x.connect()
	c.await(t, "ready", amoReady)
	c.total(t, 100_000)
	x.scan(amoCard)
	p := c.awaitPrompt(t, checkout.AskSpend)
	if p.Customer.Name != "Анна Петрова" || p.Customer.Tier != "Серебро" || p.Customer.Balance != 500 || p.Quote.MaxSpend != 300 {
		t.Fatalf("customer %+v, quote %+v", p.Customer, p.Quote)
	}
	c.choose(t, p, checkout.SpendAmount, 200)
	p = c.awaitPrompt(t, checkout.AskPay)
	if got := amoPoints(t, s); got != 300 {
		t.Errorf("%d points are left before payment, want 300", got)
	}
	c.choose(t, p, checkout.TakePaid, 0)
	eventually(t, "the purchase is made", func() bool { return len(s.Purchases(fake.FirstSeeded)) > 0 })
	x.drained()
	ps := s.Purchases(fake.FirstSeeded)
	if len(ps) != 1 || ps[0].Price != 800 || !strings.Contains(ps[0].Comment, ps[0].ExternalID) || ps[0].ExternalID == "" {
		t.Fatalf("purchases %+v", ps)
	}
	if got := amoPoints(t, s); got != 300+40 { // 5 % of 800 roubles
		t.Errorf("%d points after the sale, want 340", got)
	}

	c.mustDo(t, checkout.Command{Do: checkout.Undo})
	eventually(t, "the purchase is deleted", func() bool { return s.Purchases(fake.FirstSeeded)[0].Deleted })
	x.drained()
	if got := amoPoints(t, s); got != 500 {
		t.Errorf("%d points after undoing, want 500", got)
	}

	// The full phone, in any spelling, through the contact.
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: "+7 900 123 45 67"})
	st := c.await(t, "found by phone", func(s checkout.State) bool { return s.Prompt != nil && s.Prompt.Customer != nil })
	if st.Prompt.Customer.Name != "Анна Петрова" || st.Prompt.Customer.Balance != 500 {
		t.Errorf("by phone: %+v", st.Prompt.Customer)
	}
}

// An answer that is lost after points were taken: nobody knows, nothing is sent
// twice, the sale goes on, and a person settles it.
func TestDoubtInAmocrm(t *testing.T) {
	x, s := amocrmTill(t)
	c := x.connect()
	c.await(t, "ready", amoReady)
	c.total(t, 100_000)
	x.scan(amoCard)
	p := c.awaitPrompt(t, checkout.AskSpend)
	s.SetFault(fake.Fault{Kind: fake.LostAnswer, Times: 1})
	asked := time.Now()
	c.choose(t, p, checkout.SpendAmount, 200)
	p = c.awaitPrompt(t, checkout.AskDoubt)
	if took := time.Since(asked); took > 4*time.Second {
		t.Errorf("the cashier waited %s to hear of the doubt", took)
	}
	c.choose(t, p, checkout.WithoutPoints, 0)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
	c.await(t, "it is on the list", func(s checkout.State) bool {
		return s.Journal.People == 1 && s.Journal.Pending == 1 && hasCondition(s, checkout.JournalRefused)
	})

	// A restart does not send it either.
	x.kill()
	x.start()
	c = x.connect()
	c.await(t, "the sale without points is booked, the rest is on the list", func(s checkout.State) bool {
		return s.Journal.People == 1 && s.Last != nil && s.Last.State == "done"
	})
	if got := amoPoints(t, s); got != 300+50 || len(s.Changes(fake.FirstSeeded)) != 2 {
		t.Errorf("%d points, want the 500 less 200, and 50 for the sale: %+v", got, s.Changes(fake.FirstSeeded))
	}
	stdout, _, code := x.tillgate("journal")
	if code != 0 || strings.Count(stdout, "needs a person") != 1 || !strings.Contains(stdout, "whether 200 points were taken") {
		t.Fatalf("exit code %d: %s", code, stdout)
	}
	for line := range strings.Lines(stdout) {
		if strings.Contains(line, "needs a person") {
			_, stderr, code := x.tillgate("journal", "resolve", strings.Fields(line)[0], "--who", "Anna", "--why", "taken; given back by hand")
			if code != 0 {
				t.Fatal(stderr)
			}
		}
	}
	c.await(t, "the abort behind it is done", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown == 0 })
	if got := amoPoints(t, s); got != 350 {
		t.Errorf("%d points: the abort of a reservation that a person settled moved some", got)
	}
}
