package journal

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Whoever adds a column up gets what the totals say, whatever became of the sales.
func TestColumnsAddUp(t *testing.T) {
	var es []Entry
	add := func(sale string, kind loyalty.Kind, state State, late bool, o loyalty.Outcome, change func(*Entry)) {
		e := Entry{N: uint64(len(es) + 1), Op: op(sale, kind, 10), State: state, Late: late}
		if state == Done {
			e.Outcome = &o
		}
		if change != nil {
			change(&e)
		}
		es = append(es, e)
	}
	no := func(e *Entry) { e.Refusal = &loyalty.Refusal{Reason: loyalty.NotEnoughPoints} }
	back := func(e *Entry) { e.Op.Refund = &loyalty.Refund{Amount: 50_000} }
	booked := loyalty.Outcome{Spent: 10, Worth: 1000, Earned: 3}
	add("a", loyalty.Reserve, Done, true, booked, nil)
	add("a", loyalty.Commit, Done, true, booked, nil)
	add("a", loyalty.Return, Done, true, loyalty.Outcome{Restored: 5, Cancelled: 1, Spent: 10, Worth: 1000, Earned: 3}, back)
	add("a", loyalty.Revert, Done, true, loyalty.Outcome{Restored: 5, Cancelled: 2}, nil)
	add("b", loyalty.Commit, Done, true, loyalty.Outcome{Earned: 7}, nil) // a programme that repeats nothing of what was asked
	add("c", loyalty.Reserve, Done, false, booked, nil)
	add("c", loyalty.Abort, Done, true, loyalty.Outcome{Restored: 10}, nil) // what was held was never spent
	add("d", loyalty.Reserve, Refused, true, loyalty.Outcome{}, no)
	add("d", loyalty.Commit, Refused, true, loyalty.Outcome{}, no)
	add("e", loyalty.Reserve, Resolved, true, loyalty.Outcome{}, no)
	add("f", loyalty.Reserve, Refused, false, loyalty.Outcome{}, no) // nobody was told

	x := Export{Shop: "1", Till: "2", Currency: "RUB", Digits: 2}
	all := exported{ClosedAt: noon, Lines: linesOf(es)}
	for _, l := range all.Lines {
		all.Totals.add(l)
	}
	if want := (exportTotals{Operations: 11, Spent: 20, Discount: 2000, Earned: 10, Restored: 10, Cancelled: 3, Refused: 2, RefusedSpent: 20, RefusedWorth: 2000}); all.Totals != want {
		t.Errorf("totals %+v, want %+v", all.Totals, want)
	}
	rows := must[[][]string](t)(csv.NewReader(bytes.NewReader(bytes.TrimPrefix(x.table(all), []byte("\uFEFF")))).ReadAll())
	head, lines, sums := rows[0], rows[1:len(rows)-1], rows[len(rows)-1]
	for _, name := range []string{"points spent", "discount", "points earned", "points restored", "points cancelled", "points refused", "discount refused"} {
		c, sum := slices.Index(head, name), 0.0
		for _, l := range lines {
			sum += must[float64](t)(strconv.ParseFloat(l[c], 64))
		}
		if want := must[float64](t)(strconv.ParseFloat(sums[c], 64)); sum != want {
			t.Errorf("%s: the lines come to %v, the row of sums has %v", name, sum, want)
		}
	}
	receipts := map[string]float64{}
	for _, l := range lines {
		sale := l[slices.Index(head, "key")][:1]
		receipts[sale] += must[float64](t)(strconv.ParseFloat(l[slices.Index(head, "total")], 64))
	}
	for sale, want := range map[string]float64{"a": 1000, "b": 1000, "c": 0, "d": 1000, "e": 1000} {
		if receipts[sale] != want {
			t.Errorf("receipt of sale %s: %v, want %v", sale, receipts[sale], want)
		}
	}
}
