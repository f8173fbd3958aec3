package ui

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/http"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// The bounds of a pairing code: eight digits, five attempts and two minutes
// leave a guesser a chance of one in twenty million.
const (
	pairDigits   = 8
	pairAttempts = 5
	pairTime     = 2 * time.Minute
)

// pairing lets POS pages in: the till shows a code, the page sends it and gets
// a token. One code is valid at a time.
type pairing struct {
	*tokens

	mu       sync.Mutex
	code     string // "" if none is valid
	until    time.Time
	attempts int // left
}

func openPairing(path string) (*pairing, error) {
	t, err := openTokens(path)
	if err != nil {
		return nil, err
	}
	return &pairing{tokens: t}, nil
}

// open makes a new code; the one before is void.
func (p *pairing) open(now time.Time) (code string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.code, p.until, p.attempts = digits(pairDigits), now.Add(pairTime), pairAttempts
	return p.code, p.until
}

// try uses a code up. It returns nil if the code is right, and says whether
// further attempts are possible.
func (p *pairing) try(code string, now time.Time) *problem {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.code == "" || !now.Before(p.until) {
		p.code = ""
		return &problemNoPairing
	}
	if same(code, p.code) {
		p.code = ""
		return nil
	}
	if p.attempts--; p.attempts == 0 {
		p.code = ""
		no := problemNoPairing.with("too many wrong codes")
		return &no
	}
	no := problemPairingCode.with(fmt.Sprintf("%d attempts left", p.attempts))
	return &no
}

// digits are n random decimal digits, n ≤ 18, all values equally likely.
func digits(n int) string {
	ten := uint64(1)
	for range n {
		ten *= 10
	}
	for {
		var b [8]byte
		rand.Read(b[:])
		v := binary.BigEndian.Uint64(b[:])
		if v < ^uint64(0)/ten*ten {
			return fmt.Sprintf("%0*d", n, v%ten)
		}
	}
}

// pairInput is the body of POST /v1/pair.
type pairInput struct {
	Code string `json:"code"`
	Name string `json:"name,omitempty"` // for people, in the list of paired pages
}

// pairOutput is its answer.
type pairOutput struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// pairCodeOutput is the answer of POST /v1/pair/code.
type pairCodeOutput struct {
	Code    string    `json:"code"`
	Until   time.Time `json:"until"`
	Seconds int       `json:"seconds"` // from now to Until
}

func (s *Server) pair(w http.ResponseWriter, r *http.Request) {
	var in pairInput
	if !readJSON(w, r, &in) {
		return
	}
	if !plainName(in.Name) {
		writeProblem(w, problemBody.with("name: give up to 64 characters without control characters"))
		return
	}
	origin := caller(r).origin
	if no := s.pairing.try(in.Code, time.Now()); no != nil {
		s.log.Warn("pairing refused", "origin", origin, "code", no.Code)
		if no.Code == problemNoPairing.Code {
			s.hub.tell(isOwn, pairingMessage{Type: "pairing", State: "closed", Origin: origin})
		}
		writeProblem(w, *no)
		return
	}
	id, token, err := s.pairing.add(in.Name, origin, time.Now())
	if err != nil {
		s.log.Error("pairing not kept", "err", err)
		writeProblem(w, problemInternal.with(err.Error()))
		return
	}
	s.log.Info("paired", "id", id, "origin", origin)
	s.hub.tell(isOwn, pairingMessage{Type: "pairing", State: "paired", Origin: origin, Name: in.Name})
	writeJSON(w, http.StatusOK, pairOutput{ID: id, Token: token})
}

// OpenPairing makes a code that lets one POS page in until the given time.
func (s *Server) OpenPairing() (code string, until time.Time) {
	code, until = s.pairing.open(time.Now())
	s.log.Info("pairing code shown", "until", until)
	return code, until
}

func (s *Server) pairCode(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	code, until := s.OpenPairing()
	writeJSON(w, http.StatusOK, pairCodeOutput{Code: code, Until: until, Seconds: int(until.Sub(now).Seconds())})
}

func (s *Server) pairList(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.pairing.list())
}

func (s *Server) pairRemove(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	found, err := s.pairing.remove(id)
	switch {
	case err != nil:
		writeProblem(w, problemInternal.with(err.Error()))
	case !found:
		writeProblem(w, problemNoPaired)
	default:
		s.hub.dropIf(func(c *client) bool { return c.paired == id }, closeUnpaired, "the pairing was taken back")
		w.WriteHeader(http.StatusNoContent)
	}
}

func isOwn(c *client) bool { return c.own }

// plainName says whether a name given from outside may be shown to people.
func plainName(s string) bool {
	if utf8.RuneCountInString(s) > 64 {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
