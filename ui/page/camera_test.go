package page_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/tillgate/tillgate/decode/frame"
	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/uitest"
)

// cameras shows every page what it is told to.
type cameras struct {
	mu     sync.Mutex
	view   ui.View
	frames int
	open   int
}

func (c *cameras) show(v ui.View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view = v
}

func (c *cameras) count() (frames, open int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frames, c.open
}

func (c *cameras) Open() ui.Camera {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	return &lens{c: c}
}

func (c *cameras) Picture(_ context.Context, file io.Reader) (ui.View, error) {
	b, err := io.ReadAll(file)
	switch {
	case err != nil:
		return ui.View{}, err
	case string(b) == "large":
		return ui.View{}, frame.ErrSize
	case string(b) == "letter":
		return ui.View{}, frame.ErrPicture
	case string(b) == "torn":
		return ui.View{}, io.ErrUnexpectedEOF
	case string(b) == "empty":
		return ui.View{State: ui.ViewSearching, Advice: []frame.Advice{frame.Far}}, nil
	}
	return ui.View{State: ui.ViewRead, Codes: codes[:1], Reads: 1}, nil
}

type lens struct {
	c    *cameras
	once sync.Once
}

func (l *lens) Frame(f frame.Frame) (ui.View, error) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	l.c.frames++
	return l.c.view, nil
}

func (l *lens) Close() {
	l.once.Do(func() {
		l.c.mu.Lock()
		defer l.c.mu.Unlock()
		l.c.open--
	})
}

var codes = []ui.ViewCode{{Format: "QR Code", Ending: "18"}, {Format: "EAN-13", Ending: "25"}}

// withCamera opens a page that has a camera.
func withCamera(t *testing.T, c *cameras, query string) *uitest.Tab {
	t.Helper()
	d := newDesk()
	d.show(golden(t, "idle"))
	s := serve(t, ui.Options{Desk: d, Cameras: c, Title: "Касса 3"})
	b := uitest.Open(t, s.URL()+query, 1024, 768)
	b.Until(`document.querySelector('.rest')`)
	// keep hold of the camera, to see whether its lamp is on
	uitest.Eval[bool](b, `(window.cams = [], window.ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices), navigator.mediaDevices.getUserMedia = async (c) => { const s = await window.ask(c); window.cams.push(s); return s; }, true)`)
	return b
}

// wait waits until ok says so.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never:", what)
		}
	}
}

const lamps = `window.cams.flatMap((s) => s.getTracks()).filter((t) => t.readyState === 'live').length`

// What the camera sees is said in both languages, on a till's screen and a narrow
// one.
func TestCameraPanel(t *testing.T) {
	for _, lang := range []string{"ru", "en"} {
		c := &cameras{view: ui.View{State: ui.ViewSearching}}
		b := withCamera(t, c, "?lang="+lang)
		b.Click(`[data-do="camera"]`)
		b.Until(`document.querySelector('[data-camera="on"] video')`)
		for name, v := range map[string]struct {
			view     ui.View
			selector string
		}{
			"searching": {ui.View{State: ui.ViewSearching}, `[data-view="searching"] .strip.info`},
			"dark":      {ui.View{State: ui.ViewSearching, Advice: []frame.Advice{frame.Dark, frame.Far}}, `[data-advice="too-dark"]`},
			"glare":     {ui.View{State: ui.ViewSearching, Advice: []frame.Advice{frame.Glare}}, `[data-advice="glare"]`},
			"cut":       {ui.View{State: ui.ViewSearching, Advice: []frame.Advice{frame.Cut}}, `[data-advice="cut-off"]`},
			"far":       {ui.View{State: ui.ViewSearching, Advice: []frame.Advice{frame.Far}}, `[data-advice="too-far"]`},
			"moving":    {ui.View{State: ui.ViewSearching, Advice: []frame.Advice{frame.Moving}}, `[data-advice="moving"]`},
			"read":      {ui.View{State: ui.ViewRead, Codes: codes[:1], Reads: 1}, `[data-view="read"] .strip.good`},
			"several":   {ui.View{State: ui.ViewSeveral, Codes: codes}, `[data-view="several"] .strip.warning`},
		} {
			c.show(v.view)
			b.Until(fmt.Sprintf(`document.querySelector('.camera%s, .camera %s')`, v.selector, v.selector))
			for _, size := range [][2]int64{{1024, 768}, {360, 740}} {
				b.Size(size[0], size[1])
				looksRight(t, b, fmt.Sprintf("%s %s %d", name, lang, size[0]))
				b.Shot(fmt.Sprintf("%s.%s.%d", name, lang, size[0]))
			}
			b.Size(1024, 768)
		}
		if text := b.Text(); lang == "ru" && !strings.Contains(text, "Камера") {
			t.Errorf("not in Russian: %s", text)
		}
	}
}

// What can be done about a code that a webcam or an imager sees and does not read
// is said beside the question, with the name of the device.
func TestAdviceOfADevice(t *testing.T) {
	d := newDesk()
	s := serve(t, ui.Options{Desk: d, Title: "Касса 3", Version: "test"})
	for lang, texts := range map[string]map[string]string{
		"ru": {"too-dark": "прибавьте яркость", "glare": "наклоните телефон", "cut-off": "целиком", "too-far": "ближе", "moving": "неподвижно", "several": "Покажите один"},
		"en": {"too-dark": "raise the brightness", "glare": "tilt the phone", "cut-off": "show the whole", "too-far": "closer", "moving": "hold the phone still", "several": "one alone"},
	} {
		b := uitest.Open(t, s.URL()+"?lang="+lang, 1024, 768)
		for code, text := range texts {
			state := golden(t, "spend")
			state.Devices[0].Advice = code
			d.show(state)
			b.Until(`document.querySelector('.notices [data-advice="` + code + `"]')`)
			if got := b.Text(); !strings.Contains(got, text) || !strings.Contains(got, state.Devices[0].Name) {
				t.Errorf("%s, %s: %s", lang, code, got)
			}
			looksRight(t, b, code+" "+lang)
		}
		b.Shot("advice." + lang)
		d.show(golden(t, "spend"))
		b.Until(`!document.querySelector('.notices [data-advice]')`)
	}
}

