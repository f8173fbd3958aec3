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
// A copy is a roll of records that is only ever written at its end, and an index
// of hashes over it. A change costs its own bytes on the disk, wherever the
// customer stands; in place it costs the page that each of many customers is on,
// and those above it: 0.4 KB against 5 (see bench).
//
// A fill writes records as they come and sorts only their index (see sorter); it
// becomes the first table, which is never written to again. What is changed after
// is indexed in memory, and from time to time in tables of its own, each merged
// with those before it that are no larger (see store.settle): there are few, a
// filter keeps lookups from those that have nothing, and opening reads the
// beginnings of the tables and a little of the roll, however large the copy is.
//
// A transaction is what stands in the roll up to its last whole state; what is
// torn behind it was never acknowledged. A table is a bbolt file: lookups are
// bbolt's, in a file that is never written to again, and what bbolt is slow at,
// changing many random places, is what the roll is for. When the changes are as long as the
// rest, what counts is written into a new copy (see merge), while lookups and
// changes go on. Lookups wait for neither: what is on the disk already is put into
// memory, and that is all that they can be in the way of.
//
// The copy lives in one of a few places (see places) and a fill or merge builds
// another: a file that is in use can not be renamed or replaced on Windows, so
// none ever is. The one that is whole and of the highest generation counts; a
// fill that was cut leaves the others as they were.
//
// # What is where
//
// Everything is sealed (package seal), in pieces of 2 KB, under a key of this copy,
// which stands in its roll sealed under the till's: with every fill and every merge
// comes a new one. Ids, cards and phones are keyed hashes in the index. The seal is
// also what tells damage: a piece that was changed, moved, or is of another copy
// can not be opened, and every one that is read is. A record names its own id,
// cards and phone, and a lookup compares them with what it looked for.
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

	"github.com/tillgate/tillgate/sync/internal/osfile"
	"github.com/tillgate/tillgate/sync/internal/watch"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// lockWait is how long Open waits for another process to let go of a file.
const lockWait = time.Second

// ErrLocked says that another process (or another opening in this one) has the
// copy open.
var ErrLocked = osfile.ErrLocked

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
	filling *store // the copy that a fill or merge builds
	merge   merge
	saved   time.Time // when the time of the last pull was last written

	rebuilt atomic.Pointer[string]
	watch.List
}

// Open opens the copy, or an empty one where there is none or none that is
// sound, or it is sealed under another key: Rebuilt says so then. An error is one
// that a person has to mend: a folder that can not be written, another process
// that has the file open.
func Open(path string, key *seal.Key, log *slog.Logger) (*Cache, error) {
	c := &Cache{path: path, key: key, log: log, merge: merge{tail: tailEntries, atLeast: mergeAtLeast}}
	best, s, err := c.choose()
	if err != nil {
		return nil, fmt.Errorf("open the copy of the customers: %w", err)
	}
	if best == nil {
		s = &state{}
		if best, err = c.createEmpty(1); err != nil {
			return nil, fmt.Errorf("make an empty copy of the customers: %w", err)
		}
	}
	c.cur.Store(best)
	c.state.Store(s)
	return c, nil
}

// choose opens the copies that are there and keeps the one that counts.
func (c *Cache) choose() (best *store, state *state, err error) {
	unfinished := false
	for _, path := range c.places() {
		s, st, err := c.openStore(path)
		var d *Damage
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errUnfinished):
			unfinished = unfinished || errors.Is(err, errUnfinished)
			if err := removeFiles(path); err != nil { // of a copy that was being deleted, or a fill that was cut
				return nil, nil, errors.Join(err, best.close())
			}
			continue
		case errors.As(err, &d):
			if err := c.putAside(path, d); err != nil {
				return nil, nil, errors.Join(err, best.close())
			}
			continue
		case err != nil:
			return nil, nil, errors.Join(err, best.close())
		}
		if best == nil || s.generation > best.generation {
			s, best, state = best, s, st
		}
		if err := s.remove(); err != nil {
			return nil, nil, errors.Join(err, best.close())
		}
	}
	if best == nil && unfinished { // a fill that was cut leaves another
		c.lost(errors.New("its beginning is empty"))
	}
	return best, state, nil
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

// Generation counts the copies: it grows with every fill and every merge, and
// each is under a key of its own.
func (c *Cache) Generation() uint64 { return c.cur.Load().generation }

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
	if !c.closed {
		c.save()
	}
	c.closed = true
	c.write.Unlock()
	c.stopMerge()
	c.write.Lock()
	defer c.write.Unlock()
	return c.cur.Load().close()
}

// save writes down the time of the last pull.
func (c *Cache) save() error {
	s := c.state.Load()
	if c.closed || s.asOf.Equal(c.saved) {
		return nil
	}
	b := c.cur.Load()
	e := b.edit()
	defer e.close()
	if err := b.commit(e, s, false, true); err != nil {
		return err
	}
	c.saved = s.asOf
	return nil
}
