//go:build linux

package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// A promo code typed on the page, a gift card out of the scanner, points, the
// payment: what each takes off is what MAXMA says, the POS gets it with the lines
// to print, and killed in between the till comes back to it.
func TestPromoCodeAndGiftCard(t *testing.T) {
	const gift = "7700000000001234"
	x, s := maxmaTill(t, fake.Options{Print: true})
	s.AddPromo("SPRING", 150_00, 0)
	s.AddPromo("OLD", 0, 36)
	s.AddGift(gift, 300_00, "ACTIVE", 0)
	before, _ := s.Find(phone1)
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	b := uitest.Open(t, x.page, width, height)
	c.total(t, 100_000)
	x.scan(card1)
	b.Until(`document.querySelector('[data-kind="spend"] [data-told="true"]')`)

	promo := func(code string) {
		b.Armed()
		b.Click(`[data-choice="promo"]`)
		b.Until(`document.querySelector('[data-kind="promo"]')`)
		b.Armed()
		for _, r := range code {
			b.Keys(string(r))
		}
		b.Keys("\r")
	}
	promo("OLD")
	b.Until(`document.querySelector('[data-code="promo"][data-state="refused"]')`)
	b.Shot("1-refused")
	b.Armed()
	b.Click(`[data-choice="drop_promo"]`)
	b.Until(`!document.querySelector('[data-code]')`)
	promo("SPRING")
	b.Until(`document.querySelector('[data-code="promo"][data-state="taken"]')`)
	b.Armed()
	b.Click(`[data-choice="gift_card"]`)
	b.Until(`document.querySelector('[data-kind="gift_card"]')`)
	x.scan(gift)
	b.Until(`document.querySelector('[data-code="gift_card_1"][data-state="taken"]')`)
	b.Shot("2-codes")
	b.Armed()
	spend(b, 100)
	state := c.awaitPrompt(t, checkout.AskPay)
	if q := state.Quote; q.Off != 450_00 || q.Prepaid != 300_00 || q.ToPay != 450_00 {
		t.Errorf("%+v", q)
	}
	b.Shot("3-pay")

	x.kill()
	x.start()
	c = x.connect()
	p := c.awaitPrompt(t, checkout.AskUnfinished)
	if q := p.Quote; q.Off != 450_00 || q.Prepaid != 300_00 || q.ToPay != 450_00 {
		t.Errorf("after a kill: %+v", q)
	}
	c.choose(t, p, checkout.TakePaid, 0)
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+37 { // 5 % of 750.00, without the promo code and the points
		t.Errorf("%d points, want %d", now.Bonuses, before.Bonuses-100+37)
	}
	last := c.await(t, "the lines to print", func(s checkout.State) bool { return s.Last != nil && len(s.Last.Print) > 0 }).Last
	if last.Print[0].Text != "MAXMA" {
		t.Errorf("%+v", last.Print)
	}
	answer, err := http.Get(fmt.Sprintf("%sv1/receipt", x.page))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	for _, part := range []string{`"print":[`, `"off":45000`, `"prepaid":30000`, `"phase":"paid"`} {
		if !strings.Contains(string(body), part) {
			t.Errorf("the POS gets %s without %s", body, part)
		}
	}
	if log := x.log.text(); strings.Contains(log, gift) {
		t.Error("the log has the gift card's number")
	}
	x.stop()
}
