package page_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// What waits for a person stands on the page with its sum, why, and what to do
// about each, in both languages; the customer's own is at the balance.
func TestWhatWaitsForAPerson(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d, Title: "Касса 3"})
	for lang, want := range map[string][]string{
		"ru": {"Дано и не списано: 200 баллов на 200,00 ₽", "Дано 200 баллов = 200,00 ₽, не списано", "Чек R-15", "Центр отказал: Больше баллов у покупателя нет.", "Возврат на 300,00 ₽: не проведён",
			"спишите баллы в программе вручную или примите потерю", "tillgate journal resolve 0190f3c2-0000-7000-8000-000000000001", "выясните в программе", "Чек R-15: дано 200 баллов, центр их не списал"},
		"en": {"Given and not taken: 200 points, worth ₽200.00", "200 points = ₽200.00 given, not taken", "Receipt R-15", "Central refused: ", "Return of ₽300.00: not booked",
			"take the points off in the programme by hand, or accept the loss", "tillgate journal resolve 0190f3c2-0000-7000-8000-000000000001", "find out in the programme", "Receipt R-15: 200 points given, central did not take them"},
	} {
		d.show(distinct(golden(t, "people")))
		b := uitest.Open(t, s.URL()+"?lang="+lang, 1024, 768)
		b.Until(`document.querySelector('.people')`)
		b.Armed()
		b.Keys("\x1b")
		b.Click(`[data-do="people"]`)
		b.Until(`document.querySelectorAll('.matters li').length === 3`)
		looksRight(t, b, "people "+lang)
		b.Shot("list." + lang)
		text := b.Text()
		b.Size(360, 740)
		looksRight(t, b, "people, narrow "+lang)
		b.Shot("list-narrow." + lang)
		b.Size(1024, 768)
		b.Keys("\x1b")
		b.Until(`!document.querySelector('.matters')`)
		d.show(distinct(golden(t, "spend-untaken")))
		b.Until(`document.querySelector('.untaken')`)
		text = strings.ReplaceAll(text+b.Text(), "\u00a0", " ")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is not on the page:\n%s", lang, w, text)
			}
		}
	}
}

// distinct gives the operations of a golden state keys of their own.
func distinct(s checkout.State) checkout.State {
	for i := 1; i < len(s.People); i++ {
		s.People[i].Key = s.People[0].Key[:35] + loyalty.Key(strconv.Itoa(i+1))
	}
	return s
}
