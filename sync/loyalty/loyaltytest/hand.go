package loyaltytest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// hand does at the provider what a till does.
type hand struct {
	*testing.T
	*Fixture
	tickets map[loyalty.Key]string // the last of each sale
}

func (h *hand) can(a Ability) bool { return slices.Contains(h.Can, a) }

// customer adds a customer.
func (h *hand) customer(balance loyalty.Points) loyalty.Customer {
	h.Helper()
	return h.NewCustomer(h.T, balance)
}

// sale makes a sale of 1,000.00 that spends points.
func (h *hand) sale(c loyalty.Customer, spend loyalty.Points) loyalty.Sale {
	h.Helper()
	return h.saleOf(c, 100_000, spend)
}

func (h *hand) saleOf(c loyalty.Customer, total loyalty.Money, spend loyalty.Points) loyalty.Sale {
	h.Helper()
	now := time.Now()
	s := loyalty.Sale{Key: loyalty.NewKey(now), Shop: h.Shop, Till: h.Till, Customer: c.ID, At: now, Total: total,
		Lines: []loyalty.Line{{ID: "1", Qty: 1000, Price: total, Total: total}}}
	s.Ident = ident(h.Idents[0], c)
	s.Spend, s.Worth = spend, h.Terms.Worth(spend)
	s.Earn = h.Terms.Quote(s, c.Balance).Earn
	return s
}

func ident(kind loyalty.IdentKind, c loyalty.Customer) loyalty.Ident {
	id := loyalty.Ident{Kind: kind}
	switch kind {
	case loyalty.ByCard:
		id.Value = string(c.Cards[0])
	case loyalty.ByPhone:
		id.Value = string(c.Phone)
	case loyalty.ByExternalID:
		id.Value = c.ExternalID
	case loyalty.ByCustomer:
		id.Value = string(c.ID)
	}
	return id
}

// op makes an operation under a new key.
func op(kind loyalty.Kind, s loyalty.Sale) loyalty.Operation {
	now := time.Now()
	return loyalty.Operation{Key: loyalty.NewKey(now), Kind: kind, Sale: s, At: now}
}

// refund is a return of goods for an amount.
func refund(s loyalty.Sale, amount loyalty.Money) loyalty.Operation {
	o := op(loyalty.Return, s)
	o.Refund = &loyalty.Refund{Amount: amount}
	return o
}

// done applies an operation that must be carried out.
func (h *hand) done(o loyalty.Operation) loyalty.Outcome {
	h.Helper()
	out, err := h.Provider.Apply(h.Context(), h.ticketed(o))
	if err != nil {
		h.Fatalf("%s: %v", o.Kind, err)
	}
	return h.took(o, out)
}

// took looks at the outcome of an operation that was carried out.
func (h *hand) took(o loyalty.Operation, out loyalty.Outcome) loyalty.Outcome {
	h.Helper()
	if out.Ticket != "" {
		h.tickets[o.Sale.Key] = out.Ticket
	}
	if h.can(Versions) && (out.Version == 0 || out.Customer != nil && out.Customer.Version != out.Version) {
		h.Errorf("%s: outcome has version %d, its customer %+v", o.Kind, out.Version, out.Customer)
	}
	if out.Customer != nil && out.Customer.ID != o.Sale.Customer {
		h.Errorf("%s: outcome is about customer %s, not %s", o.Kind, out.Customer.ID, o.Sale.Customer)
	}
	return out
}

// ticketed is an operation with the last ticket that the provider gave for its
// sale, as a till's journal sends it.
func (h *hand) ticketed(o loyalty.Operation) loyalty.Operation {
	if t := h.tickets[o.Sale.Key]; t != "" {
		o.Ticket = t
	}
	return o
}

// do is done for an operation made from a kind.
func (h *hand) do(kind loyalty.Kind, s loyalty.Sale) loyalty.Outcome {
	h.Helper()
	return h.done(op(kind, s))
}

// refused applies an operation that must be refused, for one of the reasons.
func (h *hand) refused(o loyalty.Operation, reasons ...loyalty.Reason) {
	h.Helper()
	out, err := h.Provider.Apply(h.Context(), h.ticketed(o))
	var no *loyalty.Refusal
	if !errors.As(err, &no) || loyalty.Judge(err) != loyalty.Refused {
		h.Fatalf("%s: got %+v, %v; want a refusal for %v", o.Kind, out, err, reasons)
	}
	if !slices.Contains(reasons, no.Reason) {
		h.Errorf("%s: refused for %q (%s), want one of %v", o.Kind, no.Reason, no.Detail, reasons)
	}
}

// find looks a customer up.
func (h *hand) find(c loyalty.Customer) loyalty.Customer {
	h.Helper()
	got, err := h.Provider.Lookup(h.Context(), ident(h.Idents[0], c))
	if err != nil {
		h.Fatalf("look up: %v", err)
	}
	return got
}

// like is a record with the time of another, and with its version if that is
// only a time.
func (h *hand) like(a, b loyalty.Customer) loyalty.Customer {
	a.AsOf = b.AsOf
	if !h.can(Versions) {
		a.Version = b.Version
	}
	return a
}

// balance checks what is available, where the provider says.
func (h *hand) balance(c loyalty.Customer, want loyalty.Points) {
	h.Helper()
	if !h.can(Balances) {
		return
	}
	if got := h.find(c).Balance; got != want {
		h.Errorf("balance is %d, want %d", got, want)
	}
}

// earn is what a sale earns that is paid with spend points and money.
func (h *hand) earn(total loyalty.Money, spend loyalty.Points) loyalty.Points {
	return h.Terms.Earn(total - h.Terms.Worth(spend))
}
