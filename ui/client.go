package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/ui/checkout"
)

// Close codes (RFC 6455, section 7.4; 4000 to 4999 are the application's).
const (
	closeGoingAway = websocket.CloseGoingAway
	closePolicy    = websocket.ClosePolicyViolation
	closeUnpaired  = 4401
	closeTooSlow   = 4408
	closeFull      = 4429
)

// client is one websocket connection. Three goroutines: the one that serves the
// request reads, one writes, one waits for the desk, so that a command that
// takes its time delays neither events nor signs of life.
type client struct {
	hub       *hub
	do        func(context.Context, checkout.Command) checkout.Answer // nil if there is no desk
	conn      *websocket.Conn
	name      string
	own       bool
	wantState bool
	wantScans bool
	paired    string  // id of the token that let it in
	cameras   Cameras // nil if no page's camera is wanted

	wake     chan struct{} // 1-buffered: there are events
	direct   chan []byte
	flow     chan flow
	commands chan checkout.Command
	done     chan struct{} // closed by drop
	dropOnce sync.Once
	code     int // why it was dropped: set before done is closed
	reason   string

	lens lens // of the reader alone

	// Of the writer alone, once it runs.
	first   [][]byte // what was worked out by join
	pos     uint64   // last event seen
	holding bool
	credit  int // scans that may pass although holding
	heldup  []event
	missed  int // scans that no longer fitted in
}

// flow opens or closes the delivery of scans.
type flow struct {
	hold  bool
	scans int
}

func newClient(h *hub, do func(context.Context, checkout.Command) checkout.Answer, conn *websocket.Conn) *client {
	return &client{
		hub: h, do: do, conn: conn, wake: make(chan struct{}, 1), direct: make(chan []byte, h.limits.direct),
		flow: make(chan flow, 1), commands: make(chan checkout.Command, h.limits.commands), done: make(chan struct{}),
	}
}

// nudge says that there are events. It never waits.
func (c *client) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// send queues a message that is not an event. A client that lets its answers
// pile up is dropped.
func (c *client) send(b []byte) {
	select {
	case c.direct <- b:
	default:
		c.drop(closeTooSlow, "answers are not read")
	}
}

// drop ends the connection, with a reason for the other side. Never waits.
func (c *client) drop(code int, reason string) {
	c.dropOnce.Do(func() {
		c.code, c.reason = code, reason
		close(c.done)
	})
}

// read takes messages until the connection ends.
func (c *client) read() {
	mistakes := 0
	defer c.closeCamera()
	for {
		err := c.readOne()
		if err == nil {
			continue
		}
		var wrong *protocolError
		if !errors.As(err, &wrong) {
			c.drop(closeGoingAway, "")
			return
		}
		c.send(encode(errorMessage{Type: "error", Code: wrong.code, Detail: wrong.detail, ID: wrong.id}))
		if wrong.code == codeBusy {
			continue
		}
		if mistakes++; mistakes >= c.hub.limits.mistakes {
			c.drop(closePolicy, "too many messages that are not understood")
			return
		}
	}
}

// readOne takes one message: JSON as text, a frame of a camera as binary. The
// error is a *protocolError, or that of the connection.
func (c *client) readOne() error {
	kind, r, err := c.conn.NextReader()
	if err != nil {
		return err
	}
	c.conn.SetReadDeadline(time.Now().Add(c.hub.limits.pong))
	if kind == websocket.BinaryMessage {
		return c.takeFrame(r)
	}
	b, err := io.ReadAll(io.LimitReader(r, c.hub.limits.maxMessage+1))
	if err != nil {
		return err
	}
	if int64(len(b)) > c.hub.limits.maxMessage {
		return websocket.ErrReadLimit
	}
	m, err := parse(b)
	if err != nil {
		return err
	}
	return c.take(m)
}

