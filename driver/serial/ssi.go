package serial

import (
	"errors"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/serial/ssi"
)

// packets is Zebra's SSI on a line.
//
// When the port is opened the scanner is asked to send its codes in packets: out
// of the box it sends bare text even with SSI. The setting lasts until it loses
// power, so it is asked again when something comes that is no packet.
type packets struct {
	set     *settings
	tray    *tray
	session *ssi.Session
	said    time.Time // when it was asked last
	obeys   string    // what is known of its answers
}

// askAgain is how long after one question the next is asked.
const askAgain = 5 * time.Second

// Beeps of the SSI guide: one high short for a card that is known, two low long for
// one that is not.
const (
	ssiKnown   = 0
	ssiUnknown = 16
)

func newSSI(set *settings, t *tray) *packets {
	l := &packets{set: set, tray: t}
	l.session = ssi.NewSession(l)
	return l
}

// Scanned and the next two take what the session finds.
func (l *packets) Scanned(s driver.Scan)     { l.tray.Scanned(s) }
func (l *packets) Pictured(p driver.Picture) { l.tray.Pictured(p) }
func (l *packets) Lost(reason string)        { l.tray.Lost(reason) }

func (l *packets) begin(at time.Time) {
	l.obeys = ""
	l.hello(at)
	l.tray.send(l.session.Output())
}

// hello asks for packets, and for what the configuration wants.
func (l *packets) hello(at time.Time) {
	l.said = at
	set := func(parameter, value int, done func(error)) {
		p, err := ssi.Set(parameter, value, false)
		if err != nil {
			panic(err) // the parameters here are constants
		}
		l.session.Send(p, at, done)
	}
	set(ssi.ParamPackets, 1, func(err error) {
		l.obeys = ""
		if errors.Is(err, ssi.ErrNoAnswer) {
			l.obeys = ", " + DoesNotAnswer
		}
	})
	if l.set.phones {
		set(ssi.ParamPhoneMode, phonesEverywhere, l.refused)
	}
}

// phonesEverywhere is the value of parameter 716 for the hand and the stand.
const phonesEverywhere = 3

// refused says so when the scanner will not read from phones.
func (l *packets) refused(err error) {
	if err != nil && !errors.Is(err, errClosed) {
		l.tray.Lost("reading from phone screens could not be switched on: " + err.Error())
	}
}

func (l *packets) feed(b []byte, at time.Time) {
	before := len(l.tray.found)
	l.session.Feed(b, at)
	l.heal(before, at)
}

func (l *packets) silent(at time.Time) {
	before := len(l.tray.found)
	l.session.Silent(at)
	l.heal(before, at)
}

// heal asks for packets anew if something was lost: the scanner may have been
// without power.
func (l *packets) heal(before int, at time.Time) {
	for _, f := range l.tray.found[before:] {
		if _, lost := f.(string); lost && at.Sub(l.said) > askAgain {
			l.hello(at)
		}
	}
	l.tray.send(l.session.Output())
}

// pulse is how often a protocol that sends looks whether a command has gone
// unanswered since it began to wait for bytes. Each look costs a wake-up of the
// machine.
const pulse = 5 * time.Second

func (l *packets) patience() time.Duration {
	if p := l.session.Patience(); p != 0 {
		return p
	}
	return pulse
}

func (l *packets) order(o order, at time.Time, done func(error)) {
	switch o {
	case knownBeep:
		l.session.Send(ssi.Sound(ssiKnown), at, done)
	case unknownBeep:
		l.session.Send(ssi.Sound(ssiUnknown), at, done)
	case triggerOn, triggerOff:
		l.session.Send(ssi.Trigger(o == triggerOn), at, done)
	case phonesOn, phonesOff:
		value := 0
		if o == phonesOn {
			value = phonesEverywhere
		}
		p, err := ssi.Set(ssi.ParamPhoneMode, value, false)
		if err != nil {
			done(err)
			return
		}
		l.session.Send(p, at, done)
	case takePicture:
		l.session.Shoot(at, done)
	default:
		done(cannot(protoSSI))
	}
	l.tray.send(l.session.Output())
}

func (l *packets) end(why error) { l.session.End(why) }

// DoesNotAnswer is part of the mode of a scanner that was asked in vain.
const DoesNotAnswer = "does not answer"

func (l *packets) mode() string { return "SSI" + l.obeys }
