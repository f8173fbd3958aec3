package page_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

// The same answers by keyboard, by mouse, and by fingers on the pad.
func TestKeyboard(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "spend"))
	b := uitest.Open(t, s.URL(), 1366, 768)
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	b.Armed()
	prompt := d.State().Prompt.ID

	b.Keys("1")
	if c := d.asked(t); c.Choice != "spend_all" || c.Prompt != prompt || !strings.HasPrefix(c.Client, "page-") {
		t.Errorf("1 asked %+v", c)
	}
	b.Armed()
	b.Keys("\r")
	if c := d.asked(t); c.Choice != "spend_none" {
		t.Errorf("Enter asked %+v", c)
	}
	b.Armed()
	b.Keys("2", "9", "9", "9", "\r")
	d.quiet(t, "999 points are too many")
	b.Until(`document.querySelector('.field .wrong')`)
	b.Keys("\b", "\b", "\b", "1", "0", "0", "\r")
	if c := d.asked(t); c.Choice != "spend_amount" || c.Amount == nil || *c.Amount != 100 {
		t.Errorf("an amount asked %+v", c)
	}
	b.Armed()
	b.Keys("\x1b")
	b.Until(`!document.getElementById('entry') && document.querySelector('[data-choice="spend_all"]')`)
	d.quiet(t, "Escape only closes")
	b.Keys("\t")
	for range 8 {
		if uitest.Eval[bool](b, `document.activeElement.dataset.choice === 'not_this'`) {
			break
		}
		b.Keys("\t")
	}
	if !uitest.Eval[bool](b, `document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle === 'solid'`) {
		t.Error("the focus can not be seen")
	}
	b.Keys("\r")
	if c := d.asked(t); c.Choice != "not_this" {
		t.Errorf("Enter on the focus asked %+v", c)
	}

	d.show(golden(t, "total"))
	b.Until(`document.querySelector('[data-kind="total"] #entry')`)
	b.Armed()
	b.Keys("1", "2", "3", "4", ",", "5", "\r")
	if c := d.asked(t); c.Choice != "total" || *c.Amount != 123450 {
		t.Errorf("a total asked %+v", c)
	}
	d.show(golden(t, "idle"))
	b.Until(`document.querySelector('.rest')`)
	b.Armed()
	b.Keys("7", "5", "\r")
	if c := d.asked(t); c.Do != checkout.SetReceipt || c.Sale.Total != 7500 {
		t.Errorf("a total at rest asked %+v", c)
	}
	b.Until(`document.querySelector('.rest')`)
	b.Keys("\x1b")
}

func TestMouseAndTouch(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "spend"))
	b := uitest.Open(t, s.URL(), 360, 740)
	b.Click(`[data-choice="spend_amount"]`)
	for _, k := range []string{"1", "2", "0"} {
		b.Click(`[data-pad="` + k + `"]`)
	}
	b.Click(`[data-submit="spend_amount"]`)
	if c := d.asked(t); c.Choice != "spend_amount" || *c.Amount != 120 {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "idle"))
	b.Until(`document.querySelector('.rest')`)
	b.Click(`[data-do="phone"]`)
	for _, k := range strings.Split("89001234567", "") {
		b.Click(`[data-pad="` + k + `"]`)
	}
	b.Click(`[data-submit="phone"]`)
	if c := d.asked(t); c.Do != checkout.Identify || c.Phone != "89001234567" {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "done"))
	b.Click(`[data-do="undo"]`)
	b.Until(`document.querySelector('[role="dialog"]')`)
	looksRight(t, b, "undo")
	b.Shot("undo")
	b.Click(`[data-do="undo-yes"]`)
	if c := d.asked(t); c.Do != checkout.Undo {
		t.Errorf("asked %+v", c)
	}
	b.Click(`[data-strip="notice"] button`)
	if c := d.asked(t); c.Do != checkout.Dismiss {
		t.Errorf("asked %+v", c)
	}
}

