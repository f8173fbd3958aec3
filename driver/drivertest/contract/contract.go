// Package contract is what every driver of scanners keeps, as tests. It is apart from
// the scanners made of software in package drivertest, because a program may show
// those to people and must not bring the testing package along.
package contract

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Subject is a driver with one device, and the hand at the device.
type Subject struct {
	Driver driver.Driver // has exactly one Source

	// Scan has the device send a code of 13 digits. It may return before the
	// scan is delivered, or wait for that until ctx ends.
	Scan func(ctx context.Context, code string) error

	// Unplug and Replug take the device off and put it back. Both nil: this kind
	// of device is always there.
	Unplug func() error
	Replug func() error

	// Occupy has another program take the device until release. Nil: this kind of
	// device can be used by several programs.
	Occupy func() (release func() error, err error)
}

// What the contract allows.
const (
	patience = 10 * time.Second // for what must happen at all
	replugin = 2 * time.Second  // from the plug to the first scan
	cycles   = 50               // of opening and closing, after which nothing may be left
)

// Run checks that a driver keeps the contract of package driver. It calls make
// for each part of it; what make opens it closes through t.Cleanup.
func Run(t *testing.T, make func(t *testing.T) Subject) {
	t.Run("names itself", func(t *testing.T) { namesItself(t, make(t)) })
	t.Run("is found", func(t *testing.T) { isFound(t, make(t)) })
	t.Run("delivers in order", func(t *testing.T) { deliversInOrder(t, make(t)) })
	t.Run("ends with its context", func(t *testing.T) { endsWithContext(t, make(t)) })
	t.Run("ends while delivery is blocked", func(t *testing.T) { endsWhileBlocked(t, make(t)) })
	t.Run("comes back after a replug", func(t *testing.T) { comesBack(t, make(t)) })
	t.Run("waits for a device that is not there", func(t *testing.T) { waitsForDevice(t, make(t)) })
	t.Run("waits for another program", func(t *testing.T) { waitsForProgram(t, make(t)) })
	t.Run("leaves nothing behind", func(t *testing.T) { leavesNothing(t, make(t)) })
}

func namesItself(t *testing.T, s Subject) {
	if n := len(s.Driver.Sources()); n != 1 {
		t.Fatalf("%d sources, want 1", n)
	}
	before := s.Driver.Sources()[0].Info()
	if before.Driver != s.Driver.Name() || !strings.HasPrefix(before.ID, before.Driver+":") || len(before.ID) == len(before.Driver)+1 {
		t.Errorf("ID is %q and Driver %q, want both to begin with %q", before.ID, before.Driver, s.Driver.Name())
	}
	b := start(t, s)
	b.await(driver.Ready)
	now := b.Report()[0].Info
	if now.ID != before.ID {
		t.Errorf("ID changed from %q to %q by opening", before.ID, now.ID)
	}
	if now.Path == "" || now.Mode == "" {
		t.Errorf("where or how it is driven is not said: %+v", now)
	}
}