// take does what a message asks.
func (c *client) take(m any) error {
	switch m := m.(type) {
	case *helloMessage:
		return &protocolError{code: codeNotHello, detail: "hello is the first message only"}
	case *ackMessage:
		c.hub.ack(c.name, m.Seq)
	case *holdMessage:
		c.control(flow{hold: true})
	case *releaseMessage:
		c.control(flow{scans: m.Scans})
	case *cameraMessage:
		return c.switchCamera(m.On)
	case *commandMessage:
		if c.do == nil {
			return &protocolError{code: codeNotRunning, detail: "tillgate could not start: see the fatal message", id: m.ID}
		}
		m.Command.Client = c.name
		select {
		case c.commands <- m.Command:
		default:
			return &protocolError{code: codeBusy, detail: "commands wait for the desk: wait for their answers, then send this one again", id: m.ID}
		}
	}
	return nil
}

func (c *client) control(f flow) {
	select {
	case c.flow <- f:
	case <-c.done:
	}
}

// obey carries the commands out, one after the other.
func (c *client) obey(ctx context.Context) {
	for {
		select {
		case cmd := <-c.commands:
			c.send(encode(answerMessage{Type: "answer", Answer: c.do(ctx, cmd)}))
		case <-c.done:
			return
		}
	}
}

// write sends until the client is dropped, then closes the connection.
func (c *client) write() {
	ping := time.NewTicker(c.hub.limits.ping)
	defer ping.Stop()
	defer c.conn.Close()
	if !c.put(c.first...) {
		return
	}
	c.first = nil
	for {
		ok := true
		select {
		case <-c.done:
			if c.reason != "" {
				c.goodbye()
			}
			return
		case b := <-c.direct:
			ok = c.put(b)
		case f := <-c.flow:
			ok = c.regulate(f)
		case <-c.wake:
			ok = c.catchUp()
		case <-ping.C:
			ok = c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(c.hub.limits.write)) == nil
		}
		if !ok {
			c.drop(closeTooSlow, "")
			return
		}
	}
}

// goodbye writes what is queued and the reason of the end, if it goes at once.
func (c *client) goodbye() {
	for {
		select {
		case b := <-c.direct:
			if !c.put(b) {
				return
			}
			continue
		default:
		}
		c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(c.code, c.reason), time.Now().Add(time.Second))
		return
	}
}

// put writes messages; false if the client did not take them in time.
func (c *client) put(messages ...[]byte) bool {
	for _, b := range messages {
		c.conn.SetWriteDeadline(time.Now().Add(c.hub.limits.write))
		if c.conn.WriteMessage(websocket.TextMessage, b) != nil {
			return false
		}
	}
	return true
}

// catchUp sends the events since the last time.
func (c *client) catchUp() bool {
	events, ok := c.hub.after(c.pos)
	if !ok {
		c.drop(closeTooSlow, fmt.Sprintf("more than %d events behind: connect again and resume", len(events)))
		return true
	}
	for _, e := range events {
		c.pos = e.seq
		switch {
		case !e.scan && !c.wantState, e.scan && !c.wantScans:
		case e.scan && c.holding && (c.credit == 0 || len(c.heldup) > 0):
			c.keep(e, c.hub.limits.held)
		default:
			if e.scan && c.holding {
				c.credit--
			}
			if !c.put(e.data) {
				return false
			}
		}
	}
	return true
}

// keep holds a scan back; the oldest goes if there are too many.
func (c *client) keep(e event, limit int) {
	if len(c.heldup) == limit {
		c.heldup = append(c.heldup[:0], c.heldup[1:]...)
		c.missed++
	}
	c.heldup = append(c.heldup, e)
}

// regulate holds or releases scans.
func (c *client) regulate(f flow) bool {
	if f.hold {
		c.holding, c.credit = true, 0
		return true
	}
	if c.missed > 0 {
		if !c.put(encode(gapMessage{Type: "gap", Reason: gapHeld, Scans: c.missed})) {
			return false
		}
		c.missed = 0
	}
	n := len(c.heldup)
	c.holding = f.scans > 0
	if c.holding {
		n = min(n, f.scans)
		c.credit = f.scans - n
	}
	for _, e := range c.heldup[:n] {
		if !c.put(e.data) {
			return false
		}
	}
	c.heldup = append(c.heldup[:0], c.heldup[n:]...)
	return true
}
