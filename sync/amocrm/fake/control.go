package fake

import (
	"net/http"
	"strings"

	"github.com/tillgate/tillgate/sync/internal/fault"
)

func ordered(o fault.Order) Fault {
	f := Fault{Kind: FaultKind(o.Kind), Times: o.Times, For: o.For}
	if o.Where != "" {
		f.Match = func(r *http.Request) bool { return strings.Contains(r.URL.Path, o.Where) }
	}
	return f
}

// Control lets people set a fault while the double runs. It is not part of the API.
func (s *Server) Control() http.Handler {
	return fault.Control(Kinds, func(o fault.Order) { s.SetFault(ordered(o)) }, nil)
}

// Order sets a fault from KIND[:WHERE[:TIMES]], such as lost_answer:bonus_points:1.
func (s *Server) Order(text string) error {
	o, err := fault.Parse(text, Kinds)
	if err == nil {
		s.SetFault(ordered(o))
	}
	return err
}
