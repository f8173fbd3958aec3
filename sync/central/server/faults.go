package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The faults.
const (
	Delayed    FaultKind = "delayed"     // the answer comes after Fault.For
	LostBefore FaultKind = "lost_before" // the connection breaks before the request is looked at
	LostAnswer FaultKind = "lost_answer" // the work is done, then the connection breaks
	HalfAnswer FaultKind = "half_answer" // the work is done, then the connection breaks within the answer
	Broken     FaultKind = "broken"      // 500, nothing is done
	BrokenDone FaultKind = "broken_done" // 500 though the work is done
	Busy       FaultKind = "busy"        // 503 with Retry-After: Fault.For
	Limited    FaultKind = "limited"     // 429 with Retry-After: Fault.For
	Portal     FaultKind = "portal"      // a page in HTML with status 200, as of a captive portal
	PortalDone FaultKind = "portal_done" // the same though the work is done
	BadGateway FaultKind = "bad_gateway" // a page in HTML with status 502 though the work is done
	Stale      FaultKind = "stale"       // lookups and changes get the first answer that was ever given to them
	Twice      FaultKind = "twice"       // every page of changes comes twice
	Reordered  FaultKind = "reordered"   // pages of changes come in pairs, the later first, each backwards
)

// Fault says what goes wrong, where and how often.
type Fault struct {
	Kind  FaultKind
	For   time.Duration            // of a delay or a Retry-After
	Match func(*http.Request) bool // nil: every request
	Times int                      // then it is over; 0: until Clear
}

// Faults stands before a central API and misbehaves as servers and the network
// before them do. Nothing goes wrong until Set.
type Faults struct {
	next http.Handler

	mu    sync.Mutex
	fault Fault
	hits  int
	first map[string]*httptest.ResponseRecorder // for Stale: request → its first answer
	kept  map[string]page                       // for Reordered: cursor → the page that should have come before
	once  map[string]bool                       // for Twice: cursors whose page has come once
}

// NewFaults puts faults before a handler.
func NewFaults(next http.Handler) *Faults {
	return &Faults{next: next, first: map[string]*httptest.ResponseRecorder{}, kept: map[string]page{}, once: map[string]bool{}}
}

// Set makes something go wrong from now on, instead of what went wrong before.
func (f *Faults) Set(x Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.hits = x, 0
}

// Clear ends what goes wrong.
func (f *Faults) Clear() { f.Set(Fault{}) }

// Hits is how often the fault has struck since it was set.
func (f *Faults) Hits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hits
}

func (f *Faults) strike(r *http.Request) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.fault
	if x.Kind == "" || x.Match != nil && !x.Match(r) || x.Times > 0 && f.hits == x.Times {
		return Fault{}
	}
	f.hits++
	return x
}

func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The server notices that a client has gone only when the body is read.
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	switch x := f.strike(r); x.Kind {
	case Delayed:
		select {
		case <-time.After(x.For):
		case <-r.Context().Done():
		}
		f.next.ServeHTTP(w, r)
	case LostBefore:
		panic(http.ErrAbortHandler)
	case LostAnswer:
		f.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case HalfAnswer:
		answer := f.ask(r)
		answer.Body.Truncate(answer.Body.Len() / 2) // of what Content-Length announces
		send(w, answer)
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Broken:
		http.Error(w, "internal error", http.StatusInternalServerError)
	case BrokenDone:
		f.ask(r)
		http.Error(w, "internal error", http.StatusInternalServerError)
	case Busy:
		notNow(w, http.StatusServiceUnavailable, x.For)
	case Limited:
		notNow(w, http.StatusTooManyRequests, x.For)
	case Portal:
		html(w, http.StatusOK, "Please log in to the free Wi-Fi")
	case PortalDone:
		f.ask(r)
		html(w, http.StatusOK, "Please log in to the free Wi-Fi")
	case BadGateway:
		f.ask(r)
		html(w, http.StatusBadGateway, "Bad gateway")
	case Stale:
		f.stale(w, r)
	case Twice:
		f.twice(w, r)
	case Reordered:
		f.reordered(w, r)
	default:
		f.normal(w, r)
	}
}

// ask lets the server do the work and keeps the answer.
func (f *Faults) ask(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	f.next.ServeHTTP(answer, r)
	return answer
}

func send(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for k, v := range answer.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

func notNow(w http.ResponseWriter, status int, after time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds())))
	writeJSON(w, "application/problem+json", status, problem{Type: "about:blank", Title: http.StatusText(status), Status: status})
}

func html(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html><html><title>%s</title><body>%s</body></html>", text, text)
}
