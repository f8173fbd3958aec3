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
		whole, done := c.Add([]byte(data), more, at)
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
	if c.Busy() || add("d", false) != "d" {
		t.Error("half a code met another")
	}
	add("half", true)
	if !c.Reset() || c.Reset() || add("e", false) != "e" {
		t.Error("not forgotten")
	}
	c.Add(make([]byte, driver.MaxScan), true, at)
	if _, done := c.Add([]byte{1}, false, at); done || c.Busy() {
		t.Error("grows without end")
	}
	if want := []string{"the rest of a long label did not come", "label without end"}; !slices.Equal(lost, want) {
		t.Errorf("%q", lost)
	}
}