// The camera is switched on and off by keyboard alone, and its lamp goes out.
func TestCameraByKeyboard(t *testing.T) {
	c := &cameras{view: ui.View{State: ui.ViewSearching}}
	b := withCamera(t, c, "")
	b.Keys(kb.F10)
	b.Until(`document.querySelector('[data-camera="on"]')`)
	b.Until(lamps + ` === 1`)
	b.Until(`document.activeElement === document.body`)
	for _, selector := range []string{`[data-do="camera"]`, `[data-do="camera-off"]`, `[data-do="picture"]`} {
		if !uitest.Eval[bool](b, `(() => { const e = document.querySelector('`+selector+`'); e.focus(); return document.activeElement === e && e.tabIndex >= 0; })()`) {
			t.Errorf("%s can not be reached", selector)
		}
	}
	frames, _ := c.count()
	wait(t, "frames come", func() bool { n, _ := c.count(); return n > frames+3 })
	b.Keys(kb.F10)
	b.Until(`!document.querySelector('.camera')`)
	b.Until(lamps + ` === 0`)
	wait(t, "the camera is given up", func() bool { _, open := c.count(); return open == 0 })
	b.Keys(kb.F10)
	b.Until(`document.querySelector('[data-camera="on"]')`)
	b.Keys("\x1b")
	b.Until(lamps + ` === 0`)
}

// After the daemon was away the camera goes on by itself; if another page takes
// over, it ends and says so.
func TestCameraEnds(t *testing.T) {
	c := &cameras{view: ui.View{State: ui.ViewSearching}}
	b := withCamera(t, c, "")
	b.Click(`[data-do="camera"]`)
	b.Until(`document.querySelector('[data-view="searching"]')`)
	c.show(ui.View{State: ui.ViewTaken})
	b.Until(`document.querySelector('[data-trouble="taken"]')`)
	b.Until(lamps + ` === 0`)
	c.show(ui.View{State: ui.ViewSearching})
	b.Click(`[data-do="camera"]`)
	b.Until(`document.querySelector('[data-view="searching"]')`)
	uitest.Eval[bool](b, `(window.cams.at(-1).getTracks()[0].dispatchEvent(new Event('ended')), true)`)
	b.Until(`document.querySelector('[data-trouble="unplugged"]')`)
}

// What keeps the camera from working is said with what helps.
func TestCameraTroubles(t *testing.T) {
	for _, lang := range []string{"ru", "en"} {
		b := withCamera(t, &cameras{}, "?lang="+lang)
		for name, trouble := range map[string]string{
			"NotAllowedError": "denied", "NotFoundError": "absent", "NotReadableError": "busy", "AbortError": "busy", "OverconstrainedError": "absent",
		} {
			uitest.Eval[bool](b, `(navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '`+name+`')), true)`)
			b.Click(`[data-do="camera"]`)
			b.Until(`document.querySelector('[data-camera="failed"] [data-trouble="` + trouble + `"]')`)
			looksRight(t, b, trouble+" "+lang)
			b.Shot(trouble + "." + lang)
			b.Click(`[data-do="camera-off"]`)
			b.Until(`!document.querySelector('.camera')`)
		}
		uitest.Eval[bool](b, `(Object.defineProperty(navigator, 'mediaDevices', {value: undefined, configurable: true}), true)`)
		b.Click(`[data-do="camera"]`)
		b.Until(`document.querySelector('[data-trouble="insecure"]')`)
		looksRight(t, b, "insecure "+lang)
	}
}

// A picture comes in by dropping, by pasting and by choosing.
func TestPictures(t *testing.T) {
	b := withCamera(t, &cameras{}, "?lang=ru")
	give := func(event, list, text string) {
		uitest.Eval[bool](b, `(() => { const d = new DataTransfer(); d.items.add(new File(['`+text+`'], 'x.png', {type: 'image/png'})); document.body.dispatchEvent(new `+event+`, {bubbles: true, cancelable: true, `+list+`: d})); return true; })()`)
	}
	for _, p := range []struct{ text, want string }{
		{"card", "read"}, {"large", "size"}, {"letter", "format"}, {"torn", "damaged"}, {"empty", "searching"},
	} {
		give(`DragEvent('drop'`, "dataTransfer", p.text)
		b.Until(`document.querySelector('[data-picture="` + p.want + `"]')`)
		looksRight(t, b, "picture "+p.want)
		b.Shot("picture-" + p.want)
	}
	give(`ClipboardEvent('paste'`, "clipboardData", "card")
	b.Until(`document.querySelector('[data-picture="read"]')`)
	b.Click(`[data-do="camera-off"]`)
	b.Until(`!document.querySelector('.camera')`)
}

// Without a consent of the configuration there is no button and no drop.
func TestNoCamera(t *testing.T) {
	d := newDesk()
	d.show(golden(t, "idle"))
	b := uitest.Open(t, serve(t, ui.Options{Desk: d}).URL(), 1024, 768)
	b.Until(`document.querySelector('.rest')`)
	if uitest.Eval[bool](b, `Boolean(document.querySelector('[data-do="camera"]'))`) {
		t.Error("there is a button for a camera that nobody wants")
	}
}
