package ui

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/ui/checkout"
)

func product(n int) decode.Code {
	return decode.Code{Kind: decode.Product, GTIN: "04006381333931", Text: fmt.Sprint(n), Raw: []byte(fmt.Sprint(n)), Scan: driver.Ref{Device: "virtual:1", Seq: uint64(n)}}
}

func TestStateFirstThenChanges(t *testing.T) {
	d := newFakeDesk()
	s := start(t, Options{Desk: d})
	c, w := connect(t, s, `{"type":"hello","client":"page-1"}`)
	if !w.Own || w.Client != "page-1" || w.Epoch == "" {
		t.Fatalf("welcome %+v", w)
	}
	first := c.want("state")
	d.ask("p1")
	ch := c.want("change")
	if ch.Seq != first.Seq+1 || len(ch.Set) != 1 || !strings.Contains(string(ch.Set["prompt"]), `"p1"`) {
		t.Fatalf("change %+v", ch)
	}
	s.Scanned(product(7))
	if sc := c.want("scan"); sc.Seq != ch.Seq+1 || sc.Text != "7" {
		t.Fatalf("scan %+v", sc)
	}
}

func TestCardsStayInside(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	c, _ := connect(t, s, `{"type":"hello","want":["scans"]}`)
	for _, k := range []decode.Kind{decode.Card, decode.Phone, decode.Product} {
		s.Scanned(decode.Code{Kind: k, Text: string(k)})
	}
	if m := c.want("scan"); m.Text != "product" {
		t.Fatalf("a %s was sent", m.Text)
	}
}

// Two pages answer one prompt at the same time: one wins, the other is told
// that the prompt is gone, and both see the same state.
func TestTwoPagesOneAnswerWins(t *testing.T) {
	d := newFakeDesk()
	s := start(t, Options{Desk: d})
	for round := range 20 {
		id := fmt.Sprint("p", round)
		d.ask(id)
		var wg sync.WaitGroup
		oks := make(chan message, 2)
		for i := range 2 {
			c, _ := connect(t, s, fmt.Sprintf(`{"type":"hello","client":"page-%d","want":["state"]}`, i))
			wg.Go(func() {
				c.send(fmt.Sprintf(`{"type":"command","id":"c%d","do":"choose","prompt":"%s","choice":"spend_all"}`, round, id))
				oks <- c.until("answer")
				c.conn.Close()
			})
		}
		wg.Wait()
		a, b := <-oks, <-oks
		if a.OK == b.OK {
			t.Fatalf("round %d: %+v and %+v", round, a, b)
		}
		if lost := map[bool]message{true: b, false: a}[a.OK]; lost.Error == nil || lost.Error.Code != "prompt_gone" {
			t.Fatalf("the loser got %+v", lost)
		}
	}
}

// A command that is sent again after a lost answer is one command.
func TestCommandAgainAfterReconnect(t *testing.T) {
	d := newFakeDesk()
	s := start(t, Options{Desk: d})
	d.ask("p1")
	cmd := `{"type":"command","id":"x1","do":"choose","prompt":"p1","choice":"spend_all"}`
	for range 2 {
		c, _ := connect(t, s, `{"type":"hello","client":"page-1"}`)
		c.send(cmd)
		if a := c.until("answer"); !a.OK || a.ID != "x1" {
			t.Fatalf("answer %+v", a)
		}
		c.conn.Close()
	}
}

