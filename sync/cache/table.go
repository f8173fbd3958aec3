package cache

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/tillgate/tillgate/sync/seal"
)

// table is a part of the index: entries in the order of their hashes, in pages
// that are sealed each for itself. It is written once. In memory are the first
// hashes of the pages and the filter, so that a lookup reads one page, or none
// where the table has nothing of the hash.
//
// The file has the pages, what goes into memory (in sealed chunks), the footer,
// and the footer's length.
type table struct {
	path   string
	file   *os.File
	key    *seal.Key
	number uint64
	first  []uint64 // hashes
	filter filter
	footer tableFooter
}

// tableFooter says what the index was when the table was made: it is what a copy
// is opened by.
type tableFooter struct {
	Entries int         `json:"entries"`
	First   int         `json:"first"`  // bytes
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
	pageSize   = 2 << 10 // on the disk
	entrySize  = 14      // hash u64, place u48
	pageText   = pageSize - seal.Overhead
	perPage    = (pageText - 2) / entrySize // behind the number of entries, u16
	chunkSize  = 64 << 10
	lengthSize = 4 // length of the footer
)

// appendTablePlace is what a part of a table is sealed for.
func appendTablePlace(b []byte, kind byte, table, part uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(append(b, kind), table), part)
}

// tableWriter makes a table of entries that come in order.
type tableWriter struct {
	*table
	out    *bufio.Writer
	text   []byte // of the page
	count  int    // in the page
	last   uint64
	sealed []byte
	where  []byte
}

func newTableWriter(path string, key *seal.Key, number uint64, entries int) (*tableWriter, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	w := &tableWriter{table: &table{path: path, file: f, key: key, number: number}, out: bufio.NewWriterSize(f, 128<<10)}
	w.first = make([]uint64, 0, entries/perPage+1)
	if entries > 0 {
		w.filter = newFilter(entries)
	}
	return w, nil
}

func (w *tableWriter) add(e entry) error {
	if e.hash < w.last {
		return errors.New("the index is not in order")
	}
	w.last = e.hash
	if w.count == perPage {
		if err := w.page(); err != nil {
			return err
		}
	}
	if w.count == 0 {
		w.first = append(w.first, e.hash)
		w.text = append(w.text[:0], 0, 0)
	}
	w.text = binary.BigEndian.AppendUint64(w.text, e.hash)
	w.text = append(w.text, byte(e.at>>40), byte(e.at>>32), byte(e.at>>24), byte(e.at>>16), byte(e.at>>8), byte(e.at))
	w.count++
	w.footer.Entries++
	w.filter.add(e.hash)
	return nil
}

func (w *tableWriter) page() error {
	binary.LittleEndian.PutUint16(w.text, uint16(w.count))
	w.text = append(w.text, make([]byte, pageText-len(w.text))...)
	w.where = appendTablePlace(w.where[:0], 'p', w.number, uint64(len(w.first)-1))
	w.sealed = w.key.Seal(w.sealed[:0], w.text, w.where)
	w.count = 0
	_, err := w.out.Write(w.sealed)
	return err
}

// finish makes the table durable, but for its name, and ready to be read.
func (w *tableWriter) finish(f tableFooter) (*table, error) {
	if w.count > 0 {
		if err := w.page(); err != nil {
			return nil, err
		}
	}
	first := make([]byte, 0, 8*len(w.first))
	for _, h := range w.first {
		first = binary.BigEndian.AppendUint64(first, h)
	}
	f.Entries, f.First, f.Filter = w.footer.Entries, len(first), len(w.filter.bits)
	w.footer = f
	part := uint64(0)
	for chunk := range slices.Chunk(append(first, w.filter.bits...), chunkSize) {
		w.where = appendTablePlace(w.where[:0], 'm', w.number, part)
		part++
		// A bufio.Writer keeps its first error.
		w.out.Write(w.key.Seal(nil, chunk, w.where))
	}
	text, err := json.Marshal(w.footer)
	if err != nil {
		return nil, err
	}
	sealed := w.key.Seal(nil, text, appendTablePlace(nil, 'e', w.number, 0))
	w.out.Write(sealed)
	w.out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(sealed))))
	if err := w.out.Flush(); err != nil {
		return nil, err
	}
	return w.table, w.file.Sync()
}

// abort deletes the table.
func (w *tableWriter) abort() error { return errors.Join(w.file.Close(), os.Remove(w.path)) }

