package logfile

import (
	"errors"
	"os"
	"time"
)

// ErrLocked says that another opening of the file has its lock.
var ErrLocked = errors.New("in use by another process")

// Lock opens a file, which is made if there is none, and takes its lock; it
// tries for as long as wait and then gives ErrLocked. Closing the file lets go.
// A log that is replaced as a whole needs a lock on another file than itself.
func Lock(path string, wait time.Duration) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		ok, err := tryLock(f)
		switch {
		case err != nil:
			return nil, errors.Join(err, f.Close())
		case ok:
			return f, nil
		case time.Now().After(end):
			return nil, errors.Join(ErrLocked, f.Close())
		}
	}
}
