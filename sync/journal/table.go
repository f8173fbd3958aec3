package journal

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// column is one of the CSV file: what a line has there, and what a row of sums has.
type column struct {
	head string
	line func(l exportLine) string
	sum  func(s sums) string // nil: nothing
}

// sums is a row at the end of the table.
type sums struct {
	what, of string
	exportTotals
}

// columns are those of the CSV file. Whoever adds one up over the operations gets
// what stands in the row of sums.
func (x Export) columns(at *time.Location) []column {
	points := func(head string, line func(exportLine) loyalty.Points, sum func(sums) loyalty.Points) column {
		return column{head, func(l exportLine) string { return strconv.FormatInt(int64(line(l)), 10) },
			func(s sums) string { return strconv.FormatInt(int64(sum(s)), 10) }}
	}
	money := func(head string, line func(exportLine) loyalty.Money, sum func(sums) loyalty.Money) column {
		return column{head, func(l exportLine) string { return x.money(line(l)) }, func(s sums) string { return x.money(sum(s)) }}
	}
	text := func(head string, line func(exportLine) string) column {
		return column{head, func(l exportLine) string { return tame(line(l)) }, nil}
	}
	same := func(head, what string) column {
		return column{head, func(exportLine) string { return tame(what) }, func(sums) string { return tame(what) }}
	}
	return []column{
		{"n", func(l exportLine) string { return strconv.FormatUint(l.N, 10) }, nil},
		{"date", func(l exportLine) string { return l.At.In(at).Format(time.DateOnly) }, nil},
		{"time", func(l exportLine) string { return l.At.In(at).Format(time.TimeOnly) }, nil},
		same("shop", x.Shop),
		same("till", x.Till),
		text("receipt", func(l exportLine) string { return l.Receipt }),
		{"operation", func(l exportLine) string { return string(l.Kind) }, func(s sums) string { return s.what }},
		{"state", func(l exportLine) string { return string(l.State) }, func(s sums) string { return s.of }},
		text("customer", func(l exportLine) string { return l.Customer }),
		same("currency", x.Currency),
		{"total", func(l exportLine) string { return x.money(l.Total) }, nil},
		points("points spent", func(l exportLine) loyalty.Points { return l.Spend }, func(s sums) loyalty.Points { return s.Spent }),
		money("discount", func(l exportLine) loyalty.Money { return l.Worth }, func(s sums) loyalty.Money { return s.Discount }),
		points("points earned", func(l exportLine) loyalty.Points { return l.Earned }, func(s sums) loyalty.Points { return s.Earned }),
		{"refund", func(l exportLine) string { return x.money(l.Refund) }, nil},
		points("points restored", func(l exportLine) loyalty.Points { return l.Restored }, func(s sums) loyalty.Points { return s.Restored }),
		points("points cancelled", func(l exportLine) loyalty.Points { return l.Cancelled }, func(s sums) loyalty.Points { return s.Cancelled }),
		{"points asked", func(l exportLine) string { return strconv.FormatInt(int64(l.Asked), 10) }, nil},
		{"discount asked", func(l exportLine) string { return x.money(l.AskedFor) }, nil},
		text("refusal", func(l exportLine) string { return string(l.Reason) }),
		points("points refused", func(l exportLine) loyalty.Points { return l.LostSpend }, func(s sums) loyalty.Points { return s.RefusedSpent }),
		money("discount refused", func(l exportLine) loyalty.Money { return l.LostWorth }, func(s sums) loyalty.Money { return s.RefusedWorth }),
		text("resolved by", func(l exportLine) string { return l.Who }),
		text("resolved why", func(l exportLine) string { return l.Why }),
		{"settled at", func(l exportLine) string { return l.Settled.In(at).Format(time.DateTime) }, nil},
		{"attempts", func(l exportLine) string { return strconv.Itoa(l.Attempts) }, nil},
		text("key", func(l exportLine) string { return string(l.Key) }),
	}
}

// table is the CSV file (RFC 4180, with the mark by which spreadsheets know UTF-8).
// The last rows are sums: of what is booked and what was refused, and of what waits
// for a person.
func (x Export) table(all exported) []byte {
	b := bytes.NewBufferString("\uFEFF")
	w := csv.NewWriter(b)
	w.UseCRLF = true
	if x.Semicolon {
		w.Comma = ';'
	}
	cs := x.columns(all.ClosedAt.Location())
	row := func(cell func(c column) string) {
		var cells []string
		for _, c := range cs {
			cells = append(cells, cell(c))
		}
		w.Write(cells)
	}
	sum := func(what string, t exportTotals) {
		s := sums{what, fmt.Sprintf("%d operations, %d refused", t.Operations, t.Refused), t}
		row(func(c column) string {
			if c.sum == nil {
				return ""
			}
			return c.sum(s)
		})
	}
	row(func(c column) string { return c.head })
	for _, l := range all.Lines {
		row(func(c column) string { return c.line(l) })
	}
	sum("total", all.Totals)
	if s := all.Waiting; s != nil {
		sum("waiting for a person", exportTotals{Operations: s.Operations, Refused: s.Refused, RefusedSpent: s.RefusedSpent, RefusedWorth: s.RefusedWorth})
	}
	w.Flush() // into memory: it can not fail
	return b.Bytes()
}

// tame makes a text harmless in a spreadsheet: one that it would take for a formula
// begins with an apostrophe. Receipt numbers and names come from outside.
func tame(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (x Export) money(m loyalty.Money) string {
	unit := loyalty.Money(1)
	for range x.Digits {
		unit *= 10
	}
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	if x.Digits == 0 {
		return sign + strconv.FormatInt(int64(m), 10)
	}
	mark := "."
	if x.Semicolon {
		mark = ","
	}
	return fmt.Sprintf("%s%d%s%0*d", sign, m/unit, mark, x.Digits, m%unit)
}