// openTable opens a table. An error that is none of the system's is damage.
func openTable(path string, key *seal.Key, number uint64) (_ *table, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t := &table{path: path, file: f, key: key, number: number}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var length [lengthSize]byte
	if info.Size() < lengthSize {
		return nil, fmt.Errorf("%s: %w", path, io.ErrUnexpectedEOF)
	}
	if _, err := f.ReadAt(length[:], info.Size()-lengthSize); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	size := int64(binary.LittleEndian.Uint32(length[:]))
	end := info.Size() - lengthSize - size
	if size > 1<<20 || end < 0 {
		return nil, fmt.Errorf("%s: its end is broken", path)
	}
	sealed := make([]byte, size)
	if _, err := f.ReadAt(sealed, end); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	text, err := key.Open(nil, sealed, appendTablePlace(nil, 'e', number, 0))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := json.Unmarshal(text, &t.footer); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, t.readMemory(end)
}

// readMemory reads what a table has in memory, which ends at an offset.
func (t *table) readMemory(end int64) error {
	size := t.footer.First + t.footer.Filter
	chunks := (size + chunkSize - 1) / chunkSize
	start := int64(t.footer.First/8) * pageSize
	if start+int64(size)+int64(chunks*seal.Overhead) != end {
		return fmt.Errorf("%s: its length is wrong", t.path)
	}
	sealed := make([]byte, end-start)
	if _, err := t.file.ReadAt(sealed, start); err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	memory := make([]byte, 0, size)
	part := uint64(0)
	for chunk := range slices.Chunk(sealed, chunkSize+seal.Overhead) {
		var err error
		if memory, err = t.key.Open(memory, chunk, appendTablePlace(nil, 'm', t.number, part)); err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		part++
	}
	t.first = make([]uint64, t.footer.First/8)
	for i := range t.first {
		t.first[i] = binary.BigEndian.Uint64(memory[8*i:])
	}
	t.filter = filter{bytes.Clone(memory[t.footer.First:])}
	return nil
}

// page reads a page; the entries are in the buffers.
func (t *table) page(n int, b *buffers) (entries []byte, err error) {
	if _, err := t.file.ReadAt(b.in[:pageSize], int64(n)*pageSize); err != nil {
		return nil, fmt.Errorf("%s: page %d: %w", t.path, n, err)
	}
	b.where = appendTablePlace(b.where[:0], 'p', t.number, uint64(n))
	text, err := t.key.Open(b.other[:0], b.in[:pageSize], b.where)
	if err != nil {
		return nil, fmt.Errorf("%s: page %d: %w", t.path, n, err)
	}
	b.other = text
	count := int(binary.LittleEndian.Uint16(text))
	if count == 0 || count > perPage {
		return nil, fmt.Errorf("%s: page %d: %w", t.path, n, errFrame)
	}
	return text[2 : 2+count*entrySize], nil
}

func entryAt(page []byte, i int) entry {
	b := page[i*entrySize:]
	return entry{
		hash: binary.BigEndian.Uint64(b),
		at:   place(b[8])<<40 | place(b[9])<<32 | place(b[10])<<24 | place(b[11])<<16 | place(b[12])<<8 | place(b[13]),
	}
}

// find appends the entries of a hash.
func (t *table) find(to []entry, hash uint64, b *buffers) ([]entry, error) {
	if !t.filter.may(hash) {
		return to, nil
	}
	// Those of one hash begin on the last page that begins before it.
	n, _ := slices.BinarySearch(t.first, hash)
	for n = max(n-1, 0); n < len(t.first) && t.first[n] <= hash; n++ {
		page, err := t.page(n, b)
		if err != nil {
			return to, err
		}
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
				return to, nil
			}
			to = append(to, e)
		}
	}
	return to, nil
}

// close closes the file.
func (t *table) close() error { return t.file.Close() }

// remove deletes the table.
func (t *table) remove() error { return errors.Join(t.file.Close(), os.Remove(t.path)) }

// scan goes through a table in order.
type scan struct {
	t    *table
	next int // page
	page []byte
	b    buffers
	e    entry
	ok   bool
}

func newScan(t *table) (*scan, error) {
	s := &scan{t: t, b: buffers{in: make([]byte, pageSize)}}
	return s, s.step()
}

// step goes to the next entry.
func (s *scan) step() (err error) {
	if len(s.page) == 0 {
		if s.next == len(s.t.first) {
			s.ok = false
			return nil
		}
		if s.page, err = s.t.page(s.next, &s.b); err != nil {
			return err
		}
		s.next++
	}
	s.e, s.page, s.ok = entryAt(s.page, 0), s.page[entrySize:], true
	return nil
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
