package driver

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// events is what the runners know of the events of the system.
type events struct {
	told  atomic.Bool   // the system tells when a device comes
	count atomic.Uint64 // how often it did
}

// errResumed is why a run is ended, and begun again at once, after a sleep.
var errResumed = errors.New("the machine was asleep")

// Watched says whether the system tells of USB devices that come (see Plugged).
// Those that are not there are then looked for once in ten seconds; else, and
// before it was called, once a second.
func (s *Supervisor) Watched(told bool) { s.events.told.Store(told) }

// Plugged has all that wait for their device look for it now.
func (s *Supervisor) Plugged() {
	s.events.count.Add(1)
	for _, r := range s.all() {
		offer(r.plugged)
	}
}

// Resumed opens all devices again, because the machine was asleep: a device may have
// lost what it was told (to deliver codes, for one), and what was read before is not
// the customer's who stands here now. It is thrown away.
func (s *Supervisor) Resumed() {
	for _, r := range s.all() {
		r.mu.Lock()
		reopen := r.reopen
		r.mu.Unlock()
		if reopen != nil {
			reopen(errResumed)
		}
		offer(r.resumed)
	}
}

func offer(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// missed is called when a device was there of which the system had not told, as in
// containers, where events can be listened for and do not come.
func (e *events) missed(log *slog.Logger) {
	if e.told.Swap(false) {
		log.Warn("the system did not tell of this scanner: from now on scanners that are missing are looked for once a second")
	}
}

// wait pauses after a run that ended in state and took ran. It is false when ctx
// has ended.
//
// A plug ends the pause of what waits for one. A device that fails is left alone:
// opening and closing it makes events too.
func (r *runner) wait(ctx context.Context, state State, ran time.Duration) bool {
	told := r.events.told.Load() && r.source.Info().VID != 0 // a path may come without an event
	pause := r.pace.next(state, ran, told)
	var plugged chan struct{}
	if state == Absent || state == Denied {
		plugged = r.plugged
	}
	before := r.events.count.Load()
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		r.untold = told && pause > maxAbsent && r.events.count.Load() == before
		return true
	case <-plugged:
	case <-r.resumed:
	case <-ctx.Done():
		return false
	}
	r.untold = false
	r.pace.reset()
	return true
}

// afresh makes ready for a run after a sleep.
func (r *runner) afresh() {
	r.pace.reset()
	select {
	case <-r.resumed:
	default:
	}
	r.update(func(s *Status) { s.State, s.Reason = Opening, "" })
}
