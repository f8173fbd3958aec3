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
	customer string
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
	earned := s.Earn
	if o := l.commit.Outcome; o != nil {
		earned = o.Earned // the provider's figure counts
	}
	return &LastSale{
		Sale: s.Key, Receipt: s.Receipt, Total: s.Total, Spent: s.Spend, Worth: s.Worth, Earned: earned,
		At: l.commit.Op.At, State: string(l.now().State), CanUndo: l.canUndo(), Customer: l.customer,
	}
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
	d.last.take(entries)
}

func (l *last) take(entries []journal.Entry) {
	l.undone, l.returned = false, 0
	for _, e := range entries {
		switch e.Op.Kind {
		case loyalty.Commit:
			l.commit = e
		case loyalty.Revert:
			l.undone = true
		case loyalty.Return:
			if e.State != journal.Refused && e.Op.Refund != nil {
				l.returned += e.Op.Refund.Amount
			}
		}
		l.latest = e
	}
}

// undo rolls the last sale back.
func (d *Desk) undo() *Text {
	d.followLast()
	if !d.last.canUndo() {
		return text(NothingToUndo)
	}
	s := d.last.commit.Op.Sale
	if _, err := d.append(d.operation(loyalty.Revert, s), true); err != nil {
		return err
	}
	earned := d.last.shown().Earned
	d.followLast()
	d.finish(s, Undone)
	d.say(UndoDone, "receipt", s.Receipt, "spent", s.Spend, "earned", earned)
	return nil
}