// Clients that come and go while the state changes and scans come in see every
// scan once, in order, and end with the state that the desk has.
func TestResumeLosesNothing(t *testing.T) {
	d := newFakeDesk()
	s := start(t, Options{Desk: d})
	const scans, clients = 300, 4
	var wg sync.WaitGroup
	for i := range clients {
		rnd := rand.New(rand.NewPCG(1, uint64(i)))
		c, w := connect(t, s, `{"type":"hello"}`)
		wg.Go(func() {
			state := map[string]json.RawMessage{}
			want, pos, reconnects := 1, w.Seq, 0
			for want <= scans || !strings.Contains(string(state["receipt"]), fmt.Sprintf(`"total":%d`, scans)) {
				m, err := c.read()
				if err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
				switch m.Type {
				case "state":
					json.Unmarshal(m.State, &state)
				case "change":
					for k, v := range m.Set {
						state[k] = v
					}
				case "scan":
					if m.Text != fmt.Sprint(want) {
						t.Errorf("client %d: scan %s, want %d", i, m.Text, want)
						return
					}
					want++
				case "gap":
					t.Errorf("client %d: a gap", i)
					return
				}
				if m.Seq != 0 {
					if m.Type != "state" && m.Seq != pos+1 {
						t.Errorf("client %d: seq %d after %d", i, m.Seq, pos)
						return
					}
					pos = m.Seq
				}
				if rnd.IntN(25) == 0 {
					c.conn.Close()
					c, w = connect(t, s, fmt.Sprintf(`{"type":"hello","resume":{"epoch":%q,"seq":%d}}`, w.Epoch, pos))
					reconnects++
				}
			}
			if reconnects == 0 {
				t.Errorf("client %d never reconnected: nothing was tested", i)
			}
		})
	}
	for n := 1; n <= scans; n++ {
		s.Scanned(product(n))
		d.edit(func(st *checkout.State) { st.Receipt.Total = money(n) })
		if n%20 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	wg.Wait()
}

func TestResumeOfAnotherEpoch(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	s.Scanned(product(1))
	c, _ := connect(t, s, `{"type":"hello","resume":{"epoch":"gone","seq":900}}`)
	if g := c.want("gap"); g.Reason != gapRestart {
		t.Fatalf("gap %+v", g)
	}
	if m := c.want("scan"); m.Text != "1" {
		t.Fatalf("scan %+v", m)
	}
	c.want("state")
}

func TestResumeTooLate(t *testing.T) {
	s := build(t, Options{Desk: newFakeDesk()})
	s.hub.limits.ring = 10
	run(t, s)
	c, w := connect(t, s, `{"type":"hello"}`)
	c.want("state")
	c.conn.Close()
	for n := range 25 {
		s.Scanned(product(n))
	}
	c, _ = connect(t, s, fmt.Sprintf(`{"type":"hello","resume":{"epoch":%q,"seq":%d}}`, w.Epoch, w.Seq))
	if g := c.want("gap"); g.Reason != gapBehind {
		t.Fatalf("gap %+v", g)
	}
	for n := 15; n < 25; n++ {
		if m := c.want("scan"); m.Text != fmt.Sprint(n) {
			t.Fatalf("scan %s, want %d", m.Text, n)
		}
	}
	c.want("state")
}

// What was acknowledged is not sent again, what was only delivered is.
func TestAcknowledge(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	c, _ := connect(t, s, `{"type":"hello","client":"pos","want":["scans"]}`)
	s.Scanned(product(1))
	s.Scanned(product(2))
	one := c.want("scan")
	c.want("scan")
	c.send(fmt.Sprintf(`{"type":"ack","seq":%d}`, one.Seq))
	c.send(`{"type":"command","id":"a","do":"dismiss"}`)
	c.want("answer") // the acknowledgement has been taken
	c.conn.Close()
	c, _ = connect(t, s, `{"type":"hello","client":"pos","want":["scans"],"resume":{}}`)
	if m := c.want("scan"); m.Text != "2" {
		t.Fatalf("scan %+v", m)
	}
}

func TestHoldAndRelease(t *testing.T) {
	d := newFakeDesk()
	s := build(t, Options{Desk: d})
	s.hub.limits.held = 4
	run(t, s)
	c, _ := connect(t, s, `{"type":"hello","hold":true}`)
	c.want("state")
	for n := 1; n <= 3; n++ {
		s.Scanned(product(n))
	}
	d.ask("p1")
	c.want("change") // the state goes on
	c.send(`{"type":"release","scans":1}`)
	if m := c.want("scan"); m.Text != "1" {
		t.Fatalf("scan %+v", m)
	}
	c.send(`{"type":"release","scans":3}`) // two wait, one may come
	for _, n := range []string{"2", "3"} {
		if m := c.want("scan"); m.Text != n {
			t.Fatalf("scan %+v, want %s", m, n)
		}
	}
	for n := 4; n <= 9; n++ { // one passes, four fit, one does not
		s.Scanned(product(n))
	}
	if m := c.want("scan"); m.Text != "4" {
		t.Fatalf("scan %+v", m)
	}
	d.ask("p2")
	c.want("change") // all scans have been taken in
	c.send(`{"type":"release"}`)
	if g := c.want("gap"); g.Reason != gapHeld || g.Scans != 1 {
		t.Fatalf("gap %+v", g)
	}
	for n := 6; n <= 9; n++ {
		if m := c.want("scan"); m.Text != fmt.Sprint(n) {
			t.Fatalf("scan %+v, want %d", m, n)
		}
	}
}

// A client that does not read is dropped; the others get every event meanwhile
// and publishing never waits.
func TestSlowClientIsDropped(t *testing.T) {
	s := build(t, Options{Desk: newFakeDesk()})
	s.hub.limits.write = 2 * time.Second
	s.hub.limits.ring = 4000
	s.hub.limits.ringBytes = 1 << 30
	run(t, s)
	connect(t, s, `{"type":"hello","client":"slow","want":["scans"]}`) // reads no more
	fast, _ := connect(t, s, `{"type":"hello","client":"fast","want":["scans"]}`)
	big := product(1)
	big.Raw = make([]byte, 16<<10)
	longest := time.Duration(0)
	for range 30 { // 30 MB in all: more than any socket buffer takes in
		for range 50 {
			at := time.Now()
			s.Scanned(big)
			longest = max(longest, time.Since(at))
		}
		for range 50 {
			fast.want("scan")
		}
	}
	if longest > time.Second {
		t.Errorf("publishing waited %v", longest)
	}
	deadline := time.Now().Add(10 * time.Second)
	for s.hub.count() > 1 {
		if time.Now().After(deadline) {
			t.Fatal("the slow client is still there")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestMessagesThatAreRefused(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	c, _ := connect(t, s, `{"type":"hello"}`)
	c.want("state")
	for _, tt := range []struct{ in, code string }{
		{`{`, codeBadJSON},
		{`[]`, codeBadJSON},
		{`{"type":"dance"}`, codeBadType},
		{`{"type":"hello"}`, codeNotHello},
		{`{"type":"hold","now":true}`, codeBadField},
		{`{"type":"ack","seq":-1}`, codeBadField},
		{`{"type":"release","scans":-1}`, codeBadField},
		{`{"type":"command","id":"1","do":"steal"}`, codeBadCommand},
		{`{"type":"command","do":"paid"}`, codeBadCommand},
	} {
		c.send(tt.in)
		if m := c.want("error"); m.Code != tt.code {
			t.Errorf("%s: got %+v, want %s", tt.in, m, tt.code)
		}
	}
	c.send(`{"type":"command","id":"1","do":"dismiss"}`)
	c.want("answer") // the connection has stayed
	c.send(`{}`)
	c.wantClosed(closePolicy) // the tenth was one too many
}

func TestHelloComesFirstAndSoon(t *testing.T) {
	s := build(t, Options{Desk: newFakeDesk()})
	s.hub.limits.hello = 50 * time.Millisecond
	run(t, s)
	c := dial(t, s, nil)
	c.send(`{"type":"hold"}`)
	if m := c.want("error"); m.Code != codeNotHello {
		t.Fatalf("got %+v", m)
	}
	c.wantClosed(closePolicy)
	c = dial(t, s, nil)
	if _, err := c.read(); err == nil {
		t.Fatal("a client that says nothing is kept")
	}
}

func TestSubprotocolIsDemanded(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	d := websocket.Dialer{Subprotocols: []string{"tillgate.v9"}}
	_, res, err := d.Dial("ws"+strings.TrimPrefix(s.URL(), "http")+"v1/ws", nil)
	if err == nil || res == nil || res.StatusCode != http.StatusBadRequest {
		t.Fatalf("got %v, %v", res, err)
	}
}

func TestTooLongMessageEndsTheConnection(t *testing.T) {
	s := start(t, Options{Desk: newFakeDesk()})
	c, _ := connect(t, s, `{"type":"hello"}`)
	c.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"`+strings.Repeat("x", 300<<10)+`"}`))
	for {
		if _, err := c.read(); err != nil {
			break // by a close frame, or by a reset because the rest was not read
		}
	}
}

// A desk that takes its time holds up the commands of one client, not its
// events; too many commands are refused.
func TestCommandsQueue(t *testing.T) {
	d := newFakeDesk()
	d.block = make(chan struct{})
	s := build(t, Options{Desk: d})
	s.hub.limits.commands = 2
	run(t, s)
	c, _ := connect(t, s, `{"type":"hello"}`)
	c.want("state")
	for i := range 8 {
		c.send(fmt.Sprintf(`{"type":"command","id":"%d","do":"dismiss"}`, i))
	}
	if m := c.want("error"); m.Code != codeBusy || m.ID == "" {
		t.Fatalf("got %+v", m)
	}
	d.ask("p1")
	c.until("change")
	close(d.block)
	if a := c.until("answer"); a.ID != "0" {
		t.Fatalf("answer %+v", a)
	}
}

func TestDeadClientIsNoticed(t *testing.T) {
	s := build(t, Options{Desk: newFakeDesk()})
	s.hub.limits.ping, s.hub.limits.pong = 20*time.Millisecond, 100*time.Millisecond
	run(t, s)
	c, _ := connect(t, s, `{"type":"hello"}`)
	c.conn.SetPingHandler(func(string) error { return nil }) // never answers
	for {
		if _, err := c.read(); err != nil {
			break
		}
	}
}

func TestFatalIsShown(t *testing.T) {
	s := start(t, Options{})
	c, _ := connect(t, s, `{"type":"hello"}`)
	s.Fail("journal_damaged", fmt.Errorf("open journal.db: damaged"))
	if m := c.want("fatal"); m.Code != "journal_damaged" {
		t.Fatalf("got %+v", m)
	}
	late, _ := connect(t, s, `{"type":"hello"}`)
	late.want("fatal")
	late.send(`{"type":"command","id":"1","do":"paid"}`)
	if m := late.want("error"); m.Code != codeNotRunning || m.ID != "1" {
		t.Fatalf("got %+v", m)
	}
	if status, _, b := call(t, s, "GET", "/v1/state", nil); status != 503 || problemCode(b) != "not_running" {
		t.Fatalf("got %d %s", status, b)
	}
}

// FuzzMessage: whatever a client sends, parse gives a message that encodes and
// parses to the same, or an error that names a code.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		`{"type":"hello","client":"page-1","want":["state"],"resume":{"epoch":"a1","seq":7,"scan":5}}`,
		`{"type":"command","id":"1","do":"choose","prompt":"p","choice":"spend_amount","amount":100}`,
		`{"type":"command","id":"2","do":"set_receipt","sale":{"total":123450,"lines":[{"id":"1","qty":1000,"price":1,"total":1}]}}`,
		`{"type":"ack","seq":3}`, `{"type":"hold"}`, `{"type":"release","scans":1}`,
		`{"type":"ack","seq":1e3}`, `{"type":"ack"}{"type":"ack"}`, "{\"type\":\"\xff\"}", `null`, `{"TYPE":"hold"}`, `{"type":"hold","type":"ack"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parse(b)
		if err != nil {
			if e, ok := err.(*protocolError); !ok || e.code == "" || e.detail == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		again, err := parse(encode(m))
		if err != nil {
			t.Fatalf("%s does not parse again: %v", encode(m), err)
		}
		if asJSON(again) != asJSON(m) {
			t.Fatalf("%s became %s", asJSON(m), asJSON(again))
		}
	})
}
