package amocrm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

var _ loyalty.Registrar = (*Client)(nil)

// join is a registration as far as it has come. It outlives a lost answer, not a
// restart of the program.
type join struct {
	contact, customer int64 // 0 before they are known to be made
	linked            bool
}

// Register makes a contact with the phone, a customer, and links the two. The CRM
// has no key for any of it and no rule against two customers with one phone:
//
//   - The phone is looked for first. A contact that has it and is nobody's
//     customer becomes the new customer's.
//   - After an answer that was lost the contact is found by its phone. The customer
//     is found by the key in external_field, where that is configured, or by the
//     card; otherwise a second one is made, and the first stays behind without
//     contact and points.
//
// The number of the customer is the card, in the wallet pass that the CRM makes; a
// card of plastic goes into card_field.
func (c *Client) Register(ctx context.Context, k loyalty.Key, who loyalty.NewCustomer) (loyalty.Customer, error) {
	no := func(r loyalty.Reason) (loyalty.Customer, error) {
		return loyalty.Customer{}, &loyalty.Refusal{Reason: r}
	}
	switch {
	case !who.Consent:
		return no(loyalty.NoConsent)
	case who.Phone == "":
		return no(loyalty.PhoneWrong)
	case who.Card != "" && c.cfg.CardField == 0:
		return no(loyalty.NoCards)
	}
	c.mu.Lock()
	j, again := c.joins[k]
	if !again {
		j = &join{}
		c.joins[k] = j
	}
	c.mu.Unlock()
	found, err := c.register(ctx, k, who, j, again)
	if err == nil || loyalty.Judge(err) != loyalty.Unknown && *j == (join{}) {
		c.mu.Lock()
		delete(c.joins, k)
		c.mu.Unlock()
	}
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("register: %w", err)
	}
	return found, nil
}

func (c *Client) register(ctx context.Context, k loyalty.Key, who loyalty.NewCustomer, j *join, again bool) (loyalty.Customer, error) {
	contacts, err := c.contacts(ctx, who.Phone)
	if err != nil {
		return loyalty.Customer{}, err
	}
	for _, w := range contacts {
		for _, r := range w.Embedded.Customers {
			if !again || r.ID != j.customer {
				return loyalty.Customer{}, &loyalty.Refusal{Reason: loyalty.PhoneTaken}
			}
			j.linked = true
		}
		if j.contact == 0 {
			j.contact = w.ID
		}
	}
	if j.customer == 0 && again && c.cfg.ExternalField != 0 {
		found, err := c.byField(ctx, c.cfg.ExternalField, loyalty.Ident{Kind: loyalty.ByExternalID, Value: string(k)})
		switch {
		case err == nil:
			j.customer = idOf(found.ID)
		case !errors.Is(err, loyalty.ErrNotFound):
			return loyalty.Customer{}, err
		}
	}
	name := strings.TrimSpace(who.Name + " " + who.Surname)
	if who.Card != "" && j.customer == 0 {
		switch found, err := c.Lookup(ctx, loyalty.Ident{Kind: loyalty.ByCard, Value: string(who.Card)}); {
		case err == nil && again && found.Name == name:
			j.customer = idOf(found.ID)
		case err == nil:
			return loyalty.Customer{}, &loyalty.Refusal{Reason: loyalty.CardTaken}
		case !errors.Is(err, loyalty.ErrNotFound):
			return loyalty.Customer{}, err
		}
	}
	if j.contact == 0 {
		j.contact, err = c.make(ctx, "contacts", map[string]any{"name": name, "request_id": string(k),
			"custom_fields_values": []put{{Code: "PHONE", Values: []putValue{{string(who.Phone), "MOB"}}}}})
		if err != nil {
			return loyalty.Customer{}, err
		}
	}
	if j.customer == 0 {
		ask := map[string]any{"name": name, "request_id": string(k)}
		if fields := c.cfg.fields(string(who.Card), string(k)); len(fields) > 0 {
			ask["custom_fields_values"] = fields
		}
		if c.cfg.RegisterSegment != 0 {
			ask["_embedded"] = map[string]any{"segments": []wireRef{{ID: c.cfg.RegisterSegment}}}
		}
		if j.customer, err = c.make(ctx, "customers", ask); err != nil {
			return loyalty.Customer{}, err
		}
	}
	if !j.linked {
		_, err := c.call(ctx, request{method: http.MethodPost, path: fmt.Sprintf("customers/%d/link", j.customer), urgent: true,
			body: []map[string]any{{"to_entity_id": j.contact, "to_entity_type": "contacts"}}})
		if err != nil {
			return loyalty.Customer{}, err
		}
		j.linked = true
	}
	found, err := c.customer(ctx, j.customer)
	found.Phone = who.Phone
	return found, err
}

// make makes one contact or customer and returns its id.
func (c *Client) make(ctx context.Context, what string, body map[string]any) (int64, error) {
	raw, err := c.call(ctx, request{method: http.MethodPost, path: what, body: []any{body}, urgent: true})
	switch {
	case err != nil:
		return 0, err
	case raw == nil:
		return 0, errors.New("amoCRM answered without content")
	}
	return parseNew(raw, what)
}

// AttachCard puts the number of a card into the customer's card_field.
func (c *Client) AttachCard(ctx context.Context, id loyalty.Ident, number card.ID) (loyalty.Customer, error) {
	if c.cfg.CardField == 0 {
		return loyalty.Customer{}, &loyalty.Refusal{Reason: loyalty.NoCards}
	}
	who, err := c.Lookup(ctx, id)
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("attach a card: %w", err)
	}
	has, err := c.Lookup(ctx, loyalty.Ident{Kind: loyalty.ByCard, Value: string(number)})
	switch {
	case err == nil && has.ID == who.ID:
		return has, nil
	case err == nil:
		return loyalty.Customer{}, &loyalty.Refusal{Reason: loyalty.CardTaken}
	case !errors.Is(err, loyalty.ErrNotFound):
		return loyalty.Customer{}, fmt.Errorf("attach a card: %w", err)
	}
	_, err = c.call(ctx, request{method: http.MethodPatch, path: "customers/" + string(who.ID), urgent: true,
		body: map[string]any{"custom_fields_values": c.cfg.fields(string(number), "")}})
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("attach a card: %w", err)
	}
	return c.customer(ctx, idOf(who.ID))
}
