package checkout

import "time"

// clock notices that the wall clock was set back, or that it is behind what is
// written already, or was set forward: that only makes no new day for the limits of
// a day, because what a person or a time server sets is right as a rule.
type clock struct {
	seen time.Time     // with its monotonic reading
	up   time.Duration // how long the machine had run then, sleep included; 0: not known
	by   time.Duration // how far it jumped; negative: back
	at   time.Time

	ahead   time.Duration // how far it was set forward, all in all; negative: back
	aheadAt time.Duration // when it was set last, of up
}

const (
	jumpLeast = time.Minute      // less is what time servers correct
	jumpShown = 15 * time.Minute // how long it is worth saying
)

// see compares the wall clock with the monotonic one since it was last seen, and
// with how long the machine has run.
func (c *clock) see(now time.Time, up time.Duration) {
	if !c.seen.IsZero() {
		wall := now.Round(0).Sub(c.seen.Round(0))
		c.add(wall-now.Sub(c.seen), now)
		if by := wall - (up - c.up); up > 0 && c.up > 0 && by.Abs() > jumpLeast {
			c.ahead, c.aheadAt = c.ahead+by, up
		}
	}
	c.seen, c.up = now, up
}

// day is when the day began for which there are limits: the till's day, or the one
// that it was before the clock was set forward, until a whole day has really passed.
func (c *clock) day(now time.Time) time.Time {
	if c.ahead > 0 && c.up-c.aheadAt < 24*time.Hour {
		return today(now.Add(-c.ahead))
	}
	return today(now)
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
