package checkout

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// returnSale takes goods of an earlier sale back. The sale is named by its key,
// or by the POS's receipt number if only one sale has it.
func (d *Desk) returnSale(c Command) *Text {
	in := *c.Sale
	sale, err := d.earlier(in)
	if err != nil {
		return err
	}
	op := d.operation(loyalty.Return, sale.commit.Op.Sale)
	op.Refund = &loyalty.Refund{Amount: in.Total, Lines: in.Lines}
	if key := returnKey(c); key != "" {
		before, err := d.o.Ledger.Get(key)
		switch {
		case err != nil:
			op.Key = key
		case sameReturn(before.Op, op) || sale.sameItems(before.Op, c.Items):
			d.finish(op.Sale, Returned) // done before a restart; the answer was lost
			return nil
		}
	}
	if *op.Refund, err = sale.refund(c); err != nil {
		return err
	}
	amount := op.Refund.Amount
	if _, err := d.append(op, true); err != nil {
		return err
	}
	restored, cancelled := sale.pointsBack(*op.Refund)
	d.followLast()
	d.returning = nil
	d.finish(op.Sale, Returned)
	d.result.Restored, d.result.Cancelled = restored, cancelled
	d.say(ReturnDone, "receipt", op.Sale.Receipt, "amount", amount, "restored", restored, "cancelled", cancelled)
	return nil
}

// returnKey is the key of the return that a command asks for: the same for the
// same command, so that a POS that tries again after a restart gives nothing
// back twice. It is a UUID of version 8 (RFC 9562, section 5.8). Sales need none
// of this: a sale is in hand once.
func returnKey(c Command) loyalty.Key {
	if c.ID == "" {
		return ""
	}
	b := sha256.Sum256([]byte("return\x00" + c.Client + "\x00" + c.ID))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:16])
	return loyalty.Key(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// sameReturn says that two returns are of the same goods. A client that begins
// its IDs anew can come by a key again with other ones.
func sameReturn(a, b loyalty.Operation) bool {
	return a.Kind == loyalty.Return && a.Sale.Key == b.Sale.Key && a.Refund != nil &&
		a.Refund.Amount == b.Refund.Amount && slices.Equal(a.Refund.Lines, b.Refund.Lines)
}

// sameItems says that a return of the journal is of these parts of lines.
func (l *last) sameItems(op loyalty.Operation, items []ReturnItem) bool {
	if op.Kind != loyalty.Return || op.Refund == nil || len(items) == 0 || len(items) != len(op.Refund.Lines) || op.Sale.Key != l.commit.Op.Sale.Key {
		return false
	}
	for i, it := range items {
		if it.Line < 0 || it.Line >= len(op.Sale.Lines) || op.Refund.Lines[i].ID != op.Sale.Lines[it.Line].ID || op.Refund.Lines[i].Qty != it.Qty {
			return false
		}
	}
	return true
}

// earlier is the sale that a return names. The numbers of some POS begin anew
// with every shift: if several sales have it, a person has to say which.
func (d *Desk) earlier(in SaleInput) (*last, *Text) {
	var entries []journal.Entry
	var err error
	if in.Sale != "" {
		entries, err = d.o.Ledger.Sale(in.Sale)
	} else {
		entries, err = d.o.Ledger.Receipt(in.Receipt)
	}
	if err != nil {
		d.o.Log.Error("the journal can not be read", "err", err)
		return nil, text(DiskError, "reason", string(journal.DiskReason(err)))
	}
	var found []*last
	for _, l := range bySale(entries) {
		if l.commit.Op.Key != "" && l.commit.State != journal.Refused && !l.undone {
			found = append(found, l)
		}
	}
	switch len(found) {
	case 0:
		return nil, text(NoSuchSale)
	case 1:
		return found[0], nil
	}
	return nil, text(SeveralSales, "receipt", in.Receipt, "sales", len(found))
}

// bySale sorts entries into sales, in the order of their first.
func bySale(entries []journal.Entry) []*last {
	var keys []loyalty.Key
	of := map[loyalty.Key][]journal.Entry{}
	for _, e := range entries {
		k := e.Op.Sale.Key
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], e)
	}
	var sales []*last
	for _, k := range keys {
		l := new(last)
		l.take(of[k])
		sales = append(sales, l)
	}
	return sales
}
