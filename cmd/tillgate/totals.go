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
	lost          loyalty.Points // given to customers, and refused
	lostWorth     loyalty.Money
}

func sum(entries []journal.Entry) (t totals) {
	for _, e := range entries {
		s := e.Op.Sale
		switch {
		case e.NeedsPerson():
			t.people++
			if e.State == journal.Refused && (e.Op.Kind == loyalty.Reserve || e.Refusal.Reason == loyalty.HoldExpired) {
				t.lost += s.Spend
				t.lostWorth += s.Given()
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

// print says what the list comes to. The currency is the configuration's.
func (t totals) print(w io.Writer, currency string) error {
	var err error
	if t.waits > 0 {
		_, err = fmt.Fprintf(w, "\n%d wait for the central API: %d points to be spent, worth %s; %d to be earned.\n",
			t.waits, t.spends, inMoney(t.worth, currency), t.earns)
	}
	if t.people > 0 && err == nil {
		_, err = fmt.Fprintf(w, "\n%d need a person. Given to customers and refused: %d points, worth %s.\n",
			t.people, t.lost, inMoney(t.lostWorth, currency))
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
