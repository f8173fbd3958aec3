package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/internal/osfile"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// archive is archive.db: what is settled, by closing (see Closing), for as long
// as it is kept. It is looked into for the sale of a return and for keys that
// come again. No promise hangs on it; one that is damaged is put aside and begun
// anew behind the last closing (see closedDay), and the exports tell what it held. It is a bbolt file: the journal is
// written to all day, the archive once, and it is too large for memory.
//
// Entries are the journal's own items, sealed as they were there. Names are
// found under keyed hashes.
type archive struct {
	path string
	key  *seal.Key
	db   *bbolt.DB
	disk logfile.FS // its owner's: see update
}

const formatArchive = "tillgate archive 1"

var (
	bucketArchived = []byte("entries")  // N → closing, item
	bucketNames    = []byte("names")    // kind and keyed hash, N → ""
	bucketTaken    = []byte("holds")    // keyed hash of the customer, N → hold
	bucketClosings = []byte("closings") // number → closing
)

// The kinds of names.
const (
	nameKey      = 'k'
	nameSale     = 's'
	nameReceipt  = 'r'
	nameCustomer = 'c'
)

func archivePath(path string) string { return path + ".archive" }

// openArchive opens the archive beside a journal, or makes one.
func (j *Journal) openArchive() (*archive, error) {
	a := &archive{path: archivePath(j.path), key: j.key, disk: j.o.fs}
	db, err := boltfile.Open(a.path, formatArchive, j.o.LockWait)
	var bad *boltfile.Damage
	if errors.As(err, &bad) {
		if err := j.renameArchive(err); err != nil {
			return nil, err
		}
		err = fs.ErrNotExist
	}
	if errors.Is(err, fs.ErrNotExist) {
		db, err = a.create()
	}
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	a.db = db
	return a, nil
}

func (a *archive) create() (*bbolt.DB, error) {
	db, err := boltfile.Create(a.path, formatArchive)
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketArchived, bucketNames, bucketTaken, bucketClosings} {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Sync()
	}
	if err == nil {
		err = osfile.SyncDir(filepath.Dir(a.path))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close(), os.Remove(a.path))
	}
	db.NoSync = false
	return db, nil
}

func (a *archive) name(kind byte, name string) []byte {
	sum := a.key.Hash(kind, name)
	return append([]byte{kind}, sum[:]...)
}

// names are those under which an entry is found.
func (a *archive) names(r record) [][]byte {
	ns := [][]byte{a.name(nameKey, string(r.Op.Key)), a.name(nameSale, string(r.Op.Sale.Key))}
	if r.Op.Sale.Receipt != "" {
		ns = append(ns, a.name(nameReceipt, r.Op.Sale.Receipt))
	}
	return ns
}

// put takes entries into the archive, under a closing that gets its number (behind
// those that were used), and what they hold of customers' points. An entry that is there already stays under its own closing.
func (a *archive) put(c Closing, used uint64, items []item, holds map[uint64]hold) error {
	return a.update(func(tx *bbolt.Tx) (err error) {
		if c.No, err = next(tx, used); err != nil {
			return err
		}
		if c.Entries, err = a.take(tx, c.No, items, holds); err != nil {
			return err
		}
		return c.save(tx)
	})
}

// take is the part of put that takes in entries; it says how many.
func (a *archive) take(tx *bbolt.Tx, no uint64, items []item, holds map[uint64]hold) (taken int, err error) {
	entries, names, held := tx.Bucket(bucketArchived), tx.Bucket(bucketNames), tx.Bucket(bucketTaken)
	for _, it := range items {
		n := binary.BigEndian.AppendUint64(nil, it.n)
		if entries.Get(n) != nil {
			continue
		}
		r, err := it.record(a.key)
		if err != nil {
			return taken, err
		}
		if err := entries.Put(n, append(binary.BigEndian.AppendUint64(nil, no), it.whole...)); err != nil {
			return taken, err
		}
		for _, name := range a.names(r) {
			if err := names.Put(append(name, n...), nil); err != nil {
				return taken, err
			}
		}
		if h, is := holds[it.n]; is {
			v := binary.BigEndian.AppendUint64(nil, uint64(h.points))
			v = binary.BigEndian.AppendUint64(v, h.version)
			if err := held.Put(append(a.name(nameCustomer, string(h.customer)), n...), v); err != nil {
				return taken, err
			}
		}
		taken++
	}
	return taken, nil
}

