package maxma

import (
	"cmp"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// query is a sale as MAXMA is asked about it. booked says that the receipt is
// printed already, so that nothing may be taken off it that was not before.
func (c *Client) query(s loyalty.Sale, booked bool) (query, error) {
	who, ok := keyOfCustomer(s.Customer)
	if !ok {
		return query{}, &loyalty.Refusal{Reason: loyalty.CustomerUnknown, Detail: "the customer's id is not one of MAXMA's"}
	}
	q := query{
		Client: &who, Shop: shop{Code: c.cfg.ShopCode, Name: c.cfg.ShopName},
		ExecutedAt: s.At, Rows: rows(s), Apply: int64(s.Spend), Collect: "auto",
		Promocode: s.Promo, GiftCards: s.GiftCards,
	}
	if s.Cashier != "" {
		q.Cashier = &shop{Code: s.Cashier, Name: s.Cashier}
	}
	for i := range q.Rows {
		r := &q.Rows[i]
		r.NoApply = r.NoApply || booked && s.Spend == 0
		r.NoPromocode = r.NoPromocode || s.Promo == ""
		r.NoOffer = r.NoOffer || booked && s.Off == 0 || !c.cfg.Offers
	}
	return q, nil
}

// rows are the lines of the receipt; without lines, or if they do not add up to
// the total, one row for all that points apply to and one for the rest.
func rows(s loyalty.Sale) []row {
	var sum loyalty.Money
	all := make([]row, 0, len(s.Lines))
	for _, l := range s.Lines {
		if l.Total < 0 || l.Qty <= 0 {
			return lump(s)
		}
		sum += l.Total
		all = append(all, line(l))
	}
	if len(all) == 0 || sum != s.Total {
		return lump(s)
	}
	return all
}

func lump(s loyalty.Sale) []row {
	with := s.Eligible()
	rest := max(s.Total, 0) - with
	var all []row
	if with > 0 || rest == 0 {
		all = append(all, line(loyalty.Line{ID: "receipt", Qty: 1000, Price: with, Total: with}))
	}
	if rest > 0 {
		all = append(all, line(loyalty.Line{ID: "rest", Qty: 1000, Price: rest, Total: rest, NoPoints: true}))
	}
	return all
}

// line is a row. The POS's own discount goes with it, where quantity and price
// give the sum to the kopeck; how MAXMA rounds a row is not documented, so a row
// that needs rounding goes as one piece for its total.
func line(l loyalty.Line) row {
	r := row{ID: l.ID, Product: product{SKU: sku(l), Title: cmp.Or(l.Title, sku(l)), BlackPrice: money(l.Price)}, Qty: quantity(l.Qty)}
	gross, exact := times(l.Qty, l.Price)
	if !exact || gross < l.Total {
		r.Qty, r.Product.BlackPrice, gross = 1000, money(l.Total), l.Total
	}
	r.AutoDiscount = money(gross - l.Total)
	if l.NoPoints {
		// What points may not pay for (tobacco, gift cards) is not to be sold at a
		// discount either.
		r.NoApply, r.NoCollect, r.NoPromocode, r.NoOffer = true, true, true, true
	}
	return r
}

func times(q loyalty.Qty, price loyalty.Money) (sum loyalty.Money, exact bool) {
	if price < 0 || price > 1<<40 || q > 1<<20 {
		return 0, false
	}
	all := int64(q) * int64(price)
	return loyalty.Money(all / 1000), all%1000 == 0
}

// sku is the product's code: required by MAXMA, and the same in a return.
func sku(l loyalty.Line) string { return cmp.Or(l.SKU, l.GTIN, l.ID, "0") }

// returned are the items of a return; nil if they can not be named.
func returned(r loyalty.Refund) []item {
	var all []item
	for _, l := range r.Lines {
		if l.SKU == "" && l.GTIN == "" || l.Qty <= 0 {
			return nil
		}
		all = append(all, item{SKU: sku(l), Count: quantity(l.Qty)})
	}
	return all
}

type item struct {
	SKU   string   `json:"sku"`
	Count quantity `json:"itemCount"`
}
