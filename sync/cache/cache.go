// Package cache is the till's copy of the customer base: what a scan is
// answered from, at once, with or without the network.
//
// The copy can always be had again from the provider, so nothing in it is
// precious, and everything about it is made for lookups: a file that is damaged
// is put aside and an empty one opened; a fill builds a whole new file beside
// the one in use and lookups go over to it in one step.
//
// The copy lives in one of a few files (see places) and a fill builds another: a
// file that is in use can not be renamed or replaced on Windows, so none ever
// is. The one that is whole and of the highest generation counts; a fill that
// was cut leaves the others as they were.
package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/internal/watch"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// format is written in the file; one of another format is made anew.
const format = "tillgate cache 1"

// lockWait is how long Open waits for another process to let go of a file.
const lockWait = time.Second

// The buckets.
var (
	bucketCustomers = []byte("customers") // customer id → record
	bucketKeys      = []byte("keys")      // kind, value → ids of the customers that claim it
	bucketGone      = []byte("gone")      // customer id → version of its tombstone
	bucketState     = []byte("state")     // see stateKeys

	buckets = [][]byte{bucketCustomers, bucketKeys, bucketGone, bucketState}
)

// What is in bucketState.
var (
	keyGeneration = []byte("generation") // of the file; written last: a file without is not whole
	keyProgramme  = []byte("programme")
	keyCursor     = []byte("cursor")
	keyAsOf       = []byte("as of")
	keyCount      = []byte("count")
)

// ErrClosed says that the cache was closed.
var ErrClosed = errors.New("cache is closed")

// Cache is the copy, open. All methods are safe for use by several goroutines;
// Find waits for nobody.
type Cache struct {
	path string
	log  *slog.Logger

	cur   atomic.Pointer[base]
	state atomic.Pointer[state]

	write   sync.Mutex // held by whoever changes the copy
	closed  bool
	filling *base                           // the file that a fill builds
	touched map[loyalty.CustomerID]struct{} // changed while a fill goes on
	saved   time.Time                       // when the time of the last pull was last written

	rebuilt atomic.Pointer[string]
	watch.List
}

// base is one of the files, open.
type base struct {
	db         *bbolt.DB
	path       string
	generation uint64
}

// state is what is known of the copy as a whole. It is never changed, only
// replaced.
type state struct {
	programme loyalty.Programme
	cursor    string
	asOf      time.Time
	count     int
}

// Open opens the copy, or an empty one where there is none or none that is
// sound: Rebuilt says so then. An error is one that a person has to mend: a
// folder that can not be written, another process that has the file open.
func Open(path string, log *slog.Logger) (*Cache, error) {
	c := &Cache{path: path, log: log}
	best, err := c.choose()
	if err != nil {
		return nil, fmt.Errorf("open the copy of the customers: %w", err)
	}
	if best == nil {
		if best, err = c.create(1); err != nil {
			return nil, fmt.Errorf("make an empty copy of the customers: %w", err)
		}
	}
	s, err := best.load()
	var d *boltfile.Damage
	if errors.As(err, &d) {
		if best, err = c.replace(best, d); err == nil {
			s, err = best.load()
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the copy of the customers: %w", err), best.close())
	}
	c.cur.Store(best)
	c.state.Store(s)
	return c, nil
}

// choose opens the files that are there and keeps the one that counts.
func (c *Cache) choose() (best *base, err error) {
	for _, path := range c.places() {
		b, err := openBase(path)
		var d *boltfile.Damage
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.As(err, &d):
			if err := c.putAside(path, d); err != nil {
				return nil, errors.Join(err, best.close())
			}
			continue
		case err != nil:
			return nil, errors.Join(err, best.close())
		}
		if best == nil || b.generation > best.generation {
			b, best = best, b
		}
		if err := b.remove(); err != nil {
			return nil, errors.Join(err, best.close())
		}
	}
	if best != nil && best.generation == 0 { // a fill that was cut
		if err := best.remove(); err != nil {
			return nil, err
		}
		best = nil
	}
	return best, nil
}

