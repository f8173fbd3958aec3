package loyalty

import (
	"errors"
	"fmt"
)

// whole is a share of everything, in basis points.
const whole = 10_000

// Validate says what is wrong with a programme, if anything is. A programme
// that does not pass is not to be traded by.
func (p Programme) Validate() error {
	if len(p.Currency) != 3 {
		return fmt.Errorf("programme: currency %q is not a code of ISO 4217", p.Currency)
	}
	if len(p.Tiers) == 0 {
		return errors.New("programme: no tiers")
	}
	seen := map[string]bool{}
	for _, t := range p.Tiers {
		if seen[t.Name] {
			return fmt.Errorf("programme: two tiers are called %q", t.Name)
		}
		seen[t.Name] = true
		if err := t.Terms.Validate(); err != nil {
			return fmt.Errorf("programme: tier %q: %w", t.Name, err)
		}
	}
	return nil
}

// Validate says what is wrong with the terms, if anything is.
func (t Terms) Validate() error {
	switch {
	case t.PointValue < 1:
		return fmt.Errorf("point_value is %d, must be at least 1", t.PointValue)
	case t.MaxShare < 0 || t.MaxShare > whole:
		return fmt.Errorf("max_share is %d, must be between 0 and %d", t.MaxShare, whole)
	case t.EarnShare < 0 || t.EarnShare > whole:
		return fmt.Errorf("earn_share is %d, must be between 0 and %d", t.EarnShare, whole)
	case t.MinSpend < 0:
		return fmt.Errorf("min_spend is %d, must not be negative", t.MinSpend)
	}
	return nil
}

// TermsFor are the terms of a tier; those of the first tier if the programme
// has none of that name, and terms under which nothing can be spent or earned
// if it has no tiers at all.
func (p Programme) TermsFor(tier string) Terms {
	for _, t := range p.Tiers {
		if t.Name == tier {
			return t.Terms
		}
	}
	if len(p.Tiers) > 0 {
		return p.Tiers[0].Terms
	}
	return Terms{PointValue: 1}
}

// Worth is what points pay.
func (t Terms) Worth(p Points) Money { return Money(p) * t.PointValue }

// Quote computes what may be done for a sale with spendable points, by the
// rules that the central API applies too (they share this function, so that
// what the till shows offline is what the server would say). Points pay for
// eligible lines only, never for more than MaxShare of them, and in whole
// points; earning is on the eligible money paid, rounded down. A wish beyond
// what is allowed comes back cut to it, with the reason in Limit. Terms that
// do not pass Validate allow nothing.
func (t Terms) Quote(s Sale, spendable Points) Quote {
	q := Quote{Customer: s.Customer}
	if t.Validate() != nil {
		q.Limit = AboveShare
		return q
	}
	eligible := s.Eligible()
	byShare := Points(share(eligible, t.MaxShare) / t.PointValue)
	q.MaxSpend, q.Limit = byShare, AboveShare
	if spendable <= byShare {
		q.MaxSpend, q.Limit = max(spendable, 0), NotEnoughPoints
	}
	if q.MaxSpend < t.MinSpend {
		q.MaxSpend, q.Limit = 0, BelowMinimum
	}
	q.MaxWorth = t.Worth(q.MaxSpend)
	q.Spend = max(0, min(s.Spend, q.MaxSpend))
	if q.Spend < t.MinSpend {
		q.Spend = 0
	}
	q.Worth = t.Worth(q.Spend)
	q.Earn = t.Earn(eligible - q.Worth)
	return q
}

// Earn is what eligible money paid comes back as, rounded down to whole points.
func (t Terms) Earn(paid Money) Points {
	return Points(share(max(paid, 0), t.EarnShare) / max(t.PointValue, 1))
}

// share is the part of an amount, rounded down, without overflow for any
// amount that is not negative.
func share(m Money, bp int) Money {
	return m/whole*Money(bp) + m%whole*Money(bp)/whole
}

// Eligible is the part of the receipt that the programme applies to: the total
// less the lines with NoPoints.
func (s Sale) Eligible() Money { return eligible(s.Total, s.Lines) }

// Eligible is the part of the returned goods that the programme applies to.
func (r Refund) Eligible() Money { return eligible(r.Amount, r.Lines) }

func eligible(total Money, lines []Line) Money {
	left := max(total, 0)
	for _, l := range lines {
		if l.NoPoints && l.Total > 0 {
			left -= min(l.Total, left)
		}
	}
	return left
}
