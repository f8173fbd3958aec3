package journal

import (
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

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
		if n := b.tx.Bucket(bucketKeys).Get([]byte(op.Key)); n != nil {
			r, err := get(b.tx, number(n))
			if err != nil {
				return err
			}
			same, err := sameContent(r.Op, op)
			switch {
			case err != nil:
				return err
			case !same:
				return &loyalty.Refusal{Reason: loyalty.KeyReused, Detail: "the journal has another operation of this key"}
			case late && !r.Late:
				r.Late = true
				err = b.put(j, r)
			}
			e = r.Entry
			return err
		}
		r := record{Entry: Entry{Op: op, State: Pending, Late: late}}
		if _, err := encode(r); err != nil {
			return err
		}
		if op.Kind == loyalty.Commit && op.Sale.Holds() {
			if err := b.lateReserve(j, op.Sale.Key); err != nil {
				return err
			}
		}
		if op.Kind == loyalty.Abort {
			if err := b.nothingGiven(j, op.Sale.Key); err != nil {
				return err
			}
		}
		n, err := b.tx.Bucket(bucketEntries).NextSequence()
		if err != nil {
			return &broken{err}
		}
		r.N = n
		if id := op.Sale.Receipt; id != "" {
			if err := b.tx.Bucket(bucketReceipt).Put(prefixed(id, n), nil); err != nil {
				return &broken{err}
			}
		}
		if err := b.tx.Bucket(bucketKeys).Put([]byte(op.Key), numbered(n)); err != nil {
			return &broken{err}
		}
		if err := b.tx.Bucket(bucketSales).Put(prefixed(string(op.Sale.Key), n), nil); err != nil {
			return &broken{err}
		}
		e = r.Entry
		return b.put(j, r)
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
func (b *batch) lateReserve(j *Journal, sale loyalty.Key) error {
	rs, err := saleOf(b.tx, sale)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if r.Op.Kind == loyalty.Reserve && !r.Late && r.State != Resolved {
			r.Late = true
			if err := b.put(j, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// nothingGiven takes a Reserve that was refused off people's list because its
// sale is dropped: the customer did not get what was promised.
func (b *batch) nothingGiven(j *Journal, sale loyalty.Key) error {
	rs, err := saleOf(b.tx, sale)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if r.Op.Kind == loyalty.Reserve && r.State == Refused && r.Late && !paid(rs) {
			r.Late = false
			if err := b.put(j, r); err != nil {
				return err
			}
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

// put stores a record and brings every index in line with it.
func (b *batch) put(j *Journal, r record) error {
	var before *record
	if v := b.tx.Bucket(bucketEntries).Get(numbered(r.N)); v != nil {
		old, err := decode(v)
		if err != nil {
			return &broken{err}
		}
		before = &old
	}
	v, err := encode(r)
	if err != nil {
		return &broken{err}
	}
	if err := b.tx.Bucket(bucketEntries).Put(numbered(r.N), v); err != nil {
		return &broken{err}
	}
	if err := b.index(j, before, r); err != nil {
		return &broken{err}
	}
	if err := b.indexSale(j, r.Op.Sale.Key); err != nil {
		return &broken{err}
	}
	return nil
}

// index brings the open list, the people's list and the counts in line, in the
// file now and in memory after the commit.
func (b *batch) index(j *Journal, before *record, r record) error {
	wasOpen := before != nil && before.Open()
	if r.Open() != wasOpen {
		h := Head{N: r.N, Key: r.Op.Key, Sale: r.Op.Sale.Key}
		if r.Open() {
			v := append(prefix(string(h.Key)), h.Sale...)
			if err := b.tx.Bucket(bucketOpen).Put(numbered(r.N), v); err != nil {
				return err
			}
			b.after = append(b.after, func() { j.open.add(h) })
		} else {
			if err := b.tx.Bucket(bucketOpen).Delete(numbered(r.N)); err != nil {
				return err
			}
			b.after = append(b.after, func() { j.open.remove(h.N) })
		}
	}
	wasPeople := before != nil && before.NeedsPerson()
	switch {
	case r.NeedsPerson() && !wasPeople:
		if err := b.tx.Bucket(bucketPeople).Put(numbered(r.N), nil); err != nil {
			return err
		}
		b.after = append(b.after, func() { j.people++ })
	case !r.NeedsPerson() && wasPeople:
		if err := b.tx.Bucket(bucketPeople).Delete(numbered(r.N)); err != nil {
			return err
		}
		b.after = append(b.after, func() { j.people-- })
	}
	if before == nil || before.State != r.State {
		if err := b.count(j, r.State, +1); err != nil {
			return err
		}
		if before != nil {
			return b.count(j, before.State, -1)
		}
	}
	return nil
}

func (b *batch) count(j *Journal, s State, by int) error {
	c := b.tx.Bucket(bucketCounts)
	var n int
	if v := c.Get([]byte(s)); v != nil {
		n = int(number(v))
	}
	b.after = append(b.after, func() { j.counts[s] += by })
	return c.Put([]byte(s), numbered(uint64(n+by)))
}

// indexSale derives from the entries of a sale what it holds of the customer's
// points, whether it is in hand and what was promised in it on this till's word
// alone. A sale has few entries.
func (b *batch) indexSale(j *Journal, sale loyalty.Key) error {
	rs, err := saleOf(b.tx, sale)
	if err != nil {
		return err
	}
	holds, inHand := b.tx.Bucket(bucketHolds), b.tx.Bucket(bucketInHand)
	for _, r := range rs {
		if err := holds.Delete(prefixed(string(r.Op.Sale.Customer), r.N)); err != nil {
			return err
		}
		if err := inHand.Delete(numbered(r.N)); err != nil {
			return err
		}
	}
	for _, h := range holdsOf(rs) {
		if err := holds.Put(prefixed(string(h.customer), h.n), h.encode()); err != nil {
			return err
		}
	}
	for _, n := range inHandOf(rs) {
		if err := inHand.Put(numbered(n), []byte(sale)); err != nil {
			return err
		}
	}
	return b.indexAlone(j, rs)
}

// get is the record of that number.
func get(tx *bbolt.Tx, n uint64) (record, error) {
	v := tx.Bucket(bucketEntries).Get(numbered(n))
	if v == nil {
		return record{}, &DamagedError{tx.DB().Path(), fmt.Errorf("entry %d is missing", n)}
	}
	r, err := decode(v)
	if err != nil {
		return record{}, &DamagedError{tx.DB().Path(), fmt.Errorf("entry %d: %w", n, err)}
	}
	return r, nil
}
