package fake

import (
	"net/http"

	"github.com/tillgate/tillgate/sync/internal/fault"
)

// ParseFault reads KIND[:METHOD[:TIMES]], such as lost_answer:confirm-ticket:1.
func ParseFault(text string) (Fault, error) {
	o, err := fault.Parse(text, FaultKinds)
	return ordered(o), err
}

func ordered(o fault.Order) Fault {
	return Fault{Kind: FaultKind(o.Kind), Method: o.Where, Times: o.Times, For: o.For}
}

// Control lets people set a fault while the double runs; a GET tells the last
// confirmation code. It is not part of the API.
func (s *Server) Control() http.Handler {
	return fault.Control(FaultKinds, func(o fault.Order) { s.Faults.Set(ordered(o)) }, s.Code)
}

// Order sets a fault as ParseFault reads it.
func (s *Server) Order(text string) error {
	f, err := ParseFault(text)
	if err == nil {
		s.Faults.Set(f)
	}
	return err
}
