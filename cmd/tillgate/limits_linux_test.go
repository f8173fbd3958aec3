package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// limited is a till that may give up to 300 roubles a receipt on its own word,
// and asks for a PIN above 200.
func limited(t *testing.T) *till {
	t.Helper()
	x := newTill(t)
	hash, err := checkout.HashPIN("4711")
	if err != nil {
		t.Fatal(err)
	}
	pin := filepath.Join(x.dir, "pin")
	if err := os.WriteFile(pin, []byte(hash+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	limits := strings.Replace(limitedConfig, "tills = 50", "pin_above = 200\npin = \"file:"+pin+"\"", 1)
	// The next customer of these tests holds the same card there at once.
	x.write(strings.Replace(x.defaultConfig(), "[[scanner.serial]]", limits, 1) + "[decode]\nrepeat_ms = 0\n")
	if err := x.central.Adjust(customer1, 10_000); err != nil {
		t.Fatal(err)
	}
	x.start()
	x.filled()
	return x
}

func (x *till) offline(c *client) {
	x.t.Helper()
	x.link.Cut()
	c.await(x.t, "offline", func(s checkout.State) bool { return !s.Link.Online })
}

// Points are spent without the central API within limits, and booked once when
// it is back.
func TestSpendWithinLimits(t *testing.T) {
	x := limited(t)
	c := x.connect()
	x.offline(c)
	sell := func(most loyalty.Points, why loyalty.Reason, spend int64) {
		t.Helper()
		c.total(t, 100_000)
		x.scan(card1)
		p := c.awaitPrompt(t, checkout.AskSpend)
		if p.Quote.MaxSpend != most || p.Quote.Limit != why || p.Customer.AsOf.IsZero() {
			t.Fatalf("up to %d, %q, as of %s; want %d, %q", p.Quote.MaxSpend, p.Quote.Limit, p.Customer.AsOf, most, why)
		}
		c.choose(t, p, "spend_amount", spend)
		if spend > 200 {
			p = c.awaitPrompt(t, checkout.AskPIN)
			if _, err := c.do(checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: "pin", PIN: "0000"}); err == nil {
				t.Fatal("a wrong PIN was taken")
			}
			c.mustDo(t, checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: "pin", PIN: "4711"})
		}
		c.choose(t, c.awaitPrompt(t, checkout.AskPay), "paid", 0)
	}
	sell(300, checkout.LimitOperation, 250)
	sell(250, checkout.LimitCardDay, 200)
	x.kill() // what was given is known after it
	x.start()
	c = x.connect()
	c.await(t, "offline, with a scanner", func(s checkout.State) bool {
		return !s.Link.Online && len(s.Devices) == 1 && s.Devices[0].State == driver.Ready
	})
	sell(50, checkout.LimitCardDay, 50)

	if out, _, _ := x.tillgate("journal"); !strings.Contains(out, "6 wait for the central API: 500 points to be spent, worth 500.00 RUB") {
		t.Errorf("the journal says:\n%s", out)
	}
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	x.drained()
	if n, points := x.spent(customer1); n != 3 || points != 500 {
		t.Errorf("%d redemptions of %d points, want 3 of 500", n, points)
	}
	x.audit()
}

// What was spent elsewhere meanwhile is refused when the link is back: it stands
// on the list with its sum, and the balance is the central API's.
func TestSpentElsewhereMeanwhile(t *testing.T) {
	x := limited(t)
	c := x.connect()
	before, err := x.central.Customer(customer1)
	if err != nil {
		t.Fatal(err)
	}
	x.offline(c)
	c.total(t, 100_000)
	x.scan(card1)
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), "spend_amount", 200)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), "paid", 0)
	if err := x.central.Adjust(customer1, 100-before.Balance); err != nil {
		t.Fatal(err)
	}
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	c.await(t, "it is on the list", func(s checkout.State) bool {
		return s.Journal == checkout.Journal{People: 1, Lost: 200, LostWorth: 200_00} && hasCondition(s, "journal_refused")
	})
	out, _, _ := x.tillgate("journal")
	for _, want := range []string{"needs a person", "not_enough_points", "1 need a person. Given to customers and refused, 1 times: 200 points, worth 200.00 RUB."} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in what the journal says:\n%s", want, out)
		}
	}
	c.total(t, 100_000)
	x.scan(card1)
	now, err := x.central.Customer(customer1)
	if err != nil {
		t.Fatal(err)
	}
	c.await(t, "the balance is the central API's", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Customer != nil && s.Prompt.Customer.Balance == now.Balance && s.Prompt.Customer.Spendable == now.Balance
	})
	if n, _ := x.spent(customer1); n != 0 {
		t.Errorf("%d redemptions, want none", n)
	}
	x.audit()
}

// Offline on the page: up to how much, of when the balance is and why not more;
// above a sum the supervisor's PIN, of which a wrong one gives nothing.
func TestSupervisorOnThePage(t *testing.T) {
	x := limited(t)
	b := uitest.Open(t, x.page, width, height)
	c := x.connect()
	x.offline(c)
	x.total(100_000)
	x.scan(card1)
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	b.Shot("1-up-to")
	if text := strings.ReplaceAll(b.Text(), "\u00a0", " "); !strings.Contains(text, "до 300 баллов") || !strings.Contains(text, "Это предел на один чек") {
		t.Errorf("the page does not say how much and why:\n%s", text)
	}
	b.Click(`[data-choice="spend_amount"]`)
	b.Keys("2", "5", "0", "\r")
	b.Until(`document.querySelector('[data-kind="pin"]')`)
	b.Keys("0", "0", "0", "0", "\r")
	b.Until(`document.body.innerText.includes('ПИН неверный')`)
	b.Shot("2-wrong")
	c.awaitPrompt(t, checkout.AskPIN)
	b.Keys("4", "7", "1", "1", "\r")
	b.Until(`document.querySelector('[data-kind="pay"]')`)
	b.Shot("3-pay")
	b.Click(`[data-choice="paid"]`)
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	x.drained()
	if n, points := x.spent(customer1); n != 1 || points != 250 {
		t.Errorf("%d redemptions of %d points, want 1 of 250", n, points)
	}
	x.audit()
}
