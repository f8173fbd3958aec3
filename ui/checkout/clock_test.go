package checkout

import (
	"testing"
	"time"
)

func TestClockWrong(t *testing.T) {
	now := time.Now()
	for _, c := range []struct{ jumped, skew, want time.Duration }{
		{0, 0, 0},
		{0, 4 * time.Minute, 0},
		{0, time.Hour, -time.Hour},
		{0, -time.Hour, time.Hour},
		{-2 * time.Hour, time.Hour, -2 * time.Hour},
	} {
		k := clock{by: c.jumped, at: now}
		if got := k.wrong(now, c.skew); got != c.want {
			t.Errorf("jumped %s, provider %s ahead: %s, want %s", c.jumped, c.skew, got, c.want)
		}
	}
}

// A day's limits are those of the day before the clock was set forward, until a day
// has really passed; a sleep sets no clock, and one that is set back again leaves
// nothing.
func TestNoNewDayByTheClock(t *testing.T) {
	began := time.Date(2026, 3, 5, 15, 0, 0, 0, time.UTC)
	type step struct {
		wall, up time.Duration // since then
		day      int           // of March; -1: any
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"nothing", []step{{time.Hour, time.Hour, 5}, {10 * time.Hour, 10 * time.Hour, 6}}},
		{"sleep", []step{{48 * time.Hour, 48 * time.Hour, 7}}},
		{"a day ahead", []step{{25 * time.Hour, time.Hour, 5}, {26 * time.Hour, 2 * time.Hour, 5}, {36 * time.Hour, 12 * time.Hour, 6}, {50 * time.Hour, 26 * time.Hour, 7}}},
		{"ahead and back", []step{{25 * time.Hour, time.Hour, 5}, {2 * time.Hour, 2 * time.Hour, 5}, {10 * time.Hour, 10 * time.Hour, 6}}},
		{"ahead twice", []step{{25 * time.Hour, time.Hour, 5}, {50 * time.Hour, 2 * time.Hour, 5}}},
		{"to and fro", []step{{-time.Hour, time.Second, 5}, {-10000 * time.Hour, 2 * time.Second, -1}, {10000 * time.Hour, 3 * time.Second, 5}, {48 * time.Hour, 4 * time.Second, 5}, {5 * time.Second, 5 * time.Second, 5}}},
		{"corrected", []step{{time.Hour + 30*time.Second, time.Hour, 5}, {10 * time.Hour, 10 * time.Hour, 6}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const up = 1000 * time.Hour
			var k clock
			k.see(began, up)
			for _, s := range c.steps {
				now := began.Add(s.wall)
				k.see(now, up+s.up)
				if got := k.day(now); s.day > 0 && (got.Day() != s.day || got.Month() != time.March) {
					t.Errorf("after %v, %v by the clock: %v, want %d March", s.up, s.wall, got, s.day)
				}
			}
		})
	}
	var k clock // on a machine that does not say how long it has run
	k.see(began, 0)
	k.see(began.Add(24*time.Hour), 0)
	if got := k.day(began.Add(24 * time.Hour)); got.Day() != 6 {
		t.Error(got)
	}
}
