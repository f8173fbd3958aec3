package checkout

import (
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// returnSale takes goods of an earlier sale back. The sale is named by its key,
// or by the POS's receipt number if only one sale has it.
func (d *Desk) returnSale(in SaleInput) *Text {
	sale, err := d.earlier(in)
	if err != nil {
		return err
	}
	left := sale.commit.Op.Sale.Total - sale.returned
	if in.Total < 1 || in.Total > left {
		return text(NothingToReturn, "amount", in.Total, "max", left)
	}
	op := d.operation(loyalty.Return, sale.commit.Op.Sale)
	op.Refund = &loyalty.Refund{Amount: in.Total, Lines: in.Lines}
	if _, err := d.append(op, true); err != nil {
		return err
	}
	d.followLast()
	d.finish(sale.commit.Op.Sale, Returned)
	d.say(ReturnDone, "receipt", sale.commit.Op.Sale.Receipt, "amount", in.Total)
	return nil
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
		return nil, text(DiskError)
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
