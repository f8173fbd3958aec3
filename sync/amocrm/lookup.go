package amocrm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Lookup finds a customer: by the number in the card, which is the customer's
// own or stands in a custom field, by a contact's phone, or by the external id in
// a custom field.
func (c *Client) Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	if field := c.cfg.field(id.Kind); field != 0 {
		found, err := c.byField(ctx, field, id)
		if id.Kind == loyalty.ByExternalID || !errors.Is(err, loyalty.ErrNotFound) {
			return found, err
		}
	}
	switch id.Kind {
	case loyalty.ByCard, loyalty.ByCustomer:
		n, ok := number(id.Value)
		if !ok {
			return loyalty.Customer{}, loyalty.ErrNotFound
		}
		found, err := c.customer(ctx, n)
		if err == nil && id.Kind == loyalty.ByCard && !slices.Contains(found.Cards, card.ID(id.Value)) {
			found.Cards = append(found.Cards, card.ID(id.Value)) // leading zeros: it is to be found by it again
		}
		return found, err
	case loyalty.ByPhone:
		return c.byPhone(ctx, card.Phone(id.Value))
	}
	return loyalty.Customer{}, loyalty.ErrNotFound // the CRM knows no other names
}

// number is the id that a card or a key of a customer stands for.
func number(s string) (int64, bool) {
	if s == "" || len(s) > 32 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0
}

