package checkout

import (
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// last is the last finished sale, with what became of it since.
type last struct {
	commit   journal.Entry
	latest   journal.Entry // its last operation; zero while that is the commit
	undone   bool
	returned loyalty.Money
	eligible loyalty.Money // the part of returned that the programme applies to
	customer string
	print    []loyalty.Printed
	done     map[int]back // of its lines, what has come back
	ticket   string       // the provider's, of the latest operation
}

// now is the last operation of the sale.
func (l *last) now() journal.Entry {
	if l.latest.Op.Key != "" {
		return l.latest
	}
	return l.commit
}

// canUndo: once, and only what stands.
func (l *last) canUndo() bool {
	return l != nil && !l.undone && l.returned == 0 && l.commit.State != journal.Refused && l.commit.State != journal.Resolved
}

// covers says that the receipt of this number is this sale, and stands.
func (l *last) covers(receipt string) bool {
	return l != nil && !l.undone && receipt != "" && l.commit.Op.Sale.Receipt == receipt
}

// shown is what a screen shows of it.
func (l *last) shown() *LastSale {
	if l == nil {
		return nil
	}
	s := l.commit.Op.Sale
	return &LastSale{
		Sale: s.Key, Receipt: s.Receipt, Total: s.Total, Spent: s.Spend, Worth: s.Worth, Earned: l.earned(), Left: l.left(),
		Print: l.print, At: l.commit.Op.At, State: string(l.now().State), CanUndo: l.canUndo(), Customer: l.customer,
	}
}

// earned is what the sale earned.
func (l *last) earned() loyalty.Points {
	if o := l.commit.Outcome; o != nil {
		return o.Earned // the provider's figure counts
	}
	return l.commit.Op.Sale.Earn
}

// left is what may still come back of it.
func (l *last) left() loyalty.Money {
	if l.undone || l.commit.State == journal.Refused {
		return 0
	}
	return l.commit.Op.Sale.Total - l.returned
}

// pointsBack is what a return does to the points by the rule of this program's
// own programmes: spent ones go back and earned ones are taken in proportion,
// and all returns together come to the whole. Another provider may count
// otherwise; its figures count then.
func (l *last) pointsBack(r loyalty.Refund) (restored, cancelled loyalty.Points) {
	s := l.commit.Op.Sale
	all := s.Eligible()
	before, after := min(l.eligible, all), min(l.eligible+r.Eligible(), all)
	of := func(p loyalty.Points) loyalty.Points {
		return loyalty.Portion(p, after, all) - loyalty.Portion(p, before, all)
	}
	return of(s.Spend), of(l.earned())
}

// recallLast finds it in the journal at start.
func (d *Desk) recallLast() error {
	e, ok, err := d.o.Ledger.Last()
	if err != nil || !ok {
		return err
	}
	who := d.find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(e.Op.Sale.Customer)})
	d.last = &last{commit: e, customer: who.name()}
	d.clock.last(e.Op.At)
	d.followLast()
	return nil
}

// followLast takes in what the journal has learned of it.
func (d *Desk) followLast() {
	if d.last == nil {
		return
	}
	entries, err := d.o.Ledger.Sale(d.last.commit.Op.Sale.Key)
	if err != nil {
		d.o.Log.Error("the journal can not be read", "err", err)
		return
	}
	if d.last.take(entries); len(d.last.print) > 0 {
		d.finished.print(d.last.commit.Op.Sale.Key, d.last.print)
	}
}

func (l *last) take(entries []journal.Entry) {
	l.undone, l.returned, l.eligible, l.done = false, 0, 0, map[int]back{}
	for _, e := range entries {
		if e.Outcome != nil && e.Outcome.Ticket != "" {
			l.ticket = e.Outcome.Ticket
		}
		if e.Outcome != nil && len(e.Outcome.Print) > 0 && (e.Op.Kind == loyalty.Reserve || e.Op.Kind == loyalty.Commit) {
			l.print = e.Outcome.Print
		}
		switch e.Op.Kind {
		case loyalty.Commit:
			l.commit = e
		case loyalty.Revert:
			l.undone = true
		case loyalty.Return:
			if e.State != journal.Refused && e.Op.Refund != nil {
				l.returned += e.Op.Refund.Amount
				l.eligible += e.Op.Refund.Eligible()
				l.count(*e.Op.Refund)
			}
		}
		l.latest = e
	}
}

// undo rolls a sale back: the one that is named, or the last.
func (d *Desk) undo(c Command) *Text {
	d.followLast()
	sale := d.last
	if c.Sale != nil {
		var err *Text
		if sale, err = d.earlier(*c.Sale); err != nil {
			return err
		}
	}
	if !sale.canUndo() {
		return text(NothingToUndo)
	}
	s := sale.commit.Op.Sale
	if _, err := d.append(d.operation(loyalty.Revert, s), true); err != nil {
		return err
	}
	earned := sale.earned()
	d.followLast()
	d.returning = nil
	d.finish(s, Undone)
	d.say(UndoDone, "receipt", s.Receipt, "spent", s.Spend, "earned", earned)
	return nil
}
