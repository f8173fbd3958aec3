// Package uitest opens the cashier's page in a real browser (Debian's Chromium,
// driven over the DevTools protocol) for the tests of the page and of the whole
// program.
package uitest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// browser is one Chromium for all tests of a package. Close ends it.
var browser = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tillgate-browser-")
	if err != nil {
		return nil, err
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options(path, dir)...)
	ctx, cancel := chromedp.NewContext(ctx)
	closeBrowser = func() {
		chromedp.Cancel(ctx)
		cancel()
		stop()
		os.RemoveAll(dir)
	}
	return ctx, chromedp.Do(ctx)
})

// options are those of every Chromium. Its camera shows a clock, and every page may
// use it.
func options(path, dir string) []chromedp.ExecAllocatorOption {
	return append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-pings", true), chromedp.Flag("lang", "ru"),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true))
}

var closeBrowser = func() {}

// Close ends the browser, if one was started. TestMain calls it last.
func Close() { closeBrowser() }

// Tab is a page in the browser.
type Tab struct {
	t   testing.TB
	ctx context.Context
}

// Open shows an address in a new tab of so many pixels. Without Chromium the
// test is skipped, and fails where the environment says CI.
func Open(t testing.TB, url string, width, height int64) *Tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		missing(t, err)
	}
	return open(t, parent, url, width, height)
}

// missing skips the test, and fails it where the environment says CI.
func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal("Chromium is needed (apt-get install chromium):", err)
	}
	t.Skip("Chromium is needed (apt-get install chromium):", err)
}

func open(t testing.TB, parent context.Context, url string, width, height int64) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	b := &Tab{t, ctx}
	// chromedp has each frame of a websocket told to it, which nobody here asks for:
	// those of a camera are more than it can take, and what we say waits behind them.
	b.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.Disable, cdp.Empty{})
		return err
	}))
	b.Size(width, height)
	b.Do(chromedp.Navigate(url))
	return b
}

// Do carries out steps.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// Size makes the page so large.
func (b *Tab) Size(width, height int64) {
	b.t.Helper()
	b.Do(chromedp.EmulateViewport(width, height))
}

// Eval is the value of an expression in the page.
func Eval[T any](b *Tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Until waits for an expression to be true. (chromedp.Poll makes a function from
// text in the page, which the page's own policy forbids.)
func (b *Tab) Until(expression string) {
	b.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for !Eval[bool](b, "Boolean("+expression+")") {
		if time.Now().After(end) {
			b.t.Fatalf("never true: %s\nthe page says: %s", expression, b.Text())
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// Text is what a person can read on the page.
func (b *Tab) Text() string {
	b.t.Helper()
	return Eval[string](b, "document.body.innerText")
}

// Armed waits until the prompt on the screen takes answers.
func (b *Tab) Armed() {
	b.t.Helper()
	b.Until(`document.querySelector('.page[data-armed="true"][data-link="up"]')`)
}

// Click waits until something takes answers and clicks it.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	b.Armed()
	b.Until(`document.querySelector('` + selector + `:not(:disabled)')`)
	b.Do(chromedp.Click(chromedp.CSS(selector)))
}

// Keys presses keys as a person does: one after the other.
func (b *Tab) Keys(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.Do(chromedp.KeyEvent(k))
		time.Sleep(90 * time.Millisecond)
	}
}

// Shot keeps a picture of the whole page in the folder that TILLGATE_ARTEFACTS
// names, if it names one.
func (b *Tab) Shot(name string) {
	b.t.Helper()
	dir := os.Getenv("TILLGATE_ARTEFACTS")
	if dir == "" {
		return
	}
	dir = filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	height := Eval[int](b, "Math.max(document.documentElement.scrollHeight, innerHeight)")
	width := Eval[int](b, "innerWidth")
	old := Eval[int](b, "innerHeight")
	b.Size(int64(width), int64(height))
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	b.Size(int64(width), int64(old))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
