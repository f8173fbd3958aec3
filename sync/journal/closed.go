package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/internal/logfile"
)

// closedDay is a closing that was exported, and what the journal still has of it.
// The list of them, ending with the last closing of all, stands in a file of its
// own beside the archive: with that lost, numbers go on behind the last one, and
// what accountants have got is not given to them a second time.
type closedDay struct {
	Closing
	Ns []uint64 `json:"ns,omitempty"`
}

func closedPath(path string) string { return path + ".closings" }

// placeClosed is what the list is sealed for.
var placeClosed = []byte("closings")

// noteClosed brings the list up to date.
func (j *Journal) noteClosed(a *archive) error {
	cs, err := a.closings()
	if err != nil {
		return err
	}
	of := map[uint64][]uint64{}
	j.mu.RLock()
	err = boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		for _, n := range j.index.order {
			if v := tx.Bucket(bucketArchived).Get(place(n, nil)); len(v) >= 8 {
				no := binary.BigEndian.Uint64(v)
				of[no] = append(of[no], n)
			}
		}
		return nil
	})
	j.mu.RUnlock()
	if err != nil {
		return err
	}
	var list []closedDay
	for i, c := range cs {
		if c.Exported && (len(of[c.No]) > 0 || i == len(cs)-1 || !cs[i+1].Exported) {
			list = append(list, closedDay{c, of[c.No]})
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	var want []closedDay // with times as they are read
	if err := json.Unmarshal(text, &want); err != nil || len(list) == 0 || reflect.DeepEqual(want, j.closedDays()) {
		return err
	}
	return logfile.Replace(j.o.fs, closedPath(j.path), j.key.Seal(nil, text, placeClosed))
}

// closedDays reads the list. There may be none; one that is damaged is as good as
// none.
func (j *Journal) closedDays() (list []closedDay) {
	b, err := os.ReadFile(closedPath(j.path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		b, err = j.key.Open(nil, b, placeClosed)
	}
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		j.o.Log.Warn("the list of closings can not be read and is made anew", "err", err)
		return nil
	}
	return list
}

// restore gives an archive that was made anew what is known of the one before: the
// number of the last closing, and what the journal still has of those that were
// exported. It changes nothing in one that has been used.
func (j *Journal) restore(a *archive) error {
	used := false
	err := boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		used = tx.Bucket(bucketClosings).Sequence() > 0
		return nil
	})
	list := j.closedDays()
	if err != nil || used || len(list) == 0 {
		return err
	}
	return a.update(func(tx *bbolt.Tx) error {
		for _, c := range list {
			items, holds, err := j.stillThere(c.Ns)
			if err != nil {
				return err
			}
			n, err := a.take(tx, c.No, items, holds)
			if err != nil {
				return err
			}
			c.Partial = c.Partial || n < c.Entries
			if err := c.save(tx); err != nil {
				return err
			}
		}
		last := list[len(list)-1]
		j.o.Log.Info("the archive of settled operations begins anew behind the last closing", "closing", last.No)
		return tx.Bucket(bucketClosings).SetSequence(last.No)
	})
}

// stillThere are those of some entries that the journal has, and what they hold.
func (j *Journal) stillThere(ns []uint64) (items []item, holds map[uint64]hold, err error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	holds = map[uint64]hold{}
	for _, n := range ns {
		b := j.index.entries[n]
		if b == nil {
			continue
		}
		it, err := j.item(n)
		if err != nil {
			return nil, nil, err
		}
		items = append(items, it)
		if h, is := j.index.holds[b.customer][n]; is {
			holds[n] = h
		}
	}
	return items, holds, nil
}

// putAside gives an archive that is damaged another name. The next Tidy begins one.
func (j *Journal) putAside(damage error) error {
	return j.do(func(*batch) error { // the writer reads it too
		j.mu.Lock()
		defer j.mu.Unlock()
		if a := j.archive.Swap(nil); a != nil {
			if err := a.db.Close(); err != nil {
				return err
			}
		}
		return j.renameArchive(damage)
	})
}

func (j *Journal) renameArchive(damage error) error {
	path := archivePath(j.path)
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405")
	j.o.Log.Error("the archive of settled operations is damaged and was put aside; what was exported of it is not touched", "file", aside, "err", damage)
	return j.o.fs.Rename(path, aside)
}

// lastNumber is the highest number of a closing of this till whose files are in
// the folder.
func (x Export) lastNumber() (last uint64) {
	prefix := x.prefix()
	files, _ := filepath.Glob(filepath.Join(x.Dir, "journal_*.json")) // the pattern is sound
	for _, f := range files {
		rest, ours := strings.CutPrefix(filepath.Base(f), prefix)
		number, _, _ := strings.Cut(rest, "_")
		if no, err := strconv.ParseUint(number, 10, 64); ours && err == nil {
			last = max(last, no)
		}
	}
	return last
}
