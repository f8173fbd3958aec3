package cache

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/seal"
)

// table is a part of the index: entries in the order of their hashes, in pages
// that are sealed each for itself. It is a bbolt file, written once, from its
// first page to its last; two of our pages fill one of bbolt's. In memory is the
// filter, so that a lookup reads nothing where the table has nothing of the hash.
type table struct {
	path   string
	db     *bbolt.DB
	key    *seal.Key
	number uint64
	filter filter
	footer tableFooter

	mu   sync.Mutex
	free []*reading // that nobody uses now
}

// reading is a transaction on the pages: to begin one and to find its bucket
// takes longer than to find a page.
type reading struct {
	tx    *bbolt.Tx
	pages *bbolt.Cursor
}

const tableFormat = "tillgate index of customers 1"

// Buckets and keys of the file.
var (
	bucketPages = []byte("pages") // by the first hash u64 and the number u32
	bucketAbout = []byte("about")
	keyFilter   = []byte("filter") // and the number u32 of the part
	keyFooter   = []byte("footer")
)

// tableFooter says what the index was when the table was made: it is what a copy
// is opened by.
type tableFooter struct {
	Entries int         `json:"entries"`
	Pages   int         `json:"pages"`
	Filter  int         `json:"filter"` // bytes
	Covers  int64       `json:"covers"` // the index of the roll up to there is in the tables
	Tables  []uint64    `json:"tables"` // that count, the oldest first, with this one
	Base    int64       `json:"base"`   // where the roll's first table ends
	Twice   bool        `json:"twice"`  // the first table has records of the same customer
	State   stateRecord `json:"state"`  // as of Covers
}

// entry leads from a hash to a record. One of a customer's id leads to what is
// newest of the customer, of those of a card, phone or external id each to a
// record that claims it.
type entry struct {
	hash uint64
	at   place // with flagID
}

const flagID = place(1) << 47

func (e entry) id() bool     { return e.at&flagID != 0 }
func (e entry) place() place { return e.at &^ flagID }

const (
	pageKey   = 8 + 4
	pageSize  = (4096-16)/2 - 16 - pageKey // sealed: half of bbolt's without its headers
	entrySize = 14                         // hash u64, place u48
	perPage   = (pageSize - seal.Overhead) / entrySize
	chunkSize = 64 << 10
)

// appendTablePlace is what a part of a table is sealed for.
func appendTablePlace(b []byte, kind byte, table, part uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(append(b, kind), table), part)
}

// tableWriter makes a table of entries that come in order.
type tableWriter struct {
	build  *boltfile.Build
	path   string
	key    *seal.Key
	number uint64
	filter filter
	footer tableFooter

	name   []byte // of the page, as a key
	text   []byte // of the page
	last   uint64
	sealed []byte
	where  []byte
}

func newTableWriter(path string, key *seal.Key, number uint64, entries int) (*tableWriter, error) {
	b, err := boltfile.NewBuild(path, tableFormat)
	if err != nil {
		return nil, err
	}
	w := &tableWriter{build: b, path: path, key: key, number: number}
	if entries > 0 {
		w.filter = newFilter(entries)
	}
	if err := b.Bucket(string(bucketPages)); err != nil {
		return nil, errors.Join(err, w.abort())
	}
	return w, nil
}

func (w *tableWriter) add(e entry) error {
	if e.hash < w.last {
		return errors.New("the index is not in order")
	}
	w.last = e.hash
	if len(w.text) == perPage*entrySize {
		if err := w.page(); err != nil {
			return err
		}
	}
	if len(w.text) == 0 {
		w.name = binary.BigEndian.AppendUint64(w.name[:0], e.hash)
		w.name = binary.BigEndian.AppendUint32(w.name, uint32(w.footer.Pages))
	}
	w.text = appendEntry(w.text, e)
	w.footer.Entries++
	w.filter.add(e.hash)
	return nil
}

func appendEntry(b []byte, e entry) []byte {
	b = binary.BigEndian.AppendUint64(b, e.hash)
	return append(b, byte(e.at>>40), byte(e.at>>32), byte(e.at>>24), byte(e.at>>16), byte(e.at>>8), byte(e.at))
}

func (w *tableWriter) page() error {
	w.where = appendTablePlace(w.where[:0], 'p', w.number, uint64(w.footer.Pages))
	w.sealed = w.key.Seal(w.sealed[:0], w.text, w.where)
	w.text = w.text[:0]
	w.footer.Pages++
	return w.build.Put(w.name, w.sealed)
}

