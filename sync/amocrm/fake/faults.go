package fake

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind string

// The faults.
const (
	LostAnswer FaultKind = "lost_answer" // what changes something is done, then the connection breaks
	LostBefore FaultKind = "cut"         // the connection breaks before anything is done
	Storm      FaultKind = "storm"       // 429 with a page in HTML and no hint of when
	Wait       FaultKind = "wait"        // 429 with retry_after in JSON: Fault.For
	Shut       FaultKind = "shut"        // 403 with a page in HTML: the address is shut out
	Revoked    FaultKind = "revoked"     // 401: the token ended or was revoked
	NoTariff   FaultKind = "tariff"      // 402
	Broken     FaultKind = "broken"      // 500, nothing is done
	Gateway    FaultKind = "bad_gateway" // 504 in HTML, though what changes something is done
	Portal     FaultKind = "portal"      // 200 in HTML, though what changes something is done
	Slow       FaultKind = "slow"        // the answer comes after Fault.For
	Stranger   FaultKind = "mixed"       // customers are answered with another one
)

// Kinds are all the faults.
var Kinds = []FaultKind{LostAnswer, LostBefore, Storm, Wait, Shut, Revoked, NoTariff, Broken, Gateway, Portal, Slow, Stranger}

// Fault says what goes wrong and how often.
type Fault struct {
	Kind  FaultKind
	For   time.Duration            // of Wait and Slow
	Match func(*http.Request) bool // nil: every request; LostAnswer, Gateway and Portal strike only what changes something
	Times int                      // then it is over; 0: until the next SetFault
}

// SetFault makes something go wrong from now on, instead of what went wrong
// before; the zero Fault ends it.
func (s *Server) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.hits = f, 0
}

// Hits is how often the fault has struck since it was set.
func (s *Server) Hits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits
}

func (s *Server) strike(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.fault
	done := f.Kind == LostAnswer || f.Kind == Gateway || f.Kind == Portal
	if f.Kind == "" || done && r.Method == http.MethodGet || f.Match != nil && !f.Match(r) || f.Times > 0 && s.hits == f.Times {
		return Fault{}
	}
	s.hits++
	return f
}

// ServeHTTP answers, or goes wrong.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		page(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !s.admit(w, r) {
		return
	}
	switch f := s.strike(r); f.Kind {
	case LostAnswer:
		s.mux.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case LostBefore:
		panic(http.ErrAbortHandler)
	case Storm:
		page(w, http.StatusTooManyRequests, "Too Many Requests")
	case Wait:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		json.NewEncoder(w).Encode(map[string]int{"status": http.StatusTooManyRequests, "retry_after": int(math.Ceil(f.For.Seconds()))})
	case Shut:
		page(w, http.StatusForbidden, "Forbidden")
	case Revoked:
		problem(w, http.StatusUnauthorized, "Unauthorized", "Token has been revoked")
	case NoTariff:
		problem(w, http.StatusPaymentRequired, "Payment Required", "")
	case Broken:
		problem(w, http.StatusInternalServerError, "Internal Server Error", "")
	case Gateway:
		s.mux.ServeHTTP(httptest.NewRecorder(), r)
		page(w, http.StatusGatewayTimeout, "Gateway Time-out")
	case Portal:
		s.mux.ServeHTTP(httptest.NewRecorder(), r)
		page(w, http.StatusOK, "Please log in")
	case Slow:
		select {
		case <-time.After(f.For):
		case <-r.Context().Done():
		}
		s.mux.ServeHTTP(w, r)
	case Stranger:
		answer := httptest.NewRecorder()
		s.mux.ServeHTTP(answer, r)
		for k, v := range answer.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(answer.Code)
		var x map[string]any
		if json.Unmarshal(answer.Body.Bytes(), &x) == nil {
			if id, ok := x["id"].(float64); ok {
				x["id"] = json.RawMessage(strconv.FormatInt(int64(id)+1, 10))
			}
			json.NewEncoder(w).Encode(x)
			return
		}
		w.Write(answer.Body.Bytes())
	default:
		s.mux.ServeHTTP(w, r)
	}
}
