package main

import (
	"fmt"
	"io"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// totals sums up a list of operations for a person.
type totals struct {
	waits, people int
	spends        loyalty.Points // of those that wait: to be booked
	worth         loyalty.Money
	earns         loyalty.Points
	refused       int          // given to customers, and refused
	lost          journal.Loss // by that
}

func sum(entries []journal.Entry) (t totals) {
	losses := journal.Losses(entries)
	for _, e := range entries {
		s := e.Op.Sale
		switch {
		case e.NeedsPerson():
			t.people++
			if l, is := losses[e.N]; is {
				t.refused++
				t.lost = t.lost.Plus(l)
			}
		case e.Open():
			t.waits++
			switch e.Op.Kind {
			case loyalty.Reserve:
				t.spends += s.Spend
				t.worth += s.Given()
			case loyalty.Commit:
				t.earns += s.Earn
			}
		}
	}
	return t
}

// print says what the list comes to, beside the bound that the configuration sets.
func (t totals) print(w io.Writer, currency string, o OfflineConfig) error {
	var err error
	if t.waits > 0 {
		_, err = fmt.Fprintf(w, "\n%d wait for the central API: %d points to be spent, worth %s; %d to be earned.\n",
			t.waits, t.spends, inMoney(t.worth, currency), t.earns)
	}
	if t.people > 0 && err == nil {
		_, err = fmt.Fprintf(w, "\n%d need a person. Given to customers and refused, %d times: %d points, worth %s. That is lost unless a person sets it right.\n",
			t.people, t.refused, t.lost.Points, inMoney(t.lost.Worth, currency))
	}
	if t.refused > 0 && o.Spending == spendLimited && err == nil {
		_, err = fmt.Fprintf(w, "At most %d %s a day can be lost so at this till, %d %s at all %d tills (tillgate check).\n",
			o.TillDay, currency, o.TillDay*o.Tills, currency, o.Tills)
	}
	return err
}

// inMoney writes an amount for people who read a terminal.
func inMoney(m loyalty.Money, currency string) string {
	unit := minor(currency)
	if unit == 1 {
		return fmt.Sprintf("%d %s", m, currency)
	}
	digits := len(fmt.Sprint(int64(unit))) - 1
	return fmt.Sprintf("%d.%0*d %s", m/unit, digits, m%unit, currency)
}