// A customer's code is typed with its leading zero, and anew after a wrong one.
func TestCustomerCode(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "code"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Until(`document.querySelector('[data-kind="code"] #entry')`)
	b.Armed()
	b.Keys("0", "4", "2", "\r")
	if c := d.asked(t); c.Choice != "code" || c.Code != "042" || c.Amount != nil {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "code-wrong"))
	b.Until(`document.querySelector('.said') && document.getElementById('entry').value === ''`)
	for _, k := range []string{"0", "7"} {
		b.Click(`[data-pad="` + k + `"]`)
	}
	b.Click(`[data-submit="code"]`)
	if c := d.asked(t); c.Code != "07" {
		t.Errorf("asked %+v", c)
	}
	b.Click(`[data-choice="resend"]`)
	if c := d.asked(t); c.Choice != "resend" {
		t.Errorf("asked %+v", c)
	}
}

// A new customer's name goes in by keyboard and by the pad of letters.
func TestNewCustomer(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "register-name"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Until(`document.querySelector('[data-kind="register"] #entry')`)
	b.Armed()
	b.Keys("o", "l", "g", "a", " ", "o", "-", "k", "\b", "n", "9", "\r")
	if c := d.asked(t); c.Choice != "name" || c.Name != "Olga O-N" {
		t.Errorf("asked %+v", c)
	}
	b.Armed()
	b.Keys("*")
	if c := d.asked(t); c.Choice != "cancel_register" {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "unknown-new"))
	b.Click(`[data-choice="register"]`)
	if c := d.asked(t); c.Choice != "register" {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "register-name"))
	b.Until(`document.querySelector('[data-kind="register"] #entry')`)
	for _, k := range []string{"о", "л", "я", " ", "я"} {
		b.Click(`[data-pad="` + k + `"]`)
	}
	b.Click(`[data-submit="name"]`)
	if c := d.asked(t); c.Name != "Оля Я" {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "register-consent"))
	b.Until(`document.querySelector('[data-choice="agree"]')`)
	b.Armed()
	b.Keys("\r")
	d.quiet(t, "consent is given on purpose")
	b.Keys("1")
	if c := d.asked(t); c.Choice != "agree" {
		t.Errorf("asked %+v", c)
	}
}

// History and returns have their keys.
func TestBesideTheSale(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "history-offered"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Until(`document.querySelector('[data-history="offered"]')`)
	b.Armed()
	b.Keys(kb.F6)
	if c := d.asked(t); c.Do != checkout.AskHistory {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "returned"))
	b.Until(`document.querySelector('.rest')`)
	b.Armed()
	last := d.State().Last
	b.Keys(kb.F7)
	if c := d.asked(t); c.Do != checkout.OpenReturn || c.Sale == nil || c.Sale.Sale != last.Sale {
		t.Errorf("asked %+v", c)
	}
	b.Until(`document.querySelector('[data-armed="true"]')`)
	b.Click(`[data-do="return"]`)
	b.Until(`document.getElementById('entry')`)
	looksRight(t, b, "receipt")
	b.Shot("receipt")
	b.Keys("R", "-", "1", "7", "\r")
	if c := d.asked(t); c.Do != checkout.OpenReturn || c.Sale == nil || c.Sale.Receipt != "R-17" {
		t.Errorf("asked %+v", c)
	}
}

// Goods come back by lines and as a sum, and a sale is rolled back: with the
// keyboard, with the mouse.
func TestReturnOnThePage(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "return-open"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Until(`document.querySelector('[data-refund]')`)
	b.Armed()
	r := d.State().Return
	b.Keys("2")
	if c := d.asked(t); c.Do != checkout.PreviewReturn || !slices.Equal(c.Items, []checkout.ReturnItem{{Line: 1, Qty: 450}}) {
		t.Errorf("asked %+v", c)
	}
	b.Armed()
	b.Click(`[data-line="0"] .steps button:last-child`)
	if c := d.asked(t); c.Do != checkout.PreviewReturn || !slices.Equal(c.Items, []checkout.ReturnItem{{Line: 0, Qty: 1000}}) {
		t.Errorf("asked %+v", c)
	}
	b.Armed()
	b.Keys("*")
	if c := d.asked(t); len(c.Items) != 3 {
		t.Errorf("asked %+v", c)
	}
	b.Armed()
	b.Keys("/", "9", "0", "0", "\r")
	d.quiet(t, "800 are left of the sale")
	b.Until(`document.querySelector('.field .wrong')`)
	looksRight(t, b, "return")
	b.Shot("sum")
	b.Keys("\b", "\b", "\b", "5", "0", ",", "5", "\r")
	if c := d.asked(t); c.Do != checkout.PreviewReturn || c.Sale == nil || c.Sale.Total != 5050 {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "return"))
	b.Until(`document.querySelector('[data-preview="true"]')`)
	b.Armed()
	b.Keys("\r")
	if c := d.asked(t); c.Do != checkout.ReturnSale || c.Sale.Sale != r.Sale || !slices.Equal(c.Items, []checkout.ReturnItem{{Line: 1, Qty: 450}}) {
		t.Errorf("asked %+v", c)
	}
	d.show(golden(t, "return-open"))
	b.Until(`!document.querySelector('[data-preview]')`)
	b.Armed()
	b.Click(`[data-do="return-undo"]`)
	b.Until(`document.querySelector('.dialog')`)
	b.Shot("undo")
	b.Keys("1")
	if c := d.asked(t); c.Do != checkout.Undo || c.Sale == nil || c.Sale.Sale != r.Sale {
		t.Errorf("asked %+v", c)
	}
	b.Until(`!document.querySelector('.dialog')`)
	b.Armed()
	b.Keys(kb.Escape)
	if c := d.asked(t); c.Do != checkout.CloseReturn {
		t.Errorf("asked %+v", c)
	}
}

