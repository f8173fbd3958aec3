// Package logfile is a file to which batches of bytes are appended, durably, at
// the cost of one flush each.
//
// bbolt flushes twice for a commit (the pages, then the meta page) and writes
// five scattered pages for the smallest change: 2.8 times the time of one flush
// in the barest arrangement that we could measure, and 20 KB of flash. A log
// writes what there is to say, once. What makes a log go wrong is known, and is
// dealt with here:
//
//   - A batch begins at a block of 4 KB and never shares one with another, so a
//     torn write can not harm what was acknowledged before it.
//   - Every batch has a number, and a checksum over itself and the name of the
//     file: what an old file left in a block is not taken for a batch.
//   - The batch under way at a crash was acknowledged to nobody. It is dropped,
//     and its place is cleared before anything else is written there. A bad
//     batch with a good one behind it is no crash but damage: the log is flushed
//     before the next batch begins.
//   - Space is written with zeros ahead of its use, so that a flush has no new
//     block of the file system to take along, and so that a full disk is met
//     before a batch and not within one.
package logfile

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// Block is where batches begin, in bytes: what disks and file systems write as
// a whole.
const Block = 4096

const (
	chunk = 1 << 20 // by which the file grows
	ahead = 1 << 18 // the least that is ready for use, while the disk has room
)

// ErrNoLog says that a file does not begin as a log does.
var ErrNoLog = errors.New("it does not begin as a log")

// magic is how a log begins, magicBatch how a batch does.
var (
	magic      = []byte("tillgate log 1\n\x00")
	magicBatch = []byte("TGb\x01")
)

// sector is what a disk writes whole or not at all, in bytes: a torn batch begins
// with its front or with the zeros that were there.
const sector = 512

const (
	idSize     = 16
	batchFront = 32 // magic, length, number, end of the file, checksum, 4 unused
)

// Log is a log, open. One goroutine appends; reading is safe from anywhere.
type Log struct {
	f    File
	path string
	id   [idSize]byte
	next uint64 // number of the batch to come
	used int64  // where it will stand
	size int64  // of the file, all of it written before
	lost int64  // how far a batch that was not acknowledged may reach; 0 if none is left
}

