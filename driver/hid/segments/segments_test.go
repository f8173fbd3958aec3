package segments

import (
	"slices"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
)

type losses []string

func (l *losses) Scanned(driver.Scan) {}
func (l *losses) Lost(why string)     { *l = append(*l, why) }

func TestCode(t *testing.T) {
	var lost losses
	c := New("label", &lost)
	at := time.Unix(1e9, 0)
	add := func(data string, more bool) string {
		whole, done := c.Add([]byte(data), 1, more, at)
		if done == more {
			t.Errorf("%q: done is %t", data, done)
		}
		return string(whole)
	}
	if add("a", true) != "" || !c.Busy() || add("b", false) != "ab" || c.Busy() || add("c", false) != "c" {
		t.Error("not put together")
	}
	add("half", true)
	c.Tick(at.Add(Timeout))
	if !c.Busy() {
		t.Error("dropped too early")
	}
	c.Tick(at.Add(Timeout + 1))
	if c.Busy() {
		t.Error("not dropped")
	}
	if whole, done := c.Add([]byte("of another kind"), 2, false, at.Add(Timeout+1)); !done || string(whole) != "of another kind" {
		t.Error("half a code met another")
	}
	add("half", true)
	if !c.Reset() || c.Reset() || add("e", false) != "e" {
		t.Error("not forgotten")
	}
	c.Add(make([]byte, driver.MaxScan), 1, true, at)
	if _, done := c.Add([]byte{1}, 1, false, at); done || c.Busy() {
		t.Error("grows without end")
	}
	if want := []string{"the rest of a long label did not come", "label without end"}; !slices.Equal(lost, want) {
		t.Errorf("%q", lost)
	}
}

// What comes after a break may be the rest of what broke off, and is no code: but for
// one of another kind, one after the end of the broken one, and one after a pause.
func TestRest(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind uint32
		wait time.Duration
		more []bool
		want string // which of the reports end a code that counts
		lost int
	}{
		{"the last of it", 1, Timeout + 1, []bool{false}, "", 2},
		{"two of it, and a code", 1, Timeout + 1, []bool{true, false, false}, "2", 2},
		{"of another kind", 2, Timeout + 1, []bool{false, false}, "01", 1},
		{"after a pause", 1, lull + 1, []bool{false}, "0", 1},
		{"and it breaks off again", 1, Timeout + 1, []bool{true}, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var lost losses
			c := New("code", &lost)
			at := time.Unix(1e9, 0)
			c.Add([]byte("begun"), 1, true, at)
			at = at.Add(tt.wait)
			c.Tick(at)
			got := ""
			for i, more := range tt.more {
				if whole, done := c.Add([]byte{byte('0' + i)}, tt.kind, more, at); done {
					got += string(whole)
				}
			}
			if got != tt.want || len(lost) != tt.lost || c.Busy() {
				t.Errorf("%q, lost %q, busy %v", got, lost, c.Busy())
			}
		})
	}
}
