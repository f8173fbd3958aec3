package checkout

import "time"

// clock notices that the wall clock was set back, or that it is behind what is
// written already. Set forward it can not be told from a machine that slept.
type clock struct {
	seen time.Time     // with its monotonic reading
	by   time.Duration // how far it jumped; negative: back
	at   time.Time
}

const (
	jumpLeast = time.Minute      // less is what time servers correct
	jumpShown = 15 * time.Minute // how long it is worth saying
)

// see compares the wall clock with the monotonic one since it was last seen.
func (c *clock) see(now time.Time) {
	if !c.seen.IsZero() {
		c.add(now.Round(0).Sub(c.seen.Round(0))-now.Sub(c.seen), now)
	}
	c.seen = now
}

// last takes in the time of the last thing that was written.
func (c *clock) last(at time.Time) { c.add(c.seen.Round(0).Sub(at.Round(0)), c.seen) }

func (c *clock) add(by time.Duration, now time.Time) {
	if by < -jumpLeast {
		c.by, c.at = by, now
	}
}

// jump is how far the clock jumped lately; 0 if it did not.
func (c *clock) jump(now time.Time) time.Duration {
	if c.by != 0 && now.Sub(c.at) > jumpShown {
		c.by = 0
	}
	return c.by
}

// skewShown is how far the clock may be from the provider's: less is of no
// account for what a till does.
const skewShown = 5 * time.Minute

// wrong is how far the clock is off: how far it jumped lately, else how far it is
// ahead of the provider's; 0 if all is well.
func (c *clock) wrong(now time.Time, skew time.Duration) time.Duration {
	if by := c.jump(now); by != 0 || skew.Abs() < skewShown {
		return by
	}
	return -skew
}
