package serial_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/serial"
)

// bench is a supervisor with scanners on pseudo terminals.
type bench struct {
	*driver.Supervisor
	t *testing.T
}

func run(t *testing.T, cfgs ...serial.Config) *bench {
	t.Helper()
	d, err := serial.New(cfgs)
	if err != nil {
		t.Fatal(err)
	}
	var log slog.Handler = slog.DiscardHandler
	if testing.Verbose() {
		log = slog.NewTextHandler(os.Stderr, nil)
	}
	s := driver.NewSupervisor(slog.New(log), d)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &bench{s, t}
}

// until waits for a report that fits.
func (b *bench) until(what string, fits func([]driver.Status) bool) {
	b.t.Helper()
	deadline := time.After(10 * time.Second)
	for !fits(b.Report()) {
		select {
		case <-b.Changed():
		case <-time.After(10 * time.Millisecond): // counts of scans are no change
		case <-deadline:
			b.t.Fatalf("%s: report is %+v", what, b.Report())
		}
	}
}

func (b *bench) ready() *bench {
	b.t.Helper()
	b.until("all ready", func(r []driver.Status) bool {
		for _, s := range r {
			if s.State != driver.Ready {
				return false
			}
		}
		return true
	})
	return b
}

func (b *bench) next() driver.Scan {
	b.t.Helper()
	select {
	case s := <-b.Scans():
		return s
	case <-time.After(10 * time.Second):
		b.t.Fatalf("no scan; report is %+v", b.Report())
		panic("unreachable")
	}
}

func (b *bench) want(codes ...string) {
	b.t.Helper()
	for _, code := range codes {
		if s := b.next(); string(s.Data) != code {
			b.t.Fatalf("got %q, want %q", s.Data, code)
		}
	}
}

// nothingMore sends one more code, and fails if anything comes before it or if
// any input was lost.
func (b *bench) nothingMore(p *drivertest.Pty) {
	b.t.Helper()
	send(b.t, p, "the last one\r")
	b.want("the last one")
	for _, s := range b.Report() {
		if s.Lost != 0 {
			b.t.Errorf("%s lost %d inputs: %s", s.Info.ID, s.Lost, s.LostWhy)
		}
	}
}

func plug(t *testing.T, as drivertest.Personality) *drivertest.Pty {
	t.Helper()
	as.Link = filepath.Join(t.TempDir(), "scanner")
	p, err := drivertest.OpenPty(as)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func send(t *testing.T, p *drivertest.Pty, b string) {
	t.Helper()
	if err := p.Send([]byte(b)); err != nil {
		t.Fatal(err)
	}
}
