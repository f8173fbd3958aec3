package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

var everyWrite = flag.Bool("every-write", false, "have every request of the program to the disk fail in turn, not some of them")

// diskFault is a way in which a disk fails.
type diskFault struct {
	name   string
	effect effect
	stays  bool
	calls  []string       // that fail; nil: all
	reason loyalty.Reason // that people are told; "" if nobody is there to be told
}

var diskFaults = []diskFault{
	{"I/O error", effect{err: syscall.EIO}, false, nil, journal.DiskBroken},
	{"torn write, then I/O errors", effect{err: syscall.EIO, half: true}, true, nil, journal.DiskBroken},
	{"disk full", effect{err: syscall.ENOSPC, half: true}, true, []string{"write", "pwrite", "create", "mkdir", "fallocate", "truncate"}, journal.DiskFull},
	{"read-only", effect{err: syscall.EROFS}, true, []string{"write", "pwrite", "create", "mkdir", "fallocate", "truncate", "rename", "unlink"}, journal.DiskReadOnly},
	{"killed", effect{kill: true}, false, nil, ""},
}

// Each request of the real program to its disk fails in turn, from the start over
// the first fill, the archive and its export to a sale that spends and its return:
// bbolt's own writes, the copy's and the exports' like the journal's. What was
// acknowledged is booked once, whoever can not write says why and what to do, the
// till goes on when the disk does, and at the end nothing is missing.
//
// All of them (150 and more requests, five faults) take ten minutes; some are tried
// each time.
func TestEveryWriteFails(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	some := 8
	if raceEnabled {
		some = 1 // each takes ten times as long; make e2e runs this without
	}
	healthy := faultyDay(t, diskFault{}, 0)
	for _, f := range diskFaults {
		t.Run(f.name, func(t *testing.T) {
			var at []int
			for n := range healthy {
				at = append(at, n+1)
			}
			if !*everyWrite {
				r.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
				at = at[:some]
			}
			for _, n := range at {
				t.Run(fmt.Sprint(n), func(t *testing.T) { faultyDay(t, f, n) })
			}
		})
	}
}

// faultyDay is a day of a till whose n-th request to its disk fails; it returns how
// many there were.
func faultyDay(t *testing.T, f diskFault, n int) int {
	x := centralShop(t)
	last := x.soldBefore()
	before := x.points()
	x.disk = &faultyDisk{dir: x.data("")}
	x.disk.breaks(func(i int, c diskCall) (e effect) {
		if i == n && f.effect.kill {
			x.dead.Store(true)
		}
		if (i == n || f.stays && n > 0 && i > n) && (f.calls == nil || slices.Contains(f.calls, c.Name)) {
			return f.effect
		}
		return e
	})
	refused, acks := 0, acknowledged{}
	x.answered = func(c *client, a checkout.Answer) {
		switch {
		case a.OK && a.Sale != nil && a.Sale.Phase == checkout.Finished:
			acks[a.Sale.Sale] = a.Sale.Spend
		case !a.OK && a.Error.Code == checkout.DiskError:
			refused++
			x.refusedByDisk(c, a, f.reason)
			x.disk.heal()
		}
	}
	x.saw = func(s checkout.State) {
		if hasCondition(s, checkout.Disk) { // also when nobody promises anything
			x.disk.heal()
		}
	}
	if !x.launch() {
		if f.effect.kill {
			x.kill()
		} else {
			x.endedByDisk(f.reason)
		}
		x.disk.heal()
		x.dead.Store(false)
		x.start()
	}
	if err := x.sell(&cashier{total: 100_000, spend: 100, halves: 2, last: last}); err != nil {
		t.Fatal(err)
	}
	requests := x.disk.heal()
	x.kill()
	x.start() // what could not be written is written now
	x.filled()
	x.drained()
	if err := x.conserved(acks); err != nil {
		t.Error(err)
	}
	if len(acks) == 0 && !f.effect.kill { // which may come before the word, and after what it is of
		t.Error("nothing was acknowledged: this proves nothing")
	}
	if now := x.points(); now != before {
		t.Errorf("%d points after everything came back, %d before", now, before)
	}
	x.exported()
	x.stop()
	if t.Failed() {
		t.Logf("request %d of %q", n, x.disk.made)
	}
	return requests
}

// refusedByDisk looks at what the cashier and the POS are told of an operation that
// was not written, and at what works all the same.
func (x *shop) refusedByDisk(c *client, a checkout.Answer, reason loyalty.Reason) {
	x.t.Helper()
	if why := a.Error.Args["reason"]; why != string(reason) {
		x.t.Errorf("refused for %v, want %s", why, reason)
	}
	s := c.await(x.t, "the condition is shown", func(s checkout.State) bool { return hasCondition(s, checkout.Disk) })
	for _, shown := range s.Conditions {
		if shown.Code == checkout.Disk && shown.Args["reason"] != string(reason) {
			x.t.Errorf("shown: %+v", shown)
		}
	}
	c.mu.Lock()
	n := len(c.scans)
	c.mu.Unlock()
	x.scan("4600051000057")
	if _, err := c.awaitScans(n+1, soon()); err != nil {
		x.t.Errorf("a product code does not come through: %v", err)
	}
}

// endedByDisk looks at the end of a daemon that could not start, for one of some
// reasons.
func (x *shop) endedByDisk(reasons ...loyalty.Reason) {
	x.t.Helper()
	x.cmd.Wait()
	code, said := x.cmd.ProcessState.ExitCode(), x.log.tail(3)
	x.cmd = nil
	if code == noFaultyDisk { // a kernel before 5.19, or a container that forbids it
		x.t.Skipf("THE PROGRAM WAS NOT TRIED ON A DISK THAT FAILS: %s", said)
	}
	if code != exitDisk || !slices.ContainsFunc(reasons, func(r loyalty.Reason) bool { return strings.Contains(said, remedy(r)) }) {
		x.t.Errorf("exit code %d, want %d; it says:\n%s", code, exitDisk, said)
	}
}

// exported waits for the file of the day that soldBefore has left, and checks it.
func (x *shop) exported() {
	x.t.Helper()
	dir := x.data("export")
	var files []string
	eventually(x.t, "the day is exported", func() bool {
		files, _ = filepath.Glob(filepath.Join(dir, "journal_1_1_*.csv.sig"))
		return len(files) > 0
	})
	for _, f := range files {
		f = strings.TrimSuffix(f, ".sig")
		if out, stderr, code := x.tillgate("journal", "verify", f, "--key", filepath.Join(dir, "journal.pub")); code != exitOK {
			x.t.Errorf("%s: %s%s", filepath.Base(f), out, stderr)
		}
	}
	if len(files) != 1 {
		x.t.Errorf("exported: %v", files)
	}
}
