package journal

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

// The first version was a bbolt file, unsealed, with an index for each question
// that is asked. Of all that the entries count; the last number was in the
// sequence of their bucket.
const format1 = "tillgate journal 1"

var bucketEntries = []byte("entries") // N → record

// upgrade makes a journal of this version of one of the first. At every moment
// one of the two is there under the journal's name, whole: the new one is
// written beside the old, flushed, and takes its name. The old one then is
// overwritten, because it is readable; see scrub for what that is worth.
func (j *Journal) upgrade() error {
	db, err := boltfile.OpenReadOnly(j.path, format1, j.o.LockWait)
	if errors.Is(err, boltfile.ErrLocked) {
		return lockedBy(j.path) // by a program of before, which knows no other lock
	}
	if err != nil {
		return damaged(j.path, err)
	}
	defer func() { db.Close() }()
	if err := j.newHead(); err != nil {
		return err
	}
	var items []byte
	n := 0
	err = boltfile.Check(j.path, db)
	if err == nil {
		err = boltfile.View(j.path, db, func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketEntries)
			if b == nil {
				return &boltfile.Damage{Path: j.path, Err: errors.New("it has no entries")}
			}
			j.index.last = b.Sequence()
			return b.ForEach(func(k, v []byte) error {
				r, err := decode(v)
				if err != nil {
					return &boltfile.Damage{Path: j.path, Err: fmt.Errorf("entry %x: %w", k, err)}
				}
				n++
				items, err = appendItem(items, j.key, r)
				return err
			})
		})
	}
	if err != nil {
		return damaged(j.path, err)
	}
	if err := os.Link(j.path, oldPath(j.path)); err != nil && !errors.Is(err, os.ErrExist) {
		j.o.Log.Warn("the journal of before can not be overwritten after the upgrade: what it held stays in free blocks of the disk", "err", err)
	}
	if err := db.Close(); err != nil { // Windows replaces no file that is open
		return err
	}
	if err := j.create(items); err != nil {
		return fmt.Errorf("upgrade journal: %w", err)
	}
	j.o.Log.Info("the journal is sealed now", "entries", n)
	return nil
}

func oldPath(path string) string { return path + ".v1" }

// scrub overwrites and removes the unsealed journal of before, if an upgrade has
// left it. A flash disk may keep the blocks that were written over for a while,
// as it does with every deleted file.
func scrub(path string) {
	old := oldPath(path)
	info, err := os.Stat(old)
	if err != nil {
		return
	}
	now, err := os.Stat(path)
	if err != nil {
		return
	}
	if !os.SameFile(info, now) {
		if f, err := os.OpenFile(old, os.O_WRONLY, 0); err == nil {
			for at := int64(0); at < info.Size(); at += 1 << 20 {
				f.WriteAt(slices.Repeat([]byte{0}, int(min(1<<20, info.Size()-at))), at)
			}
			f.Sync()
			f.Close()
		}
	}
	os.Remove(old)
}
