package amocrm

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// AnswerError says that an answer is not as the API has it.
type AnswerError struct {
	What string // which answer
	Why  string // no personal data
}

func (e *AnswerError) Error() string { return e.What + " is not as amoCRM's API has it: " + e.Why }

func parse(raw []byte, what string, v any) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return &AnswerError{what, "it is no JSON of that form"}
	}
	return nil
}

// links of a page (HAL).
type links struct {
	Next struct {
		Href string `json:"href"`
	} `json:"next"`
}

func (l *links) UnmarshalJSON(b []byte) error { type plain links; return lenient(b, (*plain)(l)) }

// lenient reads an object; an empty one may come as [] (the server is written in
// PHP) or null.
func lenient(b []byte, v any) error {
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, v)
}

type wireRef struct {
	ID     int64 `json:"id"`
	IsMain bool  `json:"is_main,omitempty"`
}

type wireCustomer struct {
	ID          int64           `json:"id"`
	Name        string          `json:"name"`
	IsDeleted   bool            `json:"is_deleted"`
	BonusPoints json.RawMessage `json:"bonus_points"` // in no document; see Config.BalanceField
	Fields      []wireField     `json:"custom_fields_values"`
	Embedded    customerParts   `json:"_embedded"`
}

type customerParts struct {
	Segments []wireRef `json:"segments"`
	Contacts []wireRef `json:"contacts"`
}

func (p *customerParts) UnmarshalJSON(b []byte) error {
	type plain customerParts
	return lenient(b, (*plain)(p))
}

type wireField struct {
	ID     int64  `json:"field_id"`
	Code   string `json:"field_code"`
	Values []struct {
		Value json.RawMessage `json:"value"`
	} `json:"values"`
}

type wireContact struct {
	ID       int64        `json:"id"`
	Fields   []wireField  `json:"custom_fields_values"`
	Embedded contactParts `json:"_embedded"`
}

type contactParts struct {
	Customers []wireRef `json:"customers"`
}

func (p *contactParts) UnmarshalJSON(b []byte) error {
	type plain contactParts
	return lenient(b, (*plain)(p))
}

// phones are the values of the field with the code PHONE.
func (w wireContact) phones() (all []string) {
	for _, f := range w.Fields {
		if f.Code != "PHONE" {
			continue
		}
		for _, v := range f.Values {
			all = append(all, plainText(v.Value))
		}
	}
	return all
}

// plainText is a value that may be text or a number.
func plainText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(raw))
}

// parseCustomer reads the answer about one customer, who must be the one asked
// for.
func parseCustomer(raw []byte, id int64) (wireCustomer, error) {
	var w wireCustomer
	if err := parse(raw, "a customer", &w); err != nil {
		return w, err
	}
	if w.ID != id {
		return w, &AnswerError{"a customer", "it is about another one than was asked for"}
	}
	return w, nil
}

// parseCustomers reads a page of customers.
func parseCustomers(raw []byte) (cs []wireCustomer, more bool, err error) {
	var w struct {
		Links    links `json:"_links"`
		Embedded struct {
			Customers []wireCustomer `json:"customers"`
		} `json:"_embedded"`
	}
	if err := parse(raw, "a page of customers", &w); err != nil {
		return nil, false, err
	}
	return w.Embedded.Customers, w.Links.Next.Href != "", nil
}

// parseNew reads the id of the one contact or customer that was made.
func parseNew(raw []byte, what string) (int64, error) {
	var w struct {
		Embedded map[string]json.RawMessage `json:"_embedded"`
	}
	var made []wireRef
	if err := parse(raw, "the answer to a new entry", &w); err != nil {
		return 0, err
	}
	if json.Unmarshal(w.Embedded[what], &made) != nil || len(made) != 1 || made[0].ID <= 0 {
		return 0, &AnswerError{"the answer to a new entry", "it does not name the one that was made"}
	}
	return made[0].ID, nil
}

// parseContacts reads a page of contacts.
func parseContacts(raw []byte) (cs []wireContact, more bool, err error) {
	var w struct {
		Links    links `json:"_links"`
		Embedded struct {
			Contacts []wireContact `json:"contacts"`
		} `json:"_embedded"`
	}
	if err := parse(raw, "a page of contacts", &w); err != nil {
		return nil, false, err
	}
	return w.Embedded.Contacts, w.Links.Next.Href != "", nil
}

type wireSegment struct {
	ID          int64           `json:"id"`
	Name        string          `json:"name"`
	Rate        json.RawMessage `json:"bonus_points_conversion_rate"` // these two are in clients of others, in no document
	MaxDiscount json.RawMessage `json:"bonus_points_max_discount"`
}

