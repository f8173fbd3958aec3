// Package watch tells those who wait that something changed, never what: they
// look for themselves, and a slow one misses nothing but repetitions.
package watch

import "sync"

// List is those who wait. The zero value is ready for use; embedded, it gives
// its owner Changed and Subscribe.
type List struct {
	mu  sync.Mutex
	set map[chan struct{}]struct{}
	one chan struct{}
}

// Changed is the channel of the one consumer that needs no Subscribe, always
// the same: a token in it says that something changed since the last was taken.
func (l *List) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.one == nil {
		l.one = make(chan struct{}, 1)
	}
	return l.one
}

// Subscribe is Changed with a channel of one's own, until cancel is called.
func (l *List) Subscribe() (changed <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.set == nil {
		l.set = map[chan struct{}]struct{}{}
	}
	l.set[c] = struct{}{}
	return c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.set, c)
	}
}

// Notify tells all of them. It waits for nobody.
func (l *List) Notify() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.set {
		tell(c)
	}
	if l.one != nil {
		tell(l.one)
	}
}

func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
