//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest"
)

// scanners is how many stand at the till.
const scanners = 4

// till is the daemon with four scanners, a page and a POS: what it costs a till all
// day, most of which nobody scans.
type till struct {
	gate     *tillgate
	scanners []*drivertest.Pty
	pos      *os.File
	lines    chan string // what the POS reads
	pid      int
}

// runTill measures a till, and prints the figures.
func runTill(customers, scans int, idle time.Duration) error {
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
	x := &till{gate: &tillgate{dir: dir, chain: chain}}
	defer x.gate.stop()
	if err := x.start(ctx, dir); err != nil {
		return err
	}
	fmt.Printf("tillgate with %d scanners on serial ports, a page, a POS at the virtual port, %d customers. %s Load %s.\n\n", scanners, customers, machine(), load())
	if err := x.idle(idle); err != nil {
		return err
	}
	if err := x.forward(scans); err != nil {
		return err
	}
	return x.replug(dir)
}

func (x *till) start(ctx context.Context, dir string) error {
	var more strings.Builder
	link := filepath.Join(dir, "pos")
	for i := range scanners {
		p, err := drivertest.OpenPty(drivertest.Personality{Suffix: "\r", Link: filepath.Join(dir, fmt.Sprint("scanner", i))})
		if err != nil {
			return err
		}
		x.scanners = append(x.scanners, p)
		if i > 0 { // the first is in the configuration already
			fmt.Fprintf(&more, "[[scanner.serial]]\npath = %q\n", p.Path())
		}
	}
	fmt.Fprintf(&more, "[forward]\nto = \"pty\"\nsuffix = \"lf\"\nlink = %q\n", link)
	x.gate.more = more.String()
	cmd, err := x.gate.start(ctx, x.scanners[0].Path())
	if err != nil {
		return err
	}
	x.pid = cmd.Process.Pid
	seen, err := x.gate.connect(ctx)
	if err != nil {
		return err
	}
	go func() {
		for range seen {
		}
	}()
	if x.pos, err = os.OpenFile(link, os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		return fmt.Errorf("open the POS's port: %w", err)
	}
	x.lines = make(chan string, 100)
	go func() {
		for lines := bufio.NewScanner(x.pos); lines.Scan(); {
			x.lines <- lines.Text()
		}
	}()
	return nil
}

// idle measures while nobody does anything.
func (x *till) idle(idle time.Duration) error {
	time.Sleep(10 * time.Second) // the end of the start
	before, switches := exactCPU(x.pid)
	time.Sleep(idle)
	after, more := exactCPU(x.pid)
	used := after - before
	_, err := fmt.Printf("idle for %v: %v of processor time, %.4f %% of a core, woken %.1f times a second\n",
		idle, used.Round(10*time.Microsecond), 100*float64(used)/float64(idle), float64(more-switches)/idle.Seconds())
	return err
}

// forward measures the way of a product code to the POS.
func (x *till) forward(scans int) error {
	var took []time.Duration
	before, _ := exactCPU(x.pid)
	for i := range scans {
		time.Sleep(5 * time.Millisecond)
		began := time.Now()
		if err := x.scan(i%scanners, product(i)); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	after, _ := exactCPU(x.pid)
	slices.Sort(took)
	_, err := fmt.Printf("scanner to POS, %d product codes: median %d µs, 99 %% within %d µs; %d µs of processor time each\n",
		scans, at(took, 50), at(took, 99), ((after - before) / time.Duration(scans)).Microseconds())
	return err
}

// scan lets a scanner read a code and waits for it at the POS.
func (x *till) scan(i int, code string) error {
	if err := x.scanners[i].Scan(code); err != nil {
		return err
	}
	select {
	case got := <-x.lines:
		if got != code {
			return fmt.Errorf("%q arrived at the POS, want %q", got, code)
		}
		return nil
	case <-time.After(5 * time.Second):
		return fmt.Errorf("%q did not arrive at the POS", code)
	}
}

// replug measures the time from a scanner's coming back to its first code at the
// POS. Its port is named by a path, for which the system makes no event: USB scanners
// are faster.
func (x *till) replug(dir string) error {
	var took []time.Duration
	for i := range 10 {
		if err := x.scanners[0].Close(); err != nil {
			return err
		}
		time.Sleep(3 * time.Second)
		p, err := drivertest.OpenPty(drivertest.Personality{Suffix: "\r", Link: filepath.Join(dir, "scanner0")})
		if err != nil {
			return err
		}
		x.scanners[0] = p
		began := time.Now()
		for waiting := true; waiting; {
			p.Scan(product(i)) // before somebody has the port open it goes nowhere
			select {
			case <-x.lines:
				waiting = false
			case <-time.After(20 * time.Millisecond):
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	_, err := fmt.Printf("a port that came back, to the first code at the POS: median %d ms, slowest %d ms of %d\n", at(took, 50)/1000, at(took, 100)/1000, len(took))
	return err
}

// exactCPU is the processor time of a process, all threads, in nanoseconds, and how
// often they were put on a processor (Linux, Documentation/scheduler/sched-stats.rst).
func exactCPU(pid int) (used time.Duration, times int64) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, th := range threads {
		var run, waited, n int64
		b, err := os.ReadFile(th)
		if err != nil {
			continue // it has ended
		}
		fmt.Sscan(string(b), &run, &waited, &n)
		used, times = used+time.Duration(run), times+n
	}
	return used, times
}

// load is how busy the machine is with other things.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:1], " ")
}
