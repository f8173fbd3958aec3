package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// errUnusable says that a record has no id that could be kept.
var errUnusable = errors.New("customer without a usable id")

// edit is a transaction: it packs records for the end of the roll. Nothing is
// written, and nobody sees it, before the store commits it.
type edit struct {
	s       *store
	b       *buffers
	pack    packer
	pending map[uint64]record // by id: what is packed
	keys    []entry           // of what is packed
	count   int               // customers more than before

	text []byte
	now  []uint64
	old  []uint64
}

func (s *store) edit() *edit {
	return &edit{s: s, b: pool.Get().(*buffers), pack: packer{key: s.key, at: s.roll.size}, pending: map[uint64]record{}}
}

func (e *edit) close() { pool.Put(e.b) }

// changed says that anything was packed.
func (e *edit) changed() bool { return len(e.pending) > 0 }

// current is what counts of an id.
func (e *edit) current(h uint64, id loyalty.CustomerID) (r record, err error) {
	r, packed := e.pending[h]
	if !packed {
		if r, err = e.s.newest(h, e.b); err != nil {
			return r, err
		}
	}
	if r.there() && r.customer.ID != id || r.gone.ID != "" && r.gone.ID != id {
		return r, errTwoOfOneHash
	}
	return r, nil
}

// put stores a record unless a newer one, or a newer tombstone, is there.
func (e *edit) put(c loyalty.Customer) error {
	if !usable(string(c.ID)) {
		return errUnusable
	}
	h := idHash(e.s.key, c.ID)
	old, err := e.current(h, c.ID)
	if err != nil {
		return err
	}
	if old.gone.ID != "" && old.gone.Version >= c.Version {
		return nil
	}
	e.text = encode(e.text[:0], c)
	e.old = e.old[:0]
	if old.there() {
		if bytes.Equal(e.text, encode(nil, old.customer)) || !supersedes(c, old.customer) {
			return nil
		}
		e.old = appendKeys(e.old, e.s.key, &old.customer)
	} else {
		e.count++
	}
	// A record before this one leads to it by the keys that it had too.
	e.now = slices.DeleteFunc(appendKeys(e.now[:0], e.s.key, &c), func(k uint64) bool { return slices.Contains(e.old, k) })
	var keys []byte
	for _, k := range e.now {
		keys = binary.BigEndian.AppendUint64(keys, k)
	}
	at := e.pack.add(slot{kind: slotCustomer, text: e.text, keys: keys})
	for _, k := range e.now {
		e.keys = append(e.keys, entry{k, at})
	}
	e.pending[h] = record{at: at, customer: c}
	return nil
}

// supersedes says that a record takes the place of the one that was there
// before it. Of two of one version and time the later one counts.
func supersedes(c, old loyalty.Customer) bool {
	return c.Version > old.Version || c.Version == old.Version && !c.AsOf.Before(old.AsOf)
}

// remove puts a tombstone in the place of a customer, unless the record is newer.
func (e *edit) remove(g loyalty.Gone) error {
	if !usable(string(g.ID)) {
		return errUnusable
	}
	h := idHash(e.s.key, g.ID)
	old, err := e.current(h, g.ID)
	switch {
	case err != nil:
		return err
	case old.gone.ID != "" && old.gone.Version >= g.Version:
		return nil
	case old.there() && old.customer.Version > g.Version:
		return nil
	case old.there():
		e.count--
	}
	e.text = goneText(e.text[:0], g)
	at := e.pack.add(slot{kind: slotGone, text: e.text})
	e.pending[h] = record{at: at, gone: g}
	return nil
}
