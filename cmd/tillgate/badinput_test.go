//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// sees waits until the page says a text somewhere.
func sees(b *uitest.Tab, selector, text string) {
	b.Until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.innerText.includes(%q))`, selector, text))
}

// The programme does not take the till's key: the cashier is told that it is
// unavailable and that accruals are queued, and they are.
func TestWrongKeyOnThePage(t *testing.T) {
	x, _ := maxmaTill(t, fake.Options{})
	right := x.token
	x.start() // once with the right key, so that the customer is in the copy
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone1})
	c.await(t, "the customer is known", func(s checkout.State) bool { return s.Link.Copy == 1 })
	x.stop()
	x.token = "wrong"
	x.start()
	b := uitest.Open(t, x.page+"?lang=ru", width, height)
	c = x.connect()
	c.total(t, 100_000)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone1})
	sees(b, ".conditions .strip.error", "Программа лояльности недоступна")
	sees(b, ".conditions .strip.error", "Начисления ставим в очередь")
	b.Until(`document.querySelector('[data-kind="spend"] [data-choice="spend_all"][aria-disabled="true"]')`)
	b.Shot("1-wrong-key")
	press(b, "spend_none")
	b.Until(`document.querySelector('[data-kind="pay"]')`)
	press(b, "paid")
	c.await(t, "the accrual is queued", func(s checkout.State) bool { return s.Journal.Pending+s.Journal.Unknown == 1 })
	x.stop()
	x.token = right
	x.start()
	x.drained()
	x.stop()
}

// What the cashier or the customer gets wrong is refused in words on the page:
// more points than allowed, a blocked customer, a code mistyped three times.
func TestBadInputOnThePage(t *testing.T) {
	x, s := maxmaTill(t, fake.Options{CodeToSpend: true})
	var blocked string
	for _, x := range s.Samples() {
		if x.Kind == "blocked" {
			blocked = x.Code
		}
	}
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	b := uitest.Open(t, x.page+"?lang=en", width, height)
	c.total(t, 100_000)
	x.scan(card1)
	b.Until(`document.querySelector('[data-kind="spend"] [data-told="true"]')`)
	press(b, "spend_amount")
	typeIn(b, "501") // half of the receipt is the most
	b.Until(`document.querySelector('.field .wrong')`)
	b.Shot("1-too-many-points")
	b.Keys("\b", "\b", "\b")
	typeIn(b, "100")
	for i := range 3 {
		b.Until(`document.querySelector('[data-kind="code"] #entry')`)
		code := "999"
		if s.Code() == code {
			code = "998"
		}
		typeIn(b, code)
		if i < 2 {
			sees(b, ".said", fmt.Sprintf("Left: %d", 2-i))
		}
	}
	b.Until(`document.querySelector('[data-kind="pay"]')`)
	sees(b, ".said", "wrong to the last attempt")
	b.Shot("2-code-wrong")
	press(b, "void")
	b.Until(`!document.querySelector('[data-prompt]')`)
	if blocked == "" {
		t.Fatal("the double has nobody who is blocked")
	}
	c.total(t, 100_000)
	x.scan(blocked)
	sees(b, ".said", "blocked")
	b.Shot("3-blocked")
	if b.Until(`!document.querySelector('[data-choice="spend_all"]')`); strings.Contains(x.log.text(), "panic") {
		t.Error("a panic")
	}
	x.stop()
}
