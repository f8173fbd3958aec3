// Package cache is the till's copy of the customer base: what a scan is
// answered from, at once, with or without the network.
//
// The copy can always be had again from the provider, so nothing in it is
// precious, and everything about it is made for lookups: a file that is damaged
// is put aside and an empty one opened; a fill builds a whole new copy beside
// the one in use and lookups go over to it in one step.
//
// # Layout
//
// A copy is two bbolt files: a base that is written once, from its first page to
// its last (see boltfile.Build), and the changes since, in a small file over it.
// What the changes have of a key counts. Changed in place, each of many
// customers is on a page of its own, which bbolt writes anew with all above it;
// among the changes alone many share a page, and a commit has fewer pages to
// write. bench measures both: 2.3 KB a change here, 5.3 in place, by the
// kernel's count. When the changes are a quarter of the base, and 50,000 at
// least, the two are merged into a new copy, while lookups and changes go on;
// both are sorted, so that is one pass. A fill has to sort: see sorter.
//
// The copy lives in one of a few places (see places) and a fill or merge builds
// another: a file that is in use can not be renamed or replaced on Windows, so
// none ever is. The one that is whole and of the highest generation counts; a
// fill that was cut leaves the others as they were.
//
// # What is where
//
// Everything is sealed (package seal) under a key of this copy, which stands in
// its file sealed under the till's. Ids, cards and phones are keyed hashes;
// a record names its own id, cards and phone inside the seal, and a lookup
// compares them with what it looked for: whatever a damaged page gives, it is
// not the wrong customer. A new key comes with every fill.
//
// Figures, beside SQLite: make bench-storage.
package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/internal/watch"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// Formats are written in the files; a copy of another format is made anew.
const (
	format     = "tillgate cache 2"
	formatBase = "tillgate cache base 1"
)

// lockWait is how long Open waits for another process to let go of a file.
const lockWait = time.Second

// The buckets. The keys are hashes.
var (
	bucketCustomers = []byte("customers") // customer id → sealed record
	bucketKeys      = []byte("keys")      // card, phone or external id → hashes of the ids of the customers that claim it
	bucketGone      = []byte("gone")      // customer id → version of its tombstone
	bucketState     = []byte("state")

	buckets = [][]byte{bucketCustomers, bucketKeys, bucketGone, bucketState}
)

// What is in bucketState. The base has keyBase only.
var (
	keyGeneration = []byte("generation") // of the copy; written last: a copy without is not whole
	keyKey        = []byte("key")        // sealed under the till's
	keyBase       = []byte("base")       // a random id that a base and its changes share; none without a base
	keyProgramme  = []byte("programme")
	keyCursor     = []byte("cursor")
	keyAsOf       = []byte("as of")
	keyCount      = []byte("count")
	keyChanged    = []byte("changed")
)

// ErrClosed says that the cache was closed.
var ErrClosed = errors.New("cache is closed")

// Cache is the copy, open. All methods are safe for use by several goroutines;
// Find waits for nobody.
type Cache struct {
	path string
	key  *seal.Key // the till's
	log  *slog.Logger

	cur   atomic.Pointer[store]
	state atomic.Pointer[state]

	write   sync.Mutex // held by whoever changes the copy
	closed  bool
	filling *store                          // the copy that a fill or merge builds
	touched map[loyalty.CustomerID]struct{} // changed while a fill goes on
	merge   merge
	saved   time.Time // when the time of the last pull was last written

	rebuilt atomic.Pointer[string]
	watch.List
}

// state is what is known of the copy as a whole. It is never changed, only
// replaced.
type state struct {
	programme loyalty.Programme
	cursor    string
	asOf      time.Time
	count     int    // customers
	changed   int    // customers and tombstones in the changes
	base      []byte // id of the base
}

// Open opens the copy, or an empty one where there is none or none that is
// sound, or it is sealed under another key: Rebuilt says so then. An error is one
// that a person has to mend: a folder that can not be written, another process
// that has the file open.
func Open(path string, key *seal.Key, log *slog.Logger) (*Cache, error) {
	c := &Cache{path: path, key: key, log: log, merge: merge{atLeast: mergeAtLeast}}
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

// choose opens the copies that are there and keeps the one that counts.
func (c *Cache) choose() (best *store, err error) {
	for _, path := range c.places() {
		s, err := c.openStore(path)
		var d *boltfile.Damage
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := removeFiles(path); err != nil { // of a copy that was being deleted
				return nil, errors.Join(err, best.close())
			}
			continue
		case errors.As(err, &d):
			if err := c.putAside(path, d); err != nil {
				return nil, errors.Join(err, best.close())
			}
			continue
		case err != nil:
			return nil, errors.Join(err, best.close())
		}
		if best == nil || s.generation > best.generation {
			s, best = best, s
		}
		if err := s.remove(); err != nil {
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

// Close closes the files after the lookups under way. A fill under way fails, a
// merge is given up.
func (c *Cache) Close() error {
	c.write.Lock()
	c.closed = true
	c.write.Unlock()
	c.stopMerge()
	c.write.Lock()
	defer c.write.Unlock()
	c.save()
	return c.cur.Load().close()
}

// save writes down the time of the last pull.
func (c *Cache) save() error {
	s := c.state.Load()
	if s.asOf.Equal(c.saved) {
		return nil
	}
	err := c.cur.Load().update(func(tx *bbolt.Tx, _ *tables) error { return s.save(tx) })
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	if err == nil {
		c.saved = s.asOf
	}
	return err
}