// finish makes the table durable, but for its name, checks the file as bbolt
// does, and opens it. f is what the footer says beside the sizes.
func (w *tableWriter) finish(f tableFooter) (*table, error) {
	if len(w.text) > 0 {
		if err := w.page(); err != nil {
			return nil, err
		}
	}
	f.Entries, f.Pages, f.Filter = w.footer.Entries, w.footer.Pages, len(w.filter.bits)
	if err := w.build.Bucket(string(bucketAbout)); err != nil {
		return nil, err
	}
	part := uint64(0)
	for chunk := range slices.Chunk(w.filter.bits, chunkSize) {
		sealed := w.key.Seal(nil, chunk, appendTablePlace(nil, 'm', w.number, part))
		if err := w.build.Put(filterPart(part), sealed); err != nil {
			return nil, err
		}
		part++
	}
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	if err := w.build.Put(keyFooter, w.key.Seal(nil, text, appendTablePlace(nil, 'e', w.number, 0))); err != nil {
		return nil, err
	}
	if err := w.build.Finish(); err != nil {
		return nil, err
	}
	t, err := openTable(w.path, w.key, w.number)
	if err == nil {
		if err = boltfile.Check(w.path, t.db); err != nil {
			err = errors.Join(err, t.close())
		}
	}
	return t, err
}

func filterPart(n uint64) []byte {
	return binary.BigEndian.AppendUint32(slices.Clone(keyFilter), uint32(n))
}

// abort deletes the table.
func (w *tableWriter) abort() error {
	err := w.build.Abort()
	if removed := os.Remove(w.path); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}

// openTable opens a table. An error that is none of the system's is damage.
func openTable(path string, key *seal.Key, number uint64) (*table, error) {
	db, err := boltfile.OpenReadOnly(path, tableFormat, lockWait)
	if err != nil {
		return nil, err
	}
	t := &table{path: path, db: db, key: key, number: number}
	if err := boltfile.View(path, db, t.readMemory); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, nil
}

// readMemory reads what a table has in memory.
func (t *table) readMemory(tx *bbolt.Tx) error {
	about := tx.Bucket(bucketAbout)
	if about == nil || tx.Bucket(bucketPages) == nil {
		return &boltfile.Damage{Path: t.path, Err: errors.New("it has no footer")}
	}
	open := func(dst, name []byte, kind byte, part uint64) ([]byte, error) {
		sealed := about.Get(name)
		if len(sealed) > maxFrame {
			return nil, errFrame
		}
		return t.key.Open(dst, sealed, appendTablePlace(nil, kind, t.number, part))
	}
	text, err := open(nil, keyFooter, 'e', 0)
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	if err := json.Unmarshal(text, &t.footer); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	var bits []byte
	for part := uint64(0); len(bits) < t.footer.Filter; part++ {
		if bits, err = open(bits, filterPart(part), 'm', part); err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
	}
	t.filter = filter{bits}
	return nil
}

// page opens the page under a key of the file and says its number. The entries are
// in the buffers.
func (t *table) page(name, sealed []byte, b *buffers) (entries []byte, n int, err error) {
	// bbolt takes a length as it finds it: to open it is to make room for it.
	if len(name) != pageKey || len(sealed) > pageSize {
		return nil, 0, fmt.Errorf("%s: %w", t.path, errFrame)
	}
	n = int(binary.BigEndian.Uint32(name[8:]))
	b.where = appendTablePlace(b.where[:0], 'p', t.number, uint64(n))
	text, err := t.key.Open(b.other[:0], sealed, b.where)
	if err != nil {
		return nil, n, fmt.Errorf("%s: page %d: %w", t.path, n, err)
	}
	b.other = text
	if len(text) == 0 || len(text)%entrySize != 0 {
		return nil, n, fmt.Errorf("%s: page %d: %w", t.path, n, errFrame)
	}
	return text, n, nil
}

func entryAt(page []byte, i int) entry {
	b := page[i*entrySize:]
	return entry{
		hash: binary.BigEndian.Uint64(b),
		at:   place(b[8])<<40 | place(b[9])<<32 | place(b[10])<<24 | place(b[11])<<16 | place(b[12])<<8 | place(b[13]),
	}
}

// view calls f with a cursor on the pages. What a damaged file does to bbolt is an
// error.
func (t *table) view(f func(pages *bbolt.Cursor) error) error {
	return boltfile.Guard(t.path, func() error {
		r, err := t.begin()
		if err != nil {
			return err
		}
		defer t.end(r)
		return f(r.pages)
	})
}

func (t *table) begin() (*reading, error) {
	t.mu.Lock()
	if last := len(t.free) - 1; last >= 0 {
		r := t.free[last]
		t.free = t.free[:last]
		t.mu.Unlock()
		return r, nil
	}
	t.mu.Unlock()
	tx, err := t.db.Begin(false)
	if err != nil {
		return nil, err
	}
	r := &reading{tx: tx}
	defer func() {
		if r.pages == nil { // a page that can not be read: see boltfile.Guard
			tx.Rollback()
		}
	}()
	r.pages = tx.Bucket(bucketPages).Cursor()
	return r, nil
}

func (t *table) end(r *reading) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free = append(t.free, r)
}

