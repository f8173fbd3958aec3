package fake

import (
	"fmt"
	"net/http"
	"time"
)

// Control lets people and tests set a fault of a double that runs as a program:
// a form with fault (as ParseFault reads it; empty ends it) and, for slow and
// busy, seconds. A GET tells the last confirmation code, which a customer would
// read on the phone.
func (s *Server) Control() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprintln(w, s.Code())
			return
		}
		f := Fault{}
		if text := r.FormValue("fault"); text != "" {
			var err error
			if f, err = ParseFault(text); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			if d, err := time.ParseDuration(r.FormValue("seconds") + "s"); err == nil {
				f.For = d
			}
		}
		s.Faults.Set(f)
	})
}
