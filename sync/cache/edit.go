package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// errUnusable says that a record has no id that could be kept.
var errUnusable = errors.New("customer without a usable id")

// edit changes the tables of a copy within a transaction.
type edit struct {
	*tables
	key *seal.Key

	count   int  // customers more than before
	changed bool // anything was written
}

// grown is how many customers and tombstones the changes have more than before.
func (e *edit) grown() int { return e.customers.grown + e.gone.grown }

// put stores a record unless a newer one, or a newer tombstone, is there.
func (e *edit) put(c loyalty.Customer) error {
	h, ok := idHash(e.key, c.ID)
	if !ok {
		return errUnusable
	}
	id := h[:]
	if t := e.gone.Get(id); t != nil {
		if len(t) == 8 && binary.BigEndian.Uint64(t) >= c.Version {
			return nil
		}
		if err := e.gone.Delete(id); err != nil {
			return err
		}
	}
	now := encode(nil, c)
	keys := appendKeys(nil, e.key, c)
	if v := e.customers.Get(id); v != nil {
		text, err := e.key.Open(nil, v, id)
		if err != nil {
			return err
		}
		if bytes.Equal(text, now) {
			return nil
		}
		old, err := decode(text)
		if err != nil {
			return err
		}
		if !supersedes(c, old) {
			return nil
		}
		if err := e.unlink(old, id, keys); err != nil {
			return err
		}
	} else {
		e.count++
	}
	e.changed = true
	if err := e.customers.Put(id, e.key.Seal(nil, now, id)); err != nil {
		return err
	}
	for _, k := range keys {
		if err := e.link(k[:], id, true); err != nil {
			return err
		}
	}
	return nil
}

// supersedes says that a record takes the place of the one that was there
// before it. Of two of one version and time the later one counts.
func supersedes(c, old loyalty.Customer) bool {
	return c.Version > old.Version || c.Version == old.Version && !c.AsOf.Before(old.AsOf)
}

// remove puts a tombstone in the place of a customer, unless the record is newer.
func (e *edit) remove(g loyalty.Gone) error {
	h, ok := idHash(e.key, g.ID)
	if !ok {
		return errUnusable
	}
	id := h[:]
	if t := e.gone.Get(id); len(t) == 8 && binary.BigEndian.Uint64(t) >= g.Version {
		return nil
	}
	if v := e.customers.Get(id); v != nil {
		old, err := unseal(e.key, v, id)
		if err != nil {
			return err
		}
		if old.Version > g.Version {
			return nil
		}
		if err := e.unlink(old, id, nil); err != nil {
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
func (e *edit) unlink(c loyalty.Customer, id []byte, stay []hash) error {
	for _, k := range appendKeys(nil, e.key, c) {
		if slices.Contains(stay, k) {
			continue
		}
		if err := e.link(k[:], id, false); err != nil {
			return err
		}
	}
	return nil
}

func (e *edit) link(key, id []byte, add bool) error {
	v := e.keys.Get(key)
	if v == nil && add {
		return e.keys.Put(key, id)
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
