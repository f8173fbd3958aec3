package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

// mergeAtLeast is the number of changes that is worth writing a base for, also
// of few customers. A million customers are written in one go with some 350 MB,
// so that with a quarter of them changed a merge adds 1.4 KB to each change.
const mergeAtLeast = 50_000

// merge is the merge under way, if any.
type merge struct {
	atLeast int // changes
	retry   int // after a merge that failed: not before that many changes

	cancel context.CancelFunc
	done   chan struct{} // nil while there is none
	marks  map[mark]bool // changed since it began
	err    error         // of the last one
}

// watch lets a transaction say what it changes.
func (m *merge) watch(t *tables) {
	t.customers.marks, t.keys.marks, t.gone.marks = m.marks, m.marks, m.marks
}

// Merge merges the changes into the base now, and waits for it: for the night,
// or before the files are copied elsewhere. Without a need for it, merges come by
// themselves.
func (c *Cache) Merge() error {
	c.write.Lock()
	err := c.beginMerge()
	done := c.merge.done
	c.write.Unlock()
	if err != nil {
		return fmt.Errorf("merge the changes to the copy of the customers: %w", err)
	}
	<-done
	c.write.Lock()
	defer c.write.Unlock()
	return c.merge.err
}

// startMerge starts a merge of base and changes if it is worth it. The write
// lock is held.
func (c *Cache) startMerge() {
	s := c.state.Load()
	if s.changed < max(c.merge.atLeast, s.count/4, c.merge.retry) || c.filling != nil || c.closed {
		return
	}
	if err := c.beginMerge(); err != nil {
		c.mergeFailed(err)
	}
}

func (c *Cache) beginMerge() error {
	switch {
	case c.closed:
		return ErrClosed
	case c.filling != nil:
		return errors.New("a fill or merge is under way")
	}
	old := c.cur.Load()
	next, err := c.begin(old)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.filling = next
	c.merge.cancel, c.merge.done, c.merge.marks = cancel, make(chan struct{}), map[mark]bool{}
	go c.runMerge(ctx, old, next)
	return nil
}

// stopMerge gives up the merge under way and waits for its end. The write lock
// is not held.
func (c *Cache) stopMerge() {
	c.write.Lock()
	cancel, done := c.merge.cancel, c.merge.done
	c.write.Unlock()
	if done != nil {
		cancel()
		<-done
	}
}

func (c *Cache) runMerge(ctx context.Context, old, next *store) {
	base, err := next.buildBase(func(b *boltfile.Build) error { return old.copyTo(ctx, b) })
	c.write.Lock()
	defer c.write.Unlock()
	defer close(c.merge.done)
	marks := c.merge.marks
	overtaken := ctx.Err() != nil || c.cur.Load() != old // by a fill, the end, or damage
	c.merge.cancel()
	c.filling, c.merge.done, c.merge.marks = nil, nil, nil
	if err == nil && overtaken {
		err = context.Canceled
	}
	s := *c.state.Load()
	s.base, s.changed = base, 0
	if err == nil {
		err = copyMarked(old, next, marks, &s)
	}
	if err == nil {
		err = next.finish(old.generation+1, s)
	}
	c.merge.err = err
	if err != nil {
		err = errors.Join(err, next.remove())
		var d *boltfile.Damage
		switch {
		case overtaken:
		case errors.As(err, &d):
			c.failLocked(old, d)
		default:
			c.mergeFailed(err)
		}
		return
	}
	c.log.Info("the changes to the copy of the customers were merged into it", "changes", c.state.Load().changed, "customers", s.count)
	c.cur.Store(next)
	c.state.Store(&s)
	c.merge.retry = 0
	if err := old.remove(); err != nil {
		c.log.Warn("the old copy of the customers can not be deleted", "err", err)
	}
}

// mergeFailed puts the next attempt off. The copy is as good as before.
func (c *Cache) mergeFailed(err error) {
	changed := c.state.Load().changed
	c.merge.retry = changed + changed/4
	c.log.Warn("the changes to the copy of the customers can not be merged into it; later again", "changes", changed, "err", err)
}

// copyBatch is how many keys are read in one transaction.
const copyBatch = 2000

// copyTo writes the tables as they are now into a base. The transactions are
// short: a long one would hold up changes that make the file longer, and they
// the lookups. What is changed meanwhile may be there or not; whoever calls
// copies it after. Every record's seal is looked at.
func (s *store) copyTo(ctx context.Context, b *boltfile.Build) error {
	type entry struct{ k, v int } // ends, in data
	var data, text, last []byte
	var batch []entry
	for _, name := range [][]byte{bucketCustomers, bucketKeys, bucketGone} {
		if err := b.Bucket(string(name)); err != nil {
			return err
		}
		for last = nil; ; {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, batch = data[:0], batch[:0]
			err := s.view(func(t *tables) error {
				t.of(string(name)).scan(last, func(k, v []byte) bool {
					data = append(data, k...)
					e := entry{k: len(data)}
					data = append(data, v...)
					e.v = len(data)
					batch = append(batch, e)
					return len(batch) < copyBatch
				})
				return nil
			})
			if err != nil {
				return err
			}
			if len(batch) == 0 {
				break
			}
			at := 0
			for _, e := range batch {
				k, v := data[at:e.k], data[e.k:e.v]
				at = e.v
				if slices.Equal(name, bucketCustomers) {
					if text, err = s.key.Open(text[:0], v, k); err != nil {
						return &boltfile.Damage{Path: s.path, Err: err}
					}
				}
				if err := b.Put(k, v); errors.Is(err, boltfile.ErrOrder) {
					return &boltfile.Damage{Path: s.path, Err: fmt.Errorf("%s: %w", name, err)}
				} else if err != nil {
					return err
				}
				last = append(last[:0], k...)
			}
		}
	}
	return nil
}

// copyMarked brings what was changed during a merge over to the new copy.
func copyMarked(old, next *store, marks map[mark]bool, s *state) error {
	return old.view(func(from *tables) error {
		return next.update(func(_ *bbolt.Tx, to *tables) error {
			for m := range marks {
				var err error
				if v := from.of(m.table).Get(m.key[:]); v != nil {
					err = to.of(m.table).Put(m.key[:], v)
				} else {
					err = to.of(m.table).Delete(m.key[:])
				}
				if err != nil {
					return err
				}
			}
			s.changed = to.customers.grown + to.gone.grown
			return nil
		})
	})
}
