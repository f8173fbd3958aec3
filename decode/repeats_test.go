package decode_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/driver"
)

// shown is one code at one device, at a time in milliseconds.
type shown struct {
	device string
	at     int
	data   string
	again  bool
}

func TestRepeats(t *testing.T) {
	const (
		anna  = "]E02900000000018"
		boris = "]E02900000000025"
		phone = "]Q189991234567"
		milk  = "]E04601234567893"
		noise = "]Q1HELLO"
		reply = "]Z6REVINF\x06."
	)
	tests := []struct {
		name        string
		window, cap time.Duration
		shown       []shown
	}{
		{"within the window, to the millisecond", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 1200, anna, true}}},
		{"behind the window", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 1201, anna, false}, {"a", 2000, anna, true}}},
		{"the window slides, up to the cap", 1200, 3000, []shown{
			{"a", 0, anna, false}, {"a", 1000, anna, true}, {"a", 2000, anna, true}, {"a", 3000, anna, true},
			{"a", 3100, anna, false}, {"a", 4100, anna, true}}},
		{"the cap is off", 1200, 0, []shown{
			{"a", 0, anna, false}, {"a", 1000, anna, true}, {"a", 2000, anna, true}, {"a", 3000, anna, true}, {"a", 4000, anna, true}}},
		{"the window is off", 0, 3000, []shown{{"a", 0, anna, false}, {"a", 0, anna, false}, {"a", 1, anna, false}}},
		{"another card between", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 100, boris, false}, {"a", 200, anna, false}}},
		{"two cards in view in turn", 1200, 3000, []shown{
			{"a", 0, anna, false}, {"a", 100, anna, true}, {"a", 200, boris, false}, {"a", 300, boris, true}}},
		{"a product between", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 100, milk, false}, {"a", 200, anna, false}}},
		{"an unknown code between", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 100, noise, false}, {"a", 200, anna, false}}},
		{"an answer of the device between", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 100, reply, false}, {"a", 200, anna, true}}},
		{"the same at another device", 1200, 3000, []shown{
			{"a", 0, anna, false}, {"b", 100, anna, false}, {"a", 200, anna, true}, {"b", 300, anna, true}}},
		{"another device between", 1200, 3000, []shown{{"a", 0, anna, false}, {"b", 100, boris, false}, {"a", 200, anna, true}}},
		{"phones too", 1200, 3000, []shown{{"a", 0, phone, false}, {"a", 500, phone, true}}},
		{"products never", 1200, 3000, []shown{{"a", 0, milk, false}, {"a", 100, milk, false}, {"a", 200, milk, false}}},
		{"unknown codes never", 1200, 3000, []shown{{"a", 0, noise, false}, {"a", 100, noise, false}}},
		{"the same number in another symbology", 1200, 3000, []shown{
			{"a", 0, anna, false}, {"a", 100, "]Q12900000000018", false}, {"a", 200, "]Q12900000000018", true}}},
		{"the clock was set back", 1200, 3000, []shown{
			{"a", 3_600_000, anna, false}, {"a", 0, anna, false}, {"a", 500, anna, true}}},
		{"the clock was set forward", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 3_600_000, anna, false}}},
		{"two at the same moment", 1200, 3000, []shown{{"a", 0, anna, false}, {"a", 0, anna, true}}},
	}
	d := decoder(t, chain())
	for _, tt := range tests {
		r := decode.NewRepeats(tt.window*time.Millisecond, tt.cap*time.Millisecond)
		for i, x := range tt.shown {
			c := d.Decode(driver.Scan{Device: x.device, Seq: uint64(i), At: time.UnixMilli(int64(x.at)), Data: []byte(x.data)})
			c.Again = !x.again // must be overwritten
			got := r.Mark(c)
			if got.Again != x.again {
				t.Errorf("%s: scan %d, %q at %d ms: again %v", tt.name, i+1, x.data, x.at, got.Again)
			}
			if got.Again = c.Again; fmt.Sprint(got) != fmt.Sprint(c) {
				t.Errorf("%s: scan %d was changed", tt.name, i+1)
			}
		}
	}
}

// However many names devices give themselves, the last ones are remembered and
// the rest is forgotten.
func TestRepeatsBounded(t *testing.T) {
	d := decoder(t, chain())
	r := decode.NewRepeats(decode.RepeatWindow, decode.RepeatCap)
	show := func(device string, at int) bool {
		return r.Mark(d.Decode(driver.Scan{Device: device, At: time.UnixMilli(int64(at)), Data: []byte("2900000000018")})).Again
	}
	for i := range 1000 {
		if show(fmt.Sprint("device ", i), i) {
			t.Fatalf("device %d repeats another", i)
		}
	}
	if show("device 0", 1000) {
		t.Error("the first device is still remembered")
	}
	if !show("device 999", 1000) {
		t.Error("the last device is forgotten")
	}
}

// The scan's bytes belong to the receiver; what is remembered must not change
// with them.
func TestRepeatsKeepTheirOwnCopy(t *testing.T) {
	d := decoder(t, chain())
	r := decode.NewRepeats(decode.RepeatWindow, decode.RepeatCap)
	buf := []byte("2900000000018")
	r.Mark(d.Decode(driver.Scan{Device: "a", Data: buf}))
	copy(buf, strings.Repeat("0", len(buf)))
	if !r.Mark(d.Decode(driver.Scan{Device: "a", Data: []byte("2900000000018")})).Again {
		t.Error("not recognised")
	}
}

func TestDefaultRepeats(t *testing.T) {
	d, r := decoder(t, chain()), decode.Defaults().Repeats()
	for i, want := range []bool{false, true, true, false} {
		s := driver.Scan{Device: "a", At: time.UnixMilli(int64(i) * 1100), Data: []byte("2900000000018")}
		if got := r.Mark(d.Decode(s)).Again; got != want {
			t.Errorf("at %d ms: again %v", i*1100, got)
		}
	}
}
