package loyalty

import (
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestQuote(t *testing.T) {
	rouble := Terms{PointValue: 100, MaxShare: 5000, EarnShare: 300}
	kopeck := Terms{PointValue: 1, MaxShare: 10_000, EarnShare: 500}
	least := Terms{PointValue: 100, MaxShare: 3000, MinSpend: 50, EarnShare: 500}
	tobacco := []Line{{Total: 60_000}, {Total: 40_000, NoPoints: true}}
	for _, tt := range []struct {
		name      string
		terms     Terms
		sale      Sale
		spendable Points
		want      Quote
	}{
		{"nothing wished", rouble, Sale{Total: 100_000}, 2000,
			Quote{MaxSpend: 500, MaxWorth: 50_000, Limit: AboveShare, Earn: 30}},
		{"all that is allowed", rouble, Sale{Total: 100_000, Spend: 500}, 2000,
			Quote{MaxSpend: 500, MaxWorth: 50_000, Limit: AboveShare, Spend: 500, Worth: 50_000, Earn: 15}},
		{"more than is allowed", rouble, Sale{Total: 100_000, Spend: 501}, 2000,
			Quote{MaxSpend: 500, MaxWorth: 50_000, Limit: AboveShare, Spend: 500, Worth: 50_000, Earn: 15}},
		{"few points", rouble, Sale{Total: 100_000, Spend: 70}, 70,
			Quote{MaxSpend: 70, MaxWorth: 7000, Limit: NotEnoughPoints, Spend: 70, Worth: 7000, Earn: 27}},
		{"in debt", rouble, Sale{Total: 100_000, Spend: 70}, -10,
			Quote{Limit: NotEnoughPoints, Earn: 30}},
		{"whole points only", rouble, Sale{Total: 39_999, Spend: 1000}, 1000,
			Quote{MaxSpend: 199, MaxWorth: 19_900, Limit: AboveShare, Spend: 199, Worth: 19_900, Earn: 6}},
		{"the whole receipt", kopeck, Sale{Total: 12_345, Spend: 20_000}, 20_000,
			Quote{MaxSpend: 12_345, MaxWorth: 12_345, Limit: AboveShare, Spend: 12_345, Worth: 12_345}},
		{"tobacco", rouble, Sale{Total: 100_000, Lines: tobacco, Spend: 300}, 2000,
			Quote{MaxSpend: 300, MaxWorth: 30_000, Limit: AboveShare, Spend: 300, Worth: 30_000, Earn: 9}},
		{"only tobacco", rouble, Sale{Total: 40_000, Lines: tobacco[1:], Spend: 300}, 2000,
			Quote{Limit: AboveShare}},
		{"below the minimum", least, Sale{Total: 100_000, Spend: 49}, 2000,
			Quote{MaxSpend: 300, MaxWorth: 30_000, Limit: AboveShare, Earn: 50}},
		{"the minimum can not be reached", least, Sale{Total: 16_000, Spend: 50}, 2000,
			Quote{Limit: BelowMinimum, Earn: 8}},
		{"empty receipt", rouble, Sale{Spend: 10}, 2000, Quote{Limit: AboveShare}},
		{"negative receipt", rouble, Sale{Total: -5000, Spend: 10}, 2000, Quote{Limit: AboveShare}},
		{"negative wish", rouble, Sale{Total: 100_000, Spend: -10}, 2000,
			Quote{MaxSpend: 500, MaxWorth: 50_000, Limit: AboveShare, Earn: 30}},
		{"no terms", Terms{}, Sale{Total: 100_000, Spend: 10}, 2000, Quote{Limit: AboveShare}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.terms.Quote(tt.sale, tt.spendable); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestQuoteProperties holds the quote of random sales against the rule in
// arbitrary precision.
func TestQuoteProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	spent := 0
	for range 200_000 {
		terms := Terms{PointValue: Money(1 + r.IntN(200)), MaxShare: r.IntN(whole + 1), MinSpend: Points(r.IntN(3) * r.IntN(100)), EarnShare: r.IntN(whole + 1)}
		s, spendable := Sale{Total: Money(r.Int64N(1 << r.IntN(62)))}, Points(r.Int64N(1<<r.IntN(62)))-10
		for range r.IntN(4) {
			s.Lines = append(s.Lines, Line{Total: Money(r.Int64N(int64(s.Total)+2)) - 1, NoPoints: r.IntN(3) == 0})
		}
		s.Spend = Points(r.Int64N(1 << r.IntN(62)))
		q := terms.Quote(s, spendable)
		e := s.Eligible()
		switch {
		case q.MaxSpend < 0 || q.MaxSpend > max(spendable, 0):
			t.Fatalf("%+v %+v %d: more than there is: %+v", terms, s, spendable, q)
		case q.Spend < 0 || q.Spend > q.MaxSpend || q.Spend > s.Spend:
			t.Fatalf("%+v %+v %d: more than allowed or wished: %+v", terms, s, spendable, q)
		case q.Spend > 0 && q.Spend < terms.MinSpend, q.MaxSpend > 0 && q.MaxSpend < terms.MinSpend:
			t.Fatalf("%+v %+v %d: below the minimum: %+v", terms, s, spendable, q)
		case q.Worth != Money(q.Spend)*terms.PointValue || q.MaxWorth != Money(q.MaxSpend)*terms.PointValue:
			t.Fatalf("%+v %+v %d: worth: %+v", terms, s, spendable, q)
		case e < 0 || e > s.Total:
			t.Fatalf("%+v: eligible %d", s, e)
		case big.NewInt(int64(q.MaxWorth)).Cmp(exactShare(e, terms.MaxShare)) > 0:
			t.Fatalf("%+v %+v %d: above the share: %+v", terms, s, spendable, q)
		}
		// One point more would break a rule, and Limit names it.
		next := big.NewInt(int64(q.MaxSpend + 1))
		beyond := next.Mul(next, big.NewInt(int64(terms.PointValue))).Cmp(exactShare(e, terms.MaxShare)) > 0
		switch {
		case q.Limit == NotEnoughPoints && q.MaxSpend != max(spendable, 0), q.Limit == AboveShare && !beyond:
			t.Fatalf("%+v %+v %d: not the limit: %+v", terms, s, spendable, q)
		}
		earn := exactShare(e-q.Worth, terms.EarnShare)
		if earn.Div(earn, big.NewInt(int64(terms.PointValue))); earn.Int64() != int64(q.Earn) {
			t.Fatalf("%+v %+v %d: earn %d, want %s", terms, s, spendable, q.Earn, earn)
		}
		if q.Spend > 0 {
			spent++
		}
	}
	if spent < 10_000 {
		t.Errorf("only %d of the random sales spent anything: the test proves little", spent)
	}
}

func exactShare(m Money, bp int) *big.Int {
	x := big.NewInt(int64(m))
	return x.Div(x.Mul(x, big.NewInt(int64(bp))), big.NewInt(whole))
}
