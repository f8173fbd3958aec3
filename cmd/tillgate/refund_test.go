//go:build linux

package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma/fake"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// Goods of a sale come back line by line on the page, as MAXMA previews and books
// it; more than the sale is refused in words; another sale is rolled back by HTTP.
func TestReturnByLinesOnThePage(t *testing.T) {
	x, s := maxmaTill(t, fake.Options{})
	before, _ := s.Find(phone1)
	x.start()
	c := x.connect()
	c.await(t, "MAXMA is reached, the scanner ready", ready)
	sell := func(receipt string) {
		c.mustDo(t, checkout.Command{Do: checkout.SetReceipt, Sale: &checkout.SaleInput{Receipt: receipt, Total: 100_000, Lines: []loyalty.Line{
			{ID: "1", SKU: "B-1", Title: "Bread", Qty: 2000, Price: 20_000, Total: 40_000},
			{ID: "2", SKU: "C-1", Title: "Cheese", Qty: 1000, Price: 60_000, Total: 60_000},
		}}})
		c.mustDo(t, checkout.Command{Do: checkout.Identify, Phone: phone1})
		c.choose(t, c.awaitPrompt(t, checkout.AskSpend), checkout.SpendAmount, 100)
		c.choose(t, c.awaitPrompt(t, checkout.AskPay), checkout.TakePaid, 0)
		x.drained()
	}
	sell("R-1")
	b := uitest.Open(t, x.page, width, height)
	b.Until(`document.querySelector('.rest')`)
	b.Armed()
	b.Click(`[data-do="return-last"]`)
	b.Until(`document.querySelector('[data-refund]')`)
	b.Armed()
	b.Click(`[data-line="0"] .steps button:last-child`) // one loaf of two
	b.Until(`document.querySelector('[data-preview="true"]')`)
	b.Shot("1-preview")
	if p := c.now().Return.Preview; p.Amount != 20_000 || p.Back != 18_000 || p.Restored != 20 || p.Cancelled != 9 {
		t.Errorf("%+v", p)
	}
	b.Armed()
	b.Click(`[data-do="return-yes"]`)
	b.Until(`!document.querySelector('[data-refund]')`)
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+45+20-9 {
		t.Errorf("%d points, want %d", now.Bonuses, before.Bonuses-100+45+20-9)
	}
	post := func(path, key, body string, status int) string {
		t.Helper()
		r, _ := http.NewRequest("POST", x.page+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		said, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != status {
			t.Errorf("%s: %d %s", path, answer.StatusCode, said)
		}
		return string(said)
	}
	if said := post("v1/returns", "too-much", `{"receipt": "R-1", "total": 80001}`, 409); !strings.Contains(said, "nothing_to_return") || !strings.Contains(said, `"max":80000`) {
		t.Error(said)
	}
	if said := post("v1/returns", "too-many", `{"receipt": "R-1", "items": [{"line": 0, "qty": 1001}]}`, 409); !strings.Contains(said, "line_returned") {
		t.Error(said)
	}
	b.Armed()
	b.Click(`[data-do="return-last"]`)
	b.Until(`document.querySelector('[data-refund]')`)
	b.Armed()
	b.Click(`[data-do="return-sum"]`)
	typeIn(b, "801")
	b.Until(`document.querySelector('.field .wrong')`)
	b.Shot("2-above-the-sale")
	b.Keys("\b", "\b", "\b")
	typeIn(b, "800")
	b.Until(`document.querySelector('[data-preview="true"]')`)
	b.Armed()
	b.Click(`[data-do="return-yes"]`)
	b.Until(`!document.querySelector('[data-refund]')`)
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses {
		t.Errorf("%d points after all came back, want %d", now.Bonuses, before.Bonuses)
	}

	sell("R-2")
	sell("R-3")
	if said := post("v1/returns/preview", "", `{"receipt": "R-3", "items": [{"line": 0, "qty": 1000}]}`, 200); !strings.Contains(said,
		`"amount":20000,"back":18000,"restored":20,"cancelled":9,"told":true`) {
		t.Error(said)
	}
	if said := post("v1/returns/preview", "", `{"receipt": "R-3", "total": 100001}`, 409); !strings.Contains(said, "nothing_to_return") {
		t.Error(said)
	}
	if st := c.now(); st.Return != nil || st.Journal.Pending+st.Journal.Unknown > 0 {
		t.Errorf("a preview changed something: %+v %+v", st.Return, st.Journal)
	}
	if said := post("v1/undo", "undo-2", `{"receipt": "R-2"}`, 200); !strings.Contains(said, `"phase":"undone"`) {
		t.Error(said)
	}
	post("v1/undo", "undo-2", `{"receipt": "R-2"}`, 200) // said once more
	x.drained()
	if now, _ := s.Find(phone1); now.Bonuses != before.Bonuses-100+45 {
		t.Errorf("%d points, want those of R-3 alone: %d", now.Bonuses, before.Bonuses-100+45)
	}
	if people := c.now().Journal.People; people != 0 {
		t.Errorf("%d operations need a person", people)
	}
	x.stop()
}
