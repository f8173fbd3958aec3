package main

import (
	"flag"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

var receipts = flag.Int("receipts", 60, "sales without the link")

// Sales without the link, some of which spend points on the till's own word, and a
// program that is killed in the middle of them. When the link is back the central
// API answers late, wrongly, by halves, twice and with what it said before: each
// sale is booked once. -receipts 2000 are two days of a till (30 s).
func TestSalesOfTwoDays(t *testing.T) {
	x := centralShop(t)
	x.write(x.defaultConfig() + "[decode]\nrepeat_ms = 0\n[offline]\nspending = \"limited\"\nper_till_day = 100000\nper_operation = 7\nbalance_minutes = 43200\n")
	x.start()
	x.filled()
	x.link.Cut()
	c := x.connect()
	offline := func(s checkout.State) bool {
		return !s.Link.Online && len(s.Devices) == 1 && s.Devices[0].State == "ready"
	}
	c.await(t, "offline", offline)
	acks, booked := acknowledged{}, map[loyalty.Key]bool{}
	for i := range *receipts {
		if i == *receipts/2 {
			x.kill()
			x.start()
			c = x.connect()
			c.await(t, "offline again", offline)
		}
		c.total(t, 100_000)
		x.scan(string(plainCard(i)))
		p := c.awaitPrompt(t, checkout.AskSpend)
		if i%10 == 0 {
			c.choose(t, p, checkout.SpendAmount, 7)
		} else {
			c.choose(t, p, checkout.SpendNone, 0)
		}
		a := c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
		if booked[a.Sale.Sale] = true; a.Sale.Spend > 0 {
			acks[a.Sale.Sale] = a.Sale.Spend
		}
		c.await(t, "the next customer", func(s checkout.State) bool { return s.Prompt == nil })
	}
	hits := 0
	for i, kind := range []server.FaultKind{server.LostAnswer, server.Twice, server.Delayed, server.BrokenDone, server.PortalDone, server.HalfAnswer, server.Stale, server.Reordered} {
		hits += x.faults.Hits()
		x.faults.Set(server.Fault{Kind: kind, Times: 2, For: 200 * time.Millisecond})
		if i == 0 {
			if err := x.link.Restore(); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "it meets "+string(kind), func() bool { return x.faults.Hits() > 0 })
	}
	hits += x.faults.Hits()
	x.faults.Set(server.Fault{})
	for left := *receipts; left > 0; { // in steps, for the sake of machines that are slow
		left = max(0, left-100)
		c.await(t, "they are booked", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown <= 2*left })
	}
	if n := c.now().Journal.People; n > 0 {
		t.Errorf("%d need a person", n)
	}
	if err := x.conserved(acks); err != nil {
		t.Error(err)
	}
	earned := x.earned()
	for sale := range booked {
		if earned[sale] != 1 {
			t.Errorf("sale %s earned %d times", sale, earned[sale])
		}
	}
	if len(earned) != *receipts {
		t.Errorf("%d sales are in the ledger, %d were made", len(earned), *receipts)
	}
	t.Logf("%d sales, %d answers went wrong", *receipts, hits)
	x.stop()
}
