package journal

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// alone is a discount that a customer was promised on this till's word alone:
// the spending operation of a sale is Late, the provider has not carried it out,
// and no Abort stands behind it. It is what the shop loses if the provider says
// no. What the provider confirms is no loss and leaves the list; what it refuses
// stays on it for ever, also when a person has resolved it, so that acting on
// people's list does not make room for another loss on the same day. A Revert
// leaves it too: whether the goods really came back nobody here can know.
type alone struct {
	n        uint64
	at       time.Time
	customer loyalty.CustomerID
	worth    loyalty.Money
}

// aloneOf is what a sale promised alone, from its entries in order.
func aloneOf(sale []record) []alone {
	var as []alone
	reserved := false
	for _, r := range sale {
		switch r.Op.Kind {
		case loyalty.Abort:
			as, reserved = nil, false
			continue
		case loyalty.Reserve:
			reserved = true
		case loyalty.Commit:
			if reserved {
				continue
			}
		default:
			continue
		}
		if r.Late && r.Outcome == nil && r.Op.Sale.Worth > 0 {
			as = append(as, alone{r.N, r.Op.At, r.Op.Sale.Customer, r.Op.Sale.Worth})
		}
	}
	return as
}

// Alone is the sum of the discounts since a time that rest on this till's word
// alone: those of one customer, and of all. What is dated later than now counts
// as well: a clock that was set back makes no room.
func (j *Journal) Alone(since time.Time, c loyalty.CustomerID) (card, till loyalty.Money) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, a := range j.alone {
		if a.at.Before(since) {
			continue
		}
		till += a.worth
		if a.customer == c {
			card += a.worth
		}
	}
	return card, till
}

// indexAlone brings the list of one sale in line.
func (b *batch) indexAlone(j *Journal, rs []record) error {
	list := b.tx.Bucket(bucketAlone)
	now := map[uint64]alone{}
	for _, a := range aloneOf(rs) {
		now[a.n] = a
	}
	for _, r := range rs {
		n := r.N
		a, is := now[n]
		was := list.Get(numbered(n)) != nil
		switch {
		case is && !was:
			if err := list.Put(numbered(n), a.encode()); err != nil {
				return err
			}
			b.after = append(b.after, func() { j.alone[n] = a })
		case was && !is:
			if err := list.Delete(numbered(n)); err != nil {
				return err
			}
			b.after = append(b.after, func() { delete(j.alone, n) })
		}
	}
	return nil
}

// makeAlone makes the list where a journal of before has none.
func makeAlone(db *bbolt.DB) error {
	old := false
	err := db.View(func(tx *bbolt.Tx) error {
		old = tx.Bucket(bucketAlone) == nil && tx.Bucket(bucketEntries) != nil && tx.Bucket(bucketSales) != nil
		return nil
	})
	if err != nil || !old {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		entries := tx.Bucket(bucketEntries)
		list, err := tx.CreateBucket(bucketAlone)
		if err != nil {
			return err
		}
		sales := map[loyalty.Key]bool{}
		return entries.ForEach(func(_, v []byte) error {
			r, err := decode(v)
			if err != nil {
				return &boltfile.Damage{Path: db.Path(), Err: err}
			}
			key := r.Op.Sale.Key
			if !r.Late || sales[key] {
				return nil
			}
			sales[key] = true
			rs, err := saleOf(tx, key)
			if err != nil {
				return err
			}
			for _, a := range aloneOf(rs) {
				if err := list.Put(numbered(a.n), a.encode()); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

const aloneVersion = 1

func (a alone) encode() []byte {
	b := []byte{aloneVersion}
	b = binary.BigEndian.AppendUint64(b, uint64(a.at.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, uint64(a.worth))
	return append(b, a.customer...)
}

func decodeAlone(k, b []byte) (alone, error) {
	if len(k) != 8 || len(b) < 17 || b[0] != aloneVersion {
		return alone{}, fmt.Errorf("promise %x is not one of version %d", b, aloneVersion)
	}
	return alone{
		n: number(k), at: time.Unix(0, int64(number(b[1:]))), worth: loyalty.Money(number(b[9:])),
		customer: loyalty.CustomerID(b[17:]),
	}, nil
}
