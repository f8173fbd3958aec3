package amocrm

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// field is the custom field in which an identity stands; 0 if there is none.
func (c Config) field(kind loyalty.IdentKind) int64 {
	switch kind {
	case loyalty.ByCard:
		return c.CardField
	case loyalty.ByExternalID:
		return c.ExternalField
	}
	return 0
}

// field is what a custom field holds; "" if nothing.
func (w wireCustomer) field(id int64) string {
	for _, f := range w.Fields {
		if id != 0 && f.ID == id && len(f.Values) > 0 {
			return plainText(f.Values[0].Value)
		}
	}
	return ""
}

// fieldPages bounds the search in a custom field. Where the CRM looks at the
// query there is one page; an account that ignores it answers with everybody.
const fieldPages = 20

// byField finds the customer in whose custom field a value stands. The CRM's
// search is for text anywhere; what counts is the whole value in that field.
func (c *Client) byField(ctx context.Context, field int64, id loyalty.Ident) (loyalty.Customer, error) {
	if id.Value == "" {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	t, err := c.known(ctx)
	if err != nil {
		return loyalty.Customer{}, err
	}
	version := c.stamps.next()
	var found []loyalty.Customer
	for page, more := 1, true; more && page <= fieldPages; page++ {
		q := paged(page)
		q.Set("query", id.Value)
		r := request{method: http.MethodGet, path: "customers", query: q, urgent: true}
		a, err := c.exchange(ctx, r)
		if err != nil {
			return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
		}
		raw, err := c.read(r, a)
		if err != nil {
			return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
		}
		if raw == nil {
			break
		}
		var all []wireCustomer
		if all, more, err = parseCustomers(raw); err != nil {
			return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
		}
		for _, w := range all {
			if w.field(field) == id.Value && !w.IsDeleted && w.ID > 0 {
				found = append(found, c.cfg.customer(w, t, version, date(a)))
			}
		}
	}
	switch len(found) {
	case 0:
		return loyalty.Customer{}, loyalty.ErrNotFound
	case 1:
		return found[0], nil
	}
	return loyalty.Customer{}, ambiguous(id.Kind, found)
}

// put is a custom field to be written.
type put struct {
	ID     int64      `json:"field_id,omitempty"`
	Code   string     `json:"field_code,omitempty"`
	Values []putValue `json:"values"`
}

type putValue struct {
	Value string `json:"value"`
	Enum  string `json:"enum_code,omitempty"`
}

// fields are the custom fields of a customer, as far as they are configured and
// there is something to put in.
func (c Config) fields(number, external string) (all []put) {
	for _, f := range []struct {
		id    int64
		value string
	}{{c.CardField, number}, {c.ExternalField, external}} {
		if f.id != 0 && f.value != "" {
			all = append(all, put{ID: f.id, Values: []putValue{{Value: f.value}}})
		}
	}
	return all
}

func idOf(s loyalty.CustomerID) int64 {
	n, _ := strconv.ParseInt(string(s), 10, 64)
	return n
}