// A scanner that types like a keyboard chooses nothing, spends nothing, sets no
// total, and the page says what is wrong.
func TestScannerThatTypes(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "spend"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	burst := func(code string) {
		uitest.Eval[bool](b, fmt.Sprintf(`(%q.split('').concat('Enter').forEach((key) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))), true)`, code))
	}
	for _, name := range []string{"spend", "total", "idle", "unknown", "pay"} {
		d.show(golden(t, name))
		b.Until(fmt.Sprintf(`document.querySelector('%s')`, map[bool]string{true: `[data-kind="` + name + `"]`, false: `.rest`}[name != "idle"]))
		b.Armed()
		for _, code := range []string{"2900000000018", "12345670", "1111"} {
			burst(code)
			b.Until(`document.querySelector('[data-strip="wedge"]')`)
			d.quiet(t, name+": a scanner typed "+code)
			if v := uitest.Eval[string](b, `(document.getElementById('entry') || {value: ''}).value`); v != "" {
				t.Errorf("%s: the field has %q", name, v)
			}
			b.Keys("\x1b")
			b.Until(`!document.querySelector('[data-strip="wedge"]')`)
		}
	}
	for { // Escape may have dismissed a notice
		select {
		case <-d.got:
			continue
		default:
		}
		break
	}
	// A person's keys still count.
	d.show(golden(t, "spend"))
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	b.Armed()
	b.Keys("1")
	if c := d.asked(t); c.Choice != "spend_all" {
		t.Errorf("asked %+v", c)
	}
}

// The finger that was on its way to the prompt before does not answer the next.
func TestNewPromptTakesNoAnswerAtOnce(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "pay"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Until(`document.querySelector('[data-kind="pay"]')`)
	b.Armed()
	next := golden(t, "spend")
	next.Prompt.ID, next.Prompt.Question = "other.0", "other"
	uitest.Eval[bool](b, `(new MutationObserver(() => { const c = document.querySelector('[data-prompt="other.0"] [data-choice="spend_all"]'); if (c) { window.tried = true; c.Click(); } }).observe(document.getElementById('app'), {childList: true, subtree: true}), true)`)
	d.show(next)
	b.Until("window.tried")
	d.quiet(t, "the prompt had just appeared")
	b.Armed()
	b.Click(`[data-choice="spend_all"]`)
	if c := d.asked(t); c.Prompt != "other.0" {
		t.Errorf("asked %+v", c)
	}
}

// A refused command says why, in words.
func TestRefusalIsShown(t *testing.T) {
	d := newDesk()
	d.answer = func(c checkout.Command) checkout.Answer {
		return checkout.Answer{ID: c.ID, Error: &checkout.Text{Code: checkout.PromptGone}}
	}
	s := serve(t, ui.Options{Desk: d})
	d.show(golden(t, "spend"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Click(`[data-choice="spend_all"]`)
	b.Until(`(document.querySelector('[data-strip="error"]') || {innerText: ''}).innerText.includes('другого экрана')`)
	b.Until(`document.getElementById('alert').textContent.includes('другого экрана')`)
}
