package amocrm_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/amocrm"
	"github.com/tillgate/tillgate/sync/amocrm/fake"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// sale is a reserve of points for a sale of 1,000.00, or an accrual if none are
// spent.
func sale(customer loyalty.CustomerID, spend loyalty.Points) loyalty.Operation {
	now := time.Now()
	o := loyalty.Operation{Key: loyalty.NewKey(now), Kind: loyalty.Reserve, At: now, Sale: loyalty.Sale{
		Key: loyalty.NewKey(now), Receipt: "R-1", Shop: "7", Till: "2", Customer: customer, At: now, Total: 100_000,
		Spend: spend, Worth: loyalty.Money(spend) * 100, Earn: (1000 - spend) * 3 / 100}}
	if spend == 0 {
		o.Kind = loyalty.Commit
	}
	return o
}

// next is another operation of the same sale.
func next(o loyalty.Operation, kind loyalty.Kind, out loyalty.Outcome) loyalty.Operation {
	o.Key, o.Kind, o.Ticket = loyalty.NewKey(time.Now()), kind, out.Ticket
	return o
}

func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		fault           fake.Fault
		reserve, commit loyalty.Verdict
		after           time.Duration
	}{
		{fake.Fault{Kind: fake.LostAnswer}, loyalty.Doubt, loyalty.Unknown, 0},
		{fake.Fault{Kind: fake.LostBefore, Match: posts}, loyalty.Doubt, loyalty.Unknown, 0},
		{fake.Fault{Kind: fake.Gateway}, loyalty.Doubt, loyalty.Unknown, 0},
		{fake.Fault{Kind: fake.Portal}, loyalty.Doubt, loyalty.Unknown, 0},
		{fake.Fault{Kind: fake.Broken, Match: posts}, loyalty.Doubt, loyalty.Unknown, 0},
		{fake.Fault{Kind: fake.Broken}, loyalty.Later, loyalty.Unknown, 0}, // the reserve asks for the customer first
		{fake.Fault{Kind: fake.Storm}, loyalty.Later, loyalty.Later, time.Second},
		{fake.Fault{Kind: fake.Wait, For: 300 * time.Second}, loyalty.Later, loyalty.Later, 300 * time.Second},
		{fake.Fault{Kind: fake.Shut}, loyalty.Later, loyalty.Later, time.Minute},
		{fake.Fault{Kind: fake.Revoked}, loyalty.Later, loyalty.Later, 0},
		{fake.Fault{Kind: fake.NoTariff}, loyalty.Later, loyalty.Later, 0},
	} {
		s, c, _ := account(t, fake.Options{}, nil)
		s.Add(fake.Customer{ID: 5000, Points: 900, Segment: silver})
		if _, err := c.Lookup(t.Context(), byCard("5000")); err != nil { // who is identified, as before every sale
			t.Fatal(err)
		}
		s.SetFault(tt.fault)
		_, err := c.Apply(t.Context(), sale("5000", 100))
		if v := loyalty.Judge(err); v != tt.reserve {
			t.Errorf("%s: reserve: %v is %s, want %s", tt.fault.Kind, err, v, tt.reserve)
		}
		_, err = c.Apply(t.Context(), sale("5000", 0))
		if v := loyalty.Judge(err); v != tt.commit {
			t.Errorf("%s: commit: %v is %s, want %s", tt.fault.Kind, err, v, tt.commit)
		}
		var u *loyalty.Unavailable
		if errors.As(err, &u) && u.After != tt.after {
			t.Errorf("%s: after %s, want %s", tt.fault.Kind, u.After, tt.after)
		}
		if tt.fault.Kind != fake.LostBefore && tt.fault.Kind != fake.LostAnswer && !strings.Contains(err.Error(), "request ") {
			t.Errorf("%s: %q does not name the request", tt.fault.Kind, err)
		}
	}
}

func posts(r *http.Request) bool { return r.Method == http.MethodPost }

