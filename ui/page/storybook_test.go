package page_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/uitest"
)

// TestStorybook renders every golden state of the desk in both languages on a
// till's screen and on a narrow one, and keeps the pictures. It fails where a
// text is missing, something is cut off sideways, or a contrast is too low.
func TestStorybook(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d, Title: "Касса 3", Version: "test"})
	for _, lang := range []string{"ru", "en"} {
		b := uitest.Open(t, s.URL()+"?lang="+lang, 1024, 768)
		for _, name := range goldens(t) {
			d.show(golden(t, name))
			b.Until(fmt.Sprintf(`document.querySelector('.page[data-link="up"]') && (%s)`, shown(golden(t, name).Prompt != nil, name, d)))
			if os.Getenv("TILLGATE_ARTEFACTS") != "" {
				b.Armed()
			}
			for _, size := range [][2]int64{{1024, 768}, {360, 740}} {
				b.Size(size[0], size[1])
				looksRight(t, b, fmt.Sprintf("%s %s %d", name, lang, size[0]))
				b.Shot(fmt.Sprintf("%s.%s.%d", name, lang, size[0]))
			}
			b.Size(1024, 768)
		}
	}
}

// shown is an expression that is true when the page shows the golden state.
func shown(prompt bool, name string, d *desk) string {
	if prompt {
		return fmt.Sprintf(`document.querySelector('[data-prompt="%s"][data-kind="%s"]')`, d.State().Prompt.ID, d.State().Prompt.Kind)
	}
	if d.State().Return != nil {
		return fmt.Sprintf(`document.querySelector('[data-preview="%t"], .refund')`, d.State().Return.Preview != nil)
	}
	return `document.querySelector('.rest')`
}

// looksRight checks what a program can see.
func looksRight(t *testing.T, b *uitest.Tab, where string) {
	t.Helper()
	for _, wrong := range uitest.Eval[[]string](b, inspect) {
		t.Errorf("%s: %s", where, wrong)
	}
}

// inspect lists what is wrong with the page: sideways overflow, keys without a
// text, arguments without a value, contrast below 4.5 (3 for large type; WCAG
// 2.2, 1.4.3), buttons too small for a finger, buttons without a name.
const inspect = `(() => {
  const out = [];
  if (document.documentElement.scrollWidth > innerWidth) out.push('wider than the screen: ' + document.documentElement.scrollWidth);
  const text = document.body.innerText;
  for (const m of text.matchAll(/\b(choice|prompt|error|notice|condition|reason|text|entry|submit|unit|device|entry_state)\.[a-z_]+/g)) out.push('no text for ' + m[0]);
  for (const m of text.matchAll(/\{\w+[^}]*\}|\[\[|\]\]|undefined|NaN|\[object/g)) out.push('unfilled ' + m[0]);
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m.length > 3 ? m[3] : 1}; };
  const over = (t, g) => ({r: t.r * t.a + g.r * (1 - t.a), g: t.g * t.a + g.g * (1 - t.a), b: t.b * t.a + g.b * (1 - t.a), a: 1});
  const lum = (c) => { const f = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }; return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b); };
  const ground = (el) => { const stack = []; for (let e = el; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); stack.push(c); if (c.a === 1) break; } let g = {r: 255, g: 255, b: 255, a: 1}; for (const c of stack.reverse()) g = over(c, g); return g; };
  const walker = document.createTreeWalker(document.getElementById('app'), NodeFilter.SHOW_TEXT);
  for (let n = walker.nextNode(); n; n = walker.nextNode()) {
    const el = n.parentElement;
    if (!n.data.trim() || !el.getClientRects().length || el.closest('[aria-hidden=true]')) continue;
    const style = getComputedStyle(el);
    const g = ground(el);
    const l = [lum(over(parse(style.color), g)), lum(g)].sort((a, b) => b - a);
    const ratio = (l[0] + 0.05) / (l[1] + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) out.push('contrast ' + ratio.toFixed(2) + ': ' + n.data.trim());
  }
  for (const b of document.querySelectorAll('button')) {
    const r = b.getBoundingClientRect();
    if (r.width === 0) continue;
    if (r.height < 40 || r.width < 40) out.push('a button of ' + Math.round(r.width) + '×' + Math.round(r.height) + ': ' + b.innerText);
    if (!b.innerText.trim() && !b.getAttribute('aria-label')) out.push('a button without a name: ' + b.outerHTML);
    if (b.scrollWidth > b.clientWidth + 1) out.push('a button cut off: ' + b.innerText);
  }
  return out;
})()`
