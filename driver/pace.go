package driver

import (
	"math/rand/v2"
	"time"
)

// The pauses between two runs of a device. The first is short, because a plug
// that slips in its socket is back at once; each further one doubles up to a
// limit that depends on what is the matter.
const (
	firstPause = 100 * time.Millisecond

	// maxAbsent lets the first scan after a replug through in less than two
	// seconds. What is paid for it is one look at a path per pause.
	maxAbsent = 900 * time.Millisecond
	// maxTold is for devices whose coming the system tells: it is looked now and
	// then all the same, because an event can be lost.
	maxTold = 10 * time.Second
	// maxDenied is for the moment between the kernel making a device file and
	// udev giving it away, which ends by itself; the rest waits for a person.
	maxDenied = 2 * time.Second
	// maxBusy is longer: asking who holds a port walks over all processes.
	maxBusy = 3 * time.Second
	// maxFailed is for what nobody foresaw, such as a driver's bug.
	maxFailed = 5 * time.Second

	// settled is how long a device must have run to be taken as healthy: its
	// next failure is a new one, and not one more in a row.
	settled = 30 * time.Second
)

// pace says how long to wait before the next run.
type pace struct {
	state State
	limit time.Duration
}

// next is the pause after a run that ended in state and took ran: at most the
// limit of the state, at least four fifths of the step that has been reached. told
// says that the system tells when the device comes.
func (p *pace) next(state State, ran time.Duration, told bool) time.Duration {
	limit := ceiling(state)
	if told && state == Absent {
		limit = maxTold
	}
	if state != p.state || ran >= settled {
		p.state, p.limit = state, firstPause
	} else {
		p.limit = min(2*p.limit, limit)
	}
	return p.limit*4/5 + rand.N(p.limit/5)
}

// reset makes the next pause a first one: something has changed.
func (p *pace) reset() { p.state = "" }

func ceiling(s State) time.Duration {
	switch s {
	case Off:
		return firstPause // its Run waits by itself
	case Absent:
		return maxAbsent
	case Denied:
		return maxDenied
	case Busy:
		return maxBusy
	}
	return maxFailed
}
