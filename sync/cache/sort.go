package cache

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
)

// sorter sorts the index of a fill, which does not fit into memory, by its
// hashes: their first byte divides it into 256 parts of much the same size,
// whatever comes, and each is sorted in memory when its turn comes. Of five
// million customers a part is 1 MB.
type sorter struct {
	file  *os.File
	size  int64
	n     int
	parts [256]part

	load  []byte
	items []entry
}

type part struct {
	held    []byte
	extents []extent // of the file
}

type extent struct {
	at   int64
	size int
}

// held is how much of a part is in memory, in bytes.
const held = 16 << 10 / entrySize * entrySize

func newSorter(path string) (*sorter, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	return &sorter{file: f}, err
}

func (s *sorter) add(e entry) error {
	p := &s.parts[e.hash>>56]
	if len(p.held) == held {
		if _, err := s.file.WriteAt(p.held, s.size); err != nil {
			return err
		}
		p.extents = append(p.extents, extent{s.size, len(p.held)})
		s.size += int64(len(p.held))
		p.held = p.held[:0]
	}
	if p.held == nil {
		p.held = make([]byte, 0, held)
	}
	p.held = appendEntry(p.held, e)
	s.n++
	return nil
}

// each calls f with what was added, in order, a part at a time. It may be called
// once.
func (s *sorter) each(f func([]entry) error) error {
	for i := range s.parts {
		if err := s.read(&s.parts[i]); err != nil {
			return err
		}
		if err := f(s.items); err != nil {
			return err
		}
	}
	return nil
}

// read puts a part into items, sorted, and forgets it.
func (s *sorter) read(p *part) error {
	size := len(p.held)
	for _, e := range p.extents {
		size += e.size
	}
	s.load = slices.Grow(s.load[:0], size)[:size]
	at := copy(s.load, p.held)
	for _, e := range p.extents {
		if _, err := s.file.ReadAt(s.load[at:at+e.size], e.at); err != nil {
			return err
		}
		at += e.size
	}
	*p = part{}
	s.sort()
	return nil
}

// sort sorts what was read: by the sixteen bits of the hash behind the first
// byte, by counting, and then by insertion, for nearly all are where they belong.
func (s *sorter) sort() {
	n := len(s.load) / entrySize
	s.items = slices.Grow(s.items[:0], n)[:n]
	bits := 1
	for n>>bits > 0 && bits < 16 {
		bits++
	}
	shift := 56 - bits
	starts := make([]uint32, 1<<bits+1)
	digit := func(i int) int { return int(binary.BigEndian.Uint64(s.load[i*entrySize:]) << 8 >> 8 >> shift) }
	for i := range n {
		starts[digit(i)+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	for i := range n {
		d := digit(i)
		s.items[starts[d]] = entryAt(s.load, i)
		starts[d]++
	}
	for i := 1; i < n; i++ {
		e := s.items[i]
		j := i
		for ; j > 0 && compareEntries(e, s.items[j-1]) < 0; j-- {
			s.items[j] = s.items[j-1]
		}
		s.items[j] = e
	}
}

// close deletes the file. It may be called twice.
func (s *sorter) close() error {
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Close(), os.Remove(s.file.Name()))
	s.file = nil
	return err
}
