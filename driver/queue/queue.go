// Package queue hands scans on in a goroutine of its own, for sources whose
// device forgets what is not read at once: the kernel keeps 64 events of a
// keyboard and of other HID scanners 63 reports, the HID library 30: about as much as
// one long code.
package queue

import (
	"sync"

	"github.com/tillgate/tillgate/driver"
)

// room is how many scans may wait for the till. A person scans two a second.
const room = 64

// Queue stands between a reader and the till.
type Queue struct {
	scans chan driver.Scan
	done  sync.WaitGroup
}

// New starts handing scans to t.
func New(t driver.Till) *Queue {
	q := &Queue{scans: make(chan driver.Scan, room)}
	q.done.Go(func() {
		for s := range q.scans {
			t.Scanned(s)
		}
	})
	return q
}

// Put adds a scan and never waits; it says whether there was room.
func (q *Queue) Put(s driver.Scan) bool {
	select {
	case q.scans <- s:
		return true
	default:
		return false
	}
}

// Close returns when all scans were handed on.
func (q *Queue) Close() {
	close(q.scans)
	q.done.Wait()
}

// Full is why a scan is lost when there is no room.
const Full = "codes came faster than the till took them"
