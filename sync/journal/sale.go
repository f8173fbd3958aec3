package journal

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Sale is the entries of a sale in order; none if the journal does not know it.
func (j *Journal) Sale(key loyalty.Key) ([]Entry, error) {
	return j.indexed(bucketSales, string(key))
}

// Receipt is the entries of every sale with the POS's receipt number, in order.
func (j *Journal) Receipt(id string) ([]Entry, error) {
	if id == "" {
		return nil, nil
	}
	return j.indexed(bucketReceipt, id)
}

func (j *Journal) indexed(index []byte, name string) ([]Entry, error) {
	var es []Entry
	err := j.view(func(tx *bbolt.Tx) error {
		rs, err := lookup(tx, index, name)
		for _, r := range rs {
			es = append(es, r.Entry)
		}
		return err
	})
	return es, err
}

func saleOf(tx *bbolt.Tx, key loyalty.Key) ([]record, error) {
	return lookup(tx, bucketSales, string(key))
}

// lookup is the records that an index has under a name, in order.
func lookup(tx *bbolt.Tx, index []byte, name string) ([]record, error) {
	var rs []record
	p := prefix(name)
	c := tx.Bucket(index).Cursor()
	for k, _ := c.Seek(p); len(k) == len(p)+8 && string(k[:len(p)]) == string(p); k, _ = c.Next() {
		r, err := get(tx, number(k[len(p):]))
		if err != nil {
			return nil, err
		}
		rs = append(rs, r)
	}
	return rs, nil
}

// OpenSale is the last Reserve at this till that neither a Commit nor an Abort
// followed: after a restart, the sale that was in hand. False if there is none.
// A Reserve that was refused, or that a person has resolved, is not in hand any
// more.
func (j *Journal) OpenSale() (Entry, bool, error) {
	var e Entry
	found := false
	err := j.view(func(tx *bbolt.Tx) error {
		k, _ := tx.Bucket(bucketInHand).Cursor().Last()
		if k == nil {
			return nil
		}
		r, err := get(tx, number(k))
		e, found = r.Entry, err == nil
		return err
	})
	return e, found, err
}

// Last is the latest Commit; false if there is none among the last thousand
// entries.
func (j *Journal) Last() (Entry, bool, error) {
	var e Entry
	found := false
	err := j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketEntries).Cursor()
		k, v := c.Last()
		for i := 0; k != nil && i < 1000; i++ {
			r, err := decode(v)
			if err != nil {
				return &DamagedError{j.path, fmt.Errorf("entry %x: %w", k, err)}
			}
			if r.Op.Kind == loyalty.Commit {
				e, found = r.Entry, true
				return nil
			}
			k, v = c.Prev()
		}
		return nil
	})
	return e, found, err
}

// inHandOf are the Reserves of a sale that wait for Commit or Abort.
func inHandOf(sale []record) []uint64 {
	var ns []uint64
	for _, r := range sale {
		switch r.Op.Kind {
		case loyalty.Reserve:
			if r.State != Resolved && r.State != Refused {
				ns = append(ns, r.N)
			}
		case loyalty.Commit, loyalty.Abort, loyalty.Revert:
			ns = nil
		}
	}
	return ns
}
