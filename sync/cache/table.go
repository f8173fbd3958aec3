package cache

import (
	"bytes"

	"go.etcd.io/bbolt"
)

// tables are the three tables of a copy within a transaction.
type tables struct {
	customers, keys, gone table
}

func newTables(changes, base *bbolt.Tx) *tables {
	layers := func(name []byte) table {
		t := table{name: name, changes: changes.Bucket(name)}
		if base != nil {
			t.base = base.Bucket(name)
		}
		return t
	}
	return &tables{customers: layers(bucketCustomers), keys: layers(bucketKeys), gone: layers(bucketGone)}
}

// of is the table of a name.
func (t *tables) of(name string) *table {
	for _, table := range []*table{&t.customers, &t.keys, &t.gone} {
		if string(table.name) == name {
			return table
		}
	}
	return nil
}

// table is a bucket of the base with that of the changes over it: what the
// changes have of a key counts. No table has values of one byte but deleted.
type table struct {
	name          []byte
	changes, base *bbolt.Bucket // base may be nil

	grown int           // keys that the changes have more than before
	marks map[mark]bool // the keys that are put or deleted, if it is not nil
}

// mark is a key of a table.
type mark struct {
	table string
	key   hash
}

// deleted stands in the changes for a key that is only in the base.
var deleted = []byte{0}

func isDeleted(v []byte) bool { return len(v) == 1 }

// Get is the value of a key; nil if there is none.
func (t *table) Get(k []byte) []byte {
	v := t.changes.Get(k)
	switch {
	case isDeleted(v):
		return nil
	case v == nil && t.base != nil:
		return t.base.Get(k)
	}
	return v
}

func (t *table) Put(k, v []byte) error {
	t.mark(k)
	if t.changes.Get(k) == nil {
		t.grown++
	}
	return t.changes.Put(k, v)
}

func (t *table) Delete(k []byte) error {
	if t.base != nil && t.base.Get(k) != nil {
		return t.Put(k, deleted)
	}
	t.mark(k)
	if t.changes.Get(k) == nil {
		return nil
	}
	t.grown--
	return t.changes.Delete(k)
}

func (t *table) mark(k []byte) {
	if t.marks != nil {
		t.marks[mark{string(t.name), hash(k)}] = true
	}
}

// scan calls f with the keys after one, in order, until f returns false. The
// slices are good until then.
func (t *table) scan(after []byte, f func(k, v []byte) bool) {
	over := newCursor(t.changes, after)
	base := newCursor(t.base, after)
	for over.k != nil || base.k != nil {
		order := 0
		switch {
		case over.k == nil:
			order = 1
		case base.k == nil:
			order = -1
		default:
			order = bytes.Compare(over.k, base.k)
		}
		k, v := over.k, over.v
		if order > 0 {
			k, v = base.k, base.v
		}
		if !isDeleted(v) && !f(k, v) {
			return
		}
		if order <= 0 {
			over.next()
		}
		if order >= 0 {
			base.next()
		}
	}
}

// cursor is at a key of a bucket, or past the last one.
type cursor struct {
	c    *bbolt.Cursor
	k, v []byte
}

func newCursor(b *bbolt.Bucket, after []byte) *cursor {
	c := &cursor{}
	if b == nil {
		return c
	}
	c.c = b.Cursor()
	if after == nil {
		c.k, c.v = c.c.First()
	} else if c.k, c.v = c.c.Seek(after); bytes.Equal(c.k, after) {
		c.next()
	}
	return c
}

func (c *cursor) next() { c.k, c.v = c.c.Next() }
