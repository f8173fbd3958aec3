package amocrm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func byPhone(s string) loyalty.Ident { return loyalty.Ident{Kind: loyalty.ByPhone, Value: s} }
func byCard(s string) loyalty.Ident  { return loyalty.Ident{Kind: loyalty.ByCard, Value: s} }

func TestLookupByCard(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 31000001, Name: "Анна", Points: 500, Segment: silver})
	s.Add(fake.Customer{ID: 31000002, Name: "Борис", Deleted: true})
	for value, want := range map[string]error{
		"31000001": nil, "0031000001": nil, // a scheme of fixed length pads
		"31000002": loyalty.ErrNotFound, "31000003": loyalty.ErrNotFound, "0": loyalty.ErrNotFound, "": loyalty.ErrNotFound,
		"31000001x": loyalty.ErrNotFound, "-31000001": loyalty.ErrNotFound, "../segments": loyalty.ErrNotFound,
		"99999999999999999999999": loyalty.ErrNotFound,
	} {
		got, err := c.Lookup(t.Context(), byCard(value))
		if !errors.Is(err, want) || want == nil && (got.ID != "31000001" || got.Balance != 500 || !slices.Contains(got.Cards, card.ID(value))) {
			t.Errorf("%q: %+v, %v; want %v", value, got, err, want)
		}
	}
	if _, err := c.Lookup(t.Context(), loyalty.Ident{Kind: loyalty.ByExternalID, Value: "31000001"}); !errors.Is(err, loyalty.ErrNotFound) {
		t.Errorf("by external id: %v", err)
	}
}

func TestLookupByPhone(t *testing.T) {
	for name, o := range map[string]fake.Options{"filters": {}, "filters ignored": {FiltersIgnored: true}} {
		t.Run(name, func(t *testing.T) {
			s, c, _ := account(t, o, nil)
			for i := range 300 { // they come before, and their numbers are near
				s.Add(fake.Customer{ID: int64(100 + i), Phone: fmt.Sprintf("+380 921 123-45-67 доб. %d", i)})
			}
			for i, spelling := range []string{"+7 (921) 123-45-67", "89215550001", "9215550002"} {
				s.Add(fake.Customer{ID: int64(1000 + i), Name: spelling, Phone: spelling})
			}
			s.Add(fake.Customer{ID: 2001, Phone: "8 921 555 00 09"})
			s.Add(fake.Customer{ID: 2002, Phone: "+79215550009"})
			for phone, want := range map[string]loyalty.CustomerID{"+79211234567": "1000", "+79215550001": "1001", "+79215550002": "1002"} {
				got, err := c.Lookup(t.Context(), byPhone(phone))
				if err != nil || got.ID != want || string(got.Phone) != phone {
					t.Errorf("%s: %+v, %v", phone, got, err)
				}
			}
			for _, phone := range []string{"+79210000000", "+7", ""} {
				if got, err := c.Lookup(t.Context(), byPhone(phone)); !errors.Is(err, loyalty.ErrNotFound) {
					t.Errorf("%s: %+v, %v", phone, got, err)
				}
			}
			var several *loyalty.Ambiguous
			if _, err := c.Lookup(t.Context(), byPhone("+79215550009")); !errors.As(err, &several) || len(several.Customers) != 2 || several.Customers[0].ID != "2001" {
				t.Errorf("two customers of one phone: %v", err)
			}
		})
	}
}

func TestContactPhone(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, func(c *amocrm.Config) { c.ContactPhone = true })
	s.Add(fake.Customer{ID: 5000, Phone: "8 921 555-00-09"})
	s.Add(fake.Customer{ID: 5001})
	if got, err := c.Lookup(t.Context(), byCard("5000")); err != nil || got.Phone != "+79215550009" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.Lookup(t.Context(), byCard("5001")); err != nil || got.Phone != "" {
		t.Errorf("without a contact: %+v, %v", got, err)
	}
}

