package logfile

import (
	"errors"
	"os"
)

// NewSuffix is behind the name of what Replace has not put in its place yet.
const NewSuffix = ".new"

// Replace puts a file of mode 0600 in the place of what is at path, durably: it is
// there whole, or what was before is.
func Replace(sys FS, path string, b []byte) error {
	part := path + NewSuffix
	if err := sys.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := sys.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = sys.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, sys.Remove(part))
	}
	return sys.SyncDir(path)
}
