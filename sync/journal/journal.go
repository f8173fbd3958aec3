package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/internal/watch"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// format is written in the file; a program that does not know it leaves the
// file alone.
const format = "tillgate journal 1"

// The buckets. Numbers are big endian, so that their order is that of N.
var (
	bucketEntries = []byte("entries") // N → record
	bucketKeys    = []byte("keys")    // operation key → N
	bucketSales   = []byte("sales")   // sale key, N → ""
	bucketReceipt = []byte("receipt") // the POS's receipt number, N → ""
	bucketOpen    = []byte("open")    // N → operation key, sale key; the entries that are open
	bucketPeople  = []byte("people")  // N → ""; the entries that need a person
	bucketHolds   = []byte("holds")   // customer, N → hold; what sales hold of customers' points
	bucketInHand  = []byte("in hand") // N of a Reserve without Commit or Abort → sale key
	bucketAlone   = []byte("alone")   // N → what was promised on this till's word alone
	bucketCounts  = []byte("counts")  // state → number

	buckets = [][]byte{bucketEntries, bucketKeys, bucketSales, bucketReceipt, bucketOpen, bucketPeople, bucketHolds, bucketInHand, bucketAlone, bucketCounts}
)

// Options are the settings of a journal. The zero value is right for a till.
type Options struct {
	// LockWait is how long Open waits for another process to let go of the
	// file; 0 means a second.
	LockWait time.Duration
	// UnsafeAckFirst makes Append and the others return before the commit. It
	// is for the tests alone: they show with it that they would notice.
	UnsafeAckFirst bool
	// UnsafeNoSync leaves out the flush of each commit. It is for the tests alone
	// too: a power cut then loses what was promised.
	UnsafeNoSync bool
}

// Journal is journal.db, open. All methods are safe for use by several
// goroutines. Every method that changes something returns after the change is
// on disk, or with an error that says that it is not.
//
// One goroutine writes; callers that come while it commits share the next
// commit (see write). Reads go to the last committed state and wait for nobody.
type Journal struct {
	path string
	o    Options
	db   atomic.Pointer[bbolt.DB] // changed by the writer alone

	requests chan *request
	quit     chan struct{} // closed by Close
	gone     chan struct{} // closed when the writer has returned
	close    sync.Once
	closeErr error
	failed   error // of the writer: see halfDone

	mu     sync.Mutex
	open   openSet
	counts map[State]int
	people int
	alone  map[uint64]alone // by N

	watch.List
}

// Open opens the journal and makes a new one where there is none.
//
// *LockedError if another process has it, *DamagedError if the file is not
// sound: nothing is written then, a person has to look first.
func Open(path string, o Options) (*Journal, error) {
	if o.LockWait == 0 {
		o.LockWait = time.Second
	}
	db, err := boltfile.Open(path, format, o.LockWait)
	if errors.Is(err, fs.ErrNotExist) {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("create journal: %w", err)
		}
		db, err = boltfile.Open(path, format, o.LockWait)
	}
	switch {
	case errors.Is(err, boltfile.ErrLocked):
		return nil, lockedBy(path)
	case err != nil:
		return nil, damaged(err)
	}
	j := &Journal{path: path, o: o,
		requests: make(chan *request), quit: make(chan struct{}), gone: make(chan struct{}),
		counts: map[State]int{}, alone: map[uint64]alone{}}
	db.NoSync = o.UnsafeNoSync
	j.db.Store(db)
	err = boltfile.Guard(path, func() error { return makeAlone(db) })
	if err == nil {
		err = j.load()
	}
	if err != nil {
		return nil, errors.Join(damaged(err), db.Close())
	}
	if err := writeHolder(path); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), db.Close())
	}
	go j.write()
	// What a crash left in the file may be in the system's cache alone. A
	// commit of our own makes it durable before anybody relies on it, and shows
	// at once that the disk can be written.
	if err := j.do(func(*batch) error { return nil }); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), j.Close())
	}
	return j, nil
}

// create makes an empty journal under another name and gives it its own when
// it is whole, so that a crash in between leaves no journal rather than a
// broken one. Of two processes that do so at once one wins and both open its file.
func create(path string) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".journal-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tmp := filepath.Join(dir, "new.db")
	db, err := boltfile.Create(tmp, format)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = db.Sync()
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	switch err := os.Link(tmp, path); {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil: // a file system without hard links
		if err := os.Rename(tmp, path); err != nil {
			return err
		}
	}
	return boltfile.SyncDir(path)
}

// load reads what is kept in memory: the open entries and the counts.
func (j *Journal) load() error {
	return j.view(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if tx.Bucket(name) == nil {
				return &boltfile.Damage{Path: j.path, Err: fmt.Errorf("bucket %q is missing", name)}
			}
		}
		c := tx.Bucket(bucketOpen).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			key, sale, err := splitOpen(k, v)
			if err != nil {
				return &boltfile.Damage{Path: j.path, Err: err}
			}
			j.open.add(Head{N: number(k), Key: key, Sale: sale})
		}
		err := tx.Bucket(bucketCounts).ForEach(func(k, v []byte) error {
			if len(v) != 8 {
				return &boltfile.Damage{Path: j.path, Err: fmt.Errorf("count of %q has %d bytes", k, len(v))}
			}
			j.counts[State(k)] = int(number(v))
			return nil
		})
		if err != nil {
			return err
		}
		err = tx.Bucket(bucketPeople).ForEach(func([]byte, []byte) error {
			j.people++
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Bucket(bucketAlone).ForEach(func(k, v []byte) error {
			a, err := decodeAlone(k, v)
			if err != nil {
				return &boltfile.Damage{Path: j.path, Err: err}
			}
			j.alone[a.n] = a
			return nil
		})
	})
}

// Close waits for the commit under way and closes the file. What was accepted
// is on disk, what was not is refused with ErrClosed. Further calls return the
// same as the first.
func (j *Journal) Close() error {
	j.close.Do(func() {
		close(j.quit)
		<-j.gone
		removeHolder(j.path) // while the lock is still ours
		j.closeErr = j.db.Load().Close()
	})
	return j.closeErr
}

// view reads the last committed state.
func (j *Journal) view(f func(*bbolt.Tx) error) error {
	err := boltfile.View(j.path, j.db.Load(), f)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return damaged(err)
}

// Path is where the journal is.
func (j *Journal) Path() string { return j.path }

func number(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

func numbered(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// prefixed is an index key: the length of the name, the name, N. The length
// keeps a name that begins another from meeting it.
func prefixed(name string, n uint64) []byte {
	return binary.BigEndian.AppendUint64(prefix(name), n)
}

func prefix(name string) []byte {
	return append(binary.BigEndian.AppendUint16(make([]byte, 0, len(name)+10), uint16(len(name))), name...)
}

func splitOpen(k, v []byte) (key, sale loyalty.Key, err error) {
	if len(k) != 8 || len(v) < 2 || len(v) < 2+int(binary.BigEndian.Uint16(v)) {
		return "", "", fmt.Errorf("index of open entries: %x is cut off", k)
	}
	n := 2 + int(binary.BigEndian.Uint16(v))
	return loyalty.Key(v[2:n]), loyalty.Key(v[n:]), nil
}
