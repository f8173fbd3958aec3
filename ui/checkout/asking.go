package checkout

import "time"

// askPause is how long the desk lets the screen be drawn before it asks the
// provider about somebody who has just come. Call, TLS and JSON are more work than
// all that lies between the scanner and the page, and a till has few processors to
// do it on; the answer takes longer than this pause on any link. Who is no longer
// before the desk by then is not asked about.
const askPause = 10 * time.Millisecond

// question is one that waits for its moment.
type question struct {
	about *Subject
	at    time.Time
}

// askDue puts the questions whose time has come, and says how long the next one
// still waits, if there is one.
func (d *Desk) askDue() (wait time.Duration, waits bool) {
	left := d.asks[:0]
	for _, q := range d.asks {
		switch {
		case q.about != d.sit.Who && q.about != d.sit.Other:
			q.about.Asking = false
		case q.at.After(d.sit.Now):
			if until := q.at.Sub(d.sit.Now); !waits || until < wait {
				wait, waits = until, true
			}
			left = append(left, q)
		default:
			d.askFresher(q.about)
		}
	}
	clear(d.asks[len(left):])
	d.asks = left
	return wait, waits
}
