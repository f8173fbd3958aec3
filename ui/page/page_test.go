package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/page"
	"github.com/tillgate/tillgate/ui/uitest"
)

var placeholder = regexp.MustCompile(`\{(\w+)(?:\|\w+)?\}`)

// Every code that the desk, the server and the vocabulary may send has a text in
// both languages, which uses no argument that the code does not have and says
// more than a few words.
func TestEveryCodeHasAText(t *testing.T) {
	want := map[string][]string{} // key → arguments
	for _, c := range checkout.Codes() {
		want[string(c.Class)+"."+c.Code] = c.Args
	}
	for _, r := range []loyalty.Reason{
		loyalty.NotEnoughPoints, loyalty.AboveShare, loyalty.BelowMinimum, loyalty.CustomerBlocked, loyalty.CustomerUnknown,
		loyalty.SaleUnknown, loyalty.AboveSale, loyalty.AlreadyAborted, loyalty.AlreadyCommitted, loyalty.HoldExpired,
		loyalty.Offline, loyalty.KeyReused, loyalty.BadRequest, loyalty.CodeWrong, loyalty.CodeExpired, loyalty.NotReached, loyalty.CardMissing,
	} {
		want["reason."+string(r)] = nil
	}
	for _, c := range ui.FatalCodes {
		want["fatal."+c] = nil
	}
	if len(want) < 50 {
		t.Fatalf("%d codes only", len(want))
	}
	short := map[string][]string{}
	for _, s := range []driver.State{driver.Opening, driver.Ready, driver.Absent, driver.Busy, driver.Denied, driver.Failed, driver.Off} {
		short["device."+string(s)] = nil
	}
	for _, a := range []frame.Advice{frame.Dark, frame.Glare, frame.Cut, frame.Far, frame.Moving, "several", driver.AdviceFault} {
		short["advice."+string(a)] = nil
	}
	for _, s := range []ui.ViewState{ui.ViewRead, ui.ViewSeveral} {
		short["camera."+string(s)] = []string{"codes"}
	}
	for _, s := range []journal.State{journal.Pending, journal.Unknown, journal.Done, journal.Refused, journal.Resolved} {
		short["entry_state."+string(s)] = nil
	}
	for _, k := range []checkout.PromptKind{checkout.AskSpend, checkout.AskTotal, checkout.AskUnknown, checkout.AskChoose, checkout.AskOther, checkout.AskPay, checkout.AskCode, checkout.AskRegister, checkout.AskWait, checkout.AskDoubt, checkout.AskUnfinished, checkout.AskPIN, checkout.AskPromo, checkout.AskGift, checkout.AskDiffers, checkout.AskAttach} {
		short["prompt."+string(k)] = []string{"to_pay"}
	}
	for _, id := range []string{checkout.SpendAll, checkout.SpendAmount, checkout.SpendNone, checkout.NotThis, checkout.Total, checkout.ByPhone, checkout.Without, checkout.ChangeTo, checkout.Keep, checkout.TakePaid, checkout.TakeVoid, checkout.WaitOn, checkout.WithoutPoints, checkout.TypeCode, checkout.Resend, checkout.GivePIN, checkout.Back,
		checkout.Register, checkout.TypeName, checkout.Agree, checkout.AgreeLetters, checkout.AttachCard, checkout.NoCard, checkout.RegisterAgain, checkout.CancelRegister, "pick",
		checkout.Leave, checkout.EnterPromo, checkout.TypePromo, checkout.EnterGift, checkout.TypeGift, checkout.SpendTold, checkout.Attach, checkout.NoAttach, checkout.KeepBefore, checkout.ToDraft} {
		short["choice."+id] = []string{"spend", "worth", "to_pay", "earn", "customer", "other"}
	}
	for _, k := range []loyalty.EventKind{loyalty.EarnedEvent, loyalty.SpentEvent, loyalty.ExpiredEvent, loyalty.RestoredEvent, loyalty.CancelledEvent, loyalty.GivenEvent, loyalty.TakenEvent, loyalty.OtherEvent} {
		short["event."+string(k)] = nil
	}
	for _, k := range []loyalty.Kind{loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Return, loyalty.Revert, "lost"} {
		short["people.what."+string(k)] = []string{"points", "worth", "total"}
	}
	for _, s := range []journal.State{journal.Refused, journal.Unknown, "lost"} {
		short["people.do."+string(s)] = nil
	}
	for _, lang := range page.Languages {
		texts, err := page.Strings(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, keys := range []map[string][]string{want, short} {
			for key, args := range keys {
				s, _ := texts[key].(string)
				if s == "" {
					t.Errorf("%s: no text for %s", lang, key)
				}
				for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
					if !slices.Contains(args, m[1]) {
						t.Errorf("%s: %s uses {%s}, which the code does not have", lang, key, m[1])
					}
				}
			}
		}
	}
}

