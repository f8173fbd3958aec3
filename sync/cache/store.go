package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/seal"
)

// What the files of a copy are called, after the name of its place.
const (
	suffixBase = ".base" // the base, if there is one
	suffixSort = ".sort" // what a fill has received so far
)

var suffixes = []string{"", suffixBase, suffixSort}

// store is one copy, open: the changes, and the base under them.
type store struct {
	path       string // of the changes; the other files' begin with it
	generation uint64
	key        *seal.Key
	sealedKey  []byte // the key as it stands in the file
	changes    *bbolt.DB
	base       *bbolt.DB // nil if there is none
}

// placeKey is where the key of a copy is sealed for.
var placeKey = []byte("copy of the customers")

// openStore opens the copy of a place; one that is not whole has generation 0
// and nothing else.
func (c *Cache) openStore(path string) (*store, error) {
	db, err := boltfile.Open(path, format, lockWait)
	if err != nil {
		return nil, err
	}
	s := &store{path: path, changes: db}
	var base []byte
	err = boltfile.View(path, db, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketState)
		if b == nil {
			return nil
		}
		if v := b.Get(keyGeneration); len(v) == 8 {
			s.generation = binary.BigEndian.Uint64(v)
		}
		s.sealedKey = bytes.Clone(b.Get(keyKey))
		base = bytes.Clone(b.Get(keyBase))
		return nil
	})
	if err == nil && s.generation > 0 {
		err = s.openKey(c.key)
	}
	if err == nil && s.generation > 0 && base != nil {
		err = s.openBase(base)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *store) openKey(till *seal.Key) error {
	secret, err := till.Open(nil, s.sealedKey, placeKey)
	if err != nil {
		return &boltfile.Damage{Path: s.path, Err: errors.New("it is sealed with another key than the till's")}
	}
	s.key, err = seal.New(secret)
	return err
}

// openBase opens the base; id is the one that belongs to the changes.
func (s *store) openBase(id []byte) error {
	path := s.path + suffixBase
	db, err := boltfile.OpenReadOnly(path, formatBase, lockWait)
	if errors.Is(err, fs.ErrNotExist) {
		return &boltfile.Damage{Path: path, Err: errors.New("it is not there")}
	}
	if err != nil {
		return err
	}
	s.base = db
	return boltfile.View(path, db, func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketState); b == nil || !bytes.Equal(b.Get(keyBase), id) {
			return &boltfile.Damage{Path: path, Err: errors.New("it is not the one that the changes belong to")}
		}
		for _, name := range buckets {
			if tx.Bucket(name) == nil {
				return &boltfile.Damage{Path: path, Err: errors.New("a bucket is missing")}
			}
		}
		return nil
	})
}

// create makes an empty copy in the place that is free.
func (c *Cache) create(generation uint64) (*store, error) {
	s, err := c.begin(nil)
	if err != nil {
		return nil, err
	}
	if err := s.finish(generation, state{}); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// begin makes a copy that is not whole yet, in the place that is free, under a
// new key or that of another copy. Nothing is flushed until finish.
func (c *Cache) begin(like *store) (*store, error) {
	s := &store{}
	for _, s.path = range c.places() {
		if cur := c.cur.Load(); (cur == nil || cur.path != s.path) && (c.filling == nil || c.filling.path != s.path) {
			break
		}
	}
	if err := removeFiles(s.path); err != nil {
		return nil, err
	}
	if like != nil {
		s.key, s.sealedKey = like.key, like.sealedKey
	} else {
		secret := seal.NewSecret()
		s.sealedKey = c.key.Seal(nil, secret, placeKey)
		var err error
		if s.key, err = seal.New(secret); err != nil {
			return nil, err
		}
	}
	db, err := boltfile.Create(s.path, format)
	if err != nil {
		return nil, err
	}
	s.changes = db
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketState).Put(keyKey, s.sealedKey)
	})
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// finish makes the copy durable and then, durably, whole. Its base is durable
// already.
func (s *store) finish(generation uint64, st state) error {
	if err := s.changes.Update(func(tx *bbolt.Tx) error { return st.save(tx) }); err != nil {
		return err
	}
	if err := s.changes.Sync(); err != nil {
		return err
	}
	s.changes.NoSync = false
	err := s.changes.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketState).Put(keyGeneration, binary.BigEndian.AppendUint64(nil, generation))
	})
	if err != nil {
		return err
	}
	s.generation = generation
	return boltfile.SyncDir(s.path)
}

// view runs f on the tables as they are now. A lookup holds a transaction of
// the changes while it looks into the base, so that whoever closes the changes
// first can close the base after.
func (s *store) view(f func(*tables) error) error {
	return boltfile.View(s.path, s.changes, func(tx *bbolt.Tx) error {
		return s.withBase(tx, f)
	})
}

// update runs f on the tables; what it puts goes to the changes.
func (s *store) update(f func(*bbolt.Tx, *tables) error) error {
	return boltfile.Guard(s.path, func() error {
		return s.changes.Update(func(tx *bbolt.Tx) error {
			return s.withBase(tx, func(t *tables) error { return f(tx, t) })
		})
	})
}

func (s *store) withBase(tx *bbolt.Tx, f func(*tables) error) error {
	if s.base == nil {
		return f(newTables(tx, nil))
	}
	return s.base.View(func(base *bbolt.Tx) error { return f(newTables(tx, base)) })
}

func (s *store) close() error {
	if s == nil {
		return nil
	}
	err := s.changes.Close() // waits for lookups under way
	if s.base != nil {
		err = errors.Join(err, s.base.Close())
	}
	return err
}

// remove closes the copy and deletes it.
func (s *store) remove() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.close(), removeFiles(s.path))
}

// removeFiles deletes the files of a place. The changes go first: what is left
// without them is no copy, and the next start deletes it.
func removeFiles(place string) error {
	for _, suffix := range suffixes {
		if err := os.Remove(place + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
