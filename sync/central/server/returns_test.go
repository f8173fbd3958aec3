package server

import (
	"math/rand/v2"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// TestReturnEligible shows that goods outside the programme give nothing back.
func TestReturnEligible(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 300)
	tobacco := loyalty.Line{ID: "2", Qty: 1000, Price: 40_000, Total: 40_000, NoPoints: true}
	sale := sold(c, "a", 100_000, 200)
	sale.Lines = []loyalty.Line{{ID: "1", Qty: 1000, Price: 60_000, Total: 60_000}, tobacco}
	apply(t, s, do(c, loyalty.Reserve, sale))
	if out := apply(t, s, do(c, loyalty.Commit, sale)); out.Earned != 20 { // 5 % of 600.00 - 200.00
		t.Fatalf("commit: %+v", out)
	}
	for _, tt := range []struct {
		op                  loyalty.Operation
		restored, cancelled loyalty.Points
	}{
		{goods(c, sale, 40_000, tobacco), 0, 0},
		{goods(c, sale, 30_000), 100, 10},
		{goods(c, sale, 1), 0, 0},
		{goods(c, sale, 29_999), 100, 10},
	} {
		if out := apply(t, s, tt.op); out.Restored != tt.restored || out.Cancelled != tt.cancelled || out.Worth != 100*loyalty.Money(tt.restored) {
			t.Errorf("return of %d: %+v, want %d restored, %d cancelled", tt.op.Refund.Amount, out, tt.restored, tt.cancelled)
		}
	}
	balance(t, s, "a", 300)
	refused(t, s, goods(c, sale, 1), loyalty.AboveSale)
}

// TestReturnsAddUp returns random sales in random parts: whatever the parts,
// the customer ends where he began.
func TestReturnsAddUp(t *testing.T) {
	s, c := fresh(t)
	r := rand.New(rand.NewPCG(7, 8))
	const start = 100_000
	for i := range 60 {
		id := loyalty.CustomerID(rune('a' + i))
		enrol(t, s, id, start)
		total := loyalty.Money(1 + r.Int64N(1<<r.IntN(30)))
		sale := sold(c, id, total, 0)
		for left := total; left > 0 && len(sale.Lines) < 5; {
			part := 1 + loyalty.Money(r.Int64N(int64(left)))
			sale.Lines = append(sale.Lines, loyalty.Line{ID: "x", Qty: 1000, Price: part, Total: part, NoPoints: r.IntN(3) == 0})
			left -= part
		}
		terms := DefaultProgramme().TermsFor("Серебро")
		if most := terms.Quote(sale, start).MaxSpend; most > 0 {
			sale.Spend = loyalty.Points(r.Int64N(int64(most))) + 1
			sale.Worth = terms.Worth(sale.Spend)
			apply(t, s, do(c, loyalty.Reserve, sale))
		}
		apply(t, s, do(c, loyalty.Commit, sale))
		for left := total; left > 0; {
			part := left
			if r.IntN(3) > 0 {
				part = 1 + loyalty.Money(r.Int64N(int64(left)))
			}
			op := goods(c, sale, part)
			if len(sale.Lines) > 0 && r.IntN(3) == 0 {
				op.Refund.Lines = sale.Lines[:1]
			}
			if out := apply(t, s, op); out.Restored < 0 || out.Cancelled < 0 {
				t.Fatalf("%+v", out)
			}
			left -= part
		}
		balance(t, s, id, start)
		refused(t, s, goods(c, sale, 1), loyalty.AboveSale)
	}
}
