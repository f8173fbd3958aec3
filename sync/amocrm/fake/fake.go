// Package fake is a double of amoCRM's API v4, as far as a till needs it:
// customers, contacts, segments, bonus points and purchases, with the habits and
// the faults that the real one is known for. It keeps everything in memory.
//
// What the documents of the real one leave open (whether the balance can be
// read, what a redemption beyond it does, whether a deleted purchase takes its
// accrual along) is a switch here, so that a connector is tried both ways.
package fake

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options are how the account is set up. The zero value is an account in which
// everything works.
type Options struct {
	Token string  // that is accepted; "" accepts every one
	Rate  float64 // requests a second; 0 = 7, negative = without limit

	HideBalance     bool  // customers come without bonus_points
	BalanceField    int64 // id of a custom field that mirrors the balance, at once; 0 = none
	CardField       int64 // id of the custom field for the number of a card
	ExternalField   int64 // id of the custom field for an external id
	Overdraft       bool  // more can be redeemed than is there
	DeleteTakesBack bool  // a deleted purchase takes its accrual along
	MadeUnderOther  bool  // the answer to a purchase stands under customers, as in the published example
	NoMetadata      bool  // purchases come without metadata.external_id
	FiltersIgnored  bool  // query, limit and page size of lists do nothing: the first page has everything
	SegmentsOff     bool  // segments are answered with 422: another mode is on
}

// Segment is a level of the programme.
type Segment struct {
	ID          int64
	Name        string
	Rate        float64 // percent of a purchase that is accrued
	MaxDiscount int     // percent of a receipt that points may pay
}

// Customer is a customer with the contact that belongs to it.
type Customer struct {
	ID      int64
	Name    string
	Phone   string // of the main contact, in any spelling; "" = no contact
	Points  int64
	Segment int64 // 0 = none
	Deleted bool

	Card, ExternalID string // in the custom fields, if Options names them
}

// Purchase is a transaction of a customer.
type Purchase struct {
	ID         int64
	Customer   int64
	Price      int64
	Comment    string
	ExternalID string
	At         time.Time
	Accrued    int64
	Deleted    bool
}

// Change is a movement of bonus points.
type Change struct {
	Customer int64
	Points   int64 // with its sign
	After    int64
	Purchase int64 // that accrued it; 0 = bonus_points was called
}

// Server is an http.Handler.
type Server struct {
	mu        sync.Mutex
	o         Options
	segments  []Segment
	customers map[int64]*Customer
	contacts  map[int64]*contact
	purchases []*Purchase
	changes   []Change
	next      int64
	bucket    float64
	filled    time.Time
	fault     Fault
	hits      int
	calls     int
	mux       *http.ServeMux
}

// New makes an empty account.
func New(o Options) *Server {
	if o.Rate == 0 {
		o.Rate = 7
	}
	s := &Server{o: o, customers: map[int64]*Customer{}, contacts: map[int64]*contact{}, next: 10_000_000, bucket: o.Rate, filled: time.Now()}
	s.routes()
	return s
}

// Set changes the account.
func (s *Server) Set(f func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.o)
}

// AddSegment adds a level. Its ID must not be in use.
func (s *Server) AddSegment(x Segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = append(s.segments, x)
}

// Add adds a customer, or replaces the one of that ID; ID 0 takes the next.
func (s *Server) Add(x Customer) Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.ID == 0 {
		x.ID = s.id()
	}
	s.customers[x.ID] = &x
	for id, c := range s.contacts {
		if c.customer == x.ID {
			delete(s.contacts, id)
		}
	}
	if x.Phone != "" {
		s.contacts[s.id()] = &contact{name: x.Name, phone: x.Phone, customer: x.ID}
	}
	return x
}

// AddContact adds a contact that is nobody's customer.
func (s *Server) AddContact(name, phone string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.contacts[s.id()] = &contact{name: name, phone: phone}
}

// Customers are all of them by their ids, with the phone of a linked contact.
func (s *Server) Customers() (all []Customer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.customers)) {
		all = append(all, *s.customers[id])
	}
	return all
}

// Customer is a customer as it is now; false if there is none.
func (s *Server) Customer(id int64) (Customer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.customers[id]
	if x == nil {
		return Customer{}, false
	}
	return *x, true
}

// SegmentOf is the name of a customer's segment; "" without one.
func (s *Server) SegmentOf(x Customer) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		if seg.ID == x.Segment {
			return seg.Name
		}
	}
	return ""
}

// Purchases are those of a customer, deleted ones too.
func (s *Server) Purchases(customer int64) (ps []Purchase) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.purchases {
		if p.Customer == customer {
			ps = append(ps, *p)
		}
	}
	return ps
}

// Changes are the movements of a customer's points.
func (s *Server) Changes(customer int64) (cs []Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.changes {
		if c.Customer == customer {
			cs = append(cs, c)
		}
	}
	return cs
}

// Calls is how many requests came, those that were turned away too.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func (s *Server) id() int64 {
	s.next += 7
	return s.next
}

func (s *Server) move(x *Customer, by, purchase int64) {
	x.Points += by
	s.changes = append(s.changes, Change{x.ID, by, x.Points, purchase})
}

// admit checks token and rate, as what stands before the API does.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	var id [8]byte
	rand.Read(id[:])
	w.Header().Set("X-Request-Id", hex.EncodeToString(id[:]))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	now := time.Now()
	s.bucket = min(s.o.Rate, s.bucket+now.Sub(s.filled).Seconds()*s.o.Rate)
	s.filled = now
	if s.o.Rate > 0 && s.bucket < 1 {
		page(w, http.StatusTooManyRequests, "Too Many Requests")
		return false
	}
	s.bucket--
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" || s.o.Token != "" && token != s.o.Token {
		problem(w, http.StatusUnauthorized, "Unauthorized", "There was a problem with the token")
		return false
	}
	return true
}

// problem is an error as the API has it (RFC 7807).
func problem(w http.ResponseWriter, status int, title, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{
		"title": title, "type": fmt.Sprintf("https://httpstatus.es/%d", status), "status": status, "detail": detail,
	})
}

// hal is a success as the API has it.
func hal(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/hal+json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// page is something in HTML, from what stands before the API.
func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\r\n<head><title>%d %s</title></head>\r\n<body><center><h1>%d %s</h1></center><hr><center>nginx</center></body>\r\n</html>\r\n", status, title, status, title)
}
