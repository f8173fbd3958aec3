package camera

import (
	"slices"
	"time"
)

const (
	// lasting is how long advice must be the same before it is given: an empty
	// counter and a phone on its way give rise to any.
	lasting = 600 * time.Millisecond
	// lingering is how long what was shown stays: a frame without a code between
	// two with it does not flash.
	lingering = 800 * time.Millisecond
)

// steady keeps what the person at the camera is told from changing with each frame.
type steady struct {
	shown   Look
	shownAt time.Time // when it last held
	advice  string    // that could be given
	since   time.Time
}

func (s *steady) look(at time.Time, l Look) Look {
	if l.State != Searching {
		s.shown, s.shownAt, s.advice = l, at, ""
		return l
	}
	first := ""
	if len(l.Advice) > 0 {
		first = l.Advice[0]
	}
	if first != s.advice {
		s.advice, s.since = first, at
	}
	if first == "" || at.Sub(s.since) < lasting {
		l.Advice = nil
	}
	nothing := len(l.Advice) == 0
	said := s.shown.State != Searching && s.shown.State != "" || len(s.shown.Advice) > 0
	if nothing && said && at.Sub(s.shownAt) < lingering {
		old := s.shown
		old.Reads = l.Reads
		old.Codes, old.Advice = slices.Clone(old.Codes), slices.Clone(old.Advice)
		return old
	}
	s.shown, s.shownAt = l, at
	return l
}
