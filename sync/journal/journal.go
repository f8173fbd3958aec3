package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/internal/watch"
	"github.com/tillgate/tillgate/sync/seal"
)

// Options are the settings of a journal. The zero value is right for a till.
type Options struct {
	// Key is the till's key, under which the journal's own is sealed. nil means
	// that of the journal's folder (seal.Load, or seal.Existing where there is a
	// sealed journal already).
	Key *seal.Key
	// Holder says who keeps Key, for people who look for it.
	Holder seal.Holder
	// Log is for what happens to the file: that it is upgraded. nil means nowhere.
	Log *slog.Logger
	// LockWait is how long Open waits for another process to let go of the
	// file; 0 means a second.
	LockWait time.Duration
	// UnsafeAckFirst makes Append and the others return before the commit. It
	// is for the tests alone: they show with it that they would notice.
	UnsafeAckFirst bool
	// UnsafeNoSync leaves out the flush of each commit. It is for the tests alone
	// too: a power cut then loses what was promised.
	UnsafeNoSync bool

	fs logfile.FS // nil: the system's
}

// Journal is journal.db, open. All methods are safe for use by several
// goroutines. Every method that changes something returns after the change is
// on disk, or with an error that says that it is not.
//
// One goroutine writes; callers that come while it commits share the next
// commit (see write). Reads go to the last committed state and wait for nobody
// but for the moment in which a commit is taken into memory.
type Journal struct {
	path  string
	o     Options
	lock  *os.File // of the holder's file
	head  head
	stale bool      // the head in the file is sealed with the till's key of before
	key   *seal.Key // of the records

	requests chan *request
	quit     chan struct{} // closed by Close
	gone     chan struct{} // closed when the writer has returned
	close    sync.Once
	closeErr error

	mu     sync.RWMutex
	log    *logfile.Log // written to by the writer alone; nil when closed
	index  *index
	failed error // why the file can not be used any more, if it can not

	archive atomic.Pointer[archive] // nil until there is one
	tidying sync.Mutex

	unarchived atomic.Pointer[string]
	archiveBad atomic.Bool   // it was found damaged
	soon       chan struct{} // a token in it: Tidy is due at once

	watch.List
}

// Open opens the journal and makes a new one where there is none; one of an
// earlier version becomes one of this.
//
// *LockedError if another process has it, *DamagedError if the file is not
// sound, *KeyError if it is and the key is another: nothing is written then, a
// person has to look first.
func Open(path string, o Options) (*Journal, error) {
	if o.LockWait == 0 {
		o.LockWait = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.fs == nil {
		o.fs = logfile.System{}
	}
	if o.UnsafeNoSync {
		o.fs = careless{o.fs}
	}
	j := &Journal{path: path, o: o, index: newIndex(),
		requests: make(chan *request), quit: make(chan struct{}), soon: make(chan struct{}, 1), gone: make(chan struct{})}
	if err := j.open(); err != nil {
		return nil, err
	}
	go j.write()
	if j.stale {
		if err := j.do(func(*batch) error { return j.rewrite() }); err != nil {
			return nil, errors.Join(fmt.Errorf("journal: seal its key anew: %w", err), j.Close())
		}
	}
	// What a crash left in the file may be in the system's cache alone. A
	// commit of our own makes it durable before anybody relies on it, and shows
	// at once that the disk can be written.
	if err := j.do(func(b *batch) error { b.always = true; return nil }); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), j.Close())
	}
	return j, nil
}

func (j *Journal) open() (err error) {
	if j.lock, err = logfile.Lock(holderPath(j.path), j.o.LockWait); err != nil {
		if errors.Is(err, logfile.ErrLocked) {
			return lockedBy(j.path)
		}
		return fmt.Errorf("journal: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, j.lock.Close())
		}
	}()
	if err := j.findKey(); err != nil {
		return err
	}
	if err := removeLeftovers(j.o.fs, j.path); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	err = j.load()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := j.create(nil); err != nil {
			return fmt.Errorf("create journal: %w", err)
		}
		err = j.load()
	case errors.Is(err, logfile.ErrNoLog):
		if err := j.upgrade(); err != nil {
			return err
		}
		err = j.load()
	}
	if err != nil {
		return damaged(j.path, err)
	}
	scrub(j.path)
	if _, err := os.Stat(archivePath(j.path)); err == nil {
		if a, err := j.openArchive(); err == nil {
			j.archive.Store(a)
		} else { // the till goes on; Tidy tries again
			j.o.Log.Error("the archive of settled operations can not be opened", "err", err)
		}
	}
	if err := writeHolder(j.lock); err != nil {
		return errors.Join(fmt.Errorf("journal: %w", err), j.log.Close())
	}
	return nil
}

// load reads the file into memory.
func (j *Journal) load() error {
	log, err := logfile.Open(j.o.fs, j.path, j.readHead, func(at int64, payload []byte) error {
		return j.index.replay(j.key, at, payload)
	})
	if err != nil {
		return err
	}
	j.index.last = max(j.index.last, j.head.Last)
	j.log = log
	return nil
}

// Close waits for the commit under way and closes the file. What was accepted
// is on disk, what was not is refused with ErrClosed. Further calls return the
// same as the first.
func (j *Journal) Close() error {
	j.close.Do(func() {
		close(j.quit)
		<-j.gone
		j.mu.Lock()
		defer j.mu.Unlock()
		// A batch behind the last one: damage to that is noticed then.
		_, err := j.log.Append(nil)
		if j.failed != nil {
			err = nil // it has been said
		}
		j.closeErr = errors.Join(err, j.log.Close())
		if a := j.archive.Load(); a != nil {
			j.closeErr = errors.Join(j.closeErr, a.db.Close())
		}
		j.log = nil
		removeHolder(j.lock) // while the lock is still ours
		j.closeErr = errors.Join(j.closeErr, j.lock.Close())
	})
	return j.closeErr
}

// Path is where the journal is.
func (j *Journal) Path() string { return j.path }

// careless is a file system that does not flush: see Options.UnsafeNoSync.
type careless struct{ logfile.FS }

func (c careless) OpenFile(path string, flag int, mode os.FileMode) (logfile.File, error) {
	f, err := c.FS.OpenFile(path, flag, mode)
	return carelessFile{f}, err
}

type carelessFile struct{ logfile.File }

func (carelessFile) Datasync() error { return nil }
