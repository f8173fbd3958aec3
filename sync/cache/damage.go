package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

func asDamage(path string, err error) *boltfile.Damage {
	var d *boltfile.Damage
	if errors.As(err, &d) {
		return d
	}
	return &boltfile.Damage{Path: path, Err: err}
}

// fail is called by whoever met damage in b: the copy is replaced by an empty
// one, once, and the relay fills it. The caller must not hold the write lock.
func (c *Cache) fail(b *store, d *boltfile.Damage) {
	c.write.Lock()
	defer c.write.Unlock()
	c.failLocked(b, d)
}

func (c *Cache) failLocked(b *store, d *boltfile.Damage) {
	if c.cur.Load() != b {
		return
	}
	empty, err := c.create(b.generation + 1)
	if err != nil {
		c.log.Error("the copy of the customers is damaged and no other can be made", "damage", d.Err, "err", err)
		return
	}
	c.cur.Store(empty)
	c.state.Store(&state{programme: c.state.Load().programme})
	c.touched = nil
	if err := errors.Join(b.close(), c.putAside(b.path, d)); err != nil {
		c.log.Error("the damaged copy of the customers stays where it is", "err", err)
	}
	c.Notify()
}

// replace puts a file aside that turned out to be damaged while it was opened,
// and makes an empty one.
func (c *Cache) replace(b *store, d *boltfile.Damage) (*store, error) {
	if err := errors.Join(b.close(), c.putAside(b.path, d)); err != nil {
		return nil, err
	}
	return c.create(b.generation + 1)
}

// putAside renames the files of a damaged copy, so that somebody may look into
// them, and deletes those that were put aside before.
func (c *Cache) putAside(path string, d *boltfile.Damage) error {
	old, err := filepath.Glob(c.path + "*.damaged-*")
	if err != nil {
		return err
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			c.log.Warn("an old damaged copy of the customers can not be deleted", "err", err)
		}
	}
	aside := ".damaged-" + time.Now().UTC().Format("20060102T150405")
	for _, f := range []string{path, path + suffixBase} {
		if err := os.Rename(f, f+aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the damaged copy of the customers aside: %w", err)
		}
	}
	why := d.Err.Error()
	c.rebuilt.Store(&why)
	c.log.Error("the copy of the customers was damaged and is filled anew", "damage", d.Err)
	return nil
}