// parseSegments reads a page of segments.
func parseSegments(raw []byte) (ss []wireSegment, more bool, err error) {
	var w struct {
		Links    links `json:"_links"`
		Embedded struct {
			Segments []wireSegment `json:"segments"`
		} `json:"_embedded"`
	}
	if err := parse(raw, "a page of segments", &w); err != nil {
		return nil, false, err
	}
	for _, s := range w.Embedded.Segments {
		if s.ID <= 0 {
			return nil, false, &AnswerError{"a page of segments", "a segment has no id"}
		}
	}
	return w.Embedded.Segments, w.Links.Next.Href != "", nil
}

type wireTransaction struct {
	ID          int64           `json:"id"`
	Comment     string          `json:"comment"`
	IsDeleted   bool            `json:"is_deleted"`
	Price       json.RawMessage `json:"price"`
	CompletedAt json.RawMessage `json:"completed_at"`
	Metadata    metadata        `json:"metadata"`
}

// metadata of a purchase is sent by the vendor's own library and in no document
// of the answers: it may be missing, or of another form.
type metadata struct {
	ExternalID string `json:"external_id"`
}

func (m *metadata) UnmarshalJSON(b []byte) error {
	type plain metadata
	if lenient(b, (*plain)(m)) != nil {
		*m = metadata{}
	}
	return nil
}

// parseTransactions reads a page of purchases.
func parseTransactions(raw []byte) (ts []wireTransaction, more bool, err error) {
	var w struct {
		Links    links `json:"_links"`
		Embedded struct {
			Transactions []wireTransaction `json:"transactions"`
		} `json:"_embedded"`
	}
	if err := parse(raw, "a page of purchases", &w); err != nil {
		return nil, false, err
	}
	ts = w.Embedded.Transactions
	for _, t := range ts {
		if t.ID <= 0 {
			return nil, false, &AnswerError{"a page of purchases", "a purchase has no id"}
		}
	}
	return ts, w.Links.Next.Href != "", nil
}

// parseMade reads the id of the purchase that was made. It stands under
// transactions, or under customers as the published example has it; there the id
// counts only with our own request_id beside it, and never if it is the
// customer's.
func parseMade(raw []byte, key loyalty.Key, customer int64) (int64, error) {
	type made struct {
		ID        int64           `json:"id"`
		RequestID json.RawMessage `json:"request_id"`
	}
	var w struct {
		Embedded struct {
			Transactions []made `json:"transactions"`
			Customers    []made `json:"customers"`
		} `json:"_embedded"`
	}
	const what = "the answer to a purchase"
	if err := parse(raw, what, &w); err != nil {
		return 0, err
	}
	ts, cs := w.Embedded.Transactions, w.Embedded.Customers
	switch {
	case len(ts) == 1 && ts[0].ID > 0:
		return ts[0].ID, nil
	case len(ts) == 0 && len(cs) == 1 && cs[0].ID > 0 && cs[0].ID != customer && plainText(cs[0].RequestID) == string(key):
		return cs[0].ID, nil
	}
	return 0, &AnswerError{what, "it does not name the one purchase that was made"}
}

// parseBalance reads the answer to a bonus change.
func parseBalance(raw []byte) (loyalty.Points, error) {
	var w struct {
		BonusPoints json.RawMessage `json:"bonus_points"`
	}
	const what = "the answer to a bonus change"
	if err := parse(raw, what, &w); err != nil {
		return 0, err
	}
	p, ok := points(w.BonusPoints)
	if !ok {
		return 0, &AnswerError{what, "bonus_points is missing or no number"}
	}
	return p, nil
}

// points reads a balance: a number, or one in quotes as custom fields have it. A
// fraction is cut off: it can not be spent.
func points(raw json.RawMessage) (loyalty.Points, bool) {
	r, ok := decimal(raw)
	if !ok {
		return 0, false
	}
	n := new(big.Int).Quo(r.Num(), r.Denom())
	if !n.IsInt64() || n.BitLen() > 50 {
		return 0, false
	}
	return loyalty.Points(n.Int64()), true
}

// basisPoints reads a share of at most everything; times is how many basis
// points 1 is. What is finer is cut off.
func basisPoints(raw json.RawMessage, times int64) (int, bool) {
	r, ok := decimal(raw)
	if !ok || r.Sign() < 0 {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt64(times))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	if !n.IsInt64() || n.Int64() > 10_000 {
		return 0, false
	}
	return int(n.Int64()), true
}

// decimal reads a decimal number exactly, of a length that is no attack.
func decimal(raw json.RawMessage) (*big.Rat, bool) {
	s := strings.Replace(plainText(raw), ",", ".", 1)
	if s == "" || len(s) > 30 || strings.Trim(s, "-0123456789.") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}
