//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// client is a program at the till's websocket.
type client struct {
	conn  *websocket.Conn
	write sync.Mutex

	mu       sync.Mutex
	sections map[string]json.RawMessage
	scans    []scanned
	answers  map[string]checkout.Answer
	err      error
	changed  chan struct{} // closed at the next message
	next     int
}

// scanned is a scan event, as far as the tests look at it.
type scanned struct {
	Seq  uint64
	Kind string
	Text string
	Raw  []byte
	AIM  string
	Scan struct {
		Device string
		Seq    uint64
		At     time.Time
	}
}

// connect opens the websocket of a page.
func connect(page string) (*client, error) {
	d := websocket.Dialer{Subprotocols: []string{"tillgate.v1"}, HandshakeTimeout: soon() / 4}
	conn, _, err := d.Dial(strings.Replace(page, "http:", "ws:", 1)+"v1/ws", nil)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, sections: map[string]json.RawMessage{}, answers: map[string]checkout.Answer{}, changed: make(chan struct{})}
	if err := c.send(map[string]any{"type": "hello"}); err != nil {
		return nil, err
	}
	go c.read()
	return c, c.wait(soon()/4, func() bool { return len(c.sections) > 0 })
}

func (x *till) connect() *client {
	x.t.Helper()
	c, err := connect(x.page)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { c.conn.Close() })
	return c
}

func (c *client) send(m any) error {
	c.write.Lock()
	defer c.write.Unlock()
	return c.conn.WriteJSON(m)
}

func (c *client) read() {
	for {
		_, b, err := c.conn.ReadMessage()
		c.mu.Lock()
		if err == nil {
			err = c.take(b)
		}
		c.err = err
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *client) take(b []byte) error {
	var m struct {
		Type  string
		State map[string]json.RawMessage
		Set   map[string]json.RawMessage
		Code  string
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	switch m.Type {
	case "state":
		c.sections = m.State
	case "change":
		for k, v := range m.Set {
			c.sections[k] = v
		}
	case "scan":
		var s scanned
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		c.scans = append(c.scans, s)
	case "answer":
		var a checkout.Answer
		if err := json.Unmarshal(b, &a); err != nil {
			return err
		}
		c.answers[a.ID] = a
	case "error":
		return fmt.Errorf("the daemon says: %s", b)
	}
	return nil
}

// wait waits until ok, called with the lock held, says so.
func (c *client) wait(timeout time.Duration, ok func() bool) error {
	deadline := time.After(timeout)
	for {
		c.mu.Lock()
		done, err, changed := ok(), c.err, c.changed
		c.mu.Unlock()
		switch {
		case done:
			return nil
		case err != nil:
			return err
		}
		select {
		case <-changed:
		case <-deadline:
			c.mu.Lock()
			defer c.mu.Unlock()
			return fmt.Errorf("not within %v; the state is %s", timeout, c.whole())
		}
	}
}

func (c *client) whole() string {
	b, _ := json.Marshal(c.sections)
	return string(b)
}

// state is the desk's state as the daemon sent it. Called with the lock held.
func (c *client) state() (s checkout.State) {
	if err := json.Unmarshal([]byte(c.whole()), &s); err != nil {
		c.err = err
	}
	return s
}

// now is the state as it was sent last.
func (c *client) now() checkout.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state()
}

// await waits for a state and returns it.
func (c *client) await(t *testing.T, what string, ok func(checkout.State) bool) checkout.State {
	t.Helper()
	var s checkout.State
	if err := c.wait(soon(), func() bool { s = c.state(); return ok(s) }); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return s
}

// awaitPrompt waits for a prompt of a kind.
func (c *client) awaitPrompt(t *testing.T, kind checkout.PromptKind) checkout.Prompt {
	t.Helper()
	s := c.await(t, "prompt "+string(kind), func(s checkout.State) bool { return s.Prompt != nil && s.Prompt.Kind == kind })
	return *s.Prompt
}

// awaitScans waits until n scan events have come.
func (c *client) awaitScans(n int, timeout time.Duration) ([]scanned, error) {
	var got []scanned
	err := c.wait(timeout, func() bool { got = append([]scanned(nil), c.scans...); return len(got) >= n })
	return got, err
}

var errRefused = errors.New("refused")

// do sends a command and waits for its answer.
func (c *client) do(cmd checkout.Command) (checkout.Answer, error) {
	c.mu.Lock()
	c.next++
	cmd.ID = fmt.Sprintf("t%d", c.next)
	c.mu.Unlock()
	err := c.send(struct {
		Type string `json:"type"`
		checkout.Command
	}{"command", cmd})
	if err != nil {
		return checkout.Answer{}, err
	}
	var a checkout.Answer
	err = c.wait(soon(), func() (ok bool) { a, ok = c.answers[cmd.ID]; return ok })
	if err == nil && !a.OK {
		err = fmt.Errorf("%w: %+v", errRefused, a.Error)
	}
	return a, err
}

func (c *client) mustDo(t *testing.T, cmd checkout.Command) checkout.Answer {
	t.Helper()
	a, err := c.do(cmd)
	if err != nil {
		t.Fatalf("%s %s: %v", cmd.Do, cmd.Choice, err)
	}
	return a
}

// choose answers a prompt. If a fresher one of its kind took its place meanwhile,
// that is answered, as a person does.
func (c *client) choose(t *testing.T, p checkout.Prompt, choice string, amount int64) checkout.Answer {
	t.Helper()
	cmd := checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: choice}
	if amount > 0 {
		cmd.Amount = &amount
	}
	for range 5 {
		a, err := c.do(cmd)
		if err == nil {
			return a
		}
		if now := c.now().Prompt; a.Error != nil && a.Error.Code == checkout.PromptGone && now != nil && now.Question == p.Question {
			cmd.Prompt = now.ID
			continue
		}
		t.Fatalf("%s %s: %v", cmd.Do, cmd.Choice, err)
	}
	t.Fatalf("%s: the prompt changes all the time", choice)
	return checkout.Answer{}
}

func (c *client) total(t *testing.T, m loyalty.Money) {
	t.Helper()
	c.mustDo(t, checkout.Command{Do: checkout.SetReceipt, Sale: &checkout.SaleInput{Total: m}})
}
