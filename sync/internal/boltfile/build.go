package boltfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io/fs"
	"os"
	"slices"
)

// syncEvery is how much Build lets the system put off writing, in bytes: with a
// whole file put off, the flush at its end would hold up everybody else who
// flushes to that disk for as long as it takes.
const syncEvery = 16 << 20

// Build is a bbolt file that is written from its first page to its last, by
// sorted input, instead of through transactions: an eighth of the time, each
// page written once and full. It can be read by bbolt as any other; no
// transaction was ever in it.
//
// The layout is that of bbolt 1.3 and later (internal/common, file version 2):
// two meta pages, then pages of leaves and branches, a free list, the bucket of
// buckets. A bbolt file is in the byte order of its machine.
type Build struct {
	file    *os.File
	out     *bufio.Writer
	next    uint64 // page to be written next
	unsaved int    // bytes since the last flush
	bucket  *tree
	buckets []element
}

// Pages of a file are of this size whatever the machine's are: bbolt goes by
// what the meta page says.
const pageSize = 4096

// The page format, of bbolt's internal/common/page.go and meta.go.
const (
	pageHeader    = 16 // id u64, flags u16, count u16, overflow u32
	leafHeader    = 16 // flags u32, position u32, length of key u32, of value u32
	branchHeader  = 16 // position u32, length of key u32, page u64
	flagBranch    = 0x01
	flagLeaf      = 0x02
	flagMeta      = 0x04
	flagFree      = 0x10
	elementBucket = 0x01 // flag of a leaf element
	metaMagic     = 0xED0CDAED
	metaVersion   = 2
	maxElements   = 0xFFFF - 1
)

var order = binary.NativeEndian

// ErrOrder says that a key does not come after the one before it.
var ErrOrder = errors.New("keys are not in order")

// NewBuild starts a file. It must not exist. It is no bbolt file until Finish.
func NewBuild(path, format string) (*Build, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	b := &Build{file: f, out: bufio.NewWriterSize(f, 64*pageSize), next: 2}
	_, err = b.out.Write(make([]byte, 2*pageSize)) // the meta pages' place
	if err == nil {
		err = b.Bucket(string(bucketFormat))
	}
	if err == nil {
		err = b.Put(keyFormat, []byte(format))
	}
	if err != nil {
		return nil, errors.Join(err, b.Abort())
	}
	return b, nil
}

// Bucket ends the bucket before it and begins one, with another name than all
// before it.
func (b *Build) Bucket(name string) error {
	if err := b.endBucket(); err != nil {
		return err
	}
	b.buckets = append(b.buckets, element{flags: elementBucket, key: []byte(name)})
	b.bucket = newTree(b)
	return nil
}

// Put adds a key and its value to the bucket. Keys must come in order, and are
// not empty. Neither slice is kept.
func (b *Build) Put(key, value []byte) error {
	return b.bucket.leaf.add(element{key: key, value: value})
}

func (b *Build) endBucket() error {
	if b.bucket == nil {
		return nil
	}
	root, err := b.bucket.end()
	if err != nil {
		return err
	}
	// A bucket is its root's page and a sequence that we do not use.
	b.buckets[len(b.buckets)-1].value = order.AppendUint64(order.AppendUint64(nil, root), 0)
	b.bucket = nil
	return nil
}

// Finish makes the file a bbolt file, durable but for its name, and closes it.
func (b *Build) Finish() error {
	err := b.finish()
	return errors.Join(err, b.file.Close())
}

func (b *Build) finish() error {
	if err := b.endBucket(); err != nil {
		return err
	}
	slices.SortFunc(b.buckets, func(x, y element) int { return bytes.Compare(x.key, y.key) })
	t := newTree(b)
	for _, e := range b.buckets {
		if err := t.leaf.add(e); err != nil {
			return err
		}
	}
	root, err := t.end()
	if err != nil {
		return err
	}
	free := b.next
	if err := b.page(flagFree, 0, nil); err != nil {
		return err
	}
	if err := b.out.Flush(); err != nil {
		return err
	}
	if err := b.file.Sync(); err != nil {
		return err
	}
	for i := range uint64(2) {
		if _, err := b.file.WriteAt(b.meta(i, root, free), int64(i)*pageSize); err != nil {
			return err
		}
	}
	return b.file.Sync()
}

// Abort closes and deletes the file. After Finish it does nothing.
func (b *Build) Abort() error {
	if err := b.file.Close(); errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return os.Remove(b.file.Name())
}

