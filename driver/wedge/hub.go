package wedge

import "sync"

// hub shares Raw Input among the sources: Windows sends the keys of all keyboards
// to one window of a program.
type hub struct {
	mu      sync.Mutex
	members map[int]member
	next    int
	stop    func() // of the window; nil if there is none
}

type member struct {
	wants func(path string) bool
	keys  chan key
}

func newHub() *hub { return &hub{members: map[int]member{}} }

// join makes the keys of the keyboards that a source wants come to it. The first
// to join opens the window, the last to leave closes it.
func (h *hub) join(wants func(path string) bool) (keys <-chan key, leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop == nil {
		if h.stop, err = listen(h.spread); err != nil {
			return nil, nil, err
		}
	}
	n := h.next
	h.next++
	m := member{wants, make(chan key, 1024)}
	h.members[n] = m
	return m.keys, func() { h.leave(n) }, nil
}

func (h *hub) leave(n int) {
	h.mu.Lock()
	delete(h.members, n)
	var stop func()
	if len(h.members) == 0 {
		stop, h.stop = h.stop, nil
	}
	h.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// spread hands a key to those who want it; it never waits, for the window must
// not. A source that has 1,024 keys waiting is dead.
func (h *hub) spread(k key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.members {
		if m.wants(k.path) {
			select {
			case m.keys <- k:
			default:
			}
		}
	}
}
