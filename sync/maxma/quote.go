package maxma

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Quote asks what a sale may spend and what it earns. It takes one call, or two
// if more is wished for than is allowed.
func (c *Client) Quote(ctx context.Context, s loyalty.Sale) (loyalty.Quote, error) {
	version := c.next()
	q, err := c.calculate(ctx, s)
	if err == nil && q.Spend != s.Spend {
		s.Spend = q.MaxSpend
		q, err = c.calculate(ctx, s)
	}
	var no *loyalty.Refusal
	if errors.As(err, &no) && no.Reason == loyalty.CustomerBlocked {
		return loyalty.Quote{Customer: s.Customer, Version: version, Limit: loyalty.CustomerBlocked}, nil
	}
	if err != nil {
		return loyalty.Quote{}, fmt.Errorf("quote: %w", err)
	}
	q.Version = version
	return q, nil
}

func (c *Client) calculate(ctx context.Context, s loyalty.Sale) (loyalty.Quote, error) {
	ask, err := c.query(s, false)
	if err != nil {
		return loyalty.Quote{}, err
	}
	var a struct {
		Result *result `json:"calculationResult"`
	}
	if err := c.call(ctx, "v2/calculate-purchase", map[string]any{"calculationQuery": ask}, &a); err != nil {
		return loyalty.Quote{}, meant(err)
	}
	f, err := a.Result.figures()
	if err != nil {
		return loyalty.Quote{}, err
	}
	q := loyalty.Quote{Customer: s.Customer, MaxSpend: max(f.most, f.spent), Spend: f.spent, Worth: f.worth, Earn: f.earned,
		Off: f.off, PromoNo: f.promoNo, GiftNo: f.giftNo, Gifts: f.gifts, Discounts: a.Result.lines(s, f.off)}
	// What the most would pay is not told: at the rate of what is spent, else at
	// that of the configuration.
	terms := c.cfg.Programme.Tiers[0].Terms
	q.MaxWorth = terms.Worth(q.MaxSpend)
	if q.Spend > 0 {
		q.MaxWorth = loyalty.Money(int64(q.Worth) / int64(q.Spend) * int64(q.MaxSpend))
		if q.Spend == q.MaxSpend {
			q.MaxWorth = q.Worth
		}
	}
	// Nor is what keeps it from being more: the balance, unless the receipt is
	// used up, or the share of it that the configuration knows.
	q.Limit = loyalty.NotEnoughPoints
	if share := terms.Quote(loyalty.Sale{Total: s.Total, Lines: s.Lines}, q.MaxSpend+1); share.MaxSpend <= q.MaxSpend {
		q.Limit = loyalty.AboveShare
	}
	if q.Spend > s.Spend || q.Worth > s.Total || q.Worth+q.Off > s.Total {
		return loyalty.Quote{}, &AnswerError{What: "the quote", Why: "its amounts contradict the receipt"}
	}
	return q, nil
}

// figures are the amounts of a calculation.
type figures struct {
	spent, most, earned loyalty.Points
	worth               loyalty.Money // what the points pay
	off                 loyalty.Money // what promo code, offers and gift cards take off
	limit               loyalty.Reason
	promoNo, giftNo     loyalty.Reason
	gifts               []loyalty.GiftUse
}

// lines are what promo code and offers take off each line of the receipt; nil if
// it is not told, or does not come to what they take off in all.
func (r *result) lines(s loyalty.Sale, off loyalty.Money) []loyalty.Money {
	if len(r.Rows) != len(s.Lines) || len(s.Lines) == 0 {
		return nil
	}
	all := make([]loyalty.Money, len(r.Rows))
	left := off - loyalty.Money(r.Summary.Prepaid)
	for i, row := range r.Rows {
		if row.Discounts == nil {
			return nil
		}
		d := row.Discounts
		all[i] = loyalty.Money(d.Promocode + d.Offer + d.Rounding)
		if left -= all[i]; all[i] < 0 || all[i] > s.Lines[i].Total {
			return nil
		}
	}
	if left != 0 {
		return nil
	}
	return all
}

func (r *result) figures() (f figures, err error) {
	no := func(why string) (figures, error) {
		return figures{}, &AnswerError{What: "a calculation", Why: why}
	}
	if r == nil || r.Summary == nil || r.Summary.TotalDiscount == nil {
		return no("calculationResult, its summary or totalDiscount is missing")
	}
	d := r.Summary.Discounts
	f.worth = loyalty.Money(d.Bonuses)
	f.off = loyalty.Money(d.Promocode + d.Offer + d.Rounding + r.Summary.Prepaid)
	if b := r.Bonuses; b != nil {
		f.spent, f.most, f.earned = loyalty.Points(b.Applied), loyalty.Points(b.MaxToApply), loyalty.Points(b.Collected)
		if b.Error != nil {
			f.limit = reasonOf(int(b.Error.Code))
		}
	}
	if p := r.Promocode; p != nil && p.Error != nil {
		f.promoNo = reasonOf(int(p.Error.Code))
	}
	var prepaid money
	for _, g := range r.GiftCards {
		use := loyalty.GiftUse{Used: loyalty.Money(g.Used)}
		if prepaid += g.Used; g.Used < 0 {
			return no("a gift card pays a negative amount")
		}
		if g.Error != nil {
			use.No = reasonOf(int(g.Error.Code))
			f.giftNo = cmp.Or(f.giftNo, use.No)
		}
		f.gifts = append(f.gifts, use)
	}
	if prepaid != r.Summary.Prepaid {
		f.gifts = nil // it does not say which card pays what
	}
	// All discounts, with or without those that the till sent along.
	own := d.Bonuses + d.Promocode + d.Offer + d.Rounding
	if all := *r.Summary.TotalDiscount; all != own && all != own+d.Auto+d.Manual {
		return no("the discounts do not add up")
	}
	if f.spent < 0 || f.most < 0 || f.earned < 0 || f.worth < 0 || (f.spent == 0) != (f.worth == 0) {
		return no("its amounts contradict each other")
	}
	return f, nil
}
