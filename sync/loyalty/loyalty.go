// Package loyalty has the words of a loyalty programme: customer, points,
// money, sale, operation, outcome, and the contract that a provider of a
// programme (the chain's own central API, MAXMA, amoCRM) fulfils.
//
// Points are integers in the provider's unit, money is an integer of minor
// units (kopecks); one is turned into the other by the programme's terms alone.
package loyalty

import (
	"log/slog"
	"slices"
	"time"

	"github.com/tillgate/tillgate/decode/card"
)

// Points is an amount of points (bonuses) in the provider's own unit.
type Points int64

// Money is an amount in minor units of the chain's currency (kopecks).
type Money int64

// CustomerID is the provider's own key of a customer.
type CustomerID string

// IdentKind is a way of naming a customer.
type IdentKind string

// The ways of naming a customer.
const (
	ByCard       IdentKind = "card"
	ByPhone      IdentKind = "phone"
	ByExternalID IdentKind = "external_id"
	ByCustomer   IdentKind = "customer" // by CustomerID
)

// Ident names one customer. It prints masked.
type Ident struct {
	Kind  IdentKind `json:"kind"`
	Value string    `json:"value"`
}

func (i Ident) String() string       { return string(i.Kind) + " " + card.Mask(i.Value) }
func (i Ident) LogValue() slog.Value { return slog.StringValue(i.String()) }

// Customer is what a till knows of a customer: what a prompt shows, no more.
type Customer struct {
	ID         CustomerID `json:"id"`
	Name       string     `json:"name,omitempty"`
	Tier       string     `json:"tier,omitempty"` // Name of a Tier of the programme
	Cards      []card.ID  `json:"cards,omitempty"`
	Phone      card.Phone `json:"phone,omitempty"`
	ExternalID string     `json:"external_id,omitempty"`
	Blocked    bool       `json:"blocked,omitempty"`    // may neither earn nor spend
	Balance    Points     `json:"balance"`              // available at AsOf
	NoBalance  bool       `json:"no_balance,omitempty"` // the provider does not say the balance: it counts as 0, and nothing can be spent
	Pending    Points     `json:"pending,omitempty"`    // earned, not yet available
	Expiring   []Expiring `json:"expiring,omitempty"`
	// Version orders the provider's records of this customer: an older one
	// never replaces a newer one. An operation whose Outcome carries version v
	// is reflected in every record of this customer with Version ≥ v.
	Version uint64    `json:"version"`
	AsOf    time.Time `json:"as_of"` // when Balance was true, by the provider's clock
}

// LogValue keeps names, cards and phones out of logs.
func (c Customer) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", card.Mask(string(c.ID))), slog.Uint64("version", c.Version))
}

// Expiring is a part of the balance that is lost at a time.
type Expiring struct {
	Points Points    `json:"points"`
	At     time.Time `json:"at"`
}

// Programme is what the provider says of the programme as a whole.
type Programme struct {
	Name     string `json:"name"`
	Currency string `json:"currency"` // ISO 4217
	Tiers    []Tier `json:"tiers"`    // the first is the tier of a customer whose Tier is not among them
}

// Tier is a level of the programme.
type Tier struct {
	Name  string `json:"name"`
	Terms Terms  `json:"terms"`
}

// Terms says how points are spent and earned. Shares are in basis points
// (1/100 of a percent, 0 to 10,000) so that no float comes near money.
type Terms struct {
	PointValue Money  `json:"point_value"` // what one point pays, ≥ 1
	MaxShare   int    `json:"max_share"`   // of the receipt that points may pay
	MinSpend   Points `json:"min_spend"`   // the least that may be spent at once; 0 = any
	EarnShare  int    `json:"earn_share"`  // of the money paid that comes back as points
}