// meta is the meta page of a transaction.
func (b *Build) meta(tx, root, free uint64) []byte {
	p := make([]byte, 0, pageSize)
	p = appendHeader(p, tx, flagMeta, 0, 0)
	p = order.AppendUint32(p, metaMagic)
	p = order.AppendUint32(p, metaVersion)
	p = order.AppendUint32(p, pageSize)
	p = order.AppendUint32(p, 0) // flags
	for _, v := range []uint64{root, 0, free, b.next, tx} {
		p = order.AppendUint64(p, v)
	}
	h := fnv.New64a()
	h.Write(p[pageHeader:])
	p = order.AppendUint64(p, h.Sum64())
	return p[:pageSize]
}

func appendHeader(p []byte, id uint64, flags, count uint16, overflow uint32) []byte {
	p = order.AppendUint64(p, id)
	p = order.AppendUint16(p, flags)
	p = order.AppendUint16(p, count)
	return order.AppendUint32(p, overflow)
}

var noBytes [pageSize]byte

// page writes a page, and as many after it as its content takes.
func (b *Build) page(flags uint16, count int, content ...[]byte) error {
	size := pageHeader
	for _, c := range content {
		size += len(c)
	}
	pages := (size + pageSize - 1) / pageSize
	var header [pageHeader]byte
	b.out.Write(appendHeader(header[:0], b.next, flags, uint16(count), uint32(pages-1)))
	for _, c := range content {
		b.out.Write(c)
	}
	b.next += uint64(pages)
	// A bufio.Writer keeps its first error.
	if _, err := b.out.Write(noBytes[:pages*pageSize-size]); err != nil {
		return err
	}
	if b.unsaved += pages * pageSize; b.unsaved < syncEvery {
		return nil
	}
	b.unsaved = 0
	if err := b.out.Flush(); err != nil {
		return err
	}
	return b.file.Sync()
}

// element is an element of a page; page counts in a branch, flags and value in
// a leaf.
type element struct {
	key, value []byte
	flags      uint32
	page       uint64
}

// tree is a bucket in the making: one unfinished page per level. A page that
// is full is written and becomes an element of the page above.
type tree struct {
	build *Build
	leaf  *level
	top   *level
}

func newTree(b *Build) *tree {
	t := &tree{build: b}
	t.leaf = &level{tree: t, leaf: true}
	t.top = t.leaf
	return t
}

// end writes what is unfinished, from the leaves up, and returns the root.
func (t *tree) end() (root uint64, err error) {
	for l := t.leaf; ; l = l.above {
		if l == t.top {
			root = t.build.next
			return root, l.write()
		}
		if err := l.flush(); err != nil {
			return 0, err
		}
	}
}

// level is the unfinished page of one level.
type level struct {
	tree  *tree
	leaf  bool
	above *level

	elements []byte // headers, with positions from the start of the data
	data     []byte // keys and values
	count    int
	first    []byte // key
	last     []byte // key
}

func (l *level) add(e element) error {
	if len(e.key) == 0 || l.last != nil && bytes.Compare(l.last, e.key) >= 0 {
		return ErrOrder
	}
	const header = leafHeader // of both kinds
	full := pageHeader+len(l.elements)+header+len(l.data)+len(e.key)+len(e.value) > pageSize
	if l.count > 0 && full || l.count == maxElements {
		if err := l.flush(); err != nil {
			return err
		}
	}
	if l.count == 0 {
		l.first = append(l.first[:0], e.key...)
	}
	l.last = append(l.last[:0], e.key...)
	if l.leaf {
		l.elements = order.AppendUint32(l.elements, e.flags)
		l.elements = order.AppendUint32(l.elements, uint32(len(l.data)))
		l.elements = order.AppendUint32(l.elements, uint32(len(e.key)))
		l.elements = order.AppendUint32(l.elements, uint32(len(e.value)))
	} else {
		l.elements = order.AppendUint32(l.elements, uint32(len(l.data)))
		l.elements = order.AppendUint32(l.elements, uint32(len(e.key)))
		l.elements = order.AppendUint64(l.elements, e.page)
	}
	l.data = append(append(l.data, e.key...), e.value...)
	l.count++
	return nil
}

// flush writes the page and hands it to the level above.
func (l *level) flush() error {
	page := l.tree.build.next
	if err := l.write(); err != nil {
		return err
	}
	if l.above == nil {
		l.above = &level{tree: l.tree}
		l.tree.top = l.above
	}
	return l.above.add(element{key: l.first, page: page})
}

func (l *level) write() error {
	// A position counts from the element's own header.
	at := 0
	if l.leaf {
		at = 4
	}
	for i := range l.count {
		p := l.elements[i*leafHeader+at:]
		order.PutUint32(p, order.Uint32(p)+uint32((l.count-i)*leafHeader))
	}
	flags := uint16(flagBranch)
	if l.leaf {
		flags = flagLeaf
	}
	err := l.tree.build.page(flags, l.count, l.elements, l.data)
	l.elements, l.data, l.count = l.elements[:0], l.data[:0], 0
	return err
}
