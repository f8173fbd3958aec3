//go:build linux

package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/ui/checkout"
)

// A server whose clock is an hour ahead of the till's: people are told, and what
// the journal writes has the till's own time, in the order of what happened.
func TestClockIsNotTheServers(t *testing.T) {
	x := newTill(t)
	ahead := func(d time.Duration) {
		x.gate.mu.Lock()
		defer x.gate.mu.Unlock()
		x.gate.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat))
			x.faults.ServeHTTP(w, r)
		})
	}
	ahead(time.Hour)
	x.start()
	x.filled()
	c := x.connect()
	s := c.await(t, "the condition is shown", func(s checkout.State) bool { return hasCondition(s, checkout.ClockJumped) })
	for _, condition := range s.Conditions {
		if seconds, _ := condition.Args["seconds"].(float64); condition.Code == checkout.ClockJumped && (seconds < 3590 && seconds > -3590) {
			t.Errorf("it says %v", condition.Args)
		}
	}
	before := time.Now().Add(-time.Second)
	x.sellOne(c, 1)
	x.drained()
	out, stderr, code := x.tillgate("journal", "list", "--all", "--json")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	entries := 0
	for line := range strings.Lines(out) {
		var e journal.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		entries++
		for what, at := range map[string]time.Time{"made": e.Op.At, "the sale": e.Op.Sale.At, "sent": e.FirstSent, "settled": e.Settled} {
			if at.Before(before) || at.After(time.Now()) {
				t.Errorf("%s %s: %s", e.Op.Kind, what, at)
			}
		}
		if e.FirstSent.Before(e.Op.At) || e.Settled.Before(e.FirstSent) {
			t.Errorf("made %s, sent %s, settled %s", e.Op.At, e.FirstSent, e.Settled)
		}
	}
	if entries == 0 {
		t.Error("the journal is empty: this proves nothing")
	}
	ahead(0)
	c.await(t, "the condition ends", func(s checkout.State) bool { return !hasCondition(s, checkout.ClockJumped) })
}
