package fake

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The faults.
const (
	Slow       FaultKind = "slow"        // the answer comes after Fault.For
	Cut        FaultKind = "cut"         // the connection breaks before anything is done
	LostAnswer FaultKind = "lost_answer" // the work is done, then the connection breaks
	HalfAnswer FaultKind = "half_answer" // the work is done, then the connection breaks within the answer
	Broken     FaultKind = "broken"      // 500, nothing is done
	BrokenDone FaultKind = "broken_done" // 500 though the work is done
	BadGateway FaultKind = "bad_gateway" // a page in HTML with status 502 though the work is done
	Portal     FaultKind = "portal"      // a page in HTML with status 200 though the work is done
	Busy       FaultKind = "busy"        // 503 with Retry-After: Fault.For
	NotNow     FaultKind = "not_now"     // MAXMA's error 49
	Storm      FaultKind = "storm"       // 429 with a page in HTML and no hint of when
	Revoked    FaultKind = "revoked"     // 401: the key was taken back
	Mixed      FaultKind = "mixed"       // the answer is about another client
)

// FaultKinds are all of them.
var FaultKinds = []FaultKind{Slow, Cut, LostAnswer, HalfAnswer, Broken, BrokenDone, BadGateway, Portal, Busy, NotNow, Storm, Revoked, Mixed}

// Fault says what goes wrong, where and how often.
type Fault struct {
	Kind   FaultKind
	For    time.Duration // of Slow and Busy
	Method string        // "confirm-ticket"; "" = every one
	Times  int           // then it is over; 0: until Clear
}

// Faults stands before the double and misbehaves as servers and the network
// before them do. Nothing goes wrong until Set.
type Faults struct {
	next http.Handler

	mu    sync.Mutex
	fault Fault
	hits  int
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
	if x.Kind == "" || x.Method != "" && !strings.Contains(r.URL.Path, x.Method) || x.Times > 0 && f.hits == x.Times {
		return Fault{}
	}
	f.hits++
	return x
}

func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The server notices that a client has gone only when the body is read.
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody))
	r.Body = io.NopCloser(bytes.NewReader(body))
	done := func() *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		f.next.ServeHTTP(answer, r)
		return answer
	}
	switch x := f.strike(r); x.Kind {
	case Slow:
		select {
		case <-time.After(x.For):
		case <-r.Context().Done():
		}
		f.next.ServeHTTP(w, r)
	case Cut:
		panic(http.ErrAbortHandler)
	case LostAnswer:
		done()
		panic(http.ErrAbortHandler)
	case HalfAnswer:
		answer := done().Body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		w.Write(answer[:len(answer)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Broken:
		http.Error(w, "internal error", http.StatusInternalServerError)
	case BrokenDone:
		done()
		http.Error(w, "internal error", http.StatusInternalServerError)
	case BadGateway:
		done()
		html(w, http.StatusBadGateway, "Bad gateway")
	case Portal:
		done()
		html(w, http.StatusOK, "Please log in to the free Wi-Fi")
	case Busy:
		w.Header().Set("Retry-After", strconv.Itoa(int(x.For.Seconds())))
		http.Error(w, "busy", http.StatusServiceUnavailable)
	case NotNow:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"errorCode":49,"description":%q}`, describe(49, r.Header.Get("Accept-Language")))
	case Storm:
		html(w, http.StatusTooManyRequests, "Too Many Requests")
	case Revoked:
		http.Error(w, "the processing key is not valid", http.StatusUnauthorized)
	case Mixed:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"client":{"phoneNumber":"+79995550000","cardString":"777","name":"X","bonuses":9999},"bonuses":[]}`)
	default:
		f.next.ServeHTTP(w, r)
	}
}

func html(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html><html><title>%s</title><body>%s</body></html>", text, text)
}
