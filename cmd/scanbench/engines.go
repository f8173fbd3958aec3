//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// freePort is a port that nobody has now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// kill ends a process and waits for it.
func kill(cmd *exec.Cmd) {
	if cmd != nil && cmd.Process != nil {
		cmd.Process.Kill()
		cmd.Wait()
	}
}

// floor is peer/floor.c.
type floor struct {
	dir, port string
	cmd       *exec.Cmd
}

func (f *floor) name() string { return "floor (C, no lookup)" }

func (f *floor) start(ctx context.Context, tty string) (*exec.Cmd, error) {
	bin := filepath.Join(f.dir, "floor")
	if out, err := exec.Command("gcc", "-O2", "-o", bin, filepath.Join(sourceDir(), "peer", "floor.c")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gcc: %w\n%s", err, out)
	}
	var err error
	if f.port, err = freePort(); err != nil {
		return nil, err
	}
	f.cmd = exec.CommandContext(ctx, bin, tty, f.port)
	return f.cmd, launch(f.cmd, "ready")
}

func (f *floor) connect(ctx context.Context) (<-chan arrival, error) {
	c, err := net.Dial("tcp", "127.0.0.1:"+f.port)
	if err != nil {
		return nil, err
	}
	seen := make(chan arrival, 1024)
	go func() {
		defer close(seen)
		r := bufio.NewReader(c)
		for {
			code, err := r.ReadString('\r')
			if err != nil {
				return
			}
			seen <- arrival{strings.TrimSuffix(code, "\r"), time.Now()}
		}
	}()
	return seen, nil
}

func (f *floor) effect(card string) string { return card }

func (f *floor) stop() { kill(f.cmd) }

// node is peer/peer.mjs.
type node struct {
	dir, port string
	chain     *chain
	cmd       *exec.Cmd
}

func (n *node) name() string { return "node (serialport, better-sqlite3, ws)" }

func (n *node) start(ctx context.Context, tty string) (*exec.Cmd, error) {
	peer, err := n.install()
	if err != nil {
		return nil, err
	}
	db := filepath.Join(n.dir, "peer.db")
	fill := exec.CommandContext(ctx, "node", peer, "fill", db)
	rows, rowsOut := io.Pipe()
	fill.Stdin = rows
	go func() { rowsOut.CloseWithError(n.chain.writeRows(rowsOut)) }()
	if out, err := fill.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("fill: %w\n%s", err, out)
	}
	if n.port, err = freePort(); err != nil {
		return nil, err
	}
	n.cmd = exec.CommandContext(ctx, "node", peer, "run", db, tty, n.port)
	return n.cmd, launch(n.cmd, "ready")
}

// install puts the peer and its modules into the user's cache: building
// better-sqlite3 takes minutes, once.
func (n *node) install() (script string, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "tillgate-scanbench")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, f := range []string{"package.json", "peer.mjs"} {
		b, err := os.ReadFile(filepath.Join(sourceDir(), "peer", f))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, f), b, 0o644); err != nil {
			return "", err
		}
	}
	script = filepath.Join(dir, "peer.mjs")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "better-sqlite3", "build")); err == nil {
		return script, nil
	}
	fmt.Fprintln(os.Stderr, "installing the Node peer (builds better-sqlite3: minutes, once)")
	npm := exec.Command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
	npm.Dir = dir
	// node-gyp fetches Node's headers unless it is told where they are.
	if bin, err := exec.LookPath("node"); err == nil {
		if real, err := filepath.EvalSymlinks(bin); err == nil {
			prefix := filepath.Dir(filepath.Dir(real))
			if _, err := os.Stat(filepath.Join(prefix, "include", "node", "common.gypi")); err == nil {
				npm.Env = append(os.Environ(), "npm_config_nodedir="+prefix)
			}
		}
	}
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install: %w\n%s", err, out)
	}
	return script, nil
}

func (n *node) connect(ctx context.Context) (<-chan arrival, error) {
	c, _, err := websocket.DefaultDialer.DialContext(ctx, "ws://127.0.0.1:"+n.port+"/", nil)
	if err != nil {
		return nil, err
	}
	seen := make(chan arrival, 1024)
	go func() {
		defer close(seen)
		for {
			_, b, err := c.ReadMessage()
			at := time.Now()
			var m struct{ Code string }
			if err != nil || json.Unmarshal(b, &m) != nil {
				return
			}
			seen <- arrival{m.Code, at}
		}
	}()
	return seen, nil
}

func (n *node) effect(card string) string { return card }

func (n *node) stop() { kill(n.cmd) }
