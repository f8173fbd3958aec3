package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/tillgate/tillgate/sync/internal/logfile"
)

// Unsealed is what can be read of a journal without its key: every entry, in
// order, without the customer. The journal may be open elsewhere.
func Unsealed(path string) ([]Clear, error) {
	last := map[uint64]Clear{}
	err := logfile.Read(logfile.System{}, path, func([]byte) error { return nil }, func(at int64, payload []byte) error {
		for rest := payload; len(rest) > 0; {
			it, behind, err := cutItem(rest)
			if err != nil {
				return &logfile.BadError{At: at, What: err.Error()}
			}
			if it.gone {
				delete(last, it.n)
			} else if last[it.n], err = it.clear(); err != nil {
				return &logfile.BadError{At: at, What: err.Error()}
			}
			rest = behind
		}
		return nil
	})
	if errors.Is(err, logfile.ErrNoLog) {
		return nil, fmt.Errorf("%s is not a sealed journal", path)
	}
	if err != nil {
		return nil, damaged(path, err)
	}
	var cs []Clear
	for _, c := range last {
		cs = append(cs, c)
	}
	slices.SortFunc(cs, func(a, b Clear) int { return int(a.N) - int(b.N) })
	return cs, nil
}

// SetAside gives a journal whose key is lost another name, so that the till can
// begin a new one. Nothing is deleted: with the key it can be read again.
func SetAside(path string) (to string, err error) {
	lock, err := logfile.Lock(holderPath(path), time.Second)
	if errors.Is(err, logfile.ErrLocked) {
		return "", lockedBy(path)
	}
	if err != nil {
		return "", err
	}
	defer lock.Close()
	to = path + ".aside-" + time.Now().UTC().Format("20060102T150405")
	if err := os.Rename(path, to); err != nil {
		return "", err
	}
	for _, with := range []func(string) string{archivePath, closedPath} {
		if err := os.Rename(with(path), with(to)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return to, logfile.System{}.SyncDir(path)
}
