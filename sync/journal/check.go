package journal

import (
	"bytes"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Check reads the whole journal and says what is wrong with it: the structure
// of the file, every record, and every index against the records. *DamagedError
// if anything is. It takes long on a large journal.
func (j *Journal) Check() error {
	if err := boltfile.Check(j.path, j.db.Load()); err != nil {
		return damaged(err)
	}
	return j.view(func(tx *bbolt.Tx) error {
		errs := checkIndexes(tx)
		if len(errs) > 0 {
			return &DamagedError{j.path, errors.Join(errs...)}
		}
		return nil
	})
}

// checkIndexes derives every index from the entries and compares.
func checkIndexes(tx *bbolt.Tx) (errs []error) {
	want := map[string]map[string][]byte{}
	for _, name := range buckets {
		want[string(name)] = map[string][]byte{}
	}
	set := func(bucket, k, v []byte) { want[string(bucket)][string(k)] = v }
	counts := map[State]uint64{}
	sales := map[loyalty.Key][]record{}
	var last uint64
	c := tx.Bucket(bucketEntries).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		r, err := decode(v)
		if err != nil || len(k) != 8 || number(k) != r.N {
			errs = append(errs, fmt.Errorf("entry %x: number %d: %w", k, r.N, err))
			continue
		}
		last = r.N
		if old := want[string(bucketKeys)][string(r.Op.Key)]; old != nil {
			errs = append(errs, fmt.Errorf("operation %s is entry %d and %d", r.Op.Key, number(old), r.N))
		}
		set(bucketKeys, []byte(r.Op.Key), k)
		set(bucketSales, prefixed(string(r.Op.Sale.Key), r.N), nil)
		if id := r.Op.Sale.Receipt; id != "" {
			set(bucketReceipt, prefixed(id, r.N), nil)
		}
		if r.Open() {
			set(bucketOpen, k, append(prefix(string(r.Op.Key)), r.Op.Sale.Key...))
		}
		if r.NeedsPerson() {
			set(bucketPeople, k, nil)
		}
		counts[r.State]++
		sales[r.Op.Sale.Key] = append(sales[r.Op.Sale.Key], r)
	}
	if seq := tx.Bucket(bucketEntries).Sequence(); seq < last {
		errs = append(errs, fmt.Errorf("entries are numbered to %d, the sequence is at %d", last, seq))
	}
	for sale, rs := range sales {
		for _, h := range holdsOf(rs) {
			set(bucketHolds, prefixed(string(h.customer), h.n), h.encode())
		}
		for _, a := range aloneOf(rs) {
			set(bucketAlone, numbered(a.n), a.encode())
		}
		for _, n := range inHandOf(rs) {
			set(bucketInHand, numbered(n), []byte(sale))
		}
	}
	for s, n := range counts {
		set(bucketCounts, []byte(s), numbered(n))
	}
	for _, name := range buckets[1:] {
		errs = append(errs, compare(tx.Bucket(name), string(name), want[string(name)])...)
	}
	return errs
}

func compare(b *bbolt.Bucket, name string, want map[string][]byte) (errs []error) {
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		w, ok := want[string(k)]
		zero := name == string(bucketCounts) && len(v) == 8 && number(v) == 0
		switch {
		case !ok && !zero:
			errs = append(errs, fmt.Errorf("%s: %x should not be there", name, k))
		case ok && !bytes.Equal(v, w):
			errs = append(errs, fmt.Errorf("%s: %x is %x, should be %x", name, k, v, w))
		}
		delete(want, string(k))
	}
	for k := range want {
		errs = append(errs, fmt.Errorf("%s: %x is missing", name, k))
	}
	return errs
}
