//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// press answers the prompt on the page.
func press(b *uitest.Tab, choice string) {
	b.Armed()
	b.Click(fmt.Sprintf(`[data-choice="%s"]`, choice))
}

// typeIn types into the field that is open, slower than a scanner, and confirms.
func typeIn(b *uitest.Tab, text string) {
	b.Armed()
	for _, r := range text {
		b.Keys(string(r))
	}
	b.Keys("\r")
}

// Somebody wants to be a customer while the programme is away: the form is kept,
// survives a kill, and is sent when the programme is back; a phone that is taken
// by then stands on the list until the cashier has seen it.
func TestRegistrationOffline(t *testing.T) {
	x, s := maxmaTill(t, fake.Options{})
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	b := uitest.Open(t, x.page, width, height)
	x.link.Cut()
	for i, phone := range []string{"89123456789", strings.Replace(phone1, "+7", "8", 1)} {
		b.Until(`!document.querySelector('[data-prompt]')`)
		b.Armed()
		b.Click(`[data-do="phone"]`)
		typeIn(b, phone)
		b.Until(`document.querySelector('[data-choice="draft"]')`)
		b.Shot("1-draft-offered")
		press(b, "draft")
		b.Until(`document.querySelector('[data-kind="register"]')`)
		typeIn(b, "olga")
		b.Until(`document.querySelector('[data-choice="agree"]')`)
		b.Shot("2-consent")
		press(b, "agree")
		b.Until(fmt.Sprintf(`document.querySelectorAll('[data-draft="waiting"]').length === %d`, i+1))
	}
	b.Shot("3-waiting")
	x.kill()
	x.start()
	b.Until(`document.querySelectorAll('[data-draft="waiting"]').length === 2`)
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	c = x.connect()
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: "8 912 000-00-00"}) // what shows that the link is up
	b.Until(`document.querySelector('[data-draft="done"]') && document.querySelector('[data-draft="refused"]')`)
	b.Shot("4-ended")
	if who, ok := s.Find("+79123456789"); !ok || who.Name != "Olga" {
		t.Errorf("MAXMA has %v %+v", ok, who)
	}
	b.Click(`[data-draft="refused"] [data-do="drop-draft"]`)
	b.Until(`!document.querySelector('[data-draft="refused"]')`)

	// The other one goes by the command line, beside the daemon or without it.
	list, _, code := x.tillgate("drafts", "--json")
	var kept checkout.Draft
	if err := json.Unmarshal([]byte(list), &kept); code != 0 || err != nil || kept.State != draft.Done || kept.Name != "Olga" || kept.Phone != "…89" {
		t.Errorf("%d %v %s", code, err, list)
	}
	if _, said, code := x.tillgate("drafts", "drop", "no-such"); code != 1 || !strings.Contains(said, "no such draft") {
		t.Errorf("%d %s", code, said)
	}
	x.stop()
	if list, _, code := x.tillgate("drafts"); code != 0 || !strings.Contains(list, string(kept.ID)) || strings.Contains(list, "9123456789") {
		t.Errorf("without a daemon: %d %s", code, list)
	}
	if _, said, code := x.tillgate("drafts", "drop", string(kept.ID)); code != 0 {
		t.Errorf("%d %s", code, said)
	}
	x.start()
	if list, _, code := x.tillgate("drafts"); code != 0 || !strings.Contains(list, "No registration waits") {
		t.Errorf("%d %s", code, list)
	}
	x.stop()
	for _, secret := range []string{"9123456789", "Olga", phone1[2:]} {
		if strings.Contains(x.log.text(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// A customer is found by phone and has a card that nobody knows: with consent and
// a code to the phone it becomes the customer's.
func TestUnknownCardBecomesTheCustomers(t *testing.T) {
	const card = "2999999999991"
	x, s := maxmaTill(t, fake.Options{CodeToSpend: true})
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	b := uitest.Open(t, x.page, width, height)
	c.total(t, 100_000)
	c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone1})
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	x.scan(card)
	b.Until(`document.querySelector('[data-kind="attach"]')`)
	b.Shot("1-attach")
	press(b, "attach")
	b.Until(`document.querySelector('[data-kind="code"] #entry')`)
	typeIn(b, s.Code())
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	b.Shot("2-attached")
	if who, _ := s.Find(phone1); who.Card != card {
		t.Errorf("the card is %q", who.Card)
	}
	c.mustDo(t, checkout.Command{Do: checkout.Void})
	x.scan(card)
	if p := c.awaitPrompt(t, checkout.AskTotal); p.Customer == nil {
		t.Errorf("%+v", p)
	}
	x.stop()
}