// The languages have the same keys, and Russian has every plural form.
func TestLanguagesAgree(t *testing.T) {
	ru, err := page.Strings("ru")
	if err != nil {
		t.Fatal(err)
	}
	en, err := page.Strings("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range []struct {
		name string
		a, b map[string]any
	}{{"en", ru, en}, {"ru", en, ru}} {
		for key, v := range pair.a {
			w, ok := pair.b[key]
			if !ok {
				t.Errorf("%s lacks %s", pair.name, key)
				continue
			}
			s, isText := v.(string)
			if !isText {
				continue
			}
			if a, b := placeholders(s), placeholders(w.(string)); !slices.Equal(a, b) {
				t.Errorf("%s: %v and %v", key, a, b)
			}
		}
	}
	for key, v := range ru {
		if forms, ok := v.(map[string]any); ok {
			for _, f := range []string{"one", "few", "many", "other"} {
				if forms[f] == nil {
					t.Errorf("%s lacks %s", key, f)
				}
			}
		}
	}
}

func placeholders(s string) []string {
	out := placeholder.FindAllString(s, -1)
	slices.Sort(out)
	return out
}

// Data reaches the document as text only, and nothing comes from elsewhere.
func TestNothingUnsafeInTheFiles(t *testing.T) {
	seen := 0
	fs.WalkDir(page.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := page.Files.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "uitest.Eval(", "new Function", "https://", "style=", "@import", "url("} {
			if strings.Contains(string(b), bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
		return nil
	})
	if seen < 10 {
		t.Fatalf("%d files only", seen)
	}
}

func TestNumbersAndPlurals(t *testing.T) {
	s := serve(t, ui.Options{Desk: newDesk()})
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Armed()
	uitest.Eval[bool](b, `(import('./i18n.js').then((m) => { window.i18n = m; }), true)`)
	uitest.Eval[bool](b, `(import('./entry.js').then((m) => { window.entry = m; }), true)`)
	b.Until("window.i18n && window.entry")
	for expression, want := range map[string]string{
		`i18n.money(123450, 'RUB')`:                       "1 234,50 ₽",
		`i18n.money(-5, 'RUB')`:                           "-0,05 ₽",
		`i18n.money(90071992547409, 'RUB')`:               "900 719 925 474,09 ₽",
		`i18n.money(500, 'JPY')`:                          "500 ¥",
		`i18n.plural('points', 1)`:                        "1 балл",
		`i18n.plural('points', 2)`:                        "2 балла",
		`i18n.plural('points', 5)`:                        "5 баллов",
		`i18n.plural('points', 11)`:                       "11 баллов",
		`i18n.plural('points', 21)`:                       "21 балл",
		`i18n.plural('points', 1250)`:                     "1 250 баллов",
		`String(i18n.minor('1234,5', 'RUB'))`:             "123450",
		`String(i18n.minor('0,05', 'RUB'))`:               "5",
		`String(i18n.minor('12,345', 'RUB'))`:             "null",
		`entry.show('money', '1234,5', 'RUB')`:            "1 234,5 ₽",
		`entry.show('phone', '89001234567', 'RUB')`:       "8 900 123-45-67",
		`String(entry.tooLong('money', '4006381333931'))`: "true",
		`i18n.code(['error'], {code: 'never_heard_of'})`:  "Сообщение «never_heard_of» этой странице неизвестно. Обновите страницу (F5).",
	} {
		got := strings.Map(func(r rune) rune {
			if r == '\u00a0' || r == '\u202f' {
				return ' '
			}
			if r == '\u2212' {
				return '-'
			}
			return r
		}, uitest.Eval[string](b, expression))
		if got != want {
			t.Errorf("%s = %q, want %q", expression, got, want)
		}
	}
}

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

