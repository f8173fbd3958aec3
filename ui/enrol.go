package ui

import (
	"net/http"
	"time"
)

// Enroller finds out which device is the till's scanner, by letting it read a
// code that the page shows. All methods are safe from any goroutine and return at
// once.
type Enroller interface {
	// Begin shows a code until it is read, the time is over, or End. While one is
	// shown, it is that one.
	Begin() (Enrolment, error)
	// Enrolment is how it stands.
	Enrolment() Enrolment
	// End takes the code away.
	End()
}

// Enrolment is how an enrolment stands.
type Enrolment struct {
	State  EnrolState `json:"state"`
	Code   string     `json:"code,omitempty"`   // what is to be read, while waiting
	QR     []string   `json:"qr,omitempty"`     // its QR code, row by row with the quiet zone: 1 is dark
	Bars   string     `json:"bars,omitempty"`   // its Code 128 with the quiet zone: 1 is dark
	Left   int        `json:"left,omitempty"`   // seconds that are left
	Tried  int        `json:"tried"`            // devices that listen
	Device string     `json:"device,omitempty"` // what the scanner calls itself, once it is found
	Entry  string     `json:"entry,omitempty"`  // what names it in the configuration
	Stays  bool       `json:"stays,omitempty"`  // it is known by where it is plugged in
	Detail string     `json:"detail,omitempty"` // why it failed
	Until  time.Time  `json:"-"`
}

// EnrolState is a state of an enrolment.
type EnrolState string

// The states of an enrolment.
const (
	EnrolIdle    EnrolState = "idle"
	EnrolWaiting EnrolState = "waiting"
	EnrolFound   EnrolState = "found"
	EnrolOver    EnrolState = "over"   // nobody has read the code in time
	EnrolFailed  EnrolState = "failed" // see Detail
)

func (s *Server) enrolState(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.o.Enrol.Enrolment())
}

func (s *Server) enrolBegin(w http.ResponseWriter, r *http.Request) {
	e, err := s.o.Enrol.Begin()
	if err != nil {
		writeProblem(w, problemEnrol.with(err.Error()))
		return
	}
	writeJSON(w, http.StatusOK, e)
}

func (s *Server) enrolEnd(w http.ResponseWriter, r *http.Request) {
	s.o.Enrol.End()
	w.WriteHeader(http.StatusNoContent)
}
