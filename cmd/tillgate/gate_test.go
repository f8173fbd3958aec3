//go:build linux

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// gate stands before a programme's server. It counts the calls, and at one of
// those that change something something happens: before the server sees it, or
// after it has done its work and before the answer goes out. That call is never
// answered.
type gate struct {
	next http.Handler

	mu      sync.Mutex
	calls   []string // what was asked, in order
	deeds   int      // how many of them change something
	at      int      // the deed that is struck, from 1; 0: none
	after   bool
	strike  func()
	answers func(*http.Request) bool // called first if set: false holds the answer back for ever
}

// arm counts anew and strikes deed n.
func (g *gate) arm(n int, after bool, strike func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls, g.deeds, g.at, g.after, g.strike = nil, 0, n, after, strike
}

// hold asks before each call whether it is ever answered; nil ends it.
func (g *gate) hold(answers func(*http.Request) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answers = answers
}

// seen are the calls since the gate was armed.
func (g *gate) seen() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.calls...)
}

// done is how many calls changed something since the gate was armed.
func (g *gate) done() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.deeds
}

// struck says that the deed was there that was to be struck.
func (g *gate) struck() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at > 0 && g.deeds >= g.at
}

// background says that a call is no part of a sale: the till keeps copy, terms and
// settings fresh at times of its own.
func background(r *http.Request) bool {
	switch r.URL.Path {
	case "/v1/changes", "/v1/snapshot", "/get-settings", "/api/v4/customers/segments":
		return true
	}
	return false
}

// asking says that a call changes nothing. How many of these a sale takes depends on
// how quick the cashier is: a till asks for what is fresher only if there is time.
func asking(r *http.Request) bool {
	switch r.URL.Path {
	case "/v1/quote", "/get-balance", "/calculate-purchase", "/get-bonus-history":
		return true
	}
	return r.Method == http.MethodGet
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	own := !background(r)
	if own {
		g.calls = append(g.calls, r.Method+" "+r.URL.Path)
	}
	deed := own && !asking(r)
	if deed {
		g.deeds++
	}
	next, now, after, strike, answers := g.next, deed && g.deeds == g.at, g.after, g.strike, g.answers
	g.mu.Unlock()
	if answers != nil && !answers(r) {
		io.Copy(io.Discard, r.Body) // the server notices that a client has gone only then
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	if !now {
		next.ServeHTTP(w, r)
		return
	}
	if after {
		next.ServeHTTP(httptest.NewRecorder(), r)
	}
	strike()
	panic(http.ErrAbortHandler)
}
