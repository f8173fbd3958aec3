package driver

import "time"

// flood turns a run of equal messages into one log line, and one more per
// interval with the count of those that were kept back.
type flood struct {
	every time.Duration
	text  string
	at    time.Time
	kept  int
}

// note reports whether text is worth a line now, and how many messages were
// kept back since the last line.
func (f *flood) note(text string, now time.Time) (kept int, worth bool) {
	if text == f.text && now.Sub(f.at) < f.every {
		f.kept++
		return 0, false
	}
	kept = f.kept
	f.text, f.at, f.kept = text, now, 0
	return kept, true
}

// reset makes the next message worth a line, whatever it says.
func (f *flood) reset() { f.text, f.at = "", time.Time{} }