func isFound(t *testing.T, s Subject) {
	id := s.Driver.Sources()[0].Info().ID
	find := func() (problem string, found bool) {
		all, err := s.Driver.Find(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range all {
			if info.ID == id {
				return info.Problem, true
			}
		}
		return "", false
	}
	if problem, found := find(); !found || problem != "" {
		t.Errorf("plugged in: found is %t, problem %q", found, problem)
	}
	if s.Unplug == nil {
		return
	}
	must(t, s.Unplug())
	if problem, found := find(); found && problem == "" {
		t.Error("unplugged: found without a problem")
	}
}

func deliversInOrder(t *testing.T, s Subject) {
	b := start(t, s)
	b.await(driver.Ready)
	sent := make(chan error, 1)
	const n = 200
	go func() {
		for i := range n {
			if err := s.Scan(t.Context(), code(i)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	var last time.Time
	for i := range n {
		scan := b.next()
		if string(scan.Data) != code(i) || scan.Seq != uint64(i+1) {
			t.Fatalf("scan %d is %q with sequence %d, want %q", i, scan.Data, scan.Seq, code(i))
		}
		if scan.At.Before(last) || time.Since(scan.At) > patience {
			t.Fatalf("scan %d is of %v, the one before of %v", i, scan.At, last)
		}
		last = scan.At
	}
	must(t, <-sent)
	if lost := b.Report()[0].Lost; lost != 0 {
		t.Errorf("%d lost: %s", lost, b.Report()[0].LostWhy)
	}
}

func endsWithContext(t *testing.T, s Subject) {
	b := start(t, s)
	b.await(driver.Ready)
	b.stop()
}

func endsWhileBlocked(t *testing.T, s Subject) {
	b := start(t, s)
	b.await(driver.Ready)
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range 20 {
			_ = s.Scan(ctx, code(i)) // an error where the device waits for the delivery
		}
	}()
	select { // the first one is at the door, the others behind it
	case <-sent:
	case <-time.After(100 * time.Millisecond):
	}
	b.stop()
	cancel()
	<-sent
}

func comesBack(t *testing.T, s Subject) {
	if s.Unplug == nil {
		t.Skip("can not be unplugged")
	}
	b := start(t, s)
	b.await(driver.Ready)
	for i := range 5 {
		b.scan(s, i)
		must(t, s.Unplug())
		b.await(driver.Absent)
		if b.Report()[0].Reason == "" {
			t.Error("absent without a reason")
		}
		began := time.Now()
		must(t, s.Replug())
		b.await(driver.Ready)
		if took := time.Since(began); took > replugin {
			t.Errorf("ready %v after the replug, want less than %v", took, replugin)
		}
	}
}

func waitsForDevice(t *testing.T, s Subject) {
	if s.Unplug == nil {
		t.Skip("can not be unplugged")
	}
	must(t, s.Unplug())
	b := start(t, s)
	b.await(driver.Absent)
	must(t, s.Replug())
	b.await(driver.Ready)
	if got := b.scan(s, 1); got.Seq != 1 {
		t.Errorf("the first scan has sequence %d", got.Seq)
	}
}

func waitsForProgram(t *testing.T, s Subject) {
	if s.Occupy == nil {
		t.Skip("can be used by several programs")
	}
	release, err := s.Occupy()
	must(t, err)
	b := start(t, s)
	b.await(driver.Busy)
	if why := b.Report()[0].Reason; !strings.Contains(why, driver.ErrBusy.Error()) {
		t.Errorf("reason is %q", why)
	}
	must(t, release())
	b.await(driver.Ready)
	b.scan(s, 1)
}

func leavesNothing(t *testing.T, s Subject) {
	var goroutines, files int
	for i := range cycles {
		b := start(t, s)
		b.await(driver.Ready)
		if i%10 == 0 {
			b.scan(s, i)
		}
		b.stop()
		if i == 0 { // what is made once, such as the poller of the runtime, is there now
			goroutines, files = runtime.NumGoroutine(), openFiles()
		}
	}
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines after %d cycles, %d after the first", n, cycles, goroutines)
	}
	if n := openFiles(); n > files {
		t.Errorf("%d open files after %d cycles, %d after the first", n, cycles, files)
	}
}

// bench is a supervisor that runs the subject.
type bench struct {
	*driver.Supervisor
	t      *testing.T
	cancel context.CancelFunc
	done   chan error
}

func start(t *testing.T, s Subject) *bench {
	t.Helper()
	b := &bench{Supervisor: driver.NewSupervisor(slog.New(slog.DiscardHandler), s.Driver), t: t, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	go func() { b.done <- b.Run(ctx) }()
	t.Cleanup(b.stop)
	return b
}

// stop ends the supervisor; the second time it does nothing.
func (b *bench) stop() {
	b.t.Helper()
	if b.cancel == nil {
		return
	}
	b.cancel()
	b.cancel = nil
	select {
	case err := <-b.done:
		must(b.t, err)
	case <-time.After(patience):
		b.t.Fatal("does not end with its context")
	}
}

func (b *bench) await(want driver.State) {
	b.t.Helper()
	deadline := time.After(patience)
	for b.Report()[0].State != want {
		select {
		case <-b.Changed():
		case <-deadline:
			b.t.Fatalf("not %s: %+v", want, b.Report()[0])
		}
	}
}

// scan has the device send a code, and checks that it comes.
func (b *bench) scan(s Subject, i int) driver.Scan {
	b.t.Helper()
	sent := make(chan error, 1)
	go func() { sent <- s.Scan(b.t.Context(), code(i)) }()
	got := b.next()
	must(b.t, <-sent)
	if string(got.Data) != code(i) {
		b.t.Fatalf("got %q, want %q", got.Data, code(i))
	}
	return got
}

func (b *bench) next() driver.Scan {
	b.t.Helper()
	select {
	case scan := <-b.Scans():
		return scan
	case <-time.After(patience):
		b.t.Fatalf("no scan: %+v", b.Report()[0])
		panic("unreachable")
	}
}

func code(i int) string { return fmt.Sprintf("29%011d", i) }

// openFiles counts the open files of this process, 0 where that can not be known.
func openFiles() int {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(names)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
