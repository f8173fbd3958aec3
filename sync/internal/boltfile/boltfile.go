// Package boltfile opens the bbolt files of a till, or says what is wrong with
// one without having changed a byte of it.
//
// bbolt trusts its file: a page that is not what it should be is a panic, a
// file that is shorter than its map is a SIGBUS. A till is switched off at the
// wall and its disk wears out, so both happen. Here they are errors.
package boltfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/internal/osfile"
)

// ErrLocked says that another process (or another opening in this one) has the
// file open.
var ErrLocked = osfile.ErrLocked

// Damage is the error of a file that is not what bbolt and its owner wrote.
type Damage struct {
	Path string
	Err  error
}

func (d *Damage) Error() string { return fmt.Sprintf("%s is damaged: %v", d.Path, d.Err) }
func (d *Damage) Unwrap() error { return d.Err }

// Open opens a file that exists; fs.ErrNotExist if there is none, ErrLocked if
// it could not be locked within wait, *Damage if it is not sound as far as a
// cheap look can tell (meta pages, length, free list, format), any other error
// if the system does not let us. A damaged file is left as it is.
func Open(path, format string, wait time.Duration) (*bbolt.DB, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if fi.Size() == 0 {
		// bbolt would make a new file of it. We never leave an empty one behind.
		return nil, &Damage{path, errors.New("it is empty")}
	}
	// Read only first: that alone is sure to write nothing.
	db, err := OpenReadOnly(path, format, wait)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return open(path, bbolt.Options{Timeout: wait, FreelistType: bbolt.FreelistMapType})
}

// OpenReadOnly is Open of a file that is not to be written to.
func OpenReadOnly(path, format string, wait time.Duration) (*bbolt.DB, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if fi.Size() == 0 {
		return nil, &Damage{path, errors.New("it is empty")}
	}
	db, err := open(path, bbolt.Options{Timeout: wait, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	// Under the lock, and as far as the beginning goes: of the rest, View notices
	// what it meets.
	if err = inspect(path, false); err == nil {
		err = probe(path, format, db)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Create makes a new, empty file with its format written into it. It must not
// exist. Nothing is promised to be on the disk yet.
func Create(path, format string) (*bbolt.DB, error) {
	if _, err := os.Stat(path); err == nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	db, err := open(path, bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType, NoSync: true})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucketFormat)
		if err != nil {
			return err
		}
		return b.Put(keyFormat, []byte(format))
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

var (
	bucketFormat = []byte("format")
	keyFormat    = []byte("format")
)

// open is bbolt.Open with the panics of a damaged free list as errors.
func open(path string, o bbolt.Options) (db *bbolt.DB, err error) {
	var file *os.File
	o.NoStatistics = true
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		file = f
		return f, err
	}
	err = Guard(path, func() error {
		var err error
		db, err = bbolt.Open(path, 0o600, &o)
		return err
	})
	var d *Damage
	switch {
	case errors.As(err, &d):
		if file != nil {
			file.Close() // lets go of the lock
		}
	case errors.Is(err, berrors.ErrTimeout):
		err = fmt.Errorf("%s: %w", path, ErrLocked)
	case err != nil && strings.Contains(err.Error(), "file size too small"): // there is no value for it
		err = &Damage{path, err}
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		err = &Damage{path, err}
	case err != nil:
		err = fmt.Errorf("open %s: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// probe is the cheap look.
func probe(path, format string, db *bbolt.DB) error {
	return View(path, db, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketFormat)
		if b == nil {
			return &Damage{path, errors.New("no format written in it")}
		}
		if f := string(b.Get(keyFormat)); f != format {
			return &Damage{path, fmt.Errorf("its format is %q, this program knows %q", f, format)}
		}
		return nil
	})
}

// View is db.View with panics and faults of a damaged file as *Damage. The path
// is for the error: a file that is being closed can not be asked for it.
func View(path string, db *bbolt.DB, f func(*bbolt.Tx) error) error {
	return Guard(path, func() error { return db.View(f) })
}

// Guard runs f on a file and turns what a damaged page does to bbolt (a panic,
// a fault in the map) into *Damage.
func Guard(path string, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &Damage{path, fmt.Errorf("%v", p)}
		}
	}()
	return f()
}

// Check reads the whole file and says what is wrong with its structure, by plain
// reads and then as bbolt itself does. It takes long on a large file.
func Check(path string, db *bbolt.DB) error {
	if err := inspect(path, true); err != nil {
		return err
	}
	return View(path, db, func(tx *bbolt.Tx) error {
		var errs []error
		for err := range tx.Check() {
			if len(errs) < 10 {
				errs = append(errs, err)
			}
		}
		if len(errs) > 0 {
			return &Damage{path, errors.Join(errs...)}
		}
		return nil
	})
}
