package serial

import (
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// protocol is what is spoken on one line. It is a state machine without a clock
// and without a device: bytes go in, and what becomes of them lies in the tray.
// One goroutine at a time uses it.
type protocol interface {
	// begin is called when the port has been opened.
	begin(at time.Time)
	// feed takes bytes that were read at the time at.
	feed(b []byte, at time.Time)
	// silent says that nothing came for the time of patience.
	silent(at time.Time)
	// patience is how long to wait for bytes before silent is called; 0 is for ever.
	patience() time.Duration
	// order has the scanner do something; done is called once, with the outcome.
	order(o order, at time.Time, done func(error))
	// end gives up what is not complete: the port is closed.
	end(why error)
	// mode says in words what is spoken.
	mode() string
}

// order is what a scanner can be asked to do.
type order byte

const (
	knownBeep order = iota + 1
	unknownBeep
	triggerOn
	triggerOff
	phonesOn
	phonesOff
	takePicture
)

// The protocols, as they are named in the configuration.
const (
	protoText      = "text"
	protoSSI       = "ssi"
	protoHoneywell = "honeywell"
	protoNewland   = "newland"
	protoDatalogic = "datalogic"
)

// newProtocol makes the protocol of a scanner, which puts what it finds into t.
func newProtocol(set *settings, t *tray) protocol {
	lines := &text{set: set, framer: newFramer(set.rule), tray: t}
	switch set.protocol {
	case protoSSI:
		return newSSI(set, t)
	case protoHoneywell, protoNewland:
		return newMenu(set, lines)
	case protoDatalogic:
		return &single{text: lines}
	}
	return lines
}

// tray is where a protocol puts what is to be delivered and what is to be sent.
// Delivery may take long, so that it must not happen in the middle of a protocol.
type tray struct {
	found []any // driver.Scan, driver.Picture, or the reason of a loss as string
	out   []byte
}

func (t *tray) Scanned(s driver.Scan)     { t.found = append(t.found, s) }
func (t *tray) Pictured(p driver.Picture) { t.found = append(t.found, p) }
func (t *tray) Lost(reason string)        { t.found = append(t.found, reason) }
func (t *tray) send(b []byte)             { t.out = append(t.out, b...) }

// take empties the tray.
func (t *tray) take() (found []any, out []byte) {
	found, out = t.found, t.out
	t.found, t.out = nil, nil
	return found, out
}

// Why an order was not obeyed.
var (
	errClosed   = errors.New("scanner is not open")
	errNoAnswer = errors.New("scanner does not answer: is it set to the protocol of the configuration?")
)

// cannot is the outcome of an order for which a protocol has no command.
func cannot(protocol string) error {
	return fmt.Errorf("%w by a scanner with protocol %q", driver.ErrCannot, protocol)
}
