package journal

import (
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
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

// damaged gives boltfile's finding the journal's own words.
func damaged(err error) error {
	var d *boltfile.Damage
	if errors.As(err, &d) {
		return &DamagedError{Path: d.Path, Err: d.Err}
	}
	return err
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
