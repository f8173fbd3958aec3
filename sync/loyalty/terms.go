package loyalty

// whole is a share of everything, in basis points.
const whole = 10_000

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
// points; earning is on the eligible money paid, rounded down.
func (t Terms) Quote(s Sale, spendable Points) Quote {
	eligible := s.eligible()
	q := Quote{Customer: s.Customer}
	byShare := Points(share(eligible, t.MaxShare) / max(t.PointValue, 1))
	q.MaxSpend = max(0, min(spendable, byShare))
	switch {
	case spendable <= byShare:
		q.Limit = NotEnoughPoints
	default:
		q.Limit = AboveShare
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
	q.Earn = Points(share(eligible-q.Worth, t.EarnShare) / max(t.PointValue, 1))
	return q
}

// share is the part of an amount, rounded down, without overflow for any
// receipt a till can print.
func share(m Money, bp int) Money {
	return m/whole*Money(bp) + m%whole*Money(bp)/whole
}

// eligible is the part of the receipt that the programme applies to.
func (s Sale) eligible() Money {
	e := s.Total
	for _, l := range s.Lines {
		if l.NoPoints {
			e -= l.Total
		}
	}
	return max(e, 0)
}

// Spread divides a discount over lines in proportion to their totals, so that
// the parts add up to the discount to the last minor unit and no line gets more
// than its total (largest remainder; ties go to the earlier line). Lines with
// NoPoints get nothing.
func Spread(discount Money, lines []Line) []Money {
	out := make([]Money, len(lines))
	var base Money
	for _, l := range lines {
		if !l.NoPoints {
			base += l.Total
		}
	}
	if base <= 0 || discount <= 0 {
		return out
	}
	left := min(discount, base)
	given := left
	rem := make([]Money, len(lines))
	for i, l := range lines {
		if l.NoPoints || l.Total <= 0 {
			rem[i] = -1
			continue
		}
		out[i] = l.Total * given / base
		rem[i] = l.Total * given % base
		left -= out[i]
	}
	for left > 0 {
		best := -1
		for i := range lines {
			if rem[i] >= 0 && out[i] < lines[i].Total && (best < 0 || rem[i] > rem[best]) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		out[best]++
		rem[best] = 0
		left--
	}
	return out
}
