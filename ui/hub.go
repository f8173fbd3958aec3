package ui

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/tillgate/tillgate/ui/checkout"
)

// limits are the bounds of the hub and its clients.
type limits struct {
	ring       int           // events kept for clients that fall behind or come back
	ringBytes  int           // and their bytes
	held       int           // scans kept for a client that holds
	direct     int           // answers that wait for a client to read them
	commands   int           // commands of a client that wait for the desk
	mistakes   int           // refused messages after which a client is shown the door
	clients    int           // connections at one time
	maxMessage int64         // bytes of a message from a client
	hello      time.Duration // until the first message
	write      time.Duration // for one message to go out
	ping       time.Duration // between pings
	pong       time.Duration // without any sign of life
}

var defaultLimits = limits{
	ring: 1024, ringBytes: 8 << 20, held: 512, direct: 64, commands: 16, mistakes: 10, clients: 64, maxMessage: 256 << 10,
	hello: 5 * time.Second, write: 5 * time.Second, ping: 15 * time.Second, pong: 40 * time.Second,
}

// event is something that every client sees, encoded once.
type event struct {
	seq  uint64
	scan bool
	data []byte
}

// hub holds what clients are told: the sections of the state and a ring of the
// last events, numbered within one epoch. Clients read the ring at their own
// pace, so that publishing never waits for anybody.
type hub struct {
	limits limits
	epoch  string

	mu       sync.Mutex
	seq      uint64
	ring     []event           // the newest last, without holes
	bytes    int               // of the ring
	state    checkout.State    // that sections are of
	sections []json.RawMessage // by their place in sectionNames; nil before the first state
	fatal    *fatalMessage
	clients  map[*client]struct{}
	acks     map[string]uint64 // last scan that a client, by name, has handled
	ackOrder []string          // oldest first, to bound acks
	moved    chan struct{}     // closed at every update, then replaced
	closed   bool
	running  sync.WaitGroup // connections
}

func newHub(l limits) *hub {
	b := make([]byte, 8)
	rand.Read(b)
	return &hub{limits: l, epoch: fmt.Sprintf("%x", b), clients: map[*client]struct{}{}, acks: map[string]uint64{}, moved: make(chan struct{})}
}

// update publishes the sections of a state that differ from the last. Only those are
// encoded: with a scan that is one of a dozen.
func (h *hub) update(s checkout.State) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	set, err := h.take(&s)
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	close(h.moved)
	h.moved = make(chan struct{})
	if len(set) > 0 {
		h.seq++
		h.publish(event{seq: h.seq, data: changeOf(h.seq, set)})
	}
	return nil
}

// take keeps a state and returns its sections that differ from the one before, as
// members of a JSON object. h.mu is held.
func (h *hub) take(s *checkout.State) (set []byte, err error) {
	was, now := reflect.ValueOf(&h.state).Elem(), reflect.ValueOf(s).Elem()
	sections := make([]json.RawMessage, len(sectionNames))
	for i, name := range sectionNames {
		section := now.Field(i)
		if h.sections != nil && reflect.DeepEqual(was.Field(i).Addr().Interface(), section.Addr().Interface()) {
			sections[i] = h.sections[i]
			continue
		}
		if sections[i], err = json.Marshal(section.Addr().Interface()); err != nil {
			return nil, err
		}
		if h.sections == nil || !bytes.Equal(h.sections[i], sections[i]) {
			set = appendMember(set, name, sections[i])
		}
	}
	h.state, h.sections = *s, sections
	return set, nil
}

// sectionNames are the members of a state, in its own order.
var sectionNames = func() []string {
	names := make([]string, reflect.TypeFor[checkout.State]().NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(reflect.TypeFor[checkout.State]().Field(i).Tag.Get("json"), ",")
	}
	return names
}()

// scan publishes a code.
func (h *hub) scan(m scanMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	m.Seq = h.seq
	h.publish(event{seq: h.seq, scan: true, data: encode(m)})
}

// publish appends an event to the ring and wakes the clients. h.mu is held.
func (h *hub) publish(e event) {
	h.ring = append(h.ring, e)
	h.bytes += len(e.data)
	old := 0
	for len(h.ring)-old > h.limits.ring || h.bytes > h.limits.ringBytes && len(h.ring)-old > 1 {
		h.bytes -= len(h.ring[old].data)
		old++
	}
	h.ring = append(h.ring[:0], h.ring[old:]...)
	for c := range h.clients {
		c.nudge()
	}
}

// after are the events that follow pos; false if some of them are no longer kept.
func (h *hub) after(pos uint64) ([]event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.since(pos)
}

// since is after with h.mu held. The ring is without holes: positions count.
func (h *hub) since(pos uint64) ([]event, bool) {
	missing := h.seq - pos
	if missing > uint64(len(h.ring)) {
		return append([]event(nil), h.ring...), false
	}
	return append([]event(nil), h.ring[len(h.ring)-int(missing):]...), true
}

// changes is closed when the desk has changed, be it in what is no part of the
// state.
func (h *hub) changes() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.moved
}

// fail keeps a fatal error for those who come, and tells those who are here.
func (h *hub) fail(m fatalMessage) {
	h.mu.Lock()
	h.fatal = &m
	h.mu.Unlock()
	h.tell(func(*client) bool { return true }, m)
}

// failure is the fatal error, if there is one.
func (h *hub) failure() *fatalMessage {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fatal
}

// dropIf sends the clients away that match.
func (h *hub) dropIf(match func(*client) bool, code int, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if match(c) {
			c.drop(code, reason)
		}
	}
}

// tell sends a message that is not an event to the clients that match.
func (h *hub) tell(match func(*client) bool, m any) {
	b := encode(m)
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if match(c) {
			c.send(b)
		}
	}
}

// ack notes that a client has handled every scan up to seq.
func (h *hub) ack(name string, seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old, known := h.acks[name]
	if !known {
		if len(h.ackOrder) == h.limits.clients {
			delete(h.acks, h.ackOrder[0])
			h.ackOrder = h.ackOrder[1:]
		}
		h.ackOrder = append(h.ackOrder, name)
	}
	h.acks[name] = max(old, min(seq, h.seq))
}

// close sends every client away and lets no more in.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		c.drop(closeGoingAway, "tillgate stops")
	}
}

// wait returns when every connection has ended.
func (h *hub) wait() { h.running.Wait() }

// count is how many clients are connected.
func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}
