package serial

import (
	"errors"
	"io"
	"sync"
	"time"
)

// writer sends to a scanner from a goroutine of its own. A scanner with its
// handshake lines against it, or one that hangs, takes nothing: that must neither
// keep its codes back nor keep the port from being closed.
type writer struct {
	port  io.Writer
	queue chan []byte
	done  chan struct{}

	mu   sync.Mutex
	shut bool
}

// unsent is how many messages may wait, and closing how long a write that is
// under way is waited for when the port is to be closed.
const (
	unsent  = 64
	closing = 500 * time.Millisecond
)

var errTakesNothing = errors.New("scanner does not take what is sent to it: is a handshake set, or the cable without an end?")

func newWriter(port io.Writer) *writer {
	w := &writer{port: port, queue: make(chan []byte, unsent), done: make(chan struct{})}
	go w.run()
	return w
}

func (w *writer) run() {
	defer close(w.done)
	for b := range w.queue {
		for len(b) > 0 {
			n, err := w.port.Write(b)
			if err != nil {
				break // the reader meets the same error, and says so
			}
			b = b[n:]
		}
	}
}

// send puts bytes on their way. It never waits.
func (w *writer) send(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shut {
		return nil
	}
	select {
	case w.queue <- b:
		return nil
	default:
		return errTakesNothing
	}
}

// close sends no more. After it no write begins; one that was stuck already may
// last until the device is unplugged.
func (w *writer) close(abort func()) {
	w.mu.Lock()
	shut := w.shut
	w.shut = true
	w.mu.Unlock()
	if shut {
		return
	}
	for len(w.queue) > 0 {
		select {
		case <-w.queue:
		default:
		}
	}
	close(w.queue)
	select {
	case <-w.done:
		return
	default:
	}
	abort()
	timer := time.NewTimer(closing)
	defer timer.Stop()
	select {
	case <-w.done:
	case <-timer.C:
	}
}