// find appends the entries of a hash. It relies on nothing that is not sealed: that
// there are none, or no more, is what the pages before and behind say themselves.
func (t *table) find(to []entry, hash uint64, b *buffers) ([]entry, error) {
	if t.footer.Pages == 0 || !t.filter.may(hash) {
		return to, nil
	}
	err := t.view(func(pages *bbolt.Cursor) error {
		b.where = binary.BigEndian.AppendUint64(b.where[:0], hash)
		// Those of one hash begin on the last page that begins before it.
		name, sealed := pages.Seek(b.where)
		if name == nil {
			name, sealed = pages.Last()
		} else if before, other := pages.Prev(); before != nil {
			name, sealed = before, other
		} else {
			name, sealed = pages.First()
		}
		for before := -1; ; name, sealed = pages.Next() {
			page, n, err := t.page(name, sealed, b)
			switch {
			case err != nil:
				return err
			case before < 0 && n > 0 && entryAt(page, 0).hash >= hash, before >= 0 && n != before+1:
				return t.outOfPlace(n)
			}
			before = n
			var past bool
			if to, past = appendOf(to, hash, page); past || n == t.footer.Pages-1 {
				return nil
			}
		}
	})
	return to, err
}

func (t *table) outOfPlace(page int) error {
	return fmt.Errorf("%s: page %d is not where it should be", t.path, page)
}

// appendOf appends the entries of a hash in a page; past says that the page goes
// on behind them.
func appendOf(to []entry, hash uint64, page []byte) (_ []entry, past bool) {
	count := len(page) / entrySize
	low, high := 0, count
	for low < high {
		middle := int(uint(low+high) / 2)
		if binary.BigEndian.Uint64(page[middle*entrySize:]) < hash {
			low = middle + 1
		} else {
			high = middle
		}
	}
	for ; low < count; low++ {
		e := entryAt(page, low)
		if e.hash != hash {
			return to, true
		}
		to = append(to, e)
	}
	return to, false
}

// close closes the file, which nobody reads any more.
func (t *table) close() (err error) {
	for _, r := range t.free {
		err = errors.Join(err, r.tx.Rollback())
	}
	t.free = nil
	return errors.Join(err, t.db.Close())
}

// remove deletes the table.
func (t *table) remove() error { return errors.Join(t.close(), os.Remove(t.path)) }

// scan goes through a table in order.
type scan struct {
	t    *table
	name []byte // key of the page
	n    int    // pages so far
	page []byte
	b    buffers
	e    entry
	ok   bool
}

func newScan(t *table) (*scan, error) {
	s := &scan{t: t}
	return s, s.step()
}

// step goes to the next entry.
func (s *scan) step() error {
	if len(s.page) == 0 && s.n < s.t.footer.Pages {
		if err := s.t.view(s.turn); err != nil {
			return err
		}
	}
	if s.ok = len(s.page) > 0; s.ok {
		s.e, s.page = entryAt(s.page, 0), s.page[entrySize:]
	}
	return nil
}

// turn opens the page behind this one.
func (s *scan) turn(pages *bbolt.Cursor) (err error) {
	name, sealed := pages.Seek(s.name)
	if s.n > 0 && bytes.Equal(name, s.name) {
		name, sealed = pages.Next()
	}
	s.name = append(s.name[:0], name...)
	var n int
	if s.page, n, err = s.t.page(name, sealed, &s.b); err == nil && n != s.n {
		err = s.t.outOfPlace(n)
	}
	s.n++
	return err
}

// compareEntries orders entries.
func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.at, b.at))
}

// mergeEntries hands on the entries of newer ones and older tables, the newest
// last, in order. Of an id, only the newest counts.
func mergeEntries(older []*table, newest []entry, f func(entry) error) error {
	scans := make([]*scan, len(older))
	for i, t := range older {
		var err error
		if scans[i], err = newScan(t); err != nil {
			return err
		}
	}
	var same []entry
	for {
		found, hash := false, uint64(0)
		if len(newest) > 0 {
			found, hash = true, newest[0].hash
		}
		for _, s := range scans {
			if s.ok && (!found || s.e.hash < hash) {
				found, hash = true, s.e.hash
			}
		}
		if !found {
			return nil
		}
		same = same[:0]
		id := false
		take := func(e entry) {
			if e.id() && id || slices.Contains(same, e) {
				return
			}
			same = append(same, e)
		}
		n := 0
		for ; n < len(newest) && newest[n].hash == hash; n++ {
			take(newest[n])
		}
		newest = newest[n:]
		id = slices.ContainsFunc(same, entry.id)
		for i := len(scans) - 1; i >= 0; i-- {
			s, had := scans[i], id
			for s.ok && s.e.hash == hash {
				had = had || s.e.id()
				take(s.e)
				if err := s.step(); err != nil {
					return err
				}
			}
			id = had
		}
		slices.SortFunc(same, compareEntries)
		for _, e := range same {
			if err := f(e); err != nil {
				return err
			}
		}
	}
}
