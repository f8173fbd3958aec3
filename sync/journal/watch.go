package journal

import "sync"

// watchers are told that something changed, never what: they look for
// themselves.
type watchers struct {
	mu  sync.Mutex
	set map[chan struct{}]struct{}
	one chan struct{}
}

// Changed is the channel of the one consumer that needs no Subscribe: a token
// in it says that the journal changed since the last was taken.
func (j *Journal) Changed() <-chan struct{} {
	j.watch.mu.Lock()
	defer j.watch.mu.Unlock()
	if j.watch.one == nil {
		j.watch.one = make(chan struct{}, 1)
	}
	return j.watch.one
}

// Subscribe is Changed with a channel of one's own, until cancel is called.
func (j *Journal) Subscribe() (changed <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	w := &j.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set = map[chan struct{}]struct{}{}
	}
	w.set[c] = struct{}{}
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.set, c)
	}
}

func (w *watchers) notify() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.set {
		tell(c)
	}
	if w.one != nil {
		tell(w.one)
	}
}

func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
