package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui"
)

// demoCmd runs the daemon with everything around it that a newcomer does not
// have: a scanner and a central API with customers.
type demoCmd struct {
	Start   demoStartCmd   `cmd:"" default:"withargs" help:"Run the demo until Ctrl-C."`
	Cut     demoCutCmd     `cmd:"" help:"Cut the running demo's central API off."`
	Restore demoRestoreCmd `cmd:"" help:"Bring the running demo's central API back."`
}

type demoStartCmd struct {
	Listen    string `default:"127.0.0.1:8377" placeholder:"ADDR" help:"Address of the cashier's page (${default}); a free port is taken if this one is not."`
	Data      string `default:"${demodir}" placeholder:"DIR" help:"Where the demo keeps its data between two runs (${default})."`
	Fresh     bool   `help:"Forget the data of the runs before."`
	Customers int    `default:"500" help:"Customers in the central API when it is made (${default})."`
	Provider  string `default:"central" enum:"central,maxma,amocrm" help:"The programme: the chain's own central API, or a double of MAXMA or amoCRM (${enum}; ${default})."`
	Verbose   bool   `short:"v" help:"Show the log."`
}

// demoSeed makes the same customers on every machine.
const demoSeed = 1

// demo is what surrounds the daemon.
type demo struct {
	demoProgramme
	name     string // of the programme
	provider loyalty.Provider
	http     *http.Server
	sw       *server.Switch
	cut      atomic.Bool
	scanner  demoScanner
	url      string
}

// demoScanner is the virtual scanner.
type demoScanner interface {
	Driver() driver.Driver
	// Scan lets the scanner read a code; aim is sent before it if not "".
	Scan(ctx context.Context, code, aim string) error
	// Lines are printed for people: what to open, what to write to.
	Lines() [][2]string
	Close() error
}

func (c demoStartCmd) Run(e *env) error {
	log := slog.New(slog.DiscardHandler)
	if c.Verbose {
		log = newLog(LogConfig{Level: "debug", Format: "text"}, e.stderr)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	if err := c.forget(); err != nil {
		return err
	}
	cfg := demoConfig(c)
	d, err := newDemo(c, cfg, log)
	if err != nil {
		return err
	}
	defer d.stop()
	g, err := build(cfg, parts{drivers: []driver.Driver{d.scanner.Driver()}, provider: d.provider, demo: d}, log)
	if err != nil {
		return err
	}
	defer g.close()
	return g.run(e.ctx, func(page string) {
		g.settle(e.ctx) // what is scanned before would be thrown away as stale
		d.print(e.stdout, page)
	})
}

// demoConfig is the configuration of a till of the demo's chain.
func demoConfig(c demoStartCmd) Config {
	cfg := defaults()
	cfg.Till.Shop, cfg.Till.Till, cfg.Till.Name, cfg.Till.DataDir = "1", "1", "Демо", c.Data
	cfg.Page.Listen = freeIfTaken(c.Listen)
	cfg.Card = []card.Config{
		{Name: "plastic", Kind: card.EAN13, Prefixes: []string{"29"}},
		{Name: "pass", Kind: card.URL, Hosts: []string{server.SeedHost}, PathSegment: -1},
		{Name: "gsrn", Kind: card.GS1, AI: "8018", WithoutFNC1: true},
		{Name: "phone", Kind: card.PhoneNumber},
		{Name: "amocrm", Kind: card.Digits, Lengths: []int{8}, Prefixes: []string{"31"}},
	}
	return cfg
}

// freeIfTaken is the address, with any free port if its own is in use: a demo
// beside another program still starts.
func freeIfTaken(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		if host, _, err := net.SplitHostPort(addr); err == nil {
			return net.JoinHostPort(host, "0")
		}
		return addr
	}
	l.Close()
	return addr
}

func newDemo(c demoStartCmd, cfg Config, log *slog.Logger) (_ *demo, err error) {
	d := &demo{name: c.Provider}
	defer func() {
		if err != nil {
			d.stop()
		}
	}()
	if d.demoProgramme, err = c.programme(cfg, log); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d.sw = server.NewSwitch(l)
	d.url = "http://" + l.Addr().String()
	d.http = &http.Server{Handler: d.handler, ReadHeaderTimeout: 5 * time.Second}
	go d.http.Serve(d.sw)
	if d.scanner, err = newDemoScanner(log); err != nil {
		return nil, err
	}
	if d.provider, err = d.connect(d.url); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *demo) stop() {
	if d.scanner != nil {
		d.scanner.Close()
	}
	if d.demoProgramme.close != nil {
		d.demoProgramme.close() // first: it ends the calls that wait for changes
	}
	if d.http != nil {
		d.http.Close()
	}
}

// print says where everything is, in lines that scripts can read too.
func (d *demo) print(w io.Writer, page string) {
	line := func(name, what string) { fmt.Fprintf(w, "%-9s %s\n", name+":", what) }
	line("page", page)
	for _, l := range d.scanner.Lines() {
		line(l[0], l[1])
	}
	line(d.name, d.url+"   tillgate demo cut | tillgate demo restore")
	for _, c := range d.cards {
		what := c.Kind
		if c.Name != "" {
			what = fmt.Sprintf("%s, %s, %d points", c.Name, c.Tier, c.Points)
			if c.Kind != "" {
				what += " (" + c.Kind + ")"
			}
		}
		line("card", fmt.Sprintf("%-13s  %s", c.Code, what))
	}
	fmt.Fprintln(w, "Ctrl-C ends it.")
}

// Cut, IsCut, Cards and Scan are the demo's part of the page.

// Cut takes the central API away, or brings it back.
func (d *demo) Cut(_ context.Context, cut bool) error {
	d.cut.Store(cut)
	if cut {
		d.sw.Cut()
		return nil
	}
	return d.sw.Restore()
}

// IsCut says whether the central API is away.
func (d *demo) IsCut() bool { return d.cut.Load() }

// Cards are cards to try.
func (d *demo) Cards() []ui.DemoCard { return d.cards }

// Scan lets the virtual scanner read a code.
func (d *demo) Scan(ctx context.Context, code string) error { return d.scanner.Scan(ctx, code, "") }

// demoData is the flag that finds a running demo.
type demoData struct {
	Data string `default:"${demodir}" placeholder:"DIR" help:"The demo's data folder (${default})."`
}

type (
	demoCutCmd     struct{ demoData }
	demoRestoreCmd struct{ demoData }
)

func (c demoCutCmd) Run(e *env) error {
	return c.cut(e, true, "The central API is cut off.")
}

func (c demoRestoreCmd) Run(e *env) error {
	return c.cut(e, false, "The central API is back.")
}

func (c demoData) cut(e *env, cut bool, done string) error {
	if err := control(e.ctx, c.Data, "POST", "/demo/cut", cut, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, done)
	return err
}