// places are where a copy may be: one in use, one that a fill builds, and one
// for the empty copy that takes the place of a damaged one meanwhile.
func (c *Cache) places() []string { return []string{c.path, c.path + ".2", c.path + ".3"} }

func openBase(path string) (*base, error) {
	db, err := boltfile.Open(path, format, lockWait)
	if err != nil {
		return nil, err
	}
	b := &base{db: db, path: path}
	err = boltfile.View(path, db, func(tx *bbolt.Tx) error {
		s := tx.Bucket(bucketState)
		if s == nil {
			return nil
		}
		if v := s.Get(keyGeneration); len(v) == 8 {
			b.generation = binary.BigEndian.Uint64(v)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return b, nil
}

// create makes an empty copy in the file that is free.
func (c *Cache) create(generation uint64) (*base, error) {
	b, err := c.begin()
	if err != nil {
		return nil, err
	}
	if err := b.finish(generation, state{}); err != nil {
		return nil, errors.Join(err, b.remove())
	}
	return b, nil
}

// begin makes a file that is not whole yet, in the place that is free. Nothing
// is flushed until finish.
func (c *Cache) begin() (*base, error) {
	var path string
	for _, path = range c.places() {
		if cur := c.cur.Load(); (cur == nil || cur.path != path) && (c.filling == nil || c.filling.path != path) {
			break
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	db, err := boltfile.Create(path, format)
	if err != nil {
		return nil, err
	}
	b := &base{db: db, path: path}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, b.remove())
	}
	return b, nil
}

// finish makes the file durable and then, durably, whole.
func (b *base) finish(generation uint64, s state) error {
	if err := b.db.Update(func(tx *bbolt.Tx) error { return s.save(tx) }); err != nil {
		return err
	}
	if err := b.db.Sync(); err != nil {
		return err
	}
	b.db.NoSync = false
	err := b.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketState).Put(keyGeneration, binary.BigEndian.AppendUint64(nil, generation))
	})
	if err != nil {
		return err
	}
	b.generation = generation
	return boltfile.SyncDir(b.path)
}

func (b *base) close() error {
	if b == nil {
		return nil
	}
	return b.db.Close() // waits for lookups under way
}

// remove closes the file and deletes it.
func (b *base) remove() error {
	if b == nil {
		return nil
	}
	return errors.Join(b.db.Close(), os.Remove(b.path))
}

// Count is the number of customers in the copy.
func (c *Cache) Count() int { return c.state.Load().count }

// Cursor is where the changes go on from; "" if the copy has never been filled.
func (c *Cache) Cursor() string { return c.state.Load().cursor }

// AsOf is when the last pull succeeded, by the till's clock; zero if none has.
func (c *Cache) AsOf() time.Time { return c.state.Load().asOf }

// Programme is what the provider last said of the programme.
func (c *Cache) Programme() loyalty.Programme { return c.state.Load().programme }

// Rebuilt is why the copy was made anew, "" if it was not: it was damaged, and
// an empty one is in use until it is filled again.
func (c *Cache) Rebuilt() string {
	if s := c.rebuilt.Load(); s != nil {
		return *s
	}
	return ""
}

// Close closes the file after the lookups under way. A fill under way fails.
func (c *Cache) Close() error {
	c.write.Lock()
	defer c.write.Unlock()
	c.closed = true
	c.save()
	return c.cur.Load().close()
}

// save writes down the time of the last pull.
func (c *Cache) save() error {
	s := c.state.Load()
	if s.asOf.Equal(c.saved) {
		return nil
	}
	err := boltfile.Guard(c.path, func() error {
		return c.cur.Load().db.Update(func(tx *bbolt.Tx) error { return s.save(tx) })
	})
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	if err == nil {
		c.saved = s.asOf
	}
	return err
}
