package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Control is an http.Handler for whoever tries a connector by hand: a POST with
// the parameters fault (one of Kinds, or empty to end it), times and seconds
// makes something go wrong. It is not part of the API.
func (s *Server) Control() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.Error(w, "POST fault=KIND&times=N&seconds=S", http.StatusMethodNotAllowed)
			return
		}
		f := Fault{Kind: FaultKind(r.FormValue("fault"))}
		if f.Kind != "" && !slices.Contains(Kinds, f.Kind) {
			http.Error(w, fmt.Sprintf("no fault %q: one of %v, or none", f.Kind, Kinds), http.StatusBadRequest)
			return
		}
		for name, put := range map[string]func(int){
			"times":   func(n int) { f.Times = n },
			"seconds": func(n int) { f.For = time.Duration(n) * time.Second },
		} {
			if v := r.FormValue(name); v != "" {
				n, err := strconv.Atoi(v)
				if err != nil || n < 0 || n > 3600 {
					http.Error(w, name+": a whole number up to 3600", http.StatusBadRequest)
					return
				}
				put(n)
			}
		}
		s.SetFault(f)
		fmt.Fprintf(w, "fault: %q\n", f.Kind)
	})
}