// update is a transaction. bbolt writes to the file itself, so a test's disk fails
// around it: before it, or after, when it is there and nobody was told.
func (a *archive) update(f func(*bbolt.Tx) error) error {
	commit := func() error {
		return boltfile.Guard(a.path, func() error { return a.db.Update(f) })
	}
	if d, is := a.disk.(interface {
		transaction(commit func() error) error
	}); is {
		return d.transaction(commit)
	}
	return commit()
}

// find are the entries under a name, in order.
func (a *archive) find(kind byte, name string) (rs []record, err error) {
	p := a.name(kind, name)
	err = boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketNames).Cursor()
		for k, _ := c.Seek(p); len(k) == len(p)+8 && bytes.HasPrefix(k, p); k, _ = c.Next() {
			r, err := a.record(tx, k[len(p):])
			if err != nil {
				return err
			}
			rs = append(rs, r)
		}
		return nil
	})
	return rs, err
}

func (a *archive) record(tx *bbolt.Tx, n []byte) (record, error) {
	v := tx.Bucket(bucketArchived).Get(n)
	if len(v) < 8 {
		return record{}, &boltfile.Damage{Path: a.path, Err: fmt.Errorf("entry %x is missing", n)}
	}
	it, _, err := cutItem(v[8:])
	if err != nil {
		return record{}, &boltfile.Damage{Path: a.path, Err: err}
	}
	r, err := it.record(a.key)
	if err != nil {
		return record{}, &boltfile.Damage{Path: a.path, Err: err}
	}
	r.archived = true
	return r, nil
}

// has says which of the entries are in the archive, under a closing that was
// exported.
func (a *archive) has(ns []uint64) (there []uint64, err error) {
	err = boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		exported := map[uint64]bool{}
		cs, err := a.read(tx)
		if err != nil {
			return err
		}
		for _, c := range cs {
			exported[c.No] = c.Exported
		}
		for _, n := range ns {
			v := tx.Bucket(bucketArchived).Get(binary.BigEndian.AppendUint64(nil, n))
			if len(v) >= 8 && exported[binary.BigEndian.Uint64(v)] {
				there = append(there, n)
			}
		}
		return nil
	})
	return there, err
}

// holds is what the archive knows of a customer's points (see hold), but for
// the entries that the journal still has.
func (a *archive) holds(sum loyalty.Points, c loyalty.CustomerID, version uint64, live map[uint64]*brief) (loyalty.Points, error) {
	p := a.name(nameCustomer, string(c))
	err := boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		cur := tx.Bucket(bucketTaken).Cursor()
		for k, v := cur.Seek(p); len(k) == len(p)+8 && bytes.HasPrefix(k, p); k, v = cur.Next() {
			if len(v) != 16 {
				return &boltfile.Damage{Path: a.path, Err: fmt.Errorf("hold %x", v)}
			}
			if live[binary.BigEndian.Uint64(k[len(p):])] == nil {
				h := hold{points: loyalty.Points(binary.BigEndian.Uint64(v)), version: binary.BigEndian.Uint64(v[8:])}
				sum = h.add(sum, version)
			}
		}
		return nil
	})
	return sum, err
}

// entries are those of a closing, in order.
func (a *archive) entries(no uint64) (es []Entry, err error) {
	err = boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketArchived).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if len(v) < 8 || binary.BigEndian.Uint64(v) != no {
				continue
			}
			r, err := a.record(tx, k)
			if err != nil {
				return err
			}
			es = append(es, r.Entry)
		}
		return nil
	})
	return es, err
}

// forget deletes a closing and its entries.
func (a *archive) forget(no uint64) error {
	return a.update(func(tx *bbolt.Tx) error {
		var ns [][]byte
		c := tx.Bucket(bucketArchived).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if len(v) >= 8 && binary.BigEndian.Uint64(v) == no {
				ns = append(ns, slices.Clone(k))
			}
		}
		for _, n := range ns {
			r, err := a.record(tx, n)
			if err != nil {
				return err
			}
			for _, name := range a.names(r) {
				if err := tx.Bucket(bucketNames).Delete(append(name, n...)); err != nil {
					return err
				}
			}
			held := append(a.name(nameCustomer, string(r.Op.Sale.Customer)), n...)
			if err := errors.Join(tx.Bucket(bucketTaken).Delete(held), tx.Bucket(bucketArchived).Delete(n)); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketClosings).Delete(binary.BigEndian.AppendUint64(nil, no))
	})
}
