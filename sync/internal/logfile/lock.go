package logfile

import (
	"errors"
	"os"
	"time"

	"github.com/tillgate/tillgate/sync/internal/osfile"
)

// ErrLocked says that another opening of the file has its lock.
var ErrLocked = osfile.ErrLocked

// Lock opens a file, which is made if there is none, and takes its lock; it
// tries for as long as wait and then gives ErrLocked. Closing the file lets go.
// A log that is replaced as a whole needs a lock on another file than itself.
func Lock(path string, wait time.Duration) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := osfile.Lock(f, wait); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
