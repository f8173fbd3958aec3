package checkout

import (
	"slices"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// returnSale takes goods of an earlier sale back. The sale is named by its key,
// or by the POS's receipt number if only one sale has it.
func (d *Desk) returnSale(c Command) *Text {
	sale, err := d.earlier(c)
	if err != nil {
		return err
	}
	left := sale.commit.Op.Sale.Total - sale.returned
	if c.Sale.Total < 1 || c.Sale.Total > left {
		return text(NothingToReturn, "amount", c.Sale.Total, "max", left)
	}
	op := d.operation(loyalty.Return, sale.commit.Op.Sale)
	op.Refund = &loyalty.Refund{Amount: c.Sale.Total, Lines: c.Sale.Lines}
	if _, err := d.append(op, true); err != nil {
		return err
	}
	d.followLast()
	d.finish(sale.commit.Op.Sale, Returned)
	d.say(ReturnDone, "receipt", sale.commit.Op.Sale.Receipt, "amount", c.Sale.Total)
	return nil
}

// earlier is the sale that a return names.
func (d *Desk) earlier(c Command) (*last, *Text) {
	keys := c.sales
	if c.Sale.Sale != "" {
		keys = []loyalty.Key{c.Sale.Sale}
	}
	var found []*last
	for _, k := range keys {
		entries, err := d.o.Ledger.Sale(k)
		if err != nil {
			d.o.Log.Error("the journal can not be read", "err", err)
			return nil, text(DiskError)
		}
		var l last
		l.take(entries)
		if l.commit.Op.Key != "" && l.commit.State != journal.Refused && !l.undone {
			found = append(found, &l)
		}
	}
	switch len(found) {
	case 0:
		return nil, text(NoSuchSale)
	case 1:
		return found[0], nil
	}
	return nil, text(SeveralSales, "receipt", c.Sale.Receipt, "sales", len(found))
}

// history is how many entries back a receipt is looked for by its number. What
// is older is named by the key of its sale.
const history = 20_000

// salesOf are the sales with a receipt number of the POS, latest first: the
// numbers of some start anew with every shift. It reads much: it is called
// before a turn, never in one.
func (d *Desk) salesOf(receipt string) ([]loyalty.Key, error) {
	const page = 500
	var found []loyalty.Key
	f := journal.Filter{Newest: true, Limit: page}
	for range history / page {
		entries, err := d.o.Ledger.Entries(f)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if s := e.Op.Sale; s.Receipt == receipt && !slices.Contains(found, s.Key) {
				found = append(found, s.Key)
			}
		}
		if len(entries) < page {
			break
		}
		f.After = entries[page-1].N
	}
	return found, nil
}
