package journal

import (
	"encoding/json"
	"errors"
	"os"
	"time"
)

// holder says who has the journal open. It stands in a file beside it, which is
// what is locked: the journal itself is replaced now and then. What a crash left
// in it misleads nobody: it is read only while the lock is held, and whoever
// holds it has written it anew.
type holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

func holderPath(path string) string { return path + ".holder" }

func writeHolder(f *os.File) error {
	b, err := json.Marshal(holder{os.Getpid(), time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	_, werr := f.WriteAt(append(b, '\n'), 0)
	return errors.Join(werr, f.Truncate(int64(len(b)+1)))
}

// removeHolder empties the file. The file itself stays: another may be waiting
// for its lock.
func removeHolder(f *os.File) { f.Truncate(0) }

func lockedBy(path string) error {
	var h holder
	if b, err := os.ReadFile(holderPath(path)); err == nil && json.Unmarshal(b, &h) == nil {
		return &LockedError{Path: path, PID: h.PID, Since: h.Since}
	}
	return &LockedError{Path: path}
}
