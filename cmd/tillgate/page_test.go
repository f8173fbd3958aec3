//go:build linux

package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// The screen of a common till PC, in pixels.
const width, height = 1024, 768

// From the bytes on the scanner's port to the central API's ledger, through the
// page as the cashier uses it.
func TestSaleOnThePage(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	b := uitest.Open(t, x.page, width, height)
	b.Shot("1-waiting")
	x.total(100_000) // 1,000.00
	x.scan(card1)
	spend(b, 100)
	b.Shot("4-pay")
	b.Click(`[data-choice="paid"]`)
	b.Until(`!document.querySelector('[data-prompt]')`)
	b.Shot("5-done")
	x.drained()
	if n, points := x.spent(customer1); n != 1 || points != 100 {
		t.Errorf("the ledger has %d redemptions of %d points, want one of 100", n, points)
	}
	x.audit()
	x.stop()
}

// spend answers the question on the page with an amount, with the mouse and the
// keyboard.
func spend(b *uitest.Tab, points int) {
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	b.Shot("2-spend")
	b.Click(`[data-choice="spend_amount"]`)
	for _, digit := range strings.Split(strconv.Itoa(points), "") {
		b.Keys(digit)
	}
	b.Shot("3-amount")
	b.Keys("\r")
	b.Until(`document.querySelector('[data-kind="pay"]')`)
}

// While the central API is cut off a card is still known, spending is refused
// with the reason, and what is earned waits in the journal until it is back.
func TestSaleWhileCutOff(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	b := uitest.Open(t, x.page, width, height)
	x.link.Cut()
	c := x.connect()
	c.await(t, "offline is noticed", func(s checkout.State) bool { return !s.Link.Online })
	x.total(100_000)
	x.scan(card1)
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	b.Until(`document.querySelector('[data-choice="spend_all"][aria-disabled="true"], [data-choice="spend_amount"][aria-disabled="true"]')`)
	b.Shot("1-spending-refused")
	b.Click(`[data-choice="spend_none"]`)
	b.Click(`[data-choice="paid"]`)
	s := c.await(t, "the accrual is queued", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown == 1 })
	b.Shot("2-queued")
	earned := s.Last.Earned
	if earned <= 0 {
		t.Fatalf("the cashier was told of %d points earned", earned)
	}
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	x.drained()
	b.Shot("3-back")
	records, err := x.central.Ledger(customer1)
	if err != nil {
		t.Fatal(err)
	}
	if last := records[len(records)-1]; last.Points != earned || last.Kind != "earn" {
		t.Errorf("the ledger's last record is %s of %d points, want earn of %d", last.Kind, last.Points, earned)
	}
	if n, _ := x.spent(customer1); n != 0 {
		t.Errorf("%d redemptions were booked, want none", n)
	}
	x.audit()
}

// The daemon is killed between each two steps of a sale; the page comes back by
// itself and the sale ends with one redemption.
func TestSaleWithTheDaemonKilledBetweenSteps(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	b := uitest.Open(t, x.page, width, height)
	again := func(step string) {
		x.kill()
		b.Until(`document.querySelector('.page[data-link="down"]')`)
		b.Shot("killed-" + step)
		x.start()
		b.Until(`document.querySelector('.page[data-link="up"]')`)
		b.Shot("back-" + step)
	}
	b.Until(`document.querySelector('.page[data-link="up"]')`)
	again("before the scan")

	x.total(100_000)
	x.scan(card1)
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	again("after the scan")

	// Nothing was promised yet, so nothing is remembered: the sale begins anew.
	x.total(100_000)
	x.scan(card1)
	spend(b, 100)
	again("after the points were held")

	b.Until(`document.querySelector('[data-kind="unfinished"]')`)
	x.link.Cut()
	b.Click(`[data-choice="paid"]`)
	b.Until(`!document.querySelector('[data-prompt]')`)
	again("after paid, before it was sent")

	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	x.drained()
	again("after it was sent")
	x.drained()
	if n, points := x.spent(customer1); n != 1 || points != 100 {
		t.Errorf("the ledger has %d redemptions of %d points, want one of 100", n, points)
	}
	x.audit()
}

