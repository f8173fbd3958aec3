package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tillgate/tillgate/sync/internal/osfile"
	"github.com/tillgate/tillgate/sync/seal"
)

// What the files of a copy are called, after the name of its place. The roll has
// the place's own name.
const (
	suffixTable = ".index-" // and its number
	suffixSort  = ".sort"   // the index of a fill, on its way to be sorted
)

// store is one copy, open.
type store struct {
	path       string
	generation uint64
	key        *seal.Key
	log        *slog.Logger

	// Lookups hold mu for reading. Whoever changes the copy does so one after
	// another (Cache.write) and holds it only to put what is on the disk already
	// into memory.
	mu     sync.RWMutex
	closed bool
	roll   *roll
	tables []*table // the oldest first; if the copy was filled, the first is of the fill
	tail   *tail
	base   int64 // where the records of the fill end in the roll
	twice  bool  // among them are several of one customer
	number uint64
}

var errStoreClosed = errors.New("the store is closed")

// openStore opens the copy of a place. errUnfinished if it is of a fill that was
// cut.
func (c *Cache) openStore(path string) (*store, *state, error) {
	r, err := openRoll(path, c.key)
	if err != nil {
		return nil, nil, err
	}
	s := &store{path: path, generation: r.head.generation, key: r.key, log: c.log, roll: r, tail: newTail(), base: headSize}
	st, err := s.load()
	if err != nil {
		return nil, nil, errors.Join(&Damage{path, err}, s.close())
	}
	return s, st, nil
}

// load opens the tables and reads what came after them.
func (s *store) load() (*state, error) {
	st := &state{}
	covered := headSize
	numbers, err := tableNumbers(s.path)
	if err != nil {
		return nil, err
	}
	var broken error
	for _, n := range slices.Backward(numbers) {
		s.number = max(s.number, n)
		newest, err := openTable(s.tablePath(n), s.key, n)
		if err != nil {
			// A power cut while it was made leaves it broken, and those before it whole.
			broken = errors.Join(broken, err)
			continue
		}
		f := newest.footer
		for _, other := range f.Tables {
			if other == n {
				s.tables = append(s.tables, newest)
				continue
			}
			t, err := openTable(s.tablePath(other), s.key, other)
			if err != nil {
				return nil, errors.Join(err, newest.close())
			}
			s.tables = append(s.tables, t)
		}
		covered, s.base, s.twice = f.Covers, f.Base, f.Twice
		st.take(f.State)
		break
	}
	if s.roll.head.filled && len(s.tables) == 0 {
		return nil, errors.Join(errors.New("it has no index"), broken)
	}
	for _, n := range numbers {
		if !slices.ContainsFunc(s.tables, func(t *table) bool { return t.number == n }) {
			if err := os.Remove(s.tablePath(n)); err != nil {
				return nil, err
			}
		}
	}
	info, err := s.roll.file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < covered {
		return nil, fmt.Errorf("cut off: %d of %d bytes", info.Size(), covered)
	}
	return st, s.replay(covered, st)
}

// replay reads the transactions behind what the tables cover. The roll ends with
// the last whole one: of what comes behind, nobody was told that it is there.
func (s *store) replay(from int64, st *state) error {
	b := &buffers{in: make([]byte, frameSize+512)}
	type change struct {
		id   uint64
		at   place
		keys []uint64
	}
	var changes []change
	s.roll.size = from
	for at := from; ; {
		text, next, err := s.roll.frame(at, b)
		if errors.Is(err, io.EOF) || errors.Is(err, seal.ErrBroken) || errors.Is(err, errFrame) {
			break
		}
		if err != nil {
			return err
		}
		for number := 0; len(text) > 0; number++ {
			var sl slot
			if sl, text, err = nextSlot(text); err != nil {
				return err
			}
			if sl.kind == slotState {
				if err := st.takeSlot(sl.text); err != nil {
					return err
				}
				for _, c := range changes {
					s.tail.ids[c.id] = c.at
					for _, k := range c.keys {
						s.tail.claim(k, c.at)
					}
				}
				changes = changes[:0]
				s.roll.size = next
				continue
			}
			id, err := slotID(sl)
			if err != nil {
				return err
			}
			changes = append(changes, change{idHash(s.key, id), newPlace(at, number), splitKeys(sl.keys)})
		}
		at = next
	}
	info, err := s.roll.file.Stat()
	if err != nil || info.Size() == s.roll.size {
		return err
	}
	s.log.Warn("the end of the copy of the customers is not whole: what was changed last comes again with the next changes", "bytes", info.Size()-s.roll.size)
	return s.roll.file.Truncate(s.roll.size)
}

func splitKeys(b []byte) []uint64 {
	if len(b) == 0 {
		return nil
	}
	keys := make([]uint64, 0, len(b)/8)
	for ; len(b) > 0; b = b[8:] {
		keys = append(keys, binary.BigEndian.Uint64(b))
	}
	return keys
}

