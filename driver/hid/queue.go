package hid

import (
	"sync"

	"github.com/tillgate/tillgate/driver"
)

// waiting is how many codes may wait for the till. A person scans two a second.
const waiting = 64

// queue hands scans to the till in order, so that the reader never waits for it.
type queue struct {
	scans chan driver.Scan
	done  sync.WaitGroup
}

func newQueue(t driver.Till) *queue {
	q := &queue{scans: make(chan driver.Scan, waiting)}
	q.done.Go(func() {
		for s := range q.scans {
			t.Scanned(s)
		}
	})
	return q
}

// put adds a scan; it says whether there was room.
func (q *queue) put(s driver.Scan) bool {
	select {
	case q.scans <- s:
		return true
	default:
		return false
	}
}

// close returns when all scans were handed on.
func (q *queue) close() {
	close(q.scans)
	q.done.Wait()
}