// The daemon dies and comes back on the same port: the page says so meanwhile,
// connects by itself and shows the right state.
func TestReconnects(t *testing.T) {
	d := newDesk()
	d.show(golden(t, "spend"))
	server, err := ui.New(ui.Options{Addr: "127.0.0.1:0", Desk: d})
	if err != nil {
		t.Fatal(err)
	}
	stop := runServer(server)
	addr := server.Addr().String()
	b := uitest.Open(t, server.URL(), 1024, 768)
	b.Until(`document.querySelector('[data-kind="spend"]')`)
	stop()
	b.Until(`document.querySelector('[data-cover="down"]')`)
	looksRight(t, b, "down")
	b.Shot("down")
	d2 := newDesk()
	d2.show(golden(t, "pay"))
	serve(t, ui.Options{Addr: addr, Desk: d2})
	b.Until(`!document.querySelector('[data-cover]') && document.querySelector('[data-kind="pay"]')`)
	b.Click(`[data-choice="paid"]`)
	if c := d2.asked(t); c.Choice != "paid" {
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

func TestHostileNamesAreText(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d, Title: "<script>window.hit=1</script>"})
	st := golden(t, "spend")
	st.Prompt.Customer.Name = `<img src=x onerror="window.hit=1">`
	st.Receipt.Lines[0].Title = `"><script>window.hit=1</script>` + strings.Repeat("Ж", 200)
	st.Prompt.Customer.Tier = strings.Repeat("gold", 40)
	d.show(st)
	b := uitest.Open(t, s.URL(), 360, 740)
	b.Until(`document.body.innerText.includes('<img src=x')`)
	if uitest.Eval[bool](b, "Boolean(window.hit)") {
		t.Error("a name was run")
	}
	looksRight(t, b, "hostile")
}

type demo struct {
	cut     bool
	scanned chan string
}

func (d *demo) Cut(_ context.Context, cut bool) error { d.cut = cut; return nil }
func (d *demo) IsCut() bool                           { return d.cut }
func (d *demo) Scan(_ context.Context, code string) error {
	d.scanned <- code
	return nil
}
func (d *demo) Cards() []ui.DemoCard {
	return []ui.DemoCard{
		{Code: "2900000000018", Name: "Анна Климова", Tier: "gold", Points: 500}, {Code: "2900000000025", Name: "Борис", Tier: "base", Points: 21},
		{Code: "2900000000032", Name: "Вера", Tier: "base", Points: 0, Kind: "blocked"}, {Code: "2900000000995", Kind: "unknown"},
	}
}

func TestDemoAndPairing(t *testing.T) {
	d, dm := newDesk(), &demo{scanned: make(chan string, 1)}
	d.show(golden(t, "idle"))
	s := serve(t, ui.Options{Desk: d, Demo: dm, Origins: []string{"https://pos.example.ru"}})
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Armed()
	b.Do(clickText("Демо"))
	b.Until(`document.querySelector('[data-card="2900000000018"]')`)
	looksRight(t, b, "demo")
	b.Shot("demo")
	b.Click(`[data-do="cut"]`)
	b.Until(`document.querySelector('[data-do="cut"][aria-pressed="true"]')`)
	b.Click(`[data-card="2900000000018"]`)
	select {
	case code := <-dm.scanned:
		if code != "2900000000018" {
			t.Errorf("scanned %s", code)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nothing was scanned")
	}
	b.Do(clickText("Подключить кассовую программу"))
	b.Until(`/^\d{4} \d{4}$/.test((document.querySelector('.code') || {innerText: ''}).innerText)`)
	looksRight(t, b, "pairing")
	b.Shot("pairing")
	b.Keys("\x1b")
	b.Until(`!document.querySelector('[role="dialog"]')`)
}

func TestFatal(t *testing.T) {
	s := serve(t, ui.Options{})
	s.Fail("journal_locked", fmt.Errorf("open journal.db: process 4711 has it open: stop that tillgate first"))
	b := uitest.Open(t, s.URL(), 1024, 768)
	b.Until(`(document.querySelector('[data-cover="fatal"]') || {innerText: ''}).innerText.includes('4711')`)
	looksRight(t, b, "fatal")
	b.Shot("fatal")
}

// The page on another machine: the code of the till lets it in.
func TestPageOfAnotherMachine(t *testing.T) {
	d := newDesk()
	d.show(golden(t, "idle"))
	host := outsideAddress(t)
	s := serve(t, ui.Options{Addr: "0.0.0.0:0", AllowRemote: true, Hosts: []string{host}, Desk: d})
	_, port, _ := net.SplitHostPort(s.Addr().String())
	b := uitest.Open(t, "http://"+net.JoinHostPort(host, port)+"/", 1024, 768)
	b.Until(`document.querySelector('[data-cover="unpaired"] #entry')`)
	looksRight(t, b, "unpaired")
	b.Shot("unpaired")
	res, err := http.Post(s.URL()+"v1/pair/code", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var out struct{ Code string }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	b.Keys(append(strings.Split(out.Code, ""), "\r")...)
	b.Until(`!document.querySelector('[data-cover]') && document.querySelector('.rest')`)
}

// outsideAddress is an address of this machine that is not loopback.
func outsideAddress(t *testing.T) string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}
