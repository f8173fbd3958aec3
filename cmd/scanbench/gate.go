//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gorilla/websocket"
)

// tillgate is the daemon, as it is shipped.
type tillgate struct {
	dir, port string
	more      string // of the configuration
	chain     *chain
	cmd       *exec.Cmd
}

func (g *tillgate) name() string { return "tillgate" }

func (g *tillgate) start(ctx context.Context, tty string) (*exec.Cmd, error) {
	bin := filepath.Join(g.dir, "tillgate")
	if out, err := exec.Command("go", "build", "-o", bin, filepath.Join(sourceDir(), "..", "tillgate")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	var err error
	if g.port, err = freePort(); err != nil {
		return nil, err
	}
	config := filepath.Join(g.dir, "tillgate.toml")
	err = os.WriteFile(config, fmt.Appendf(nil, `
[till]
shop = "1"
till = "1"
data_dir = %q
[page]
listen = "127.0.0.1:%s"
[provider.central]
url = %q
token = "env:SCANBENCH_TOKEN"
[[scanner.serial]]
path = %q
[[card]]
name = "plastic"
kind = "ean13"
prefixes = ["29"]
%s`, filepath.Join(g.dir, "data"), g.port, g.chain.url, tty, g.more), 0o600)
	if err != nil {
		return nil, err
	}
	g.cmd = exec.CommandContext(ctx, bin, "run", "--config", config)
	g.cmd.Env = append(os.Environ(), "SCANBENCH_TOKEN="+g.chain.token)
	return g.cmd, launch(g.cmd, "tillgate is ready")
}

// state is the part of the desk's state that is needed here.
type state struct {
	Prompt *struct {
		Scan     *struct{ Seq uint64 }
		Customer *struct{ Name string }
	}
	Link *struct{ Copy int }
}

func (g *tillgate) connect(ctx context.Context) (<-chan arrival, error) {
	d := websocket.Dialer{Subprotocols: []string{"tillgate.v1"}}
	c, _, err := d.DialContext(ctx, "ws://127.0.0.1:"+g.port+"/v1/ws", nil)
	if err != nil {
		return nil, err
	}
	if err := c.WriteJSON(map[string]any{"type": "hello", "client": "scanbench"}); err != nil {
		return nil, err
	}
	seen := make(chan arrival, 1024)
	filled := make(chan struct{})
	go g.read(c, seen, filled)
	select {
	case <-filled:
		return seen, nil
	case <-time.After(2 * time.Minute):
		return nil, fmt.Errorf("the copy was not filled within two minutes")
	}
}

// read tells of each new prompt and of each product; filled is closed when the
// copy has all customers.
func (g *tillgate) read(c *websocket.Conn, seen chan<- arrival, filled chan struct{}) {
	defer close(seen)
	var last uint64
	full := false
	for {
		var m struct {
			Type  string
			State json.RawMessage
			Set   json.RawMessage
			Text  string
		}
		_, b, err := c.ReadMessage()
		at := time.Now()
		if err != nil || json.Unmarshal(b, &m) != nil {
			return
		}
		if m.Type == "scan" {
			seen <- arrival{m.Text, at}
			continue
		}
		var s state
		for _, b := range []json.RawMessage{m.State, m.Set} {
			if b != nil && json.Unmarshal(b, &s) != nil {
				return
			}
		}
		if !full && s.Link != nil && s.Link.Copy >= len(g.chain.customers) {
			full = true
			close(filled)
		}
		if s.Prompt != nil && s.Prompt.Scan != nil && s.Prompt.Customer != nil && s.Prompt.Scan.Seq > last {
			last = s.Prompt.Scan.Seq
			seen <- arrival{s.Prompt.Customer.Name, at}
		}
	}
}

func (g *tillgate) effect(card string) string { return g.chain.names[card] }

func (g *tillgate) stop() { kill(g.cmd) }
