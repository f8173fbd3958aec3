package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// maxBody is the longest request body, in bytes: a receipt of 5,000 lines fits.
const maxBody = 4 << 20

func (s *Server) getStatus(w http.ResponseWriter, _ *http.Request, c credential) {
	ok(w, struct {
		Time time.Time `json:"time"`
		Shop string    `json:"shop"`
		Till string    `json:"till"`
	}{s.o.Now().UTC(), c.Shop, c.Till})
}

func (s *Server) getProgramme(w http.ResponseWriter, _ *http.Request, _ credential) {
	var p programme
	if err := s.read(func(t *tx) (err error) { p, err = t.programme(); return err }); err != nil {
		s.fail(w, err)
		return
	}
	ok(w, p.Programme)
}

func (s *Server) postLookup(w http.ResponseWriter, r *http.Request, _ credential) {
	var id loyalty.Ident
	if !s.body(w, r, &id, []string{"kind", "value"}) {
		return
	}
	switch id.Kind {
	case loyalty.ByCard, loyalty.ByPhone, loyalty.ByExternalID, loyalty.ByCustomer:
	default:
		s.fail(w, refuse(loyalty.BadRequest, "kind is none of card, phone, external_id, customer"))
		return
	}
	if id.Value == "" || len(id.Value) > 200 {
		s.fail(w, refuse(loyalty.BadRequest, "value is empty or longer than 200 bytes"))
		return
	}
	var found struct {
		Customers []loyalty.Customer `json:"customers"`
	}
	err := s.read(func(t *tx) error {
		all, err := t.find(id)
		for _, a := range all {
			found.Customers = append(found.Customers, a.public(t.now))
		}
		return err
	})
	switch {
	case err != nil:
		s.fail(w, err)
	case len(found.Customers) == 0:
		s.problem(w, problem{Status: http.StatusNotFound, Reason: loyalty.CustomerUnknown})
	default:
		ok(w, found)
	}
}

func (s *Server) postQuote(w http.ResponseWriter, r *http.Request, c credential) {
	var sale loyalty.Sale
	if !s.body(w, r, &sale, saleMembers) {
		return
	}
	if err := validSale(sale); err != nil {
		s.fail(w, err)
		return
	}
	if err := own(sale, c); err != nil {
		s.fail(w, err)
		return
	}
	q, err := s.Quote(sale)
	if err != nil {
		s.fail(w, err)
		return
	}
	ok(w, q)
}

// Quote says what a sale may spend and what it earns.
func (s *Server) Quote(sale loyalty.Sale) (q loyalty.Quote, err error) {
	if err := validSale(sale); err != nil {
		return q, err
	}
	err = s.read(func(t *tx) error {
		a, err := t.account(sale.Customer)
		if err != nil {
			return err
		}
		if a == nil {
			return refuse(loyalty.CustomerUnknown, "")
		}
		terms, err := t.terms(a)
		if q = terms.Quote(sale, a.Available()); a.Blocked {
			q = loyalty.Quote{Customer: sale.Customer, Limit: loyalty.CustomerBlocked}
		}
		q.Version = a.Version
		return err
	})
	return q, err
}

func (s *Server) putOperation(w http.ResponseWriter, r *http.Request, c credential) {
	var op loyalty.Operation
	if !s.body(w, r, &op, operationMembers) {
		return
	}
	key := loyalty.Key(r.PathValue("key"))
	if key != op.Key {
		s.fail(w, refuse(loyalty.BadRequest, "the key in the path is not that of the body"))
		return
	}
	if err := allowed(op, c); err != nil {
		s.fail(w, err)
		return
	}
	out, err := s.Apply(op)
	if err != nil {
		s.fail(w, err)
		return
	}
	ok(w, applied{op.Key, &out, nil})
}

// applied is what became of an operation; a problem only in a batch.
type applied struct {
	Key     loyalty.Key      `json:"key"`
	Outcome *loyalty.Outcome `json:"outcome,omitempty"`
	Problem *problem         `json:"problem,omitempty"`
}

// allowed says whether an operation is one that this till may send. Goods come
// back at any till; everything else is done where the sale is.
func allowed(op loyalty.Operation, c credential) error {
	if err := valid(op); err != nil || op.Kind == loyalty.Return || op.Kind == loyalty.Revert {
		return err
	}
	return own(op.Sale, c)
}

// own sees to it that a till speaks for itself only.
func own(sale loyalty.Sale, c credential) error {
	if sale.Shop == c.Shop && sale.Till == c.Till {
		return nil
	}
	return &problem{Status: http.StatusForbidden, Detail: fmt.Sprintf(
		"the token is for till %q of shop %q: the sale's shop and till must be the same", c.Till, c.Shop)}
}

// body reads a request's JSON with the members that it must have; it has
// answered if it returns false.
func (s *Server) body(w http.ResponseWriter, r *http.Request, v any, members []string) bool {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		s.problem(w, problem{Status: http.StatusRequestEntityTooLarge, Reason: loyalty.BadRequest,
			Detail: fmt.Sprintf("the body is longer than %d bytes", maxBody)})
		return false
	}
	if err != nil {
		err = refuse(loyalty.BadRequest, "the body was cut off")
	} else {
		err = decode(raw, v, members)
	}
	if err != nil {
		s.fail(w, err)
		return false
	}
	return true
}

// decode reads JSON with the members that it must have.
func decode(raw []byte, v any, members []string) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return refuse(loyalty.BadRequest, "it is not the JSON that is expected here")
	}
	if name := missing(raw, members); name != "" {
		return refuse(loyalty.BadRequest, name+" is missing")
	}
	return nil
}

func ok(w http.ResponseWriter, v any) { writeJSON(w, "application/json", http.StatusOK, v) }
