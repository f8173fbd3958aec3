package logfile

import (
	"io"
	"os"
	"path/filepath"

	"github.com/tillgate/tillgate/sync/internal/osfile"
)

// FS is what a log and its owner ask of the file system, so that a test can
// make each request fail.
type FS interface {
	OpenFile(path string, flag int, mode os.FileMode) (File, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error // makes the names in the folder of path durable
}

// File is what a log asks of a file.
type File interface {
	io.ReaderAt
	io.WriterAt
	Datasync() error // flushes what was written
	Sync() error     // flushes that, and all that the system knows of the file
	Size() (int64, error)
	Close() error
}

// System is the system's own.
type System struct{}

func (System) OpenFile(path string, flag int, mode os.FileMode) (File, error) {
	f, err := os.OpenFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

func (System) Rename(from, to string) error { return os.Rename(from, to) }
func (System) Remove(path string) error     { return os.Remove(path) }
func (System) SyncDir(path string) error    { return osfile.SyncDir(filepath.Dir(path)) }

type file struct{ *os.File }

func (f file) Datasync() error { return datasync(f.File) }

func (f file) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
