// Package osfile is what the files of a till ask of the system beyond package os:
// a lock, and names that are durable.
package osfile

import (
	"errors"
	"os"
	"time"
)

// ErrLocked says that another process (or another opening in this one) has the
// file open.
var ErrLocked = errors.New("in use by another process")

// Lock takes a file for this opening alone. It tries for as long as wait and then
// gives ErrLocked. Closing the file lets go of it.
func Lock(f *os.File, wait time.Duration) error {
	for end := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		ok, err := tryLock(f)
		switch {
		case err != nil || ok:
			return err
		case time.Now().After(end):
			return ErrLocked
		}
	}
}
