package checkout

import (
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// basket is what a quote is about: the same again has the same quote.
type basket struct {
	customer loyalty.CustomerID
	balance  loyalty.Points
	total    loyalty.Money
	lines    []loyalty.Line
	promo    string
	gifts    []string
	spend    loyalty.Points
}

func (b basket) same(o basket) bool {
	return b.customer == o.customer && b.balance == o.balance && b.total == o.total && b.promo == o.promo && b.spend == o.spend &&
		slices.Equal(b.lines, o.lines) && slices.Equal(b.gifts, o.gifts)
}

// told is what the provider said of a basket.
type told struct {
	about basket
	quote loyalty.Quote
}

// basket is what the provider is asked about now; false if there is nothing to
// ask.
func (s Situation) basket() (b basket, ok bool) {
	if s.Who == nil || s.Who.Customer == nil || s.Who.Customer.Blocked || !s.Receipt.Known {
		return b, false
	}
	b = basket{customer: s.Who.Customer.ID, balance: s.Who.Customer.Balance, total: s.Receipt.Total, lines: s.Receipt.Lines}
	for _, c := range s.Codes {
		switch {
		case c.no != "":
		case c.kind == promoCode:
			b.promo = c.value
		case c.kind == giftCard:
			b.gifts = append(b.gifts, c.value)
		}
	}
	if s.Differs != nil {
		b.spend = s.Differs.points
	}
	return b, true
}

// told is the provider's quote if it is about the receipt as it stands now, and
// the provider can be asked; nil if the copy's rules count.
func (s Situation) told() *loyalty.Quote {
	b, ok := s.basket()
	if !ok || !s.Online || s.Told == nil {
		return nil
	}
	// A balance that has changed since has another answer on its way, and spendable
	// says so meanwhile; what the points that were asked about come to is one answer
	// among others.
	b.balance, b.spend = s.Told.about.balance, s.Told.about.spend
	if !s.Told.about.same(b) {
		return nil
	}
	return &s.Told.quote
}

// terms are those of the customer's tier.
func (s Situation) terms() loyalty.Terms { return s.Programme.TermsFor(s.Who.Customer.Tier) }

// quote says what may be done on this receipt if so many points were spent: by
// the provider's word, else by the rules of the copy.
func (s Situation) quote(spend loyalty.Points) Quote {
	if t := s.told(); t != nil {
		return s.byProvider(t, spend)
	}
	terms, who := s.terms(), s.Who
	able := who.spendable()
	var why loyalty.Reason
	switch {
	case !s.Online && s.CodeToSpend: // it can not be sent
		able, why = 0, loyalty.Offline
	case !s.Online:
		most, reason := s.Policy(Wish{
			Customer: who.Customer.ID, Spendable: able, AsOf: who.Customer.AsOf,
			Total: s.Receipt.Total, Terms: terms, Now: s.Now, CardDay: who.CardDay, TillDay: s.TillDay,
		})
		if most < able {
			able, why = max(0, most), reason
		}
	}
	if most := loyalty.Points(s.PerReceipt / max(terms.PointValue, 1)); s.PerReceipt > 0 && most < able {
		able, why = most, LimitReceipt
	}
	if who.Customer.NoBalance {
		able, why = 0, loyalty.BalanceUnknown
	}
	if who.Customer.Blocked {
		able, why = 0, loyalty.CustomerBlocked
	}
	q := terms.Quote(loyalty.Sale{Total: s.Receipt.Total, Lines: s.Receipt.Lines, Spend: spend}, able)
	if why != "" && (q.MaxSpend == able || q.MaxSpend == 0) {
		q.Limit = why
	}
	if who.Customer.Blocked {
		q.Earn = 0
	}
	return Quote{
		MaxSpend: q.MaxSpend, MaxWorth: q.MaxWorth, MinSpend: terms.MinSpend, Limit: q.Limit,
		Spend: q.Spend, Worth: q.Worth, ToPay: s.Receipt.Total - q.Worth, Earn: q.Earn,
	}
}

// byProvider is the provider's quote, cut to what this till knows to be gone
// already. Between nothing and the most, which the provider was not asked about,
// points are worth their part of the most; what the provider comes to when it is
// asked to hold them counts.
func (s Situation) byProvider(t *loyalty.Quote, spend loyalty.Points) Quote {
	terms, who := s.terms(), s.Who.Customer
	q := Quote{MaxSpend: max(0, t.MaxSpend), MinSpend: terms.MinSpend, Limit: t.Limit}
	if able := s.Who.spendable(); !who.NoBalance && able < q.MaxSpend {
		q.MaxSpend, q.Limit = able, loyalty.NotEnoughPoints
	}
	if most := loyalty.Portion(t.MaxSpend, s.PerReceipt, t.MaxWorth); s.PerReceipt > 0 && t.MaxWorth > s.PerReceipt && most < q.MaxSpend {
		q.MaxSpend, q.Limit = most, LimitReceipt
	}
	if q.MaxSpend < q.MinSpend {
		q.MaxSpend, q.Limit = 0, loyalty.BelowMinimum
	}
	discount := t.Off - t.Prepaid()
	worth := func(p loyalty.Points) loyalty.Money {
		if p == t.Spend {
			return t.Worth
		}
		return min(loyalty.Portion(t.MaxWorth, min(p, t.MaxSpend), t.MaxSpend), s.Receipt.Total-discount)
	}
	q.MaxWorth = worth(q.MaxSpend)
	if q.Spend = max(0, min(spend, q.MaxSpend)); q.Spend < q.MinSpend {
		q.Spend = 0
	}
	q.Worth = worth(q.Spend)
	q.Prepaid = max(0, min(t.Prepaid(), s.Receipt.Total-q.Worth-discount)) // points leave less for a gift card to pay
	q.Off = discount + q.Prepaid
	q.ToPay = s.Receipt.Total - q.Worth - q.Off
	q.Earn = t.Earn
	if q.Spend != t.Spend {
		sale := loyalty.Sale{Total: s.Receipt.Total, Lines: s.Receipt.Lines}
		paid := sale.Eligible() - discount
		if q.Earn = terms.Earn(paid - q.Worth); terms.Earn(paid-t.Worth) != t.Earn {
			q.Earn = loyalty.Portion(t.Earn, max(0, min(paid-q.Worth, paid-t.Worth)), max(0, paid-t.Worth))
		}
	}
	if q.Off+q.Worth > 0 && len(s.Receipt.Lines) > 0 {
		q.Discounts = s.sale(q).Discounts()
	}
	return q
}

// sale is the receipt under the conditions of a quote.
func (s Situation) sale(q Quote) loyalty.Sale {
	x := loyalty.Sale{
		Total: s.Receipt.Total, Lines: s.Receipt.Lines,
		Spend: q.Spend, Worth: q.Worth, Earn: q.Earn, Off: q.Off, Prepaid: q.Prepaid,
	}
	if t := s.told(); t != nil {
		b, _ := s.basket()
		x.Promo, x.OffLines = b.promo, t.Discounts
		for i, g := range b.gifts {
			if x.Prepaid > 0 && (i >= len(t.Gifts) || t.Gifts[i].Used > 0) {
				x.GiftCards = append(x.GiftCards, g)
			}
		}
	}
	return x
}

// settled is the quote of what was decided.
func (d *Deal) settled() *Quote {
	s := d.Sale
	q := &Quote{
		MaxSpend: s.Spend, MaxWorth: s.Worth, Spend: s.Spend, Worth: s.Worth,
		Off: s.Off, Prepaid: s.Prepaid, ToPay: s.ToPay(), Earn: s.Earn,
	}
	if s.Holds() && len(s.Lines) > 0 {
		q.Discounts = s.Discounts()
	}
	return q
}
