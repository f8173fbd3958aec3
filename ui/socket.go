package ui

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/ui/checkout"
)

// upgrader takes what the guard let through: Origin is checked there.
var upgrader = websocket.Upgrader{
	Subprotocols:     []string{Subprotocol},
	HandshakeTimeout: 5 * time.Second,
	CheckOrigin:      func(*http.Request) bool { return true },
	Error: func(w http.ResponseWriter, _ *http.Request, _ int, reason error) {
		writeProblem(w, problemUpgrade.with(reason.Error()))
	},
}

// socket serves GET /v1/ws.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	if !slices.Contains(websocket.Subprotocols(r), Subprotocol) {
		writeProblem(w, problemSubprotocol)
		return
	}
	if !s.hub.enter() {
		writeProblem(w, problemStopping)
		return
	}
	defer s.hub.running.Done()
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by the upgrader
	}
	stop := context.AfterFunc(r.Context(), func() { conn.Close() })
	l := s.hub.limits
	conn.SetReadLimit(l.maxMessage)
	conn.SetReadDeadline(time.Now().Add(l.hello))
	conn.SetPongHandler(func(string) error { return conn.SetReadDeadline(time.Now().Add(l.pong)) })
	var do func(context.Context, checkout.Command) checkout.Answer
	if s.o.Desk != nil {
		do = s.o.Desk.Do
	}
	c := newClient(s.hub, do, conn)
	hello, err := c.greet()
	if err != nil {
		c.refuse(closePolicy, err)
		return
	}
	id := caller(r)
	if id.paired == "" {
		id.paired, _ = s.pairing.check(hello.Token, id.origin)
	}
	if !id.may() {
		c.refuse(closeUnpaired, &protocolError{code: codeUnpaired, detail: "pair first: POST /v1/pair with the code that the till shows, then send its token in hello"})
		return
	}
	c.own, c.paired = id.own, id.paired
	c.cameras = s.o.Cameras
	c.name = hello.Client
	if c.name == "" {
		c.name = "ws-" + randomName()
	}
	c.wantState = len(hello.Want) == 0 || slices.Contains(hello.Want, wantState)
	c.wantScans = len(hello.Want) == 0 || slices.Contains(hello.Want, wantScans)
	c.holding = hello.Hold
	welcome := welcomeMessage{Type: "welcome", Version: s.o.Version, Client: c.name, Own: c.own, Demo: s.o.Demo != nil && c.own, Camera: s.o.Cameras != nil, Title: s.o.Title, Now: time.Now()}
	if !s.hub.join(c, welcome, hello.Resume) {
		c.refuse(closeFull, &protocolError{code: codeBusy, detail: "too many connections, or tillgate stops: try again later"})
		return
	}
	defer s.hub.leave(c)
	stop()
	conn.SetReadDeadline(time.Now().Add(l.pong))
	s.log.Debug("client connected", "own", c.own, "origin", id.origin)
	written, obeyed := make(chan struct{}), make(chan struct{})
	go func() { defer close(written); c.write() }()
	go func() { defer close(obeyed); c.obey(r.Context()) }()
	c.read()
	<-written
	<-obeyed
	s.log.Debug("client gone", "own", c.own, "origin", id.origin, "reason", c.reason)
}

// greet reads the first message, which must be hello.
func (c *client) greet() (*helloMessage, error) {
	_, b, err := c.conn.ReadMessage()
	if err != nil {
		return nil, err
	}
	m, err := parse(b)
	if err != nil {
		return nil, err
	}
	hello, ok := m.(*helloMessage)
	if !ok {
		return nil, &protocolError{code: codeNotHello, detail: "the first message must be hello"}
	}
	return hello, nil
}

// refuse ends a connection that has not joined.
func (c *client) refuse(code int, err error) {
	defer c.conn.Close()
	var wrong *protocolError
	if !errors.As(err, &wrong) {
		return
	}
	if c.put(encode(errorMessage{Type: "error", Code: wrong.code, Detail: wrong.detail, ID: wrong.id})) {
		c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, wrong.code), time.Now().Add(time.Second))
	}
}
