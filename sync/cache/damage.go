package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Damage is the error of a copy that is not what was written.
type Damage struct {
	Path string
	Err  error
}

func (d *Damage) Error() string { return fmt.Sprintf("%s is damaged: %v", d.Path, d.Err) }
func (d *Damage) Unwrap() error { return d.Err }

// fail is called by whoever met damage in b: the copy is replaced by an empty
// one, once, and the relay fills it. The caller must not hold the write lock.
func (c *Cache) fail(b *store, d *Damage) {
	c.write.Lock()
	defer c.write.Unlock()
	c.failLocked(b, d)
}

func (c *Cache) failLocked(b *store, d *Damage) {
	if c.cur.Load() != b {
		return
	}
	empty, err := c.createEmpty(b.generation + 1)
	if err != nil {
		c.log.Error("the copy of the customers is damaged and no other can be made", "damage", d.Err, "err", err)
		return
	}
	c.cur.Store(empty)
	c.state.Store(&state{programme: c.state.Load().programme})
	if err := errors.Join(b.close(), c.putAside(b.path, d)); err != nil {
		c.log.Error("the damaged copy of the customers stays where it is", "err", err)
	}
	c.Notify()
}

// putAside renames the files of a damaged copy, so that somebody may look into
// them, and deletes those that were put aside before.
func (c *Cache) putAside(path string, d *Damage) error {
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
	files, err := filesOf(path)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Rename(f, f+aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the damaged copy of the customers aside: %w", err)
		}
	}
	c.lost(d.Err)
	return nil
}

// lost says that the copy was damaged.
func (c *Cache) lost(damage error) {
	why := damage.Error()
	c.rebuilt.Store(&why)
	c.log.Error("the copy of the customers was damaged and is filled anew", "damage", damage)
}
