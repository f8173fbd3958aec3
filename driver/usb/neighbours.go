package usb

import "sync"

// Neighbours are the scanners of a till, as they are named. A device that one of them
// names by its serial number or its socket is no other's, and that is to hold for
// scanners too that are enrolled while others are driven.
type Neighbours struct {
	mu  sync.Mutex
	all []Selector
}

// Add takes a scanner in.
func (n *Neighbours) Add(s Selector) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, s)
}

// All are those that were taken in by now; none if n is nil.
func (n *Neighbours) All() []Selector {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all[:len(n.all):len(n.all)]
}
