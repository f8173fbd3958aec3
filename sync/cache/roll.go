package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/tillgate/tillgate/sync/internal/osfile"
	"github.com/tillgate/tillgate/sync/seal"
)

// roll is the file of the records. It is only ever written at its end: a change
// costs its own bytes, whatever it changes.
//
// It begins with what copy it is, sealed under the till's key, and that is
// written last: a roll without it is of a fill that was cut.
type roll struct {
	path string
	file *os.File
	key  *seal.Key // of the copy
	size int64     // of what is committed
	head rollHead
}

// rollHead says what copy it is.
type rollHead struct {
	generation uint64
	filled     bool // it began with a fill or merge, and has an index of that
	secret     []byte
}

const (
	rollFormat = "tillgate copy 3\n"
	headText   = 8 + 1 + seal.KeySize
	headSize   = int64(len(rollFormat) + headText + seal.Overhead)
)

// placeHead is where the head is sealed for.
var placeHead = []byte("copy of the customers")

// Errors of opening a roll.
var (
	errUnfinished = errors.New("it was not finished")
	errFormat     = errors.New("its format is not one that this program writes")
	errKey        = errors.New("it is sealed with another key than the till's")
)

// lock takes a roll for this opening alone.
func lock(f *os.File) error {
	if err := osfile.Lock(f, lockWait); err != nil {
		return fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return nil
}

// createRoll makes a roll under a new key, without a head yet.
func createRoll(path string) (*roll, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	r := &roll{path: path, file: f, size: headSize, head: rollHead{secret: seal.NewSecret()}}
	if err = lock(f); err == nil {
		r.key, err = seal.New(r.head.secret)
	}
	if err != nil {
		return nil, errors.Join(err, r.close(), os.Remove(path))
	}
	return r, nil
}

// finish makes the roll durable and then, durably, one that counts.
func (r *roll) finish(till *seal.Key, generation uint64, filled bool) error {
	if err := r.file.Sync(); err != nil {
		return err
	}
	r.head.generation, r.head.filled = generation, filled
	text := binary.BigEndian.AppendUint64(nil, generation)
	text = append(text, 0)
	if filled {
		text[8] = 1
	}
	head := till.Seal([]byte(rollFormat), append(text, r.head.secret...), placeHead)
	if _, err := r.file.WriteAt(head, 0); err != nil {
		return err
	}
	return r.file.Sync()
}

// openRoll opens a roll; fs.ErrNotExist if there is none, ErrLocked, *Damage.
func openRoll(path string, till *seal.Key) (_ *roll, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	r := &roll{path: path, file: f}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if err := lock(f); err != nil {
		return nil, err
	}
	head := make([]byte, headSize)
	if n, err := io.ReadFull(f, head); err != nil && allZero(head[:n]) {
		return nil, errUnfinished
	} else if err != nil {
		return nil, &Damage{path, fmt.Errorf("head: %w", err)}
	}
	switch format := head[:len(rollFormat)]; {
	case allZero(head):
		return nil, errUnfinished
	case string(format) != rollFormat:
		return nil, &Damage{path, errFormat}
	}
	text, err := till.Open(nil, head[len(rollFormat):], placeHead)
	if err != nil {
		return nil, &Damage{path, errKey}
	}
	r.head = rollHead{generation: binary.BigEndian.Uint64(text), filled: text[8] == 1, secret: text[9:]}
	r.key, err = seal.New(r.head.secret)
	if err == nil && till.Stale(head[len(rollFormat):], placeHead) {
		// The till has another key. The head is within a sector: it is the old
		// one or the new, whenever the power goes.
		err = r.finish(till, r.head.generation, r.head.filled)
	}
	return r, err
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// buffers are what a lookup needs of memory.
type buffers struct {
	in, text, other, where []byte
	claims, ids            []entry
}

var pool = sync.Pool{New: func() any {
	return &buffers{in: make([]byte, frameSize+512), text: make([]byte, 0, frameSize+512), other: make([]byte, 0, pageSize)}
}}

// frame reads the frame at an offset; the text is in the buffers. next is the
// offset of the frame behind it. io.EOF if the file ends there.
func (r *roll) frame(at int64, b *buffers) (text []byte, next int64, err error) {
	n, err := r.file.ReadAt(b.in, at)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil, 0, io.EOF
	case err != nil && !errors.Is(err, io.EOF):
		return nil, 0, err
	case n < 4:
		return nil, 0, errFrame
	}
	size := int(binary.LittleEndian.Uint32(b.in))
	if size < seal.Overhead || size > maxFrame {
		return nil, 0, errFrame
	}
	in := b.in[4:n]
	if size > len(in) {
		if n < len(b.in) {
			return nil, 0, errFrame // the file ends in it
		}
		in = make([]byte, size) // a frame of one long record
		if _, err := r.file.ReadAt(in, at+4); errors.Is(err, io.EOF) {
			return nil, 0, errFrame
		} else if err != nil {
			return nil, 0, err
		}
	}
	b.where = appendFramePlace(b.where[:0], at)
	if text, err = r.key.Open(b.text[:0], in[:size], b.where); err != nil {
		return nil, 0, err
	}
	b.text = text
	return text, at + 4 + int64(size), nil
}

// slot reads the slot at a place; it is in the buffers.
func (r *roll) slot(at place, b *buffers) (slot, error) {
	text, _, err := r.frame(at.offset(), b)
	if err != nil {
		return slot{}, err
	}
	return slotAt(text, at.number())
}

// each calls f with the slots from an offset to another, which are ends of
// frames.
func (r *roll) each(from, to int64, f func(place, slot) error) error {
	var b buffers
	b.in = make([]byte, frameSize+512)
	for at := from; at < to; {
		text, next, err := r.frame(at, &b)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("at %d: %w", at, err)
		}
		for number := 0; len(text) > 0; number++ {
			var s slot
			if s, text, err = nextSlot(text); err != nil {
				return fmt.Errorf("at %d: %w", at, err)
			}
			if err := f(newPlace(at, number), s); err != nil {
				return err
			}
		}
		at = next
	}
	return nil
}

// append writes frames at the end. They count with the next commit.
func (r *roll) append(frames []byte, at int64) error {
	if at+int64(len(frames)) > maxOffset {
		return errors.New("the copy is longer than 512 GB")
	}
	_, err := r.file.WriteAt(frames, at)
	return err
}

func (r *roll) close() error { return r.file.Close() }
