package journal

import (
	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Sale is the entries of a sale in order; none if the journal does not know it.
func (j *Journal) Sale(key loyalty.Key) ([]Entry, error) {
	var es []Entry
	err := j.view(func(tx *bbolt.Tx) error {
		rs, err := saleOf(tx, key)
		for _, r := range rs {
			es = append(es, r.Entry)
		}
		return err
	})
	return es, err
}

func saleOf(tx *bbolt.Tx, key loyalty.Key) ([]record, error) {
	var rs []record
	p := prefix(string(key))
	c := tx.Bucket(bucketSales).Cursor()
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
// A Reserve that was refused while the cashier waited, or that a person has
// resolved, is not in hand any more.
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

// Last is the newest entry; false if there is none.
func (j *Journal) Last() (Entry, bool, error) {
	es, err := j.Entries(Filter{Newest: true, Limit: 1})
	if len(es) == 0 {
		return Entry{}, false, err
	}
	return es[0], true, err
}

// inHandOf are the Reserves of a sale that wait for Commit or Abort.
func inHandOf(sale []record) []uint64 {
	var ns []uint64
	for _, r := range sale {
		switch r.Op.Kind {
		case loyalty.Reserve:
			if r.State != Resolved && (r.State != Refused || r.Late) {
				ns = append(ns, r.N)
			}
		case loyalty.Commit, loyalty.Abort, loyalty.Revert:
			ns = nil
		}
	}
	return ns
}