// newStore makes a copy that is not whole yet, in the place that is free, under a
// new key.
func (c *Cache) newStore() (*store, error) {
	var path string
	for _, path = range c.places() {
		if cur := c.cur.Load(); (cur == nil || cur.path != path) && (c.filling == nil || c.filling.path != path) {
			break
		}
	}
	if err := removeFiles(path); err != nil {
		return nil, err
	}
	r, err := createRoll(path)
	if err != nil {
		return nil, err
	}
	return &store{path: path, key: r.key, log: c.log, roll: r, tail: newTail(), base: headSize}, nil
}

// createEmpty makes an empty copy in the place that is free.
func (c *Cache) createEmpty(generation uint64) (*store, error) {
	s, err := c.newStore()
	if err == nil {
		if err = s.finish(c.key, generation, false); err != nil {
			err = errors.Join(err, s.remove())
		}
	}
	return s, err
}

// finish makes the copy durable and then, durably, whole.
func (s *store) finish(till *seal.Key, generation uint64, filled bool) error {
	if err := s.roll.finish(till, generation, filled); err != nil {
		return err
	}
	s.generation = generation
	return osfile.SyncDir(filepath.Dir(s.path))
}

// commit makes what an edit has packed, and the state after it, durable and
// then seen. Without sync it is not durable yet.
func (s *store) commit(e *edit, st *state, programme, sync bool) error {
	last, err := st.slot(programme)
	if err != nil {
		return err
	}
	e.pack.add(last)
	e.pack.end()
	err = s.roll.append(e.pack.out, s.roll.size)
	if err == nil && sync {
		err = s.roll.file.Sync()
	}
	if err != nil {
		// What is there of it does not count, and the next one is written over it.
		return errors.Join(err, s.roll.file.Truncate(s.roll.size))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roll.size = e.pack.at
	n := 0
	for id, p := range e.pending {
		s.tail.ids[id] = p.at
		if n++; n%seenAtOnce == 0 { // a lookup that waits comes in between
			s.mu.Unlock()
			s.mu.Lock()
		}
	}
	for _, k := range e.keys { // which lead to what is there by now
		s.tail.claim(k.hash, k.at)
	}
	return nil
}

// seenAtOnce is how many records lookups come to see in one step.
const seenAtOnce = 100

// settle puts the index of what was changed into a table, merged with those
// before it that are no larger: so there are few tables, and each entry is
// written a few times only. st is the state of now.
func (s *store) settle(st *state) error {
	from := len(s.tables)
	entries := s.tail.size()
	for from > s.firstOwn() && s.tables[from-1].footer.Entries <= entries {
		from--
		entries += s.tables[from].footer.Entries
	}
	f := tableFooter{Covers: s.roll.size, Base: s.base, Twice: s.twice, State: st.record(true)}
	for _, t := range s.tables[:from] {
		f.Tables = append(f.Tables, t.number)
	}
	number := s.number + 1
	f.Tables = append(f.Tables, number)
	w, err := newTableWriter(s.tablePath(number), s.key, number, entries)
	if err != nil {
		return err
	}
	var t *table
	err = mergeEntries(s.tables[from:], s.tail.entries(), w.add)
	if err == nil {
		t, err = w.finish(f)
	}
	if err == nil {
		if err = osfile.SyncDir(filepath.Dir(s.path)); err != nil {
			err = errors.Join(err, t.close())
		}
	}
	if err != nil {
		return errors.Join(err, w.abort())
	}
	s.mu.Lock()
	old := slices.Clone(s.tables[from:])
	s.tables = append(slices.Clone(s.tables[:from]), t)
	s.tail, s.number = newTail(), number
	s.mu.Unlock()
	for _, t := range old { // nobody reads them any more
		if err := t.remove(); err != nil {
			s.log.Warn("a part of the index of the customers that is not needed any more can not be deleted", "err", err)
		}
	}
	return nil
}

// firstOwn is the number of tables of a fill, which are not merged with others.
func (s *store) firstOwn() int {
	if s.roll.head.filled && len(s.tables) > 0 {
		return 1
	}
	return 0
}

func (s *store) tablePath(n uint64) string { return s.path + suffixTable + strconv.FormatUint(n, 10) }

// tableNumbers are those of a place's tables, in order.
func tableNumbers(path string) (numbers []uint64, err error) {
	files, err := filepath.Glob(path + suffixTable + "*")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if n, err := strconv.ParseUint(strings.TrimPrefix(f, path+suffixTable), 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// close closes the copy after the lookups under way.
func (s *store) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.roll.close()
	for _, t := range s.tables {
		err = errors.Join(err, t.close())
	}
	return err
}

// remove closes the copy and deletes it.
func (s *store) remove() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.close(), removeFiles(s.path))
}

// filesOf are the files of a place, the roll first: what is left without it is no
// copy, and the next start deletes it.
func filesOf(place string) ([]string, error) {
	files := []string{place, place + suffixSort}
	numbers, err := tableNumbers(place)
	for _, n := range numbers {
		files = append(files, place+suffixTable+strconv.FormatUint(n, 10))
	}
	// Of the format before this one.
	return append(files, place+".base"), err
}

func removeFiles(place string) error {
	files, err := filesOf(place)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
