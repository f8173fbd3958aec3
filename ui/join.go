package ui

// What a client may want.
const (
	wantState = "state"
	wantScans = "scans"
)

// enter counts a connection in that may become a client; false if the hub is
// closed. The caller does running.Done.
func (h *hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.running.Add(1)
	}
	return !h.closed
}

// join lets a client that has said hello in, and works out what it is sent
// first: everything it missed, or the whole state. False if no more get in.
func (h *hub) join(c *client, welcome welcomeMessage, r *resume) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.clients) >= h.limits.clients {
		return false
	}
	welcome.Epoch, welcome.Seq = h.epoch, h.seq
	c.first = append(c.first, encode(welcome))
	if h.fatal != nil {
		c.first = append(c.first, encode(h.fatal))
	}
	missed, whole := h.missed(c, r)
	for _, e := range missed {
		if e.scan && c.holding {
			c.keep(e, h.limits.held)
			continue
		}
		c.first = append(c.first, e.data)
	}
	if whole && c.wantState && h.sections != nil {
		c.first = append(c.first, stateOf(h.seq, h.sections))
	}
	c.pos = h.seq
	h.clients[c] = struct{}{}
	return true
}

// missed are the events that a client that comes back has not had, and whether
// it needs the whole state too. A gap is put before them if some are lost.
func (h *hub) missed(c *client, r *resume) (events []event, whole bool) {
	if r == nil {
		return nil, true
	}
	state, scan := r.Seq, r.Seq
	known := r.Epoch == h.epoch && r.Seq <= h.seq
	acked, did := h.acks[c.name]
	switch {
	case r.Scan != nil && known:
		scan = min(*r.Scan, h.seq)
	case did && (known || r.Epoch == ""):
		scan = acked
	case !known && r.Epoch == "":
		scan = h.seq // a client that never had anything misses nothing
	case !known:
		scan = 0
	}
	if !known {
		whole, state = true, h.seq
		if r.Epoch != "" {
			c.first = append(c.first, encode(gapMessage{Type: "gap", Reason: gapRestart}))
		}
	}
	all, complete := h.since(min(state, scan))
	if !complete {
		whole, state = true, h.seq
		if known || did {
			c.first = append(c.first, encode(gapMessage{Type: "gap", Reason: gapBehind}))
		}
	}
	for _, e := range all {
		if e.scan && c.wantScans && e.seq > scan || !e.scan && c.wantState && e.seq > state {
			events = append(events, e)
		}
	}
	return events, whole
}

// leave takes a client out.
func (h *hub) leave(c *client) {
	h.mu.Lock()
	delete(h.clients, c)
	h.mu.Unlock()
}
