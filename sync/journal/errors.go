package journal

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/seal"
)

var (
	// ErrNotFound says that the journal has no operation of that key.
	ErrNotFound = errors.New("no such operation in the journal")
	// ErrSettled says that the operation is done, refused or resolved: there is
	// nothing to send, nothing to decide.
	ErrSettled = errors.New("operation is settled already")
	// ErrNotNext says that an earlier operation of the same sale is still open.
	ErrNotNext = errors.New("an earlier operation of the sale is still open")
	// ErrClosed says that the journal was closed. Nothing was written.
	ErrClosed = errors.New("journal is closed")
)

// DamagedError says that the file is not what this program wrote. Nothing has
// been changed in it.
type DamagedError struct {
	Path string
	Err  error // what was noticed
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the journal %s can not be trusted: %v. It may hold promises to customers that the central "+
		"system has not seen, so nothing was written to it. Make a copy of the file and contact support with it; "+
		"move it aside only after what it holds has been settled, then start again with a new one", e.Path, e.Err)
}
func (e *DamagedError) Unwrap() error { return e.Err }

// damaged gives what was found in the file the journal's own words.
func damaged(path string, err error) error {
	var bad *logfile.BadError
	var d *boltfile.Damage
	switch {
	case errors.As(err, &bad):
		return &DamagedError{Path: path, Err: fmt.Errorf("at byte %d: %s", bad.At, bad.What)}
	case errors.As(err, &d):
		return &DamagedError{Path: path, Err: d.Err}
	}
	return err
}

// KeyError says that the journal is whole, and sealed with a key that this
// process does not have. Nothing has been changed in it: with the key it can be
// read again, and without it Unsealed still says what is owed.
type KeyError struct {
	Path   string
	Holder seal.Holder // who kept the key
	Have   seal.Holder // who keeps the one that was tried; "" if there is none
}

func (e *KeyError) Error() string {
	have := "there is no key here"
	if e.Have != "" {
		have = "the key that is here is another (in " + string(e.Have) + ")"
	}
	return fmt.Sprintf("the journal %s is sealed, and %s. It was sealed with a key in %s: give that back "+
		"(from a backup; a service that has it as a systemd credential shows it to nobody else). What the journal owes can be read without it: "+
		"tillgate journal unsealed. If the key is lost for good, settle that by hand from the receipts, then: tillgate journal set-aside",
		e.Path, have, cmp.Or(string(e.Holder), "a place that is not known"))
}

// LockedError says that another process has the journal open.
type LockedError struct {
	Path  string
	PID   int       // 0 if it is not known
	Since time.Time // zero if it is not known
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the journal %s is in use by another process", e.Path)
	}
	return fmt.Sprintf("the journal %s is in use by process %d since %s: stop it first",
		e.Path, e.PID, e.Since.Local().Format(time.DateTime))
}
