package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// inPlace is one bbolt file that is changed in place.
type inPlace struct {
	path string
	db   *bbolt.DB
}

var (
	bucketCustomers = []byte("customers")
	bucketKeys      = []byte("keys")
)

func newBbolt(dir string) (engine, error) {
	e := &inPlace{path: filepath.Join(dir, "bbolt.db")}
	return e, e.open()
}

func (e *inPlace) open() (err error) {
	e.db, err = bbolt.Open(e.path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	return err
}

// fill sorts everything in memory and puts it in batches of 20,000.
func (e *inPlace) fill(n int) error {
	e.db.NoSync = true
	type pair struct{ k, v string }
	customers, keys := make([]pair, 0, n), make([]pair, 0, 3*n)
	for i := range n {
		id := idOf(i)
		customers = append(customers, pair{id, string(record(nil, i, 1))})
		keys = append(keys, pair{"c" + cardOf(i), id}, pair{"p" + phoneOf(i), id}, pair{"e" + extOf(i), id})
	}
	put := func(bucket []byte, pairs []pair) error {
		slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.k, b.k) })
		for batch := range slices.Chunk(pairs, 20_000) {
			err := e.db.Update(func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucketIfNotExists(bucket)
				if err != nil {
					return err
				}
				b.FillPercent = 1
				for _, p := range batch {
					if err := b.Put([]byte(p.k), []byte(p.v)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := errors.Join(put(bucketCustomers, customers), put(bucketKeys, keys)); err != nil {
		return err
	}
	e.db.NoSync = false
	return e.db.Sync()
}

func (e *inPlace) reopen() error {
	if err := e.db.Close(); err != nil {
		return err
	}
	return e.open()
}

func (e *inPlace) find(card string) error {
	return e.db.View(func(tx *bbolt.Tx) error {
		id := tx.Bucket(bucketKeys).Get([]byte("c" + card))
		if id == nil || slices.Clone(tx.Bucket(bucketCustomers).Get(id)) == nil {
			return errNotThere
		}
		return nil
	})
}

func (e *inPlace) change(round, n, count int) error {
	return e.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketCustomers)
		for i := range n {
			c := changed(round, i, count)
			if err := b.Put([]byte(idOf(c)), record(nil, c, uint64(round)+2)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *inPlace) settle(int) (int, error) { return (rounds + busyRounds) * changes, nil }

func (e *inPlace) close() error { return e.db.Close() }
