package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// badDisk is the system's file system, of which the n-th request that changes
// something fails, and if it stays so each after that.
type badDisk struct {
	logfile.System
	err   error
	stays bool
	half  bool // a write that fails has written half
	until atomic.Int64
}

func (d *badDisk) fails() bool {
	left := d.until.Add(-1)
	return left == 0 || left < 0 && d.stays
}

func (d *badDisk) OpenFile(path string, flag int, mode os.FileMode) (logfile.File, error) {
	if flag&os.O_CREATE != 0 && d.fails() {
		return nil, &os.PathError{Op: "open", Path: path, Err: d.err}
	}
	f, err := d.System.OpenFile(path, flag, mode)
	if err != nil {
		return nil, err
	}
	return badFile{f, d}, nil
}

func (d *badDisk) Rename(from, to string) error {
	if d.fails() {
		return d.err
	}
	return d.System.Rename(from, to)
}

func (d *badDisk) SyncDir(path string) error {
	if d.fails() {
		return d.err
	}
	return d.System.SyncDir(path)
}

func (d *badDisk) Remove(path string) error {
	if d.fails() {
		return d.err
	}
	return d.System.Remove(path)
}

// transaction is one of the archive: it is not there, or it is and nobody is told.
func (d *badDisk) transaction(commit func() error) error {
	if d.fails() {
		if d.half {
			commit()
		}
		return d.err
	}
	return commit()
}

type badFile struct {
	logfile.File
	d *badDisk
}

func (f badFile) WriteAt(b []byte, at int64) (int, error) {
	if f.d.fails() {
		if f.d.half {
			f.File.WriteAt(b[:len(b)/2], at)
		}
		return 0, f.d.err
	}
	return f.File.WriteAt(b, at)
}

func (f badFile) Datasync() error {
	if f.d.fails() {
		return f.d.err
	}
	return nil // nobody cuts the power here
}

func (f badFile) Sync() error {
	if f.d.fails() {
		return f.d.err
	}
	return nil
}

// work is a day of a till. It goes on after what fails, as a till does, and
// returns how far each operation was acknowledged.
func work(t *testing.T, p string, disk logfile.FS) (acked map[loyalty.Key]State, failed []error) {
	t.Helper()
	acked = map[loyalty.Key]State{}
	j, err := Open(p, Options{Key: tillKey, fs: disk})
	if err != nil {
		return acked, []error{err}
	}
	did := func(key loyalty.Key, s State, e Entry, err error) {
		t.Helper()
		switch {
		case err == nil:
			acked[key] = s
		case errors.Is(err, ErrNotFound): // what was not accepted
		default:
			failed = append(failed, err)
			if now, gerr := j.Get(key); gerr == nil && rank[now.State] != rank[acked[key]] {
				t.Errorf("%s was refused with %v and is %s all the same, after %s", key, err, now.State, acked[key])
			}
		}
	}
	for i := range 6 {
		o := op(fmt.Sprint("s", i), loyalty.Reserve, 1)
		e, err := j.Append(o, true)
		did(o.Key, Pending, e, err)
		e, err = j.Sending(o.Key)
		did(o.Key, Unknown, e, err)
		e, err = j.Settle(o.Key, loyalty.Outcome{Version: 1, Spent: 1}, nil)
		did(o.Key, Done, e, err)
		if i == 3 {
			if err := j.do(func(*batch) error {
				if j.log.Lost() {
					return nil
				}
				return j.rewrite()
			}); err != nil {
				failed = append(failed, err)
			}
		}
	}
	n, _ := j.Counts()
	if sum := n[Pending] + n[Unknown] + n[Done]; sum != len(acked) {
		t.Errorf("counts %v, %d acknowledged", n, len(acked))
	}
	if err := j.Close(); err != nil {
		failed = append(failed, err)
	}
	return acked, failed
}

// TestEveryWriteFails has each request to the disk fail in turn: nothing that
// was acknowledged is lost, what was refused is not there, the next start finds
// a journal that is sound, and what can go on does.
func TestEveryWriteFails(t *testing.T) {
	for _, c := range []struct {
		name        string
		err         error
		stays, half bool
	}{
		{"I/O error once", syscall.EIO, false, false},
		{"I/O error in the middle of a write", syscall.EIO, false, true},
		{"I/O errors from then on", syscall.EIO, true, true},
		{"disk full once", syscall.ENOSPC, false, true},
		{"disk full from then on", syscall.ENOSPC, true, true},
		{"read-only from then on", syscall.EROFS, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := int64(0)
			for done := false; !done; {
				n++
				p := path(t)
				disk := &badDisk{err: c.err, stays: c.stays, half: c.half}
				disk.until.Store(n)
				acked, failed := work(t, p, disk)
				done = disk.until.Load() > 0
				if !done && len(failed) == 0 && n < 8 {
					t.Errorf("request %d fails and nobody is told", n)
				}
				for _, err := range failed {
					if !errors.Is(err, c.err) {
						t.Errorf("request %d: %v", n, err)
					}
				}
				if got := lost(t, p, acked); got > 0 {
					t.Errorf("request %d: %d of %d acknowledged operations are lost", n, got, len(acked))
				}
				if t.Failed() {
					return
				}
			}
			t.Logf("%d requests", n-1)
		})
	}
}

// TestUpgradeFails has each request of an upgrade fail: the next start finds the
// old journal or the new, whole.
func TestUpgradeFails(t *testing.T) {
	for n := int64(1); ; n++ {
		p := unpack(t, "v1.db.gz")
		disk := &badDisk{err: syscall.EIO, stays: true, half: true}
		disk.until.Store(n)
		j, err := Open(p, Options{fs: disk})
		if err == nil {
			j.Close()
			if disk.until.Load() > 0 {
				t.Logf("%d requests", n-1)
				return
			}
		} else if !errors.Is(err, syscall.EIO) {
			t.Errorf("request %d: %v", n, err)
		}
		upgraded(t, p)
		if left, _ := filepath.Glob(p + ".*"); len(left) != 1 {
			t.Errorf("request %d: left %v", n, left)
		}
		if t.Failed() {
			return
		}
	}
}