// Create makes a log at a path where nothing is, with a head of its owner's and
// a first batch. It is durable when Create returns, but for its name.
func Create(fs FS, path string, head, first []byte) (*Log, error) {
	if len(head) > Block-len(magic)-idSize-8 {
		return nil, fmt.Errorf("create %s: a head of %d bytes", path, len(head))
	}
	f, err := fs.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	l := &Log{f: f, path: path, used: Block, size: Block}
	rand.Read(l.id[:]) // never fails
	block := append(append(make([]byte, 0, Block), magic...), l.id[:]...)
	block = binary.BigEndian.AppendUint32(block, uint32(len(head)))
	block = append(block, head...)
	block = binary.BigEndian.AppendUint32(block, crc32.Checksum(block, castagnoli))
	_, err = f.WriteAt(block[:Block], 0)
	if err == nil {
		_, err = l.Append(first)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Open opens a log and passes its head and each batch, with its place, to the
// caller; an error of the caller's ends it. ErrNoLog if it is none; every other
// finding is that of a damaged file. Nothing is written before all is read, and
// nothing at all if it is not sound.
func Open(fs FS, path string, head func([]byte) error, batch func(at int64, payload []byte) error) (*Log, error) {
	f, err := fs.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	l := &Log{f: f, path: path}
	dirty, err := l.read(head, batch)
	if err == nil && dirty > l.used {
		err = l.clear(l.used, dirty)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// Read is Open of a log that is not to be written to.
func Read(fs FS, path string, head func([]byte) error, batch func(at int64, payload []byte) error) error {
	f, err := fs.OpenFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	l := &Log{f: f, path: path}
	_, err = l.read(head, batch)
	return err
}

// read reads the whole log and finds its end, and how far behind the end the
// file is not zero.
func (l *Log) read(head func([]byte) error, batch func(int64, []byte) error) (dirty int64, err error) {
	if l.size, err = l.f.Size(); err != nil {
		return 0, err
	}
	block := make([]byte, Block)
	if n, err := l.f.ReadAt(block, 0); n < Block || !bytes.HasPrefix(block, magic) {
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		return 0, ErrNoLog
	}
	front := len(magic) + idSize + 4
	n := int(binary.BigEndian.Uint32(block[front-4:]))
	if n > Block-front-4 || binary.BigEndian.Uint32(block[front+n:]) != crc32.Checksum(block[:front+n], castagnoli) {
		return 0, &BadError{l.path, 0, "its head is not what was written"}
	}
	copy(l.id[:], block[len(magic):])
	if err := head(block[front : front+n]); err != nil {
		return 0, err
	}
	l.used = Block
	end := int64(0)
	for {
		payload, promised, err := l.batchAt(l.used, l.next)
		if err != nil {
			return 0, err
		}
		if payload == nil {
			break
		}
		if err := batch(l.used+batchFront, payload); err != nil {
			return 0, err
		}
		end = promised
		l.used += length(len(payload))
		l.next++
	}
	switch {
	case l.next == 0:
		return 0, &BadError{l.path, Block, "nothing is in it"}
	case l.size < end:
		return 0, &BadError{l.path, l.size, fmt.Sprintf("cut off: %d of %d bytes", l.size, end)}
	}
	return l.rest()
}

// batchAt is the payload of the batch of a number at a place; nil if no such
// batch is there, whole.
func (l *Log) batchAt(at int64, number uint64) (payload []byte, end int64, err error) {
	var front [batchFront]byte
	if at+batchFront > l.size {
		return nil, 0, nil
	}
	if _, err := l.f.ReadAt(front[:], at); err != nil {
		return nil, 0, err
	}
	n := int64(binary.BigEndian.Uint32(front[4:]))
	if !bytes.Equal(front[:4], magicBatch) || binary.BigEndian.Uint64(front[8:]) != number || at+batchFront+n > l.size {
		return nil, 0, nil
	}
	payload = make([]byte, n)
	if _, err := l.f.ReadAt(payload, at+batchFront); err != nil && n > 0 {
		return nil, 0, err
	}
	if binary.BigEndian.Uint32(front[24:]) != l.checksum(front[:24], payload) {
		return nil, 0, nil
	}
	return payload, int64(binary.BigEndian.Uint64(front[16:])), nil
}

// rest looks at what is behind the last batch: a torn batch, zeros, or batches
// that show that the one before them was damaged.
func (l *Log) rest() (dirty int64, err error) {
	block := make([]byte, Block)
	for at := l.used; at < l.size; at += Block {
		n, err := l.f.ReadAt(block, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if allZero(block[:n]) {
			continue
		}
		dirty = at + int64(n)
		if start := block[:min(n, sector)]; at == l.used && !allZero(start) && !bytes.HasPrefix(start, magicBatch) {
			return 0, &BadError{l.path, at, "it is no batch and no free space"}
		}
		if number := binary.BigEndian.Uint64(block[8:]); bytes.HasPrefix(block, magicBatch) && number >= l.next {
			payload, _, err := l.batchAt(at, number)
			if err != nil {
				return 0, err
			}
			if payload != nil {
				return 0, &BadError{l.path, l.used, fmt.Sprintf("batch %d is not what was written", l.next)}
			}
		}
	}
	return dirty, nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func (l *Log) checksum(front, payload []byte) uint32 {
	sum := crc32.Checksum(l.id[:], castagnoli)
	sum = crc32.Update(sum, castagnoli, front)
	return crc32.Update(sum, castagnoli, payload)
}

// length is the room that a payload takes.
func length(payload int) int64 {
	return (int64(payload) + batchFront + Block - 1) / Block * Block
}

// BadError says that a log is not what was written.
type BadError struct {
	Path string
	At   int64 // in bytes
	What string
}

func (e *BadError) Error() string {
	return fmt.Sprintf("%s is damaged at byte %d: %s", e.Path, e.At, e.What)
}
