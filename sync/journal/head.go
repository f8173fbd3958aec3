package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/seal"
)

// format is written in the file; a program that does not know it leaves the
// file alone.
const format = "tillgate journal 2"

// head stands at the beginning of the file and does not change while the file
// is used: the log is written anew for another.
type head struct {
	Format string      `json:"format"`
	Key    []byte      `json:"key"`              // of the records, sealed with the till's
	Holder seal.Holder `json:"holder,omitempty"` // who kept the till's key
	Sign   []byte      `json:"sign"`             // seed of the key that signs exports, sealed with Key
	Last   uint64      `json:"last,omitempty"`   // number of the last entry when the file was made
	Made   time.Time   `json:"made"`
}

// What the journal's key and the seed of the signing key are sealed for.
var (
	placeKey  = []byte("journal")
	placeSign = []byte("journal signing key")
)

// newHead makes the keys of a new journal.
func (j *Journal) newHead() error {
	secret := seal.NewSecret()
	key, err := seal.New(secret)
	if err != nil {
		return err
	}
	j.key = key
	j.head = head{Format: format, Key: j.o.Key.Seal(nil, secret, placeKey), Holder: j.o.Holder,
		Sign: key.Seal(nil, seal.NewSecret(), placeSign), Made: stamp()}
	return nil
}

// readHead opens the keys of a journal. One whose key was sealed with the till's
// former key is sealed with the new one when the file is next written anew.
func (j *Journal) readHead(b []byte) error {
	var h head
	if err := json.Unmarshal(b, &h); err != nil {
		return &logfile.BadError{Path: j.path, What: "its head: " + err.Error()}
	}
	if h.Format != format {
		return &logfile.BadError{Path: j.path, What: fmt.Sprintf("its format is %q, this program knows %q", h.Format, format)}
	}
	secret, err := j.o.Key.Open(nil, h.Key, placeKey)
	if err != nil {
		return &KeyError{Path: j.path, Holder: h.Holder, Have: j.o.Holder}
	}
	if j.key, err = seal.New(secret); err != nil {
		return &logfile.BadError{Path: j.path, What: "its key: " + err.Error()}
	}
	j.head, j.stale = h, j.o.Key.Stale(h.Key, placeKey)
	if j.stale {
		j.head.Key, j.head.Holder = j.o.Key.Seal(nil, secret, placeKey), j.o.Holder
	}
	return nil
}

// findKey finds the till's key if the caller has brought none. It makes one only
// where no sealed journal waits for the one that it had.
func (j *Journal) findKey() (err error) {
	if j.o.Key != nil {
		return nil
	}
	dir := filepath.Dir(j.path)
	var h head
	err = logfile.Read(j.o.fs, j.path, func(b []byte) error { json.Unmarshal(b, &h); return errEnough }, nil)
	if !errors.Is(err, errEnough) {
		j.o.Key, j.o.Holder, err = seal.Load(dir, j.o.Log)
		return err
	}
	j.o.Key, j.o.Holder, err = seal.Existing(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return &KeyError{Path: j.path, Holder: h.Holder}
	}
	return err
}

var errEnough = errors.New("that is enough")

// create makes the file: under another name, and gives it its own when it is
// whole, so that a crash in between leaves the one of before, or none, rather
// than a broken one. The first batch holds what is given.
func (j *Journal) create(items []byte) error {
	if j.key == nil {
		if err := j.newHead(); err != nil {
			return err
		}
	}
	h := j.head
	h.Last = j.index.last
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	log, err := logfile.Create(j.o.fs, newPath(j.path), text, items)
	if err == nil {
		err = log.Close()
	}
	if err == nil {
		err = j.o.fs.Rename(newPath(j.path), j.path)
	}
	if err == nil {
		err = j.o.fs.SyncDir(j.path)
	}
	return err
}

func newPath(path string) string { return path + ".new" }

// removeLeftovers removes what a crash in create has left.
func removeLeftovers(sys logfile.FS, path string) error {
	if err := sys.Remove(newPath(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// quiet is a log for nobody.
var quiet = slog.New(slog.DiscardHandler)
