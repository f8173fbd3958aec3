package frame

import "time"

// SetClock replaces the clock that budgets are kept by, and returns the way back.
func SetClock(now func() time.Time) (restore func()) {
	was := clock
	clock = now
	return func() { clock = was }
}