// Without a balance nothing is spent, and the reason says so.
func TestBalanceUnknown(t *testing.T) {
	s, c, _ := account(t, fake.Options{HideBalance: true}, nil)
	s.Add(fake.Customer{ID: 5000, Points: 900, Segment: silver})
	who, err := c.Lookup(t.Context(), byCard("5000"))
	if err != nil || !who.NoBalance || who.Balance != 0 {
		t.Errorf("%+v, %v", who, err)
	}
	o := sale("5000", 100)
	q, err := c.Quote(t.Context(), o.Sale)
	if err != nil || q.MaxSpend != 0 || q.Limit != loyalty.BalanceUnknown || q.Earn != 30 {
		t.Errorf("%+v, %v", q, err)
	}
	var no *loyalty.Refusal
	if _, err := c.Apply(t.Context(), o); !errors.As(err, &no) || no.Reason != loyalty.BalanceUnknown {
		t.Error(err)
	}
	if got, _ := s.Customer(5000); got.Points != 900 {
		t.Errorf("%d points", got.Points)
	}
}

func TestStrangerIsRefused(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 5000, Points: 900, Segment: silver})
	s.SetFault(fake.Fault{Kind: fake.Stranger})
	var wrong *amocrm.AnswerError
	if got, err := c.Lookup(t.Context(), byCard("5000")); !errors.As(err, &wrong) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Apply(t.Context(), sale("5000", 100)); loyalty.Judge(err) != loyalty.Later {
		t.Errorf("reserve: %v", err)
	}
}

func TestTiers(t *testing.T) {
	share := func(bp int) *int { return &bp }
	s, c, _ := account(t, fake.Options{}, func(c *amocrm.Config) {
		c.Segments = []amocrm.Segment{{ID: 52, MaxShare: share(1000)}, {ID: 0, EarnShare: share(100)}, {ID: 77, EarnShare: share(1)}}
	})
	s.AddSegment(fake.Segment{ID: 60, Name: "Серебро", Rate: 2.25})
	p, err := c.Programme(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range p.Tiers {
		got = append(got, fmt.Sprintf("%s %d %d", x.Name, x.Terms.EarnShare, x.Terms.MaxShare))
	}
	want := []string{" 100 0", "Золото 750 1000", " #77 1 0", "Серебро 300 5000", "Серебро #60 225 0"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	s.Set(func(o *fake.Options) { o.SegmentsOff = true })
	if p, err = c.Programme(t.Context()); err != nil || len(p.Tiers) != 3 {
		t.Errorf("segments off: %+v, %v", p, err)
	}
}

// No error has the customer in it: errors are logged and kept in the journal.
func TestErrorsNameNobody(t *testing.T) {
	s, c, h := account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 31000001, Points: 900, Segment: silver, Phone: "+79215550009"})
	if _, err := c.Programme(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func(name string) {
		for _, err := range []error{
			second(c.Lookup(t.Context(), byCard("31000001"))), second(c.Lookup(t.Context(), byPhone("+79215550009"))),
			second(c.Apply(t.Context(), sale("31000001", 100))), second(c.Quote(t.Context(), sale("31000001", 0).Sale)),
		} {
			if err == nil {
				t.Errorf("%s: no error", name)
				continue
			}
			for _, secret := range []string{"31000001", "9215550009"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %q is in %q", name, secret, err)
				}
			}
		}
	}
	for _, kind := range []fake.FaultKind{fake.LostBefore, fake.Storm, fake.Wait, fake.Shut, fake.Revoked, fake.NoTariff, fake.Broken, fake.Stranger} {
		s.SetFault(fake.Fault{Kind: kind})
		if kind == fake.Stranger {
			continue // answers contacts well
		}
		check(string(kind))
	}
	s.SetFault(fake.Fault{})
	h.CloseClientConnections()
	h.Close()
	check("nobody listens")
}

func second[T any](_ T, err error) error { return err }
