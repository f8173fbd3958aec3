package cache

import (
	"context"
	"errors"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// build makes a whole copy, of a snapshot or of another copy: records go to the
// end of the roll as they come, and their index to a sorter.
type build struct {
	s     *store
	pack  packer
	sort  *sorter
	count int // customers

	unsynced int
	b        buffers
	text     []byte
	keys     []uint64
}

const (
	buildWrite = 256 << 10 // bytes of frames that are written at once
	// buildSync is how much the system may put off writing, in bytes: with all of
	// it put off, the flush at the end would hold up everybody else who flushes to
	// that disk for as long as it takes.
	buildSync = 16 << 20
)

func newBuild(s *store) (*build, error) {
	sort, err := newSorter(s.path + suffixSort)
	if err != nil {
		return nil, err
	}
	return &build{s: s, sort: sort, pack: packer{key: s.key, at: headSize}, b: buffers{in: make([]byte, frameSize+512)}}, nil
}

// put takes in a customer.
func (b *build) put(c *loyalty.Customer) error {
	if !usable(string(c.ID)) {
		return errUnusable
	}
	b.count++
	b.text = encode(b.text[:0], *c)
	at, err := b.slot(slot{kind: slotCustomer, text: b.text}, c.ID)
	if err != nil {
		return err
	}
	b.keys = appendKeys(b.keys[:0], b.s.key, c)
	for _, k := range b.keys {
		if err := b.sort.add(entry{k, at}); err != nil {
			return err
		}
	}
	return nil
}

// remove takes in a tombstone.
func (b *build) remove(g loyalty.Gone) error {
	b.text = goneText(b.text[:0], g)
	_, err := b.slot(slot{kind: slotGone, text: b.text}, g.ID)
	return err
}

func (b *build) slot(sl slot, id loyalty.CustomerID) (place, error) {
	at := b.pack.add(sl)
	if len(b.pack.out) >= buildWrite {
		if err := b.write(); err != nil {
			return 0, err
		}
	}
	return at, b.sort.add(entry{idHash(b.s.key, id), at | flagID})
}

func (b *build) write() error {
	if err := b.s.roll.append(b.pack.out, b.pack.at-int64(len(b.pack.out))); err != nil {
		return err
	}
	b.unsynced += len(b.pack.out)
	b.pack.out = b.pack.out[:0]
	if b.unsynced < buildSync {
		return nil
	}
	b.unsynced = 0
	return b.s.roll.file.Sync()
}

// finish writes what is left and the index. The state gets the number of
// customers.
func (b *build) finish(ctx context.Context, st *state) error {
	b.pack.end()
	if err := b.write(); err != nil {
		return err
	}
	s := b.s
	s.roll.size, s.base, s.number = b.pack.at, b.pack.at, 1
	w, err := newTableWriter(s.tablePath(1), s.key, 1, 0) // nearly all that is looked for is in it: no filter
	if err != nil {
		return err
	}
	err = b.sort.each(func(entries []entry) error {
		for i, e := range entries {
			if e.id() && i+1 < len(entries) && entries[i+1].hash == e.hash { // which is an id then too
				var err error
				if entries[i+1], err = b.newer(e, entries[i+1]); err != nil {
					return err
				}
				continue
			}
			if err := w.add(e); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	st.count = b.count
	if err == nil {
		var t *table
		if t, err = w.finish(tableFooter{Covers: s.roll.size, Tables: []uint64{1}, Base: s.base, Twice: s.twice, State: st.record(true)}); err == nil {
			s.tables = []*table{t}
		}
	}
	if err != nil {
		return errors.Join(err, w.abort())
	}
	s.roll.head.filled = true
	return b.close()
}

// newer is the one of two records of a customer that counts: of two that are as
// good, the later one.
func (b *build) newer(first, second entry) (entry, error) {
	one, err := b.s.read(first.place(), &b.b)
	if err != nil {
		return entry{}, err
	}
	two, err := b.s.read(second.place(), &b.b)
	if err != nil {
		return entry{}, err
	}
	if one.customer.ID != two.customer.ID || !one.there() {
		return entry{}, errTwoOfOneHash
	}
	b.count--
	b.s.twice = true
	if supersedes(two.customer, one.customer) {
		return second, nil
	}
	return first, nil
}

func (b *build) close() error { return b.sort.close() }
