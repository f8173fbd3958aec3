package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// fakeDesk is a small desk: one prompt at a time, and the first answer to it
// wins.
type fakeDesk struct {
	mu      sync.Mutex
	state   checkout.State
	sale    *checkout.SaleResult
	watcher func()
	done    map[string]checkout.Answer // by client and id
	got     []checkout.Command
	block   chan struct{} // if set, Do waits for it
}

func newFakeDesk() *fakeDesk {
	d := &fakeDesk{watcher: func() {}, done: map[string]checkout.Answer{}}
	d.state.Receipt.Currency = "RUB"
	d.state.Conditions, d.state.Devices = []checkout.Condition{}, []checkout.Device{}
	d.state.People, d.state.Drafts = []checkout.Matter{}, []checkout.Draft{}
	return d
}

func (d *fakeDesk) State() checkout.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

func (d *fakeDesk) Watch(f func()) { d.watcher = f }

func (d *fakeDesk) Sale() *checkout.SaleResult {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sale
}

func (d *fakeDesk) Result(_ context.Context, receipt string) (checkout.SaleResult, bool, error) {
	if s := d.Sale(); s != nil && s.Receipt == receipt {
		return *s, true, nil
	}
	return checkout.SaleResult{}, false, nil
}

func (d *fakeDesk) Preview(_ context.Context, c checkout.Command) (p checkout.Preview, refused *checkout.Text, err error) {
	if c.Sale.Receipt != "R-17" {
		return p, &checkout.Text{Code: checkout.NoSuchSale}, nil
	}
	return checkout.Preview{Items: c.Items, Amount: c.Sale.Total, Back: c.Sale.Total, Told: true}, nil, nil
}

// edit changes the state and says so.
func (d *fakeDesk) edit(f func(*checkout.State)) {
	d.mu.Lock()
	f(&d.state)
	d.mu.Unlock()
	d.watcher()
}

func (d *fakeDesk) ask(id string) {
	d.edit(func(s *checkout.State) {
		s.Prompt = &checkout.Prompt{ID: id, Kind: checkout.AskSpend, Choices: []checkout.Choice{{ID: "spend_all"}}}
	})
}

func (d *fakeDesk) Do(ctx context.Context, c checkout.Command) checkout.Answer {
	if d.block != nil {
		<-d.block
	}
	d.mu.Lock()
	a, again := d.done[c.Client+"/"+c.ID]
	prompt := d.state.Prompt
	d.got = append(d.got, c)
	d.mu.Unlock()
	if again {
		return a
	}
	a = checkout.Answer{ID: c.ID, OK: true}
	switch c.Do {
	case checkout.Choose:
		if prompt == nil || prompt.ID != c.Prompt {
			a.OK, a.Error = false, &checkout.Text{Code: "prompt_gone"}
			break
		}
		d.edit(func(s *checkout.State) { s.Prompt = nil })
	case checkout.SetReceipt:
		sale := &checkout.SaleResult{Receipt: c.Sale.Receipt, Phase: "open", Total: c.Sale.Total, ToPay: c.Sale.Total}
		d.mu.Lock()
		d.sale, a.Sale = sale, sale
		d.mu.Unlock()
		d.edit(func(s *checkout.State) { s.Receipt.Total, s.Receipt.Known = c.Sale.Total, true })
	case checkout.Paid:
		d.mu.Lock()
		if d.sale == nil || d.sale.Phase == "paid" {
			a.OK, a.Error = false, &checkout.Text{Code: "nothing_in_hand"}
		} else {
			sale := *d.sale
			sale.Phase = "paid"
			d.sale, a.Sale = &sale, &sale
		}
		d.mu.Unlock()
	}
	d.mu.Lock()
	d.done[c.Client+"/"+c.ID] = a
	d.mu.Unlock()
	return a
}

// start runs a server until the test ends.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s := build(t, o)
	run(t, s)
	return s
}

func build(t *testing.T, o Options) *Server {
	t.Helper()
	o.Addr = "127.0.0.1:0"
	o.Version = "test"
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, s *Server) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("Run does not return")
		}
	})
}

// wsClient is a client that fails the test when something is not as it must be.
type wsClient struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial connects without a hello.
func dial(t *testing.T, s *Server, header http.Header) *wsClient {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{Subprotocol}}
	conn, res, err := d.Dial("ws"+strings.TrimPrefix(s.URL(), "http")+"v1/ws", header)
	if err != nil {
		body := []byte{}
		if res != nil {
			body, _ = io.ReadAll(res.Body)
		}
		t.Fatalf("dial: %v %s", err, body)
	}
	t.Cleanup(func() { conn.Close() })
	return &wsClient{t, conn}
}

// connect says hello and takes the welcome.
func connect(t *testing.T, s *Server, hello string) (*wsClient, message) {
	t.Helper()
	c := dial(t, s, nil)
	c.send(hello)
	return c, c.want("welcome")
}

// message is any message of the server.
type message struct {
	Type   string                     `json:"type"`
	Seq    uint64                     `json:"seq"`
	Epoch  string                     `json:"epoch"`
	Client string                     `json:"client"`
	Own    bool                       `json:"own"`
	ID     string                     `json:"id"`
	OK     bool                       `json:"ok"`
	Code   string                     `json:"code"`
	Text   string                     `json:"text"`
	Reason string                     `json:"reason"`
	Scans  int                        `json:"scans"`
	Error  *checkout.Text             `json:"error"`
	State  json.RawMessage            `json:"state"`
	Set    map[string]json.RawMessage `json:"set"`
}

func (c *wsClient) send(s string) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *wsClient) next() message {
	c.t.Helper()
	m, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *wsClient) read() (message, error) {
	c.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, b, err := c.conn.ReadMessage()
	if err != nil {
		return message{}, err
	}
	var m message
	return m, json.Unmarshal(b, &m)
}

func (c *wsClient) want(typ string) message {
	c.t.Helper()
	m := c.next()
	if m.Type != typ {
		c.t.Fatalf("got %+v, want a %s message", m, typ)
	}
	return m
}

// until reads on to a message of a type.
func (c *wsClient) until(typ string) message {
	c.t.Helper()
	for {
		if m := c.next(); m.Type == typ {
			return m
		}
	}
}

func (c *wsClient) wantClosed(code int) {
	c.t.Helper()
	for {
		_, err := c.read()
		if err == nil {
			continue
		}
		if !websocket.IsCloseError(err, code) {
			c.t.Fatalf("got %v, want close code %d", err, code)
		}
		return
	}
}

// call makes an HTTP request; body may be a string, nil, or a value to encode.
func call(t *testing.T, s *Server, method, path string, body any, header ...string) (int, http.Header, []byte) {
	t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(j)
	}
	r, err := http.NewRequest(method, s.URL()+strings.TrimPrefix(path, "/"), in)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, out
}

func problemCode(b []byte) string {
	var p problem
	json.Unmarshal(b, &p)
	return p.Code
}

func money(n int) loyalty.Money { return loyalty.Money(n) }

func own1(s *Server) string { return strings.TrimSuffix(s.URL(), "/") }

func asJSON(v any) string { return fmt.Sprintf("%s", encode(v)) }

func decodeOrFail(t *testing.T, b []byte, into any) {
	t.Helper()
	if err := decodeStrict(bytes.NewReader(b), into); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
}
