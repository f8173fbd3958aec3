package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/central/server"
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
	c.await(x.t, "online first", func(s checkout.State) bool { return s.Link.Online })
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

// What keeps a till from giving more on its own word is said on the page in both
// languages, with the time of the balance: the till's day, the share of the receipt,
// the age of the balance.
func TestWhyNotMoreOnThePage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		limits string
		old    bool  // the copy is of the year 2000
		first  int64 // points that are spent on a receipt before
		want   map[string][]string
	}{
		{"till's day", "per_till_day = 150", false, 100, map[string][]string{
			"ru": {"до 50 баллов — это 50,00 ₽", "Эта касса уже списала сегодня столько, сколько можно без связи с центром.", "на "},
			"en": {"Up to 50 points on this receipt, worth ₽50.00", "as of"},
		}},
		{"share", "per_till_day = 3000\nmax_share_percent = 7", false, 0, map[string][]string{
			"ru": {"до 70 баллов — это 70,00 ₽", "Это предел доли чека, пока нет связи с центром.", "на "},
			"en": {"Up to 70 points on this receipt, worth ₽70.00", "as of"},
		}},
		{"age", "per_till_day = 3000\nbalance_minutes = 60", true, 0, map[string][]string{
			"ru": {"Баланс устарел: без связи с центром его не списать.", "на 1 января, "},
			"en": {"No points can be spent on this receipt.", "The balance is too old to be spent while central can not be asked.", "as of January 1, "},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newTill(t)
			x.write(strings.Replace(x.defaultConfig(), "[[scanner.serial]]", "[offline]\nspending = \"limited\"\n"+c.limits+"\n[[scanner.serial]]", 1) + "[decode]\nrepeat_ms = 0\n")
			if err := x.central.Adjust(customer1, 10_000); err != nil {
				t.Fatal(err)
			}
			if c.old {
				x.link.Cut()
				x.copiedLongAgo()
			}
			x.start()
			client := x.connect()
			if !c.old {
				x.filled()
				x.offline(client)
			}
			if c.first > 0 {
				client.total(t, 100_000)
				x.scan(card1)
				client.choose(t, client.awaitPrompt(t, checkout.AskSpend), "spend_amount", c.first)
				client.choose(t, client.awaitPrompt(t, checkout.AskPay), "paid", 0)
			}
			client.total(t, 100_000)
			x.scan(card1)
			asOf := client.awaitPrompt(t, checkout.AskSpend).Customer.AsOf.Local().Format("15:04")
			for lang, want := range c.want {
				b := uitest.Open(t, x.page+"?lang="+lang, width, height)
				b.Until(`document.querySelector('[data-kind="spend"]')`)
				b.Shot(lang)
				text := strings.ReplaceAll(b.Text(), "\u00a0", " ")
				for _, w := range append(want, asOf) {
					if !strings.Contains(text, w) {
						t.Errorf("%s: %q is not on the page:\n%s", lang, w, text)
					}
				}
			}
		})
	}
}

// copiedLongAgo gives the till a copy that has customer1 alone and was brought up to
// date in the year 2000.
func (x *till) copiedLongAgo() {
	x.t.Helper()
	who, err := x.central.Customer(customer1)
	if err != nil {
		x.t.Fatal(err)
	}
	dir := filepath.Join(x.dir, "data")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		x.t.Fatal(err)
	}
	synctest.Test(x.t, func(t *testing.T) {
		_, c := openCopy(t, dir)
		who.AsOf = time.Now()
		if err := c.Fill(t.Context(), &single{who: who}); err != nil {
			t.Error(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// single is a snapshot with one customer.
type single struct {
	who  loyalty.Customer
	gone bool
}

func (*single) Programme() loyalty.Programme { return server.DefaultProgramme() }
func (*single) Cursor() string               { return "old" }
func (*single) Count() int                   { return 1 }
func (*single) Close() error                 { return nil }
func (s *single) Next() (loyalty.Customer, error) {
	if s.gone {
		return loyalty.Customer{}, io.EOF
	}
	s.gone = true
	return s.who, nil
}
