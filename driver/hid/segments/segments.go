// Package segments puts a code together that comes in several reports.
//
// A code is delivered whole or not at all: what takes too long, grows too long or is
// followed by something else ends without being delivered, and is counted. So is what
// comes then, up to the end of a code of the same kind, or a pause: it may be the rest,
// which looks like a code of its own.
package segments

import (
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Timeout is how long the next report of a code may take. Scanners send the
// reports of one code 1 to 8 ms apart.
const Timeout = 500 * time.Millisecond

// lull is the pause after which nothing can be the rest of a code that was dropped.
const lull = 4 * Timeout

// Sink takes what a reader of reports finds; a driver.Till is one.
type Sink interface {
	Scanned(driver.Scan)
	Lost(reason string)
}

// Code is a code that is coming in.
type Code struct {
	sink Sink
	what string // what the device's documents call it
	part []byte
	open bool // begun, and it goes on
	rest bool // what comes may be the rest of a code that was dropped
	kind uint32
	last time.Time
}

// New makes one that tells sink what is lost. what is its name in the reasons:
// "code" or "label".
func New(what string, sink Sink) Code { return Code{what: what, sink: sink} }

// Add takes what a report holds of the code, and of what kind it says that it is: its
// symbology. It returns the code once no more is to come; until then, and if it was
// lost, done is false.
func (c *Code) Add(data []byte, kind uint32, more bool, at time.Time) (whole []byte, done bool) {
	if c.rest = c.rest && kind == c.kind && at.Sub(c.last) <= lull; c.rest {
		if c.last = at; !more {
			c.Drop("the beginning of a " + c.what + " was lost")
		}
		return nil, false
	}
	if len(c.part)+len(data) > driver.MaxScan {
		c.Drop(c.what + " without end")
		return nil, false
	}
	c.part, c.open, c.kind, c.last = append(c.part, data...), more, kind, at
	if more {
		return nil, false
	}
	whole, c.part = c.part, nil
	return whole, true
}

// Tick drops a code whose next report does not come. Call it now and then while
// no report comes in.
func (c *Code) Tick(at time.Time) {
	if c.open && at.Sub(c.last) > Timeout {
		c.Drop("the rest of a long " + c.what + " did not come")
	}
}

// Busy says that a code has begun and goes on.
func (c *Code) Busy() bool { return c.open }

// Reset forgets a code that has begun, for a device that is opened anew or a
// reader that fell behind; it says whether there was one.
func (c *Code) Reset() bool {
	was := c.open
	c.part, c.open, c.rest = nil, false, false
	return was
}

// Drop forgets it too, and counts what was lost.
func (c *Code) Drop(reason string) {
	c.rest = c.Reset()
	c.sink.Lost(reason)
}
