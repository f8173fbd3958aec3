package maxma

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Lookup finds a customer.
func (c *Client) Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	k, ok := keyOf(id)
	if !ok {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	version, asked := c.next(), time.Now()
	var a balance
	err := c.call(ctx, "get-balance", k, &a)
	switch said(err) {
	case clientNotFound:
		return loyalty.Customer{}, loyalty.ErrNotFound
	case clientSuspended:
		return blocked(id, k, version, asked), nil
	}
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", meant(err))
	}
	found, err := a.customer(k)
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("look up a customer: %w", err)
	}
	found.Version, found.AsOf = version, asked
	return found, nil
}

// blocked is a suspended customer, of whom MAXMA says nothing but that. (That it
// says so to a lookup is a conclusion; no member of a client tells it.) The
// record has no cards and no phone, lest the copy takes it for a second customer
// with the same.
func blocked(id loyalty.Ident, k key, version uint64, at time.Time) loyalty.Customer {
	c := loyalty.Customer{ID: k.id(), Blocked: true, Version: version, AsOf: at}
	if id.Kind == loyalty.ByCustomer {
		c.ID = loyalty.CustomerID(id.Value)
	}
	return c
}

// MAXMA's answers have no id of the client's own, so a customer's ID is the most
// lasting of the three that clients are found by, with its kind before it.
const (
	phoneID    = "phone:"
	cardID     = "card:"
	externalID = "external:"
)

func (k key) id() loyalty.CustomerID {
	switch {
	case k.Phone != "":
		return loyalty.CustomerID(phoneID + k.Phone)
	case k.Card != "":
		return loyalty.CustomerID(cardID + k.Card)
	case k.ExternalID != "":
		return loyalty.CustomerID(externalID + k.ExternalID)
	}
	return ""
}

// keyOf is what a client is asked for by.
func keyOf(id loyalty.Ident) (k key, ok bool) {
	switch id.Kind {
	case loyalty.ByPhone:
		k.Phone = id.Value
	case loyalty.ByCard:
		k.Card = id.Value
	case loyalty.ByExternalID:
		k.ExternalID = id.Value
	case loyalty.ByCustomer:
		if v, found := strings.CutPrefix(id.Value, phoneID); found {
			k.Phone = v
		} else if v, found := strings.CutPrefix(id.Value, cardID); found {
			k.Card = v
		} else if v, found := strings.CutPrefix(id.Value, externalID); found {
			k.ExternalID = v
		}
	}
	return k, k != key{}
}

func keyOfCustomer(id loyalty.CustomerID) (key, bool) {
	return keyOf(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(id)})
}

// customer is the client of an answer, if it is the one that was asked for: a
// mixed-up answer would show the wrong customer.
func (a *balance) customer(asked key) (loyalty.Customer, error) {
	no := func(why string) (loyalty.Customer, error) {
		return loyalty.Customer{}, &AnswerError{What: "a client", Why: why}
	}
	w := a.Client
	if w == nil {
		return no("client is missing")
	}
	has := key{Phone: international(w.Phone), Card: w.CardString, ExternalID: w.ExternalID}
	switch {
	case has.id() == "":
		return no("it has no phone, no cardString and no externalId")
	case asked.Phone != "" && asked.Phone != has.Phone, asked.Card != "" && asked.Card != has.Card,
		asked.ExternalID != "" && asked.ExternalID != has.ExternalID:
		return no("it is about another client")
	case w.Bonuses == nil:
		return no("bonuses is missing")
	case w.Pending < 0:
		return no("pendingBonuses is negative")
	}
	c := loyalty.Customer{ID: has.id(), Name: w.shown(), Phone: card.Phone(has.Phone), ExternalID: has.ExternalID,
		Balance: loyalty.Points(*w.Bonuses), Pending: loyalty.Points(w.Pending)}
	if has.Card != "" {
		c.Cards = []card.ID{card.ID(has.Card)}
	}
	if a.Level != nil {
		c.Tier = a.Level.Name
	}
	for _, b := range a.Bonuses {
		if b.Amount > 0 && !b.ExpireAt.IsZero() {
			c.Expiring = append(c.Expiring, loyalty.Expiring{Points: loyalty.Points(b.Amount), At: b.ExpireAt.Time})
		}
	}
	return c, nil
}

// international puts the plus before a number that lacks it.
func international(phone string) string {
	if phone == "" || phone[0] == '+' {
		return phone
	}
	return "+" + phone
}

// shown is the name as a cashier needs it: without the whole surname.
func (w *client) shown() string {
	if w.Name == "" {
		return strings.TrimSpace(w.FullName)
	}
	parts := []string{w.Name}
	if w.Patronymic != "" {
		parts = append(parts, w.Patronymic)
	}
	for _, first := range w.Surname {
		parts = append(parts, string(first)+".")
		break
	}
	return strings.Join(parts, " ")
}
