package maxma

import (
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
		Off: f.off, PromoNo: f.promoNo, GiftNo: f.giftNo}
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
	for _, g := range r.GiftCards {
		if g.Error != nil && f.giftNo == "" {
			f.giftNo = reasonOf(int(g.Error.Code))
		}
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
