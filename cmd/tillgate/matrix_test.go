//go:build linux

package main

import (
	"flag"
	"fmt"
	"testing"
	"time"
)

var matrix = flag.Bool("matrix", false, "cut the link and kill the daemon at every call of a sale, not only at a few")

// A sale that spends points is rung up and taken back at each programme, by the
// real program, while at one of the calls that change something the link is cut or
// the daemon is killed: before the call arrives, or after its work is done. In the end the
// customer has the points of the beginning.
func TestEveryCall(t *testing.T) {
	for _, s := range shops {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			t.Run("undisturbed", func(t *testing.T) { calls = disturbed(t, s.open, 0, false, "") })
			if calls < 4 {
				t.Fatalf("only %d calls: nothing is proved", calls)
			}
			for n := 1; n <= calls; n++ {
				for _, after := range []bool{false, true} {
					for _, what := range []string{"cut", "kill"} {
						if !*matrix && !chosen(n, calls, after, what) {
							continue
						}
						t.Run(fmt.Sprintf("%s/%d/after=%v", what, n, after), func(t *testing.T) { disturbed(t, s.open, n, after, what) })
					}
				}
			}
		})
	}
}

// chosen are the few that always run: around the calls that hold, take and book the
// points, and around the last, which gives them back.
func chosen(n, calls int, after bool, what string) bool {
	switch n {
	case calls:
		return (what == "kill") == after
	case 1:
		return what == "cut" && after
	case 2:
		return (what == "cut") == after
	}
	return false
}

// disturbed is one sale; it returns how many of its calls changed something.
func disturbed(t *testing.T, open func(*testing.T) *shop, n int, after bool, what string) int {
	x := open(t)
	if x.cmd == nil {
		x.start()
	}
	before := x.points()
	process := x.cmd.Process
	x.gate.arm(n, after, func() {
		switch what {
		case "kill":
			process.Kill()
			x.dead.Store(true)
		case "cut":
			go func() { // the call itself is one of the connections that break
				x.link.Cut()
				time.AfterFunc(500*time.Millisecond, func() { x.link.Restore() })
			}()
		}
	})
	k := &cashier{total: 100_000, spend: 100, halves: 2, careful: x.careful}
	if err := x.sell(k); err != nil {
		t.Fatal(err)
	}
	if n > 0 && !x.gate.struck() {
		t.Errorf("there was no call %d: %v", n, x.gate.seen())
	}
	if got := x.points(); got != before {
		t.Errorf("%d points after everything came back, %d before", got, before)
	}
	if err := x.audit(); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Logf("calls: %v", x.gate.seen())
	}
	return x.gate.done()
}
