// Package fake is a double of MAXMA's processing API for tests, demos and the
// trials of integrators: the calls of a till over HTTP, with clients, purchases,
// returns, gift cards and a ledger in memory, and faults that can be switched
// on. Where MAXMA's documents are silent the double can be told which way to go
// (Options); it is no statement of what MAXMA does.
package fake

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Repeat is what a second set-purchase of a txid that is not confirmed does. It
// is not documented.
type Repeat string

// The ways.
const (
	SameTicket Repeat = "same"   // the draft stays, with its ticket
	NewTicket  Repeat = "new"    // a new draft takes the place of the old one
	Refuse     Repeat = "refuse" // error 17
)

// Options say how the double behaves. The zero value is good.
type Options struct {
	Key        string // the processing key; "" = "fake-key"
	Repeat     Repeat // "" = SameTicket
	NoHold     bool   // points of a draft stay available until it is confirmed
	InlineOver bool   // too many points in set-purchase: an error inside the answer, not error 6
	RefundPaid bool   // the amount of a return is the money given back
	Quoted     bool   // money and integers as strings

	// The programme: points are worth PointValue kopecks, pay at most MaxShare
	// basis points of a receipt, and EarnShare of the money paid comes back.
	PointValue, MaxShare, EarnShare int64 // 0 = 100, 5000, 500

	CodeToSpend, CodeToRegister bool
	CodeEvery                   time.Duration // between two codes to one phone; 0 = 30 s

	// Print makes set-purchase answer with lines for the receipt.
	Print bool
	Now   func() time.Time
}

// Server is the double. It is an http.Handler.
type Server struct {
	o      Options
	Faults *Faults

	mu        sync.Mutex
	people    []*person
	purchases map[string]*sale
	returns   map[string]bool // by the till's number
	gifts     map[string]*gift
	promos    map[string]promo
	codes     map[string]time.Time // phone → when the last code went out
	sent      []string             // codes, oldest first
	tickets   int
	calls     map[string]int
}

// New makes a double without clients.
func New(o Options) *Server {
	for _, d := range []struct {
		v   *int64
		def int64
	}{{&o.PointValue, 100}, {&o.MaxShare, 5000}, {&o.EarnShare, 500}} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if o.Key == "" {
		o.Key = "fake-key"
	}
	if o.Repeat == "" {
		o.Repeat = SameTicket
	}
	if o.CodeEvery == 0 {
		o.CodeEvery = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{o: o, purchases: map[string]*sale{}, returns: map[string]bool{}, gifts: map[string]*gift{},
		promos: map[string]promo{}, codes: map[string]time.Time{}, calls: map[string]int{}}
	s.Faults = &Faults{next: http.HandlerFunc(s.serve)}
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.Faults.ServeHTTP(w, r) }

// Key is the processing key that is accepted.
func (s *Server) Key() string { return s.o.Key }

// Calls is how often a method was called since the start.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Code is the last confirmation code that went out: what the customer reads on
// the phone; "" before the first.
func (s *Server) Code() string {
	all := s.Codes()
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// Codes are all confirmation codes that went out, oldest first.
func (s *Server) Codes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}
