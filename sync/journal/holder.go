package journal

import (
	"encoding/json"
	"os"
	"time"
)

// holder says who has the journal open. It stands in a file beside it, written
// after the lock was taken; the lock is bbolt's own on the journal itself. A
// holder file that a crash left behind misleads nobody: it is read only while
// the lock is held, and whoever holds it has written it anew.
type holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

func holderPath(path string) string { return path + ".holder" }

func writeHolder(path string) error {
	b, err := json.Marshal(holder{os.Getpid(), time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	return os.WriteFile(holderPath(path), append(b, '\n'), 0o600)
}

func removeHolder(path string) { os.Remove(holderPath(path)) }

func lockedBy(path string) error {
	var h holder
	if b, err := os.ReadFile(holderPath(path)); err == nil && json.Unmarshal(b, &h) == nil {
		return &LockedError{Path: path, PID: h.PID, Since: h.Since}
	}
	return &LockedError{Path: path}
}
