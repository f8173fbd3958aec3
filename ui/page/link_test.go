package page_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/ui"
	"github.com/tillgate/tillgate/ui/uitest"
)

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

func (d *demo) IsCut() bool { return d.cut }

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