// What the CRM refuses is final, with its words.
func TestRefusals(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, func(c *amocrm.Config) { c.PartialReturns = amocrm.PartialRefuse })
	s.Add(fake.Customer{ID: 5000, Points: 900, Segment: silver})
	out, err := c.Apply(t.Context(), sale("5000", 0))
	if err != nil {
		t.Fatal(err)
	}
	part := next(sale("5000", 0), loyalty.Return, out)
	part.Refund = &loyalty.Refund{Amount: 500}
	broken := sale("5000", 0)
	broken.Ticket = `{"held":-1}`
	negative := sale("5000", 100)
	negative.Sale.Worth = 5
	for _, tt := range []struct {
		name string
		op   loyalty.Operation
		want loyalty.Reason
	}{
		{"nobody", sale("5001", 100), loyalty.CustomerUnknown},
		{"nobody earns", sale("5001", 0), loyalty.CustomerUnknown},
		{"part of a sale", part, loyalty.WholeOnly},
		{"foreign ticket", broken, loyalty.BadRequest},
		{"other worth", negative, loyalty.BadRequest},
		{"no such kind", next(sale("5000", 0), "present", out), loyalty.BadRequest},
		{"commit of what was not taken", next(sale("5000", 100), loyalty.Commit, loyalty.Outcome{}), loyalty.HoldExpired},
	} {
		_, err := c.Apply(t.Context(), tt.op)
		var no *loyalty.Refusal
		if !errors.As(err, &no) || no.Reason != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// The CRM may take more than there is: the till looks first, and what the CRM
// says counts where it says no.
func TestNotEnough(t *testing.T) {
	s, c, _ := account(t, fake.Options{Overdraft: true}, nil)
	s.Add(fake.Customer{ID: 5000, Points: 99, Segment: silver})
	var no *loyalty.Refusal
	if _, err := c.Apply(t.Context(), sale("5000", 100)); !errors.As(err, &no) || no.Reason != loyalty.NotEnoughPoints {
		t.Error(err)
	}
	s, c, _ = account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 5000, Points: 300, Segment: silver})
	earned := sale("5000", 0)
	earned.Sale.Total, earned.Sale.Earn = 10_000_00, 300
	out, err := c.Apply(t.Context(), earned)
	if err != nil {
		t.Fatal(err)
	}
	s.Add(fake.Customer{ID: 5000, Points: 10, Segment: silver}) // spent elsewhere
	if _, err := c.Apply(t.Context(), next(earned, loyalty.Revert, out)); !errors.As(err, &no) || no.Reason != loyalty.NotEnoughPoints {
		t.Errorf("revert of what is spent: %v", err)
	}
	if ps := s.Purchases(5000); len(ps) != 1 || ps[0].Deleted {
		t.Errorf("a refused revert deleted the purchase: %+v", ps)
	}
}

// A purchase whose answer was lost is found among many, by its comment alone if
// need be, however the CRM pages.
func TestFoundAmongMany(t *testing.T) {
	s, c, _ := account(t, fake.Options{NoMetadata: true}, nil)
	s.Add(fake.Customer{ID: 5000, Segment: silver})
	var ops []loyalty.Operation
	for range 520 {
		o := sale("5000", 0)
		if _, err := c.Apply(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, o)
	}
	before := s.Calls()
	out, err := c.Again(t.Context(), ops[510])
	if err != nil || out.Earned != 30 {
		t.Errorf("%+v, %v", out, err)
	}
	if n := s.Calls() - before; n != 3 {
		t.Errorf("%d requests, want the 3 pages", n)
	}
	if n := len(s.Purchases(5000)); n != 520 {
		t.Errorf("%d purchases", n)
	}
}

// A delete whose answer was lost is repeated; it does no harm.
func TestDeleteAgain(t *testing.T) {
	s, c, _ := account(t, fake.Options{}, nil)
	s.Add(fake.Customer{ID: 5000, Points: 300, Segment: silver})
	o := sale("5000", 0)
	out, err := c.Apply(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.SetFault(fake.Fault{Kind: fake.LostAnswer, Times: 1, Match: func(r *http.Request) bool { return r.Method == http.MethodDelete }})
	back, err := c.Apply(t.Context(), next(o, loyalty.Revert, out))
	if err != nil || back.Cancelled != 30 {
		t.Fatalf("%+v, %v", back, err)
	}
	if got, _ := s.Customer(5000); got.Points != 300 || !s.Purchases(5000)[0].Deleted {
		t.Errorf("%+v", got)
	}
	// Cut between the change and the delete, for good: a person deletes it.
	o = sale("5000", 0)
	if out, err = c.Apply(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	s.SetFault(fake.Fault{Kind: fake.Storm, Match: func(r *http.Request) bool { return r.Method == http.MethodDelete }})
	_, err = c.Apply(t.Context(), next(o, loyalty.Revert, out))
	if loyalty.Judge(err) != loyalty.Doubt || !strings.Contains(err.Error(), "delete purchase") {
		t.Errorf("half done: %v", err)
	}
}

func TestPurchase(t *testing.T) {
	no := false
	for _, tt := range []struct {
		set    func(*amocrm.Config)
		price  int64
		points int64
	}{
		{func(*amocrm.Config) {}, 900, 800 + 27},
		{func(c *amocrm.Config) { c.Price = amocrm.PriceTotal }, 1000, 800 + 30},
		{func(c *amocrm.Config) { c.Price = amocrm.PriceEarning }, 500, 800 + 15},
		{func(c *amocrm.Config) { c.PriceUnit = 1 }, 90_049, 800 + 2701},
		{func(c *amocrm.Config) { c.AccrueBonus = &no }, 900, 800},
	} {
		s, c, _ := account(t, fake.Options{}, tt.set)
		s.Add(fake.Customer{ID: 5000, Points: 900, Segment: silver})
		o := sale("5000", 100)
		o.At = time.Date(2026, 3, 1, 23, 59, 0, 0, time.UTC) // sent much later
		o.Sale.Total = 100_049
		o.Sale.Lines = []loyalty.Line{{Total: 60_049}, {Total: 40_000, NoPoints: true}}
		out, err := c.Apply(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		commit := next(o, loyalty.Commit, out)
		if out, err = c.Apply(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
		p := s.Purchases(5000)[0]
		got, _ := s.Customer(5000)
		if p.Price != tt.price || got.Points != tt.points || p.ExternalID != string(commit.Key) || !p.At.Equal(o.At) ||
			p.Comment != "shop 7, till 2, receipt R-1, key "+string(commit.Key) {
			t.Errorf("%+v, %d points; want price %d, %d points", p, got.Points, tt.price, tt.points)
		}
	}
}