// The browser is opened before the daemon runs, as after the PC is switched on:
// the page is there, says what it waits for, and goes on by itself.
func TestPageOpensBeforeTheDaemon(t *testing.T) {
	x := newTill(t)
	x.start()
	b := uitest.Open(t, x.page, width, height)
	b.Until(`navigator.serviceWorker.controller`)
	uitest.Open(t, x.page, width, height).Until(`document.querySelector('.page[data-link="up"]')`)
	x.kill()
	b = uitest.Open(t, x.page, width, height)
	b.Until(`document.querySelector('[data-cover="down"]')`)
	b.Shot("waiting")
	x.start()
	b.Until(`document.querySelector('.page[data-link="up"]')`)
}

// The answer to a reservation is lost: the cashier is shown that the outcome is
// not known, and it is found out by itself with the same key.
func TestAnswerLost(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	x.faults.Set(server.Fault{Kind: server.LostAnswer, Times: 1, Match: func(r *http.Request) bool { return r.Method == http.MethodPut }})
	b := uitest.Open(t, x.page, width, height)
	x.total(100_000)
	x.scan(card1)
	spend(b, 100)
	b.Click(`[data-choice="paid"]`)
	b.Until(`!document.querySelector('[data-prompt]')`)
	x.drained()
	if n, points := x.spent(customer1); n != 1 || points != 100 {
		t.Errorf("the ledger has %d redemptions of %d points, want one of 100", n, points)
	}
	x.audit()
}

// Two pages on one till show the same; the first answer wins and the other is
// told so.
func TestTwoPagesOneAnswerWins(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	one, two := x.connect(), x.connect()
	x.total(100_000)
	x.scan(card1)
	p1, p2 := one.awaitPrompt(t, checkout.AskSpend), two.awaitPrompt(t, checkout.AskSpend)
	if p1.ID != p2.ID {
		t.Fatalf("the pages show prompts %s and %s", p1.ID, p2.ID)
	}
	answers := make(chan error, 2)
	for _, c := range []*client{one, two} {
		go func() {
			_, err := c.do(checkout.Command{Do: checkout.Choose, Prompt: p1.ID, Choice: "spend_all"})
			answers <- err
		}()
	}
	won := 0
	for range 2 {
		if err := <-answers; err == nil {
			won++
		} else if !strings.Contains(err.Error(), "prompt_gone") {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d answers won, want 1", won)
	}
	one.awaitPrompt(t, checkout.AskPay)
	two.awaitPrompt(t, checkout.AskPay)
}

// scan lets the till's scanner read a code.
func (x *till) scan(code string) {
	x.t.Helper()
	if err := x.scanner.Scan(code); err != nil {
		x.t.Fatal(err)
	}
}

// total is the receipt's, as the POS gives it.
func (x *till) total(m loyalty.Money) {
	x.t.Helper()
	c := x.connect()
	defer c.conn.Close()
	c.total(x.t, m)
}

// filled waits for the copy of the customers.
func (x *till) filled() {
	x.t.Helper()
	c := x.connect()
	defer c.conn.Close()
	c.await(x.t, "the copy is filled", func(s checkout.State) bool { return s.Link.Copy == 500 && s.Link.Online })
}

// drained waits until nothing is owed to the central API.
func (x *till) drained() {
	x.t.Helper()
	c := x.connect()
	defer c.conn.Close()
	c.await(x.t, "nothing is owed", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown == 0 })
}

// audit checks that the central API's points are conserved.
func (x *till) audit() {
	x.t.Helper()
	if err := x.central.Audit(); err != nil {
		x.t.Error(err)
	}
}
