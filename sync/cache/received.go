package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// received is what a fill has received so far, sealed, on its way into a base.
type received struct {
	key      *seal.Key
	spill    *spill
	records  sorter // id, arrival, sealed record
	links    sorter // index key, id, arrival
	arrivals uint32
	beaten   []bool // by arrival: another record of the same id counts; nil if none is

	text, sealed []byte // of the last record
	keys         []hash
}

func newReceived(s *store) (*received, error) {
	f, err := os.OpenFile(s.path+suffixSort, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	spill := &spill{file: f}
	return &received{
		key: s.key, spill: spill,
		records: sorter{spill: spill}, links: sorter{spill: spill},
	}, nil
}

// add takes in a customer.
func (r *received) add(c loyalty.Customer) error {
	id, ok := idHash(r.key, c.ID)
	if !ok {
		return errUnusable
	}
	if r.arrivals == math.MaxUint32 {
		return errors.New("more than four billion customers")
	}
	r.arrivals++
	var arrival [4]byte
	binary.BigEndian.PutUint32(arrival[:], r.arrivals)
	r.text = encode(r.text[:0], c)
	r.sealed = r.key.Seal(r.sealed[:0], r.text, id[:])
	if err := r.records.add(id[:], arrival[:], r.sealed); err != nil {
		return err
	}
	r.keys = appendKeys(r.keys[:0], r.key, c)
	for _, k := range r.keys {
		if err := r.links.add(k[:], id[:], arrival[:]); err != nil {
			return err
		}
	}
	return nil
}

// build writes the tables of a base.
func (r *received) build(ctx context.Context, b *boltfile.Build) (count int, err error) {
	if err := b.Bucket(string(bucketCustomers)); err != nil {
		return 0, err
	}
	if count, err = r.buildCustomers(ctx, b); err != nil {
		return 0, err
	}
	if err := b.Bucket(string(bucketKeys)); err != nil {
		return 0, err
	}
	if err := r.buildKeys(ctx, b); err != nil {
		return 0, err
	}
	return count, b.Bucket(string(bucketGone)) // a snapshot has no tombstones
}

const (
	sizeID      = len(hash{})
	sizeArrival = 4
)

func (r *received) buildCustomers(ctx context.Context, b *boltfile.Build) (count int, err error) {
	var last []byte // the record that counts, of the ids so far the last
	put := func() error {
		if last == nil {
			return nil
		}
		count++
		return b.Put(last[:sizeID], last[sizeID+sizeArrival:])
	}
	err = r.records.each(func(item []byte) error {
		if last != nil && hash(last) == hash(item) {
			newer, err := r.compare(last, item)
			if err == nil {
				last = append(last[:0], newer...)
			}
			return err
		}
		if err := put(); err != nil {
			return err
		}
		last = append(last[:0], item...)
		return ctx.Err()
	})
	if err == nil {
		err = put()
	}
	return count, err
}

// compare is the one of two records of an id that counts; the other is beaten.
func (r *received) compare(first, second []byte) ([]byte, error) {
	var c [2]loyalty.Customer
	for i, item := range [][]byte{first, second} {
		var err error
		if c[i], err = unseal(r.key, item[sizeID+sizeArrival:], item[:sizeID]); err != nil {
			return nil, err
		}
	}
	if !supersedes(c[1], c[0]) {
		first, second = second, first
	}
	if r.beaten == nil {
		r.beaten = make([]bool, uint64(r.arrivals)+1)
	}
	r.beaten[binary.BigEndian.Uint32(first[sizeID:])] = true
	return second, nil
}

func (r *received) buildKeys(ctx context.Context, b *boltfile.Build) error {
	var key hash
	var ids []byte
	put := func() error {
		if len(ids) == 0 {
			return nil
		}
		return b.Put(key[:], ids)
	}
	err := r.links.each(func(item []byte) error {
		if r.beaten != nil && r.beaten[binary.BigEndian.Uint32(item[2*sizeID:])] {
			return nil
		}
		if k := hash(item); k != key {
			if err := put(); err != nil {
				return err
			}
			key, ids = k, ids[:0]
		}
		ids = append(ids, item[sizeID:2*sizeID]...)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return put()
}

// close deletes what was received. It may be called twice.
func (r *received) close() error {
	if r.spill.file == nil {
		return nil
	}
	err := errors.Join(r.spill.file.Close(), os.Remove(r.spill.file.Name()))
	r.spill.file = nil
	return err
}
