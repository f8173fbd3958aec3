package boltfile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/bits"
	"os"
	"slices"
)

// A file is looked at before bbolt sees it, by plain reads. bbolt maps it, and its
// Check does so in a goroutine of its own, where a page that lies behind the end
// of the file is the end of the program.

// meta is what we need of a meta page.
type meta struct {
	pageSize             uint64
	root, free, end, txn uint64
}

// noFree is the free list of a file that has none (bbolt's NoFreelistSync).
const noFree = ^uint64(0)

// maxDepth is far more than any file is deep: a page has two children at least.
const maxDepth = 48

// look is a file that is being looked at.
type look struct {
	file io.ReaderAt
	size uint64
	meta
	seen []uint64 // a bit for each page
	room [maxDepth + 1][]byte
}

// inspect says what is wrong with the structure of a file: with its beginning and
// free list, which takes as long however large it is; of the whole file if deep.
func inspect(path string, deep bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	l := look{file: f, size: uint64(info.Size())}
	err = l.begin()
	if err == nil {
		err = l.freeList()
	}
	if err == nil && deep {
		l.seen = make([]uint64, l.end/64+1)
		err = l.tree(l.root, 0)
	}
	if err != nil {
		return &Damage{path, err}
	}
	return nil
}

// begin reads the meta page that counts: of those that are whole, the one of the
// later transaction.
func (l *look) begin() error {
	// The second one is a page behind the first, whose size that says; if it is
	// broken, it is the machine's.
	first, err := l.readMeta(0)
	size := first.pageSize
	if err != nil {
		size = uint64(os.Getpagesize())
	}
	second, err2 := l.readMeta(size)
	switch {
	case err != nil && err2 != nil:
		return err
	case err != nil, err2 == nil && second.txn > first.txn:
		first = second
	}
	l.meta = first
	if bits.OnesCount64(l.pageSize) != 1 || l.pageSize < 512 || l.pageSize > 1<<16 {
		return fmt.Errorf("pages of %d bytes", l.pageSize)
	}
	if l.end > l.size/l.pageSize {
		return fmt.Errorf("cut off: %d of %d bytes", l.size, l.end*l.pageSize)
	}
	return nil
}

var errMeta = errors.New("a meta page is broken")

func (l *look) readMeta(at uint64) (m meta, err error) {
	var p [pageHeader + 64]byte
	if _, err := l.file.ReadAt(p[:], int64(at)); err != nil {
		return m, fmt.Errorf("meta page: %w", err)
	}
	b := p[pageHeader:]
	h := fnv.New64a()
	h.Write(b[:56])
	if order.Uint32(b) != metaMagic || order.Uint32(b[4:]) != metaVersion || order.Uint64(b[56:]) != h.Sum64() {
		return m, errMeta
	}
	return meta{pageSize: uint64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), free: order.Uint64(b[32:]), end: order.Uint64(b[40:]), txn: order.Uint64(b[48:])}, nil
}

// page reads a page and those that belong to it, into the room of a depth.
func (l *look) page(id uint64, depth int) (flags uint16, count int, p []byte, err error) {
	switch {
	case id < 2 || id >= l.end:
		return 0, 0, nil, fmt.Errorf("page %d of %d", id, l.end)
	case depth > maxDepth:
		return 0, 0, nil, fmt.Errorf("page %d is too deep", id)
	}
	p = slices.Grow(l.room[depth][:0], int(l.pageSize))[:l.pageSize]
	l.room[depth] = p
	if _, err := l.file.ReadAt(p, int64(id*l.pageSize)); err != nil {
		return 0, 0, nil, err
	}
	flags, count = order.Uint16(p[8:]), int(order.Uint16(p[10:]))
	more := uint64(order.Uint32(p[12:]))
	switch {
	case order.Uint64(p) != id || more >= l.end-id:
		return 0, 0, nil, fmt.Errorf("page %d says that it is page %d and %d more", id, order.Uint64(p), more)
	case more > 0:
		p = make([]byte, (more+1)*l.pageSize)
		_, err = l.file.ReadAt(p, int64(id*l.pageSize))
	}
	return flags, count, p, err
}

func (l *look) freeList() error {
	if l.free == noFree {
		return nil
	}
	flags, count, p, err := l.page(l.free, 0)
	if err != nil {
		return fmt.Errorf("free list: %w", err)
	}
	ids := p[pageHeader:]
	n := uint64(count)
	if count == 0xFFFF { // the number stands before the list
		n, ids = order.Uint64(ids), ids[8:]
	}
	if flags != flagFree || n > uint64(len(ids))/8 {
		return fmt.Errorf("free list: flags %x, %d pages", flags, n)
	}
	last := uint64(1)
	for ; n > 0; n, ids = n-1, ids[8:] {
		id := order.Uint64(ids)
		if id <= last || id >= l.end {
			return fmt.Errorf("free list: page %d after %d, of %d", id, last, l.end)
		}
		last = id
	}
	return nil
}

// tree looks at the pages of a bucket, and of those in it.
func (l *look) tree(id uint64, depth int) error {
	flags, count, p, err := l.page(id, depth)
	if err != nil {
		return err
	}
	for i := range uint64(len(p)) / l.pageSize {
		word, bit := &l.seen[(id+i)/64], uint64(1)<<((id+i)%64)
		if *word&bit != 0 {
			return fmt.Errorf("page %d is there twice", id)
		}
		*word |= bit
	}
	return l.elements(p, id, flags, count, depth)
}

func (l *look) elements(p []byte, id uint64, flags uint16, count, depth int) error {
	if flags != flagBranch && flags != flagLeaf || pageHeader+count*leafHeader > len(p) || flags == flagBranch && count == 0 {
		return fmt.Errorf("page %d: flags %x, %d elements", id, flags, count)
	}
	for i := range count {
		e := p[pageHeader+i*leafHeader:]
		var kind, at, key, value uint32
		if flags == flagLeaf {
			kind, at, key, value = order.Uint32(e), order.Uint32(e[4:]), order.Uint32(e[8:]), order.Uint32(e[12:])
		} else {
			at, key = order.Uint32(e), order.Uint32(e[4:])
		}
		if at < leafHeader || uint64(at)+uint64(key)+uint64(value) > uint64(len(e)) {
			return fmt.Errorf("page %d: element %d is not within it", id, i)
		}
		var err error
		switch v := e[at+key:][:value]; {
		case flags == flagBranch:
			err = l.tree(order.Uint64(e[8:]), depth+1)
		case kind == elementBucket:
			err = l.bucket(v, id, depth)
		case kind != 0:
			err = fmt.Errorf("page %d: element %d is of kind %x", id, i, kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bucket looks at a bucket: its root and sequence, and if that has no page of its
// own, the page.
func (l *look) bucket(v []byte, id uint64, depth int) error {
	if len(v) < 16 {
		return fmt.Errorf("page %d: a bucket of %d bytes", id, len(v))
	}
	root := order.Uint64(v)
	if root != 0 {
		return l.tree(root, depth+1)
	}
	p := v[16:]
	if len(p) < pageHeader {
		return fmt.Errorf("page %d: a bucket in it of %d bytes", id, len(p))
	}
	return l.elements(p, id, order.Uint16(p[8:]), int(order.Uint16(p[10:])), depth+1)
}
