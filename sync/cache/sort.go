package cache

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
)

// sorter sorts more than fits into memory by what comes first in it, which is a
// hash: so a first byte divides it into 256 parts of much the same size, whatever
// comes, and each is sorted in memory when its turn comes. That costs less than
// merging sorted runs, and of five million customers a part is 4 MB.
type sorter struct {
	*spill
	parts [256]part
	load  []byte
	items []item
}

// spill is a file that sorters put what they hold into.
type spill struct {
	file *os.File
	size int64
}

type part struct {
	held    []byte
	extents []extent // of the spill
}

type extent struct {
	at   int64
	size int
}

// held is how much of a part is in memory, in bytes: with two sorters 256 times
// two times as much at most.
const held = 12 << 10

// add takes in an item, in pieces; the first is a hash. An item is shorter than
// 4 GB.
func (s *sorter) add(pieces ...[]byte) error {
	size := 4
	for _, p := range pieces {
		size += len(p)
	}
	part := &s.parts[pieces[0][0]]
	if len(part.held)+size > held {
		if err := s.flush(part); err != nil {
			return err
		}
	}
	if part.held == nil {
		part.held = make([]byte, 0, max(1<<10, size))
	}
	part.held = binary.LittleEndian.AppendUint32(part.held, uint32(size-4))
	for _, p := range pieces {
		part.held = append(part.held, p...)
	}
	return nil
}

func (s *sorter) flush(p *part) error {
	if len(p.held) == 0 {
		return nil
	}
	if _, err := s.file.WriteAt(p.held, s.size); err != nil {
		return err
	}
	p.extents = append(p.extents, extent{s.size, len(p.held)})
	s.size += int64(len(p.held))
	p.held = p.held[:0]
	return nil
}

// item is one that was added; prefix are its first bytes, as a number.
type item struct {
	prefix uint64
	bytes  []byte
}

// each calls f with all that was added, in the order of its bytes. The slices
// are good until the next call.
func (s *sorter) each(f func([]byte) error) error {
	for i := range s.parts {
		if err := s.read(&s.parts[i]); err != nil {
			return err
		}
		for _, item := range s.items {
			if err := f(item.bytes); err != nil {
				return err
			}
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
	s.items = s.items[:0]
	for rest := s.load; len(rest) > 0; {
		n := binary.LittleEndian.Uint32(rest)
		b := rest[4 : 4+n : 4+n]
		s.items = append(s.items, item{binary.BigEndian.Uint64(b), b})
		rest = rest[4+n:]
	}
	slices.SortFunc(s.items, func(a, b item) int {
		switch {
		case a.prefix < b.prefix:
			return -1
		case a.prefix > b.prefix:
			return 1
		}
		return bytes.Compare(a.bytes, b.bytes)
	})
	return nil
}
