package page_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/checkout"
	"github.com/tillgate/tillgate/ui/uitest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	uitest.Close()
	os.Exit(code)
}

// desk is a desk that shows what it is told and remembers what it was asked.
type desk struct {
	mu      sync.Mutex
	state   checkout.State
	watcher func()
	got     chan checkout.Command
	answer  func(checkout.Command) checkout.Answer
}

func newDesk() *desk {
	return &desk{watcher: func() {}, got: make(chan checkout.Command, 64)}
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
	d.watcher()
}

func (d *desk) Watch(f func())             { d.watcher = f }
func (d *desk) Sale() *checkout.SaleResult { return nil }
func (d *desk) Result(context.Context, string) (checkout.SaleResult, bool, error) {
	return checkout.SaleResult{}, false, nil
}

func (d *desk) Preview(context.Context, checkout.Command) (p checkout.Preview, refused *checkout.Text, err error) {
	return p, nil, nil
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
