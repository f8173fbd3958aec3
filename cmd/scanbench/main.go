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
	connect(ctx context.Context) (<-chan arrival, error)
	// effect is what connect's channel has for a card.
	effect(card string) string
	stop()
}

// arrival is a message at the page: what it is about, and when it was there, before
// anybody has read it.
type arrival struct {
	what string
	at   time.Time
}

// pace is how the scans follow each other.
type pace struct {
	pause time.Duration // between an effect and the next scan
	share int           // of -scans: one in so many
	words string
}

// Whoever comes right after is not asked about at the central API, because the desk
// asks when the page has been drawn; 50 ms apart everybody is, and the processor has
// fallen asleep before each.
var paces = []pace{
	{0, 1, "one right after the other"},
	{50 * time.Millisecond, 5, "50 ms apart"},
}

// figures are what was measured of one engine.
type figures struct {
	name      string
	paces     []timing // as paces
	private   int      // KB, after the scans
	sent, got int      // of the burst
}

// timing is what was measured at one pace.
type timing struct {
	latencies []time.Duration
	cpu       time.Duration // per scan
}

func main() {
	customers := flag.Int("customers", 100_000, "customers in the copy")
	scans := flag.Int("scans", 2000, "scans, one at a time")
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
	if err := run(*customers, *scans, *burst); err != nil {
		fmt.Fprintln(os.Stderr, "scanbench:", err)
		os.Exit(1)
	}
}

func run(customers, scans, burst int) error {
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
		f, err := measure(ctx, e, chain.cards, scans, burst)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name(), err)
		}
		all = append(all, f)
	}
	print(all, customers, scans)
	return nil
}

func measure(ctx context.Context, e engine, cards []string, scans, burst int) (f figures, err error) {
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
	next := 0
	one := func() (time.Duration, error) {
		card := cards[next%len(cards)]
		next++
		start := time.Now()
		if err := pty.Scan(card); err != nil {
			return 0, err
		}
		for {
			select {
			case got, ok := <-seen:
				if !ok {
					return 0, fmt.Errorf("the page lost its connection")
				}
				if got.what == e.effect(card) {
					return got.at.Sub(start), nil
				}
			case <-time.After(5 * time.Second):
				return 0, fmt.Errorf("scan %d was lost", next)
			}
		}
	}
	for range max(scans/10, 1) { // to warm up
		if _, err := one(); err != nil {
			return f, err
		}
	}
	for _, p := range paces {
		var t timing
		before, err := cpuTime(cmd.Process.Pid)
		if err != nil {
			return f, err
		}
		for range max(scans/p.share, 1) {
			time.Sleep(p.pause)
			took, err := one()
			if err != nil {
				return f, err
			}
			t.latencies = append(t.latencies, took)
		}
		time.Sleep(p.pause) // what follows the last scan belongs to it
		after, err := cpuTime(cmd.Process.Pid)
		if err != nil {
			return f, err
		}
		t.cpu = (after - before) / time.Duration(len(t.latencies))
		f.paces = append(f.paces, t)
	}
	f.private = privateKB(cmd.Process.Pid)
	return f, f.flood(pty, seen, burst)
}

// flood writes many product codes at once and counts those that arrive whole
// and in order.
func (f *figures) flood(pty *drivertest.Pty, seen <-chan arrival, burst int) error {
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
			if got.what == product(f.got) {
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

// print writes the tables as they stand in the README.
func print(all []figures, customers, scans int) {
	fmt.Printf("A lookup among %d customers; %s\n", customers, machine())
	for i, p := range paces {
		fmt.Printf("\n| %d scans, %s | p50 µs | p99 µs | CPU µs per scan |", scans/p.share, p.words)
		if i == 0 {
			fmt.Printf(" private MB | burst of %d: arrived |", all[0].sent)
		}
		fmt.Print("\n|---|--:|--:|--:|")
		if i == 0 {
			fmt.Print("--:|--:|")
		}
		fmt.Println()
		for _, f := range all {
			t := f.paces[i]
			slices.Sort(t.latencies)
			fmt.Printf("| %s | %d | %d | %d |", f.name, at(t.latencies, 50), at(t.latencies, 99), t.cpu.Microseconds())
			if i == 0 {
				fmt.Printf(" %.1f | %d |", float64(f.private)/1024, f.got)
			}
			fmt.Println()
		}
	}
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
