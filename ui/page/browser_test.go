package page_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/checkout"
)

// browser starts one Chromium for the tests of the package. A test that needs
// it is skipped where there is none.
var browser = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tillgate-browser-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-pings", true), chromedp.Flag("lang", "ru"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	closeBrowser = func() {
		chromedp.Cancel(ctx)
		cancel()
		stop()
		os.RemoveAll(dir)
	}
	return ctx, chromedp.Do(ctx)
})

var closeBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	closeBrowser()
	os.Exit(code)
}

// tab is a page in the browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open shows an address in a new tab of so many pixels.
func open(t *testing.T, url string, width, height int64) *tab {
	t.Helper()
	parent, err := browser()
	if err != nil {
		t.Skip("Chromium is needed (apt-get install chromium):", err)
	}
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	b := &tab{t, ctx}
	b.size(width, height)
	b.do(chromedp.Navigate(url))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// eval is the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true. (chromedp.Poll makes a function from
// text in the page, which the page's own policy forbids.)
func (b *tab) until(expression string) {
	b.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for !eval[bool](b, "Boolean("+expression+")") {
		if time.Now().After(end) {
			b.t.Fatalf("never true: %s\nthe page says: %s", expression, eval[string](b, "document.body.innerText"))
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// armed waits until the prompt on the screen takes answers.
func (b *tab) armed() {
	b.t.Helper()
	b.until(`document.querySelector('.page[data-armed="true"][data-link="up"]')`)
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.armed()
	b.until(`document.querySelector('` + selector + `:not(:disabled)')`)
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// keys presses keys as a person does: one after the other.
func (b *tab) keys(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.do(chromedp.KeyEvent(k))
		time.Sleep(90 * time.Millisecond)
	}
}

// shot keeps a picture of the whole page, if there is a place for it.
func (b *tab) shot(dir, name string) {
	b.t.Helper()
	if dir == "" {
		return
	}
	height := eval[int](b, "Math.max(document.documentElement.scrollHeight, innerHeight)")
	width := eval[int](b, "innerWidth")
	old := eval[int](b, "innerHeight")
	b.size(int64(width), int64(height))
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	b.size(int64(width), int64(old))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// artefacts is where pictures go: a folder in TILLGATE_ARTEFACTS, or nowhere.
func artefacts(t *testing.T) string {
	dir := os.Getenv("TILLGATE_ARTEFACTS")
	if dir == "" {
		return ""
	}
	dir = filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// desk is a desk that shows what it is told and remembers what it was asked.
type desk struct {
	mu      sync.Mutex
	state   checkout.State
	changed chan struct{}
	got     chan checkout.Command
	answer  func(checkout.Command) checkout.Answer
}

func newDesk() *desk {
	return &desk{changed: make(chan struct{}, 1), got: make(chan checkout.Command, 64)}
}

func (d *desk) State() checkout.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

func (d *desk) show(s checkout.State) {
	d.mu.Lock()
	d.state = s
	d.mu.Unlock()
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

func (d *desk) Changed() <-chan struct{}   { return d.changed }
func (d *desk) Sale() *checkout.SaleResult { return nil }
func (d *desk) Result(context.Context, string) (checkout.SaleResult, bool, error) {
	return checkout.SaleResult{}, false, nil
}

func (d *desk) Do(_ context.Context, c checkout.Command) checkout.Answer {
	d.got <- c
	if d.answer != nil {
		return d.answer(c)
	}
	return checkout.Answer{ID: c.ID, OK: true}
}

// asked is the next command that the page gave.
func (d *desk) asked(t *testing.T) checkout.Command {
	t.Helper()
	select {
	case c := <-d.got:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("the page asked nothing")
		return checkout.Command{}
	}
}

// quiet fails if the page asked something.
func (d *desk) quiet(t *testing.T, why string) {
	t.Helper()
	select {
	case c := <-d.got:
		t.Fatalf("%s, but the page asked %+v", why, c)
	case <-time.After(250 * time.Millisecond):
	}
}

// serve runs a server until the test ends.
func serve(t *testing.T, o ui.Options) *ui.Server {
	t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	s, err := ui.New(o)
	if err != nil {
		t.Fatal(err)
	}
	stop := runServer(s)
	t.Cleanup(stop)
	return s
}

// runServer runs a server until stop is called.
func runServer(s *ui.Server) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	return func() { cancel(); <-ended }
}

// golden is a state of the desk's golden files.
func golden(t *testing.T, name string) checkout.State {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "checkout", "testdata", "state-"+name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s checkout.State
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// goldens are the names of all golden states.
func goldens(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../checkout/testdata/state-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden states: %v", err)
	}
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "state-"), ".json"))
	}
	return out
}

// clickText clicks the button with a text.
func clickText(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(`//button[contains(., "` + text + `")]`)
}
