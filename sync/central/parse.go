package central

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// The wire types tell a member that is missing from one that is zero.

type wireCustomer struct {
	loyalty.Customer
	Balance *loyalty.Points `json:"balance"`
	Version *uint64         `json:"version"`
	AsOf    *time.Time      `json:"as_of"`
}

func (w *wireCustomer) customer() (loyalty.Customer, error) {
	no := func(why string) (loyalty.Customer, error) {
		return loyalty.Customer{}, &AnswerError{What: "a customer", Why: why}
	}
	switch {
	case w.ID == "":
		return no("id is missing")
	case w.Balance == nil:
		return no("balance is missing")
	case w.Version == nil || *w.Version == 0:
		return no("version is missing or 0")
	case w.AsOf == nil || w.AsOf.IsZero():
		return no("as_of is missing")
	case w.Pending < 0:
		return no("pending is negative")
	}
	for _, e := range w.Expiring {
		if e.Points < 0 || e.At.IsZero() {
			return no("expiring has negative points or no time")
		}
	}
	c := w.Customer
	c.Balance, c.Version, c.AsOf = *w.Balance, *w.Version, *w.AsOf
	return c, nil
}

func parse(raw []byte, what string, v any) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return &AnswerError{What: what, Why: err.Error()}
	}
	return nil
}

func parseCustomer(raw []byte) (loyalty.Customer, error) {
	var w wireCustomer
	if err := parse(raw, "a customer", &w); err != nil {
		return loyalty.Customer{}, err
	}
	return w.customer()
}

// parseFound reads the answer to a lookup. Whoever was not asked for is not
// taken: a mixed-up answer would show the wrong customer.
func parseFound(raw []byte, id loyalty.Ident) ([]loyalty.Customer, error) {
	var w struct {
		Customers []wireCustomer `json:"customers"`
	}
	if err := parse(raw, "the lookup's answer", &w); err != nil {
		return nil, err
	}
	if len(w.Customers) == 0 {
		return nil, &AnswerError{What: "the lookup's answer", Why: "customers is missing or empty"}
	}
	found := make([]loyalty.Customer, len(w.Customers))
	for i := range w.Customers {
		c, err := w.Customers[i].customer()
		if err != nil {
			return nil, err
		}
		if !claims(c, id) {
			return nil, &AnswerError{What: "the lookup's answer", Why: "it is about another customer"}
		}
		found[i] = c
	}
	return found, nil
}

func claims(c loyalty.Customer, id loyalty.Ident) bool {
	switch id.Kind {
	case loyalty.ByCard:
		return slices.Contains(c.Cards, card.ID(id.Value))
	case loyalty.ByPhone:
		return string(c.Phone) == id.Value
	case loyalty.ByExternalID:
		return c.ExternalID == id.Value
	case loyalty.ByCustomer:
		return string(c.ID) == id.Value
	}
	return false
}

func parseQuote(raw []byte, s loyalty.Sale) (loyalty.Quote, error) {
	var w struct {
		loyalty.Quote
		MaxSpend *loyalty.Points `json:"max_spend"`
		MaxWorth *loyalty.Money  `json:"max_worth"`
		Spend    *loyalty.Points `json:"spend"`
		Worth    *loyalty.Money  `json:"worth"`
		Earn     *loyalty.Points `json:"earn"`
	}
	if err := parse(raw, "the quote", &w); err != nil {
		return loyalty.Quote{}, err
	}
	if w.MaxSpend == nil || w.MaxWorth == nil || w.Spend == nil || w.Worth == nil || w.Earn == nil {
		return loyalty.Quote{}, &AnswerError{What: "the quote", Why: "max_spend, max_worth, spend, worth or earn is missing"}
	}
	q := w.Quote
	q.MaxSpend, q.MaxWorth, q.Spend, q.Worth, q.Earn = *w.MaxSpend, *w.MaxWorth, *w.Spend, *w.Worth, *w.Earn
	switch {
	case q.Customer != s.Customer:
		return loyalty.Quote{}, &AnswerError{What: "the quote", Why: "it is about another customer"}
	case q.Spend < 0 || q.Spend > q.MaxSpend || q.Worth < 0 || q.Worth > q.MaxWorth || q.MaxWorth > s.Total || q.Earn < 0:
		return loyalty.Quote{}, &AnswerError{What: "the quote", Why: "its amounts contradict each other or the receipt"}
	}
	return q, nil
}

// parseApplied reads the answer to an operation.
func parseApplied(raw []byte, op loyalty.Operation) (loyalty.Outcome, error) {
	var w struct {
		Key     loyalty.Key `json:"key"`
		Outcome *struct {
			loyalty.Outcome
			Customer *wireCustomer `json:"customer"`
			Version  *uint64       `json:"version"`
		} `json:"outcome"`
	}
	no := func(why string) (loyalty.Outcome, error) {
		return loyalty.Outcome{}, &AnswerError{What: "the operation's answer", Why: why}
	}
	if err := parse(raw, "the operation's answer", &w); err != nil {
		return loyalty.Outcome{}, err
	}
	switch {
	case w.Key != op.Key:
		return no("it is about another operation")
	case w.Outcome == nil:
		return no("outcome is missing")
	case w.Outcome.Version == nil:
		return no("version is missing")
	}
	out := w.Outcome.Outcome
	out.Version = *w.Outcome.Version
	if out.Spent < 0 || out.Worth < 0 || out.Earned < 0 || out.Restored < 0 || out.Cancelled < 0 {
		return no("an amount is negative")
	}
	if w.Outcome.Customer != nil {
		c, err := w.Outcome.Customer.customer()
		if err != nil {
			return loyalty.Outcome{}, err
		}
		if c.ID != op.Sale.Customer {
			return no("it is about another customer")
		}
		out.Customer = &c
	}
	return out, nil
}

func parseProgramme(raw []byte) (loyalty.Programme, error) {
	var p loyalty.Programme
	if err := parse(raw, "the programme", &p); err != nil {
		return p, err
	}
	if err := p.Validate(); err != nil {
		return loyalty.Programme{}, &AnswerError{What: "the programme", Why: err.Error()}
	}
	return p, nil
}

func parseChanges(raw []byte) (loyalty.Changes, error) {
	var w struct {
		Customers []wireCustomer  `json:"customers"`
		Gone      []loyalty.Gone  `json:"gone"`
		Programme json.RawMessage `json:"programme"`
		Cursor    string          `json:"cursor"`
		More      *bool           `json:"more"`
	}
	no := func(why string) (loyalty.Changes, error) {
		return loyalty.Changes{}, &AnswerError{What: "a page of changes", Why: why}
	}
	if err := parse(raw, "a page of changes", &w); err != nil {
		return loyalty.Changes{}, err
	}
	switch {
	case w.Customers == nil || w.Gone == nil:
		return no("customers or gone is missing")
	case w.Cursor == "":
		return no("cursor is missing")
	case w.More == nil:
		return no("more is missing")
	}
	ch := loyalty.Changes{Gone: w.Gone, Cursor: w.Cursor, More: *w.More}
	for i := range w.Customers {
		c, err := w.Customers[i].customer()
		if err != nil {
			return loyalty.Changes{}, err
		}
		ch.Customers = append(ch.Customers, c)
	}
	for _, g := range w.Gone {
		if g.ID == "" || g.Version == 0 {
			return no("a tombstone has no id or version")
		}
	}
	if len(w.Programme) > 0 && string(w.Programme) != "null" {
		p, err := parseProgramme(w.Programme)
		if err != nil {
			return loyalty.Changes{}, err
		}
		ch.Programme = &p
	}
	return ch, nil
}