// Sale is a receipt as the programme sees it.
type Sale struct {
	Key      Key        `json:"key"`               // minted at the till when the sale first meets the programme
	Receipt  string     `json:"receipt,omitempty"` // the POS's own number, for people
	Shop     string     `json:"shop"`
	Till     string     `json:"till"`
	Cashier  string     `json:"cashier,omitempty"`
	Customer CustomerID `json:"customer"`
	Ident    Ident      `json:"ident"` // what the customer was found by
	At       time.Time  `json:"at"`    // by the till's clock
	Total    Money      `json:"total"` // before points; ≥ 0
	Lines    []Line     `json:"lines,omitempty"`
	Spend    Points     `json:"spend"` // points to spend; ≥ 0
	Worth    Money      `json:"worth"` // what they pay
	Earn     Points     `json:"earn"`  // what the till told the customer; the provider's own figure counts

	Promo     string   `json:"promo,omitempty"`      // a promo code, where Rules.PromoCodes
	GiftCards []string `json:"gift_cards,omitempty"` // gift cards that pay, where Rules.GiftCards
	Off       Money    `json:"off,omitempty"`        // what promo code and gift cards take off besides points, as Quote.Off said
	Prepaid   Money    `json:"prepaid,omitempty"`    // the part of Off that gift cards pay: a payment, not a discount
	OffLines  []Money  `json:"off_lines,omitempty"`  // how the rest of Off is divided over Lines; nil: in proportion
}

// ToPay is what is left to pay with money.
func (s Sale) ToPay() Money { return s.Total - s.Worth - s.Off }

// Given is all that the programme takes off the receipt or pays of it: what the
// shop loses if it was given and the programme says no.
func (s Sale) Given() Money { return s.Worth + s.Off }

// Holds says that the sale takes something of the customer's at the provider:
// points, a promo code, money on a gift card. It is reserved before the receipt
// is paid.
func (s Sale) Holds() bool { return s.Spend > 0 || s.Off > 0 || s.Promo != "" }

// Discounts are what the programme takes off each line, points and promo code
// together: they add up to Worth + Off - Prepaid as far as the lines come to
// that.
func (s Sale) Discounts() []Money {
	off := s.OffLines
	if len(off) != len(s.Lines) {
		off = Spread(s.Off-s.Prepaid, s.Lines)
	}
	left := slices.Clone(s.Lines)
	for i := range left {
		left[i].Total -= off[i]
	}
	all := Spread(s.Worth, left)
	for i := range all {
		all[i] += off[i]
	}
	return all
}

// Line is one line of a receipt.
type Line struct {
	ID       string `json:"id"` // the POS's own
	SKU      string `json:"sku,omitempty"`
	GTIN     string `json:"gtin,omitempty"`
	Title    string `json:"title,omitempty"`
	Qty      Qty    `json:"qty"`
	Price    Money  `json:"price"`               // of one unit
	Total    Money  `json:"total"`               // of the line, after the POS's own discounts
	NoPoints bool   `json:"no_points,omitempty"` // points neither pay for it nor are earned on it (tobacco, gift cards)
}

// Qty is a quantity in thousandths: 1.500 kg is 1500, one piece is 1000.
type Qty int64

// Quote is what may be done for a sale. Nothing has been changed by asking.
type Quote struct {
	Customer CustomerID `json:"customer"`
	Version  uint64     `json:"version"`         // of the customer record it rests on
	MaxSpend Points     `json:"max_spend"`       // on this receipt, now
	MaxWorth Money      `json:"max_worth"`       // what MaxSpend pays
	Limit    Reason     `json:"limit,omitempty"` // what keeps MaxSpend from being more
	Spend    Points     `json:"spend"`
	Worth    Money      `json:"worth"`
	Earn     Points     `json:"earn"` // if Spend is spent and the rest paid

	Off     Money  `json:"off,omitempty"`      // what Sale.Promo and Sale.GiftCards take off besides points
	PromoNo Reason `json:"promo_no,omitempty"` // why Sale.Promo takes nothing off
	GiftNo  Reason `json:"gift_no,omitempty"`  // why the first gift card that is not taken is not

	// Gifts are what the gift cards of the sale pay, in their order, and Discounts
	// what is taken off each of its lines, without what gift cards pay: nil where
	// the provider does not say.
	Gifts     []GiftUse `json:"gifts,omitempty"`
	Discounts []Money   `json:"discounts,omitempty"`
}

// Prepaid is what gift cards pay.
func (q Quote) Prepaid() (sum Money) {
	for _, g := range q.Gifts {
		sum += g.Used
	}
	return sum
}

// GiftUse is what a gift card pays of a sale.
type GiftUse struct {
	Used Money  `json:"used"`
	No   Reason `json:"no,omitempty"` // why it pays nothing
}
