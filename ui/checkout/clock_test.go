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
