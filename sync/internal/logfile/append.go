package logfile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Append writes a batch and flushes it. It returns where the batch stands, for
// ReadAt: the payload begins at that place.
//
// After an error the batch is not in the log, and the next one takes its place.
// Where not even its place could be cleared, a crash may still bring it back:
// what was refused is then found done, as after a crash in the middle of Append.
func (l *Log) Append(payload []byte) (at int64, err error) {
	if l.lost > 0 {
		l.forget()
	}
	n := length(len(payload))
	if l.used+n > l.size {
		if err := l.grow(n); err != nil {
			return 0, err
		}
	}
	b := make([]byte, max(n, l.lost-l.used)) // over all that a batch before may have left
	copy(b, magicBatch)
	binary.BigEndian.PutUint32(b[4:], uint32(len(payload)))
	binary.BigEndian.PutUint64(b[8:], l.next)
	binary.BigEndian.PutUint64(b[16:], uint64(l.size))
	binary.BigEndian.PutUint32(b[24:], l.checksum(b[:24], payload))
	copy(b[batchFront:], payload)
	_, err = l.f.WriteAt(b, l.used)
	if err == nil {
		err = l.f.Datasync()
	}
	if err != nil {
		l.lost = l.used + int64(len(b))
		l.forget()
		return 0, fmt.Errorf("append: %w", err)
	}
	at, l.lost = l.used+batchFront, 0
	l.used += n
	l.next++
	return at, nil
}

// forget clears the place of a batch that failed.
func (l *Log) forget() {
	if l.clear(l.used, l.lost) == nil {
		l.lost = 0
	}
}

func (l *Log) clear(from, to int64) error {
	if _, err := l.f.WriteAt(make([]byte, to-from), from); err != nil {
		return err
	}
	return l.f.Datasync()
}

// Reserve sees to it that there is room ahead. It is called when nobody waits.
func (l *Log) Reserve() error {
	if l.size-l.used >= ahead {
		return nil
	}
	return l.grow(0)
}

// grow writes zeros behind the end of the file, for at least n more bytes.
func (l *Log) grow(n int64) error {
	size := (max(l.size, l.used+n) + chunk) / chunk * chunk
	_, err := l.f.WriteAt(make([]byte, size-l.size), l.size)
	if err == nil {
		err = l.f.Sync()
	}
	if err != nil {
		return fmt.Errorf("grow: %w", err)
	}
	l.size = size
	return nil
}

// ReadAt reads what Append wrote.
func (l *Log) ReadAt(b []byte, at int64) error {
	_, err := l.f.ReadAt(b, at)
	return err
}

// Lost says that a batch that failed may be in the file all the same: whoever
// opens the file now may find it.
func (l *Log) Lost() bool { return l.lost > 0 }

// Used is how much of the file holds batches, in bytes.
func (l *Log) Used() int64 { return l.used }

// Verify reads the log again and says whether it is what was written.
func (l *Log) Verify(batch func(at int64, payload []byte) error) error {
	again := &Log{f: l.f, path: l.path}
	dirty, err := again.read(func([]byte) error { return nil }, batch)
	if err == nil && l.lost == 0 && (again.used != l.used || again.next != l.next || dirty > l.used) {
		err = &BadError{l.path, again.used, fmt.Sprintf("it ends with batch %d at byte %d, and should with %d at %d", again.next, again.used, l.next, l.used)}
	}
	return err
}

// Close closes the file.
func (l *Log) Close() error {
	if l.f == nil {
		return errors.New("log is closed")
	}
	return l.f.Close()
}
