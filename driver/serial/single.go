package serial

import (
	"time"

	"github.com/tillgate/tillgate/driver/serial/datalogic"
)

// single is the protocol of Datalogic's scanners: codes as text, and commands of
// one byte, which have no answer.
type single struct {
	*text
}

func (l *single) order(o order, at time.Time, done func(error)) {
	switch o {
	case knownBeep:
		l.tray.send(datalogic.Beep)
	case unknownBeep:
		l.tray.send(datalogic.NotOnFile)
	case triggerOn:
		l.tray.send(datalogic.Enable)
	case triggerOff:
		l.tray.send(datalogic.Disable)
	case phonesOn, phonesOff:
		l.tray.send(datalogic.PhoneMode)
	default:
		done(cannot(protoDatalogic))
		return
	}
	done(nil)
}

func (l *single) mode() string { return "Datalogic, " + l.text.mode() }
