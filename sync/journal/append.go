package journal

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Append makes an operation durable under its key. Late says that the cashier
// is told at once that it holds, before the provider has said so: if it is
// refused then, a person has to act.
//
// A key that the journal has already, with the same content, gives the entry as
// it is now (a retry after a lost answer); with other content a
// *loyalty.Refusal with loyalty.KeyReused. A Commit of a sale that Holds makes the
// Reserve of its sale late: the customer has had the discount.
//
// The ticket of the operation is no part of its content: Sending fills it in.
func (j *Journal) Append(op loyalty.Operation, late bool) (Entry, error) {
	if err := valid(op); err != nil {
		return Entry{}, err
	}
	var e Entry
	err := j.do(func(b *batch) error {
		r, err := b.byKey(op.Key)
		switch {
		case err == nil:
			same, err := sameContent(r.Op, op)
			switch {
			case err != nil:
				return err
			case !same:
				return &loyalty.Refusal{Reason: loyalty.KeyReused, Detail: "the journal has another operation of this key"}
			case late && !r.Late:
				r.Late = true
				b.put(r)
			}
			e = r.Entry
			return nil
		case !errors.Is(err, ErrNotFound):
			return err
		}
		r = record{Entry: Entry{Op: op, State: Pending, Late: late}}
		if _, err := encode(r); err != nil {
			return err
		}
		if op.Kind == loyalty.Commit && op.Sale.Holds() {
			if err := b.lateReserve(op.Sale.Key); err != nil {
				return err
			}
		}
		if op.Kind == loyalty.Abort {
			if err := b.nothingGiven(op.Sale.Key); err != nil {
				return err
			}
		}
		b.last++
		r.N = b.last
		b.keys[op.Key] = r.N
		b.sales[op.Sale.Key] = append(b.sales[op.Sale.Key], r.N)
		b.put(r)
		e = r.Entry
		return nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("append %s of sale %s: %w", op.Kind, op.Sale.Key, err)
	}
	return e, nil
}

// maxName bounds what is an index key.
const maxName = 1024

func valid(op loyalty.Operation) error {
	switch op.Kind {
	case loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Return, loyalty.Revert:
	default:
		return fmt.Errorf("append: operation of kind %q", op.Kind)
	}
	for what, name := range map[string]string{"key": string(op.Key), "sale key": string(op.Sale.Key)} {
		if name == "" || len(name) > maxName {
			return fmt.Errorf("append %s: %s has %d bytes, 1 to %d are right", op.Kind, what, len(name), maxName)
		}
	}
	for what, name := range map[string]string{"customer id": string(op.Sale.Customer), "receipt number": op.Sale.Receipt} {
		if len(name) > maxName {
			return fmt.Errorf("append %s: %s has %d bytes, %d is the most", op.Kind, what, len(name), maxName)
		}
	}
	if op.Sale.Spend < 0 {
		return fmt.Errorf("append %s: spends %d points", op.Kind, op.Sale.Spend)
	}
	return nil
}

// lateReserve makes what the sale has reserved late.
func (b *batch) lateReserve(sale loyalty.Key) error {
	rs, err := b.saleOf(sale)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if r.Op.Kind == loyalty.Reserve && !r.Late && r.State != Resolved {
			r.Late = true
			b.put(r)
		}
	}
	return nil
}

// nothingGiven takes a Reserve that was refused off people's list because its
// sale is dropped: the customer did not get what was promised.
func (b *batch) nothingGiven(sale loyalty.Key) error {
	rs, err := b.saleOf(sale)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if r.Op.Kind == loyalty.Reserve && r.State == Refused && r.Late && !paid(rs) {
			r.Late = false
			b.put(r)
		}
	}
	return nil
}

// paid and dropped say what became of a sale at the till.
func paid(sale []record) bool    { return has(sale, loyalty.Commit) }
func dropped(sale []record) bool { return has(sale, loyalty.Abort) && !paid(sale) }

func has(sale []record, k loyalty.Kind) bool {
	return slices.ContainsFunc(sale, func(r record) bool { return r.Op.Kind == k })
}

// put has a record written with the batch. What is in the archive stays as it is.
func (b *batch) put(r record) {
	if r.archived {
		return
	}
	if _, is := b.now[r.N]; !is {
		b.order = append(b.order, r.N)
	}
	b.now[r.N] = r
}

// get is the record of that number as the batch leaves it.
func (b *batch) get(n uint64) (record, error) {
	if r, is := b.now[n]; is {
		return r, nil
	}
	return b.j.record(n)
}

func (b *batch) byKey(key loyalty.Key) (record, error) {
	if n, is := b.keys[key]; is {
		return b.get(n)
	}
	if n, is := b.j.index.keys[key]; is {
		return b.get(n)
	}
	return b.j.find(key)
}

// saleOf is the records of a sale, in order.
func (b *batch) saleOf(key loyalty.Key) ([]record, error) {
	rs, err := b.j.archivedUnder(nameSale, string(key))
	if err != nil {
		return nil, err
	}
	for _, ns := range [][]uint64{b.j.index.sales[key], b.sales[key]} {
		for _, n := range ns {
			r, err := b.get(n)
			if err != nil {
				return nil, err
			}
			rs = append(rs, r)
		}
	}
	return rs, nil
}
