//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// wire is the network of a simulation: connections made of memory between a till
// and a programme, on which things go wrong. What goes wrong with a call follows
// from the schedule's number, the kind of the call and how many of its kind came
// before, so that it is the same whatever runs at the same time.
type wire struct {
	x     *player
	seed  uint64
	conns chan net.Conn
	http  *http.Server
	done  chan struct{}

	mu     sync.Mutex
	calls  map[string]uint64
	down   time.Time // no link before
	peace  bool
	closed bool
}

func newWire(x *player, seed uint64) *wire {
	w := &wire{x: x, seed: seed, conns: make(chan net.Conn), done: make(chan struct{}), calls: map[string]uint64{}}
	w.http = &http.Server{Handler: w, ErrorLog: nil}
	go func() { w.http.Serve(w); close(w.done) }()
	return w
}

// calm ends all that goes wrong.
func (w *wire) calm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.peace, w.down = true, time.Time{}
}

func (w *wire) close() {
	w.http.Close()
	<-w.done
}

// Accept, Close and Addr make the wire a net.Listener.
func (w *wire) Accept() (net.Conn, error) {
	c, ok := <-w.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (w *wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		close(w.conns)
	}
	return nil
}

func (w *wire) Addr() net.Addr { return &net.TCPAddr{} }

var errRefusedConn = errors.New("connection refused")

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w.mu.Lock()
	closed := w.closed || time.Now().Before(w.down)
	w.mu.Unlock()
	if closed {
		return nil, errRefusedConn
	}
	here, there := net.Pipe()
	select {
	case w.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fate is what happens to a call.
type fate string

var fates = []fate{"lost before", "lost after", "lost after", "kill before", "kill after", "kill after", "link down", "link down after",
	"500", "500 after", "502 after", "portal after", "silent", "silent after", "429", "401"}

func (w *wire) fate(kind string) fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[kind]++
	w.x.Calls++
	if w.peace {
		return ""
	}
	h := fnv.New64a()
	fmt.Fprint(h, kind, w.calls[kind])
	r := rand.New(rand.NewPCG(w.seed, h.Sum64()))
	one := 5
	if background := strings.HasPrefix(kind, "GET"); background {
		one = 12
	}
	if r.IntN(one) > 0 {
		return ""
	}
	f := fates[r.IntN(len(fates))]
	w.x.Struck++
	switch f {
	case "link down", "link down after":
		w.down = time.Now().Add(time.Duration(1+r.IntN(600)) * time.Second)
		w.x.Offline++
	case "kill before", "kill after":
		w.x.Kills++
	}
	return f
}

// kindOf is a call without what is in it.
func kindOf(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	for i, p := range parts {
		if len(p) > 30 || strings.Trim(p, "0123456789") == "" {
			parts[i] = "*"
		}
	}
	return r.Method + " " + strings.Join(parts, "/")
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	x, kind := w.x, kindOf(r)
	if x.now.Load().dead.Load() || w.cut() {
		panic(http.ErrAbortHandler)
	}
	f := w.fate(kind)
	x.say("  %s: %s", kind, f)
	if strings.HasSuffix(string(f), " after") {
		x.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	switch f {
	case "":
		x.handler.ServeHTTP(out, r)
	case "kill before", "kill after":
		x.kill()
		panic(http.ErrAbortHandler)
	case "500", "500 after":
		http.Error(out, "internal error", http.StatusInternalServerError)
	case "502 after":
		page(out, http.StatusBadGateway)
	case "portal after":
		page(out, http.StatusOK)
	case "429":
		page(out, http.StatusTooManyRequests)
	case "401":
		out.Header().Set("Content-Type", "application/problem+json")
		out.WriteHeader(http.StatusUnauthorized)
		io.WriteString(out, `{"title":"Unauthorized","status":401}`)
	case "silent", "silent after":
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	default:
		panic(http.ErrAbortHandler)
	}
}

func (w *wire) cut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Before(w.down)
}

func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html><head><title>%d</title></head></html>", status)
}
