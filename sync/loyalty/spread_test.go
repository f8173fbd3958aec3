package loyalty

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, tt := range []struct {
		name     string
		discount Money
		lines    []Line
		want     []Money
	}{
		{"none", 100, nil, []Money{}},
		{"one", 100, []Line{{Total: 300}}, []Money{100}},
		{"thirds, ties to the earlier", 100, []Line{{Total: 100}, {Total: 100}, {Total: 100}}, []Money{34, 33, 33}},
		{"largest remainder", 10, []Line{{Total: 10}, {Total: 25}, {Total: 65}}, []Money{1, 3, 6}},
		{"everything", 100, []Line{{Total: 1}, {Total: 99}}, []Money{1, 99}},
		{"more than everything", 500, []Line{{Total: 1}, {Total: 99}}, []Money{1, 99}},
		{"without points", 50, []Line{{Total: 100}, {Total: 100, NoPoints: true}}, []Money{50, 0}},
		{"a negative line", 50, []Line{{Total: 100}, {Total: -60}}, []Money{50, 0}},
		{"a free line", 50, []Line{{}, {Total: 100}}, []Money{0, 50}},
		{"negative", -5, []Line{{Total: 100}}, []Money{0}},
		{"large", math.MaxInt64 / 2, []Line{{Total: math.MaxInt64 / 2}, {Total: math.MaxInt64 / 2}}, []Money{math.MaxInt64/4 + 1, math.MaxInt64 / 4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Spread(tt.discount, tt.lines); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSpreadProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		lines := make([]Line, r.IntN(12))
		var base Money
		for i := range lines {
			lines[i] = Line{Total: Money(r.Int64N(1<<r.IntN(58))) - 2, NoPoints: r.IntN(5) == 0}
			if !lines[i].NoPoints {
				base += max(lines[i].Total, 0)
			}
		}
		discount := Money(r.Int64N(int64(base) + 10))
		var sum Money
		for i, part := range Spread(discount, lines) {
			if part < 0 || part > max(lines[i].Total, 0) || lines[i].NoPoints && part > 0 {
				t.Fatalf("discount %d over %+v: line %d gets %d", discount, lines, i, part)
			}
			if exact := Portion(max(lines[i].Total, 0), min(discount, base), base); part > 0 && part-exact > 1 {
				t.Fatalf("discount %d over %+v: line %d gets %d, its share is %d", discount, lines, i, part, exact)
			}
			sum += part
		}
		if want := min(discount, base); sum != want {
			t.Fatalf("discount %d over %+v: parts add up to %d, want %d", discount, lines, sum, want)
		}
	}
}

// TestPortionOfReturns shows the rule of partial returns: whatever the parts,
// together they give back the whole.
func TestPortionOfReturns(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		all, sale := Points(r.Int64N(1<<r.IntN(62))), Money(1+r.Int64N(1<<r.IntN(62)))
		var back Points
		for part := Money(0); part < sale; {
			before := part
			if r.IntN(4) == 0 {
				part = sale
			} else {
				part += Money(r.Int64N(int64(sale-part))) + 1
			}
			step := Portion(all, part, sale) - Portion(all, before, sale)
			if step < 0 {
				t.Fatalf("%d points over %d: a return takes %d", all, sale, step)
			}
			back += step
		}
		if back != all {
			t.Fatalf("%d points over %d: %d came back", all, sale, back)
		}
	}
}

// Points, promo code and gift cards of one sale, line by line: a payment is no
// discount, and no line is worth less than nothing.
func TestDiscounts(t *testing.T) {
	lines := []Line{{ID: "1", Total: 100_00}, {ID: "2", Total: 300_00}, {ID: "3", Total: 50_00, NoPoints: true}}
	for _, c := range []struct {
		name string
		sale Sale
		want []Money
	}{
		{"points alone", Sale{Worth: 100_00}, []Money{25_00, 75_00, 0}},
		{"a promo code in proportion", Sale{Off: 40_00}, []Money{10_00, 30_00, 0}},
		{"a promo code for one line", Sale{Worth: 100_00, Off: 80_00, OffLines: []Money{80_00, 0, 0}}, []Money{86_25, 93_75, 0}},
		{"a gift card", Sale{Worth: 40_00, Off: 200_00, Prepaid: 200_00}, []Money{10_00, 30_00, 0}},
		{"all of it", Sale{Worth: 300_00, Off: 100_00, OffLines: []Money{100_00, 0, 0}}, []Money{100_00, 300_00, 0}},
	} {
		c.sale.Lines = lines
		if got := c.sale.Discounts(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
