package amocrm_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/loyalty"
)

const (
	cardField     = 701
	externalField = 702
)

// cards is an account with custom fields for cards and external ids.
func cards(t *testing.T, o fake.Options) (*fake.Server, *amocrm.Client) {
	o.CardField, o.ExternalField = cardField, externalField
	s, c, _ := account(t, o, func(c *amocrm.Config) {
		c.CardField, c.ExternalField, c.RegisterSegment = cardField, externalField, silver
	})
	return s, c
}

func olga() loyalty.NewCustomer {
	return loyalty.NewCustomer{Phone: "+79123456789", Name: "Ольга", Surname: "Белых", Card: "2900000000018", Consent: true, Shop: "7", Till: "2"}
}

func newKey() loyalty.Key { return loyalty.NewKey(time.Now()) }

func refusedFor(t *testing.T, err error, want loyalty.Reason) {
	t.Helper()
	var no *loyalty.Refusal
	if !errors.As(err, &no) || no.Reason != want {
		t.Errorf("got %v, want a refusal for %s", err, want)
	}
}

func TestRegister(t *testing.T) {
	for _, o := range []fake.Options{{}, {FiltersIgnored: true}} {
		s, c := cards(t, o)
		got, err := c.Register(t.Context(), newKey(), olga())
		if err != nil || got.Name != "Ольга Белых" || got.Phone != "+79123456789" || got.Tier != "Серебро" || got.Balance != 0 ||
			!slices.Contains(got.Cards, "2900000000018") || !slices.Contains(got.Cards, card.ID(got.ID)) {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, id := range []loyalty.Ident{byPhone("+79123456789"), byCard("2900000000018"), byCard(string(got.ID))} {
			if found, err := c.Lookup(t.Context(), id); err != nil || found.ID != got.ID {
				t.Errorf("by %s: %+v, %v", id.Kind, found, err)
			}
		}
		_, err = c.Register(t.Context(), newKey(), olga())
		refusedFor(t, err, loyalty.PhoneTaken)
		other := olga()
		other.Phone = "+79123456780"
		_, err = c.Register(t.Context(), newKey(), other)
		refusedFor(t, err, loyalty.CardTaken)
		other.Consent = false
		_, err = c.Register(t.Context(), newKey(), other)
		refusedFor(t, err, loyalty.NoConsent)
		if n := len(s.Customers()); n != 1 {
			t.Errorf("%d customers", n)
		}
	}
}

// An answer that is lost at any of the calls, and the same key again: one customer
// comes of it, linked with one contact.
func TestRegisterWithLostAnswers(t *testing.T) {
	for n := range 3 {
		for _, kind := range []fake.FaultKind{fake.LostAnswer, fake.LostBefore, fake.Gateway} {
			s, c := cards(t, fake.Options{})
			seen := 0
			s.SetFault(fake.Fault{Kind: kind, Times: 1, Match: func(r *http.Request) bool {
				if !posts(r) {
					return false
				}
				seen++
				return seen == n+1
			}})
			k := newKey()
			if _, err := c.Register(t.Context(), k, olga()); err == nil || loyalty.Judge(err) != loyalty.Unknown {
				t.Errorf("%s of call %d: %v", kind, n, err)
			}
			if s.Hits() != 1 {
				t.Fatalf("%s of call %d never struck", kind, n)
			}
			got, err := c.Register(t.Context(), k, olga())
			if err != nil {
				t.Errorf("%s of call %d, again: %v", kind, n, err)
			}
			if all := s.Customers(); len(all) != 1 || fmt.Sprint(all[0].ID) != string(got.ID) || all[0].Phone == "" {
				t.Errorf("%s of call %d: %+v", kind, n, all)
			}
		}
	}
}

// A person whom the CRM knows from elsewhere becomes a customer.
func TestRegisterContact(t *testing.T) {
	s, c := cards(t, fake.Options{})
	s.AddContact("О. Белых", "8 912 345-67-89")
	got, err := c.Register(t.Context(), newKey(), olga())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := c.Lookup(t.Context(), byPhone("+79123456789")); err != nil || found.ID != got.ID {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestAttachCard(t *testing.T) {
	s, c := cards(t, fake.Options{})
	s.Add(fake.Customer{ID: 1001, Name: "Анна", Phone: "+79215550001", Segment: silver, ExternalID: "1C-77"})
	s.Add(fake.Customer{ID: 1002, Name: "Борис", Card: "2900000000025", Segment: silver})
	_, err := c.AttachCard(t.Context(), byPhone("+79215550001"), "2900000000025")
	refusedFor(t, err, loyalty.CardTaken)
	for range 2 {
		got, err := c.AttachCard(t.Context(), byPhone("+79215550001"), "2900000000018")
		if err != nil || got.ID != "1001" || !slices.Contains(got.Cards, "2900000000018") {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if found, err := c.Lookup(t.Context(), loyalty.Ident{Kind: loyalty.ByExternalID, Value: "1C-77"}); err != nil || found.ID != "1001" || found.ExternalID != "1C-77" {
		t.Errorf("by external id: %+v, %v", found, err)
	}
	if _, err := c.Lookup(t.Context(), loyalty.Ident{Kind: loyalty.ByExternalID, Value: "1C-7"}); !errors.Is(err, loyalty.ErrNotFound) {
		t.Errorf("by a part of an external id: %v", err)
	}
	s.Add(fake.Customer{ID: 1003, Card: "2900000000018"})
	var two *loyalty.Ambiguous
	if _, err := c.Lookup(t.Context(), byCard("2900000000018")); !errors.As(err, &two) || len(two.Customers) != 2 {
		t.Errorf("a card of two: %v", err)
	}
}

// Without a field for them there are no cards of plastic.
func TestNoCards(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 1001, Phone: "+79215550001"})
	_, err := c.Register(t.Context(), newKey(), olga())
	refusedFor(t, err, loyalty.NoCards)
	_, err = c.AttachCard(t.Context(), byPhone("+79215550001"), "2900000000018")
	refusedFor(t, err, loyalty.NoCards)
	without := olga()
	without.Card = ""
	if got, err := c.Register(t.Context(), newKey(), without); err != nil || len(got.Cards) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if strings.Contains(fmt.Sprint(err), "2900000000018") {
		t.Error("the card is in the error")
	}
}
