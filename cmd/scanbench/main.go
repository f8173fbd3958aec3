// Command scanbench measures the way of a scan, from a byte on the scanner's
// port to a message at the page, and sets it beside two others in the same run:
//
//   - floor: a C program that copies the port to a TCP connection. What the
//     kernel alone costs.
//   - node: what an integrator writes with serialport, better-sqlite3 and ws,
//     with the same duties (peer/peer.mjs).
//   - tillgate: the real daemon, with its real copy of the same customers.
//
// It needs Linux, gcc, node, npm and python3 (npm builds better-sqlite3 with it).
//
//	go run ./cmd/scanbench [-customers 100000] [-scans 2000] [-burst 500]
//
// With -till it measures a whole till alone, for which it needs Linux and Go: what it
// costs while nobody scans, with four scanners; the way of a product code to the POS;
// and how soon a scanner that comes back is read.
//
//	go run ./cmd/scanbench -till [-idle 1m] [-scans 2000]
//go:build linux

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tillgate/tillgate/decode/gs1"
	"github.com/tillgate/tillgate/driver/drivertest"
)

// engine is one way from the port to the page.
type engine interface {
	name() string
	// start runs it on a port and returns when it is ready, with its process.
	start(ctx context.Context, tty string) (*exec.Cmd, error)
	// connect opens the page's side. For each message that is a scan's effect
	// the code that it is about is sent on the channel.
	connect(ctx context.Context) (<-chan string, error)
	// effect is what connect's channel has for a card.
	effect(card string) string
	stop()
}

// figures are what was measured of one engine.
type figures struct {
	name      string
	latencies []time.Duration
	cpu       time.Duration // per scan, one at a time
	private   int           // KB, after the scans
	sent, got int           // of the burst
}

func main() {
	customers := flag.Int("customers", 100_000, "customers in the copy")
	scans := flag.Int("scans", 2000, "scans, one at a time")
	pause := flag.Duration("pause", 5*time.Millisecond, "between an effect and the next scan: what an engine does after it has answered is not in the next one's way")
	burst := flag.Int("burst", 500, "scans written at once")
	only := flag.Bool("till", false, "measure a till alone: idle with four scanners, product codes to the POS, a scanner that comes back")
	idle := flag.Duration("idle", time.Minute, "how long the till is left idle")
	flag.Parse()
	if *only {
		if err := runTill(*customers, *scans, *idle); err != nil {
			fmt.Fprintln(os.Stderr, "scanbench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*customers, *scans, *pause, *burst); err != nil {
		fmt.Fprintln(os.Stderr, "scanbench:", err)
		os.Exit(1)
	}
}

func run(customers, scans int, pause time.Duration, burst int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dir, err := os.MkdirTemp("", "scanbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	chain, err := newChain(dir, customers)
	if err != nil {
		return err
	}
	defer chain.close()
	engines := []engine{&floor{dir: dir}, &node{dir: dir, chain: chain}, &tillgate{dir: dir, chain: chain}}
	var all []figures
	for _, e := range engines {
		f, err := measure(ctx, e, chain.cards, scans, pause, burst)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name(), err)
		}
		all = append(all, f)
	}
	return print(all, customers, scans, pause)
}

func measure(ctx context.Context, e engine, cards []string, scans int, pause time.Duration, burst int) (f figures, err error) {
	f.name = e.name()
	pty, err := drivertest.OpenPty(drivertest.Personality{Suffix: "\r"})
	if err != nil {
		return f, err
	}
	defer pty.Close()
	defer e.stop()
	cmd, err := e.start(ctx, pty.Path())
	if err != nil {
		return f, err
	}
	seen, err := e.connect(ctx)
	if err != nil {
		return f, err
	}
	one := func(i int) error {
		card := cards[i%len(cards)]
		time.Sleep(pause)
		start := time.Now()
		if err := pty.Scan(card); err != nil {
			return err
		}
		for {
			select {
			case got, ok := <-seen:
				if !ok {
					return fmt.Errorf("the page lost its connection")
				}
				if got == e.effect(card) {
					f.latencies = append(f.latencies, time.Since(start))
					return nil
				}
			case <-time.After(5 * time.Second):
				return fmt.Errorf("scan %d was lost", i)
			}
		}
	}
	warm := scans / 10
	for i := range warm {
		if err := one(i); err != nil {
			return f, err
		}
	}
	f.latencies = f.latencies[:0]
	before, err := cpuTime(cmd.Process.Pid)
	if err != nil {
		return f, err
	}
	for i := range scans {
		if err := one(warm + i); err != nil {
			return f, err
		}
	}
	after, err := cpuTime(cmd.Process.Pid)
	if err != nil {
		return f, err
	}
	f.cpu = (after - before) / time.Duration(scans)
	f.private = privateKB(cmd.Process.Pid)
	return f, f.flood(pty, seen, burst)
}

// flood writes many product codes at once and counts those that arrive whole
// and in order.
func (f *figures) flood(pty *drivertest.Pty, seen <-chan string, burst int) error {
	f.sent = burst
	failed := make(chan error, 1)
	go func() {
		for i := range burst {
			if err := pty.Scan(product(i)); err != nil {
				failed <- err
				return
			}
		}
	}()
	for f.got < burst {
		select {
		case got, ok := <-seen:
			if !ok {
				return fmt.Errorf("the page lost its connection")
			}
			if got == product(f.got) {
				f.got++
			}
		case err := <-failed:
			return err
		case <-time.After(3 * time.Second):
			return nil
		}
	}
	return nil
}

// product is the i-th product code: an EAN-13 that is nobody's card.
func product(i int) string {
	digits := fmt.Sprintf("460%09d", i)
	check, _ := gs1.CheckDigit(digits)
	return digits + string(check)
}

func print(all []figures, customers, scans int, pause time.Duration) error {
	fmt.Printf("%d customers, %d scans one at a time, %v apart. %s\n\n", customers, scans, pause, machine())
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tp50 µs\tp99 µs\tCPU µs per scan\tprivate MB\tburst: arrived\tof\t")
	for _, f := range all {
		slices.Sort(f.latencies)
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%.1f\t%d\t%d\t\n", f.name, at(f.latencies, 50), at(f.latencies, 99),
			f.cpu.Microseconds(), float64(f.private)/1024, f.got, f.sent)
	}
	return t.Flush()
}

// at is a percentile in microseconds.
func at(sorted []time.Duration, percent int) int64 {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Microseconds()
}

// machine describes the machine for those who read the figures.
func machine() string {
	model := "unknown CPU"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(v)
				break
			}
		}
	}
	kernel := "unknown kernel"
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = strings.TrimSpace(string(b))
	}
	return fmt.Sprintf("%d × %s, Linux %s, %s.", runtime.NumCPU(), model, kernel, runtime.Version())
}

func sourceDir() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}