// customer asks for one customer.
func (c *Client) customer(ctx context.Context, id int64) (loyalty.Customer, error) {
	t, err := c.known(ctx)
	if err != nil {
		return loyalty.Customer{}, err
	}
	version := c.stamps.next() // what happens from here on may not be in the answer
	r := request{method: http.MethodGet, path: fmt.Sprintf("customers/%d", id), urgent: true}
	if c.cfg.ContactPhone {
		r.query = url.Values{"with": {"contacts"}}
	}
	a, err := c.exchange(ctx, r)
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
	}
	if a.status == http.StatusNotFound && a.problem() {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	raw, err := c.read(r, a)
	switch {
	case err != nil:
		return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
	case raw == nil:
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	w, err := parseCustomer(raw, id)
	switch {
	case err != nil:
		return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
	case w.IsDeleted:
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	found := c.cfg.customer(w, t, version, date(a))
	c.see(found)
	if c.cfg.ContactPhone {
		found.Phone, err = c.phoneOf(ctx, w.Embedded.Contacts)
	}
	return found, err
}

// customer is a record of the CRM as a till has it.
func (c Config) customer(w wireCustomer, t *tiers, version uint64, at time.Time) loyalty.Customer {
	id := strconv.FormatInt(w.ID, 10)
	found := loyalty.Customer{
		ID: loyalty.CustomerID(id), Name: w.Name, Tier: t.of(w.Embedded.Segments).Name,
		Cards: []card.ID{card.ID(id)}, ExternalID: w.field(c.ExternalField), Version: version, AsOf: at,
	}
	if number := w.field(c.CardField); number != "" && number != id {
		found.Cards = append(found.Cards, card.ID(number))
	}
	balance, known := c.balance(w)
	found.Balance, found.NoBalance = balance, !known
	return found
}

// balance is what the customer has, if the answer says.
func (c Config) balance(w wireCustomer) (loyalty.Points, bool) {
	if c.BalanceField == 0 {
		return points(w.BonusPoints)
	}
	return points(json.RawMessage(strconv.Quote(w.field(c.BalanceField))))
}

// date is when an answer was given, by the CRM's clock.
func date(a answer) time.Time {
	if at, err := http.ParseTime(a.header.Get("Date")); err == nil {
		return at.UTC()
	}
	return time.Now().UTC()
}

// phoneOf is the phone of a customer's main contact; "" if there is none.
func (c *Client) phoneOf(ctx context.Context, contacts []wireRef) (card.Phone, error) {
	if len(contacts) == 0 {
		return "", nil
	}
	main := contacts[0]
	for _, r := range contacts {
		if r.IsMain {
			main = r
		}
	}
	raw, err := c.call(ctx, request{method: http.MethodGet, path: fmt.Sprintf("contacts/%d", main.ID), urgent: true})
	if err != nil || raw == nil {
		return "", err
	}
	var w wireContact
	if err := parse(raw, "a contact", &w); err != nil {
		return "", err
	}
	for _, s := range w.phones() {
		if phone, ok := card.NormalisePhone(s, c.cfg.Country); ok {
			return phone, nil
		}
	}
	return "", nil
}

const (
	contactPages  = 4  // of 250: the query finds a number within others too
	mostCustomers = 10 // of one phone who are asked for
)

// byPhone finds the customers of the contacts that have the phone.
func (c *Client) byPhone(ctx context.Context, phone card.Phone) (loyalty.Customer, error) {
	contacts, err := c.contacts(ctx, phone)
	if err != nil {
		return loyalty.Customer{}, err
	}
	ids := map[int64]bool{}
	for _, w := range contacts {
		for _, r := range w.Embedded.Customers {
			ids[r.ID] = true
		}
	}
	return c.oneOf(ctx, ids, phone)
}

// contacts are those that have the phone. The CRM searches for the digits
// wherever they stand; what counts is the whole number.
func (c *Client) contacts(ctx context.Context, phone card.Phone) (found []wireContact, err error) {
	digits := strings.TrimPrefix(string(phone), "+")
	if len(digits) < 7 {
		return nil, nil
	}
	// Without the country's code, which the CRM may have as +7, as 8 or not at all.
	q := paged(1)
	q.Set("query", digits[max(0, len(digits)-10):])
	q.Set("with", "customers")
	for page, more := 1, true; more && page <= contactPages; page++ {
		q.Set("page", strconv.Itoa(page))
		raw, err := c.call(ctx, request{method: http.MethodGet, path: "contacts", query: q, urgent: true})
		if err != nil {
			return nil, fmt.Errorf("look up a phone: %w", err)
		}
		if raw == nil {
			break
		}
		var all []wireContact
		if all, more, err = parseContacts(raw); err != nil {
			return nil, fmt.Errorf("look up a phone: %w", err)
		}
		for _, w := range all {
			if slices.ContainsFunc(w.phones(), func(s string) bool {
				p, ok := card.NormalisePhone(s, c.cfg.Country)
				return ok && p == phone
			}) {
				found = append(found, w)
			}
		}
	}
	return found, nil
}

// oneOf is the customer, if it is one.
func (c *Client) oneOf(ctx context.Context, ids map[int64]bool, phone card.Phone) (loyalty.Customer, error) {
	if len(ids) > mostCustomers {
		return loyalty.Customer{}, fmt.Errorf("look up a phone: it is that of %d customers: correct the contacts", len(ids))
	}
	var found []loyalty.Customer
	for id := range ids {
		x, err := c.customer(ctx, id)
		switch {
		case errors.Is(err, loyalty.ErrNotFound):
		case err != nil:
			return loyalty.Customer{}, err
		default:
			x.Phone = phone
			found = append(found, x)
		}
	}
	switch len(found) {
	case 0:
		return loyalty.Customer{}, loyalty.ErrNotFound
	case 1:
		return found[0], nil
	}
	return loyalty.Customer{}, ambiguous(loyalty.ByPhone, found)
}

func ambiguous(kind loyalty.IdentKind, found []loyalty.Customer) error {
	slices.SortFunc(found, func(a, b loyalty.Customer) int { return cmp.Compare(a.ID, b.ID) })
	return &loyalty.Ambiguous{Kind: kind, Customers: found}
}

// Quote says what may be done, by the terms of the customer's segment: the CRM
// has no question of its own for it.
func (c *Client) Quote(ctx context.Context, s loyalty.Sale) (loyalty.Quote, error) {
	who, terms, err := c.whose(ctx, s)
	if err != nil {
		return loyalty.Quote{}, fmt.Errorf("quote: %w", err)
	}
	q := terms.Quote(s, who.Balance)
	q.Version = who.Version
	if who.NoBalance {
		q.Limit = loyalty.BalanceUnknown
	}
	return q, nil
}

// whose is the customer of a sale, with the terms.
func (c *Client) whose(ctx context.Context, s loyalty.Sale) (loyalty.Customer, loyalty.Terms, error) {
	id, ok := number(string(s.Customer))
	if !ok {
		return loyalty.Customer{}, loyalty.Terms{}, &loyalty.Refusal{Reason: loyalty.CustomerUnknown}
	}
	who, err := c.customer(ctx, id)
	if errors.Is(err, loyalty.ErrNotFound) {
		err = &loyalty.Refusal{Reason: loyalty.CustomerUnknown}
	}
	if err != nil {
		return loyalty.Customer{}, loyalty.Terms{}, err
	}
	t, err := c.known(ctx)
	if err != nil {
		return loyalty.Customer{}, loyalty.Terms{}, err
	}
	terms := t.programme.TermsFor(who.Tier)
	if !*c.cfg.AccrueBonus {
		terms.EarnShare = 0
	}
	return who, terms, nil
}

// seen are the customers whose segment is remembered at most.
const seen = 1000

// see remembers the segment of a customer, so that a purchase need not ask for it.
func (c *Client) see(who loyalty.Customer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.levels) >= seen {
		clear(c.levels)
	}
	c.levels[who.ID] = who.Tier
}

// seenTerms are the terms of a customer whose segment is remembered.
func (c *Client) seenTerms(id loyalty.CustomerID) (loyalty.Terms, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	level, ok := c.levels[id]
	if !ok || c.tiers == nil {
		return loyalty.Terms{}, false
	}
	return c.tiers.programme.TermsFor(level), true
}
