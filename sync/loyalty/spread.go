package loyalty

import (
	"cmp"
	"math/bits"
	"slices"
)

// Portion is amount × part / of, rounded down and exact for every amount of 64
// bits. It needs amount ≥ 0 and 0 ≤ part ≤ of; of = 0 gives 0.
//
// It is the rule of partial returns too: what is given back after goods for part
// of the sale have come back is Portion(all, part, sale), so that a return gives
// the difference to the returns before it, and together they give the whole to
// the last unit.
func Portion[A, P ~int64](amount A, part, of P) A {
	q, _ := portion(uint64(amount), uint64(part), uint64(of))
	return A(q)
}

func portion(amount, part, of uint64) (quo, rem uint64) {
	if of == 0 {
		return 0, 0
	}
	hi, lo := bits.Mul64(amount, part)
	return bits.Div64(hi, lo, of)
}

// Spread divides a discount over lines in proportion to their totals, so that
// the parts add up to the discount to the last minor unit and no line gets more
// than its total (largest remainder; ties go to the earlier line). Lines with
// NoPoints, and lines that are negative, get nothing; a discount above what the
// others come to is cut to that.
func Spread(discount Money, lines []Line) []Money {
	out := make([]Money, len(lines))
	var base Money
	var order []int
	for i, l := range lines {
		if !l.NoPoints && l.Total > 0 {
			base += l.Total
			order = append(order, i)
		}
	}
	discount = min(discount, base)
	if discount <= 0 {
		return out
	}
	left := discount
	rem := make([]uint64, len(lines))
	for _, i := range order {
		q, r := portion(uint64(lines[i].Total), uint64(discount), uint64(base))
		out[i], rem[i] = Money(q), r
		left -= out[i]
	}
	// left is the sum of the remainders over base, so it is smaller than the
	// number of lines that have one, and such a line is below its total.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rem[b], rem[a]) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}
