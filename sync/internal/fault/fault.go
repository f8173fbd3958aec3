// Package fault is what the doubles of the programmes have in common: how
// somebody says what is to go wrong with them.
package fault

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Order is a fault that somebody wants.
type Order struct {
	Kind  string        // one of the double's; "" ends what goes wrong
	Where string        // in the path of the calls that are struck; "" is all
	Times int           // then it is over; 0: until the next order
	For   time.Duration // of the kinds that take time or tell of one
}

const usualFor = 3 * time.Second

// Parse reads KIND[:WHERE[:TIMES]], such as lost_answer:confirm-ticket:1.
func Parse[K ~string](text string, kinds []K) (Order, error) {
	parts := strings.Split(text, ":")
	o := Order{Kind: parts[0], For: usualFor}
	if !slices.Contains(kinds, K(o.Kind)) || len(parts) > 3 {
		return o, fmt.Errorf("fault %q: KIND[:WHERE[:TIMES]], where KIND is one of %v", text, kinds)
	}
	if len(parts) > 1 {
		o.Where = parts[1]
	}
	if len(parts) > 2 {
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 {
			return o, fmt.Errorf("fault %q: how often must be a number above 0", text)
		}
		o.Times = n
	}
	return o, nil
}

// Control lets people and tests set a fault of a double that runs as a program: a
// POST of a form with fault (as Parse reads it; empty ends it) and, for the kinds
// that take time, seconds (up to 3600). A GET answers with what tell says: the last
// confirmation code, which a customer would read on the phone; nil: nothing.
func Control[K ~string](kinds []K, set func(Order), tell func() string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet && tell != nil:
			fmt.Fprintln(w, tell())
			return
		case r.Method != http.MethodPost:
			http.Error(w, "POST fault=KIND[:WHERE[:TIMES]]&seconds=N", http.StatusMethodNotAllowed)
			return
		}
		var o Order
		if text := r.FormValue("fault"); text != "" {
			var err error
			if o, err = Parse(text, kinds); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		if text := r.FormValue("seconds"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || n > 3600 {
				http.Error(w, "seconds: a whole number up to 3600", http.StatusBadRequest)
				return
			}
			o.For = time.Duration(n) * time.Second
		}
		set(o)
		fmt.Fprintf(w, "fault: %q\n", o.Kind)
	})
}
