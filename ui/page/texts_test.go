package page_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

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
