package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// errUnusable says that a record has no id that could be kept.
var errUnusable = errors.New("customer without a usable id")

// edit is a transaction on a file.
type edit struct {
	customers, keys, gone *bbolt.Bucket

	count   int  // customers more than before
	changed bool // anything was written

	// lazy puts off the index until flush, which goes through it in order: that
	// is several times faster when there is much of it.
	lazy    bool
	pending []link
}

// link is an index key and the customer it leads to.
type link struct{ key, id []byte }

func newEdit(tx *bbolt.Tx) *edit {
	return &edit{customers: tx.Bucket(bucketCustomers), keys: tx.Bucket(bucketKeys), gone: tx.Bucket(bucketGone)}
}

// put stores a record unless a newer one, or a newer tombstone, is there. Of
// two records of one version the later one counts.
func (e *edit) put(c loyalty.Customer) error {
	id := []byte(c.ID)
	if len(id) == 0 || len(id) > maxKey {
		return errUnusable
	}
	if t := e.gone.Get(id); t != nil {
		if len(t) == 8 && binary.BigEndian.Uint64(t) >= c.Version {
			return nil
		}
		if err := e.gone.Delete(id); err != nil {
			return err
		}
	}
	now := encode(c)
	if v := e.customers.Get(id); v != nil {
		if bytes.Equal(v, now) {
			return nil
		}
		old, err := decode(c.ID, v)
		if err != nil {
			return err
		}
		if old.Version > c.Version || old.Version == c.Version && c.AsOf.Before(old.AsOf) {
			return nil
		}
		if err := e.unlink(old, keysOf(c)); err != nil {
			return err
		}
	} else {
		e.count++
	}
	e.changed = true
	if err := e.customers.Put(id, now); err != nil {
		return err
	}
	for _, k := range keysOf(c) {
		if e.lazy {
			e.pending = append(e.pending, link{k, id})
		} else if err := e.link(k, id, true); err != nil {
			return err
		}
	}
	return nil
}

// remove puts a tombstone in the place of a customer, unless the record is newer.
func (e *edit) remove(g loyalty.Gone) error {
	id := []byte(g.ID)
	if len(id) == 0 || len(id) > maxKey {
		return errUnusable
	}
	if t := e.gone.Get(id); len(t) == 8 && binary.BigEndian.Uint64(t) >= g.Version {
		return nil
	}
	if v := e.customers.Get(id); v != nil {
		old, err := decode(g.ID, v)
		if err != nil {
			return err
		}
		if old.Version > g.Version {
			return nil
		}
		if err := e.unlink(old, nil); err != nil {
			return err
		}
		if err := e.customers.Delete(id); err != nil {
			return err
		}
		e.count--
	}
	e.changed = true
	return e.gone.Put(id, binary.BigEndian.AppendUint64(nil, g.Version))
}

// unlink takes a customer out of the index, but for the keys that stay.
func (e *edit) unlink(c loyalty.Customer, stay [][]byte) error {
	if err := e.flush(); err != nil {
		return err
	}
	for _, k := range keysOf(c) {
		if !slices.ContainsFunc(stay, func(s []byte) bool { return bytes.Equal(s, k) }) {
			if err := e.link(k, []byte(c.ID), false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *edit) link(key, id []byte, add bool) error {
	v := e.keys.Get(key)
	if v == nil && add {
		return e.keys.Put(key, joinIDs([][]byte{id}))
	}
	ids, err := splitIDs(v)
	if err != nil {
		return err
	}
	n := len(ids)
	if ids = withID(ids, id, add); len(ids) == n {
		return nil
	}
	if len(ids) == 0 {
		return e.keys.Delete(key)
	}
	return e.keys.Put(key, joinIDs(ids))
}

// flush brings the index up to date.
func (e *edit) flush() error {
	slices.SortFunc(e.pending, func(a, b link) int { return bytes.Compare(a.key, b.key) })
	for _, l := range e.pending {
		if err := e.link(l.key, l.id, true); err != nil {
			return err
		}
	}
	e.pending = e.pending[:0]
	return nil
}
