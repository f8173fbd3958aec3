package journal

import (
	"errors"
	"fmt"
	"runtime"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

// maxBatch bounds what one commit carries.
const maxBatch = 256

// request is a change that a caller waits for.
type request struct {
	change func(*batch) error
	err    error
	done   chan struct{}
	acked  bool // see Options.UnsafeAckFirst
}

// batch is one transaction and what is to be done in memory after its commit.
type batch struct {
	tx    *bbolt.Tx
	after []func()
}

// broken is an error in the middle of a change: the whole transaction is
// dropped. Every other error of a change promises that it wrote nothing.
type broken struct{ err error }

func (b *broken) Error() string { return b.err.Error() }
func (b *broken) Unwrap() error { return b.err }

// do has a change made by the writer and returns when it is on disk.
func (j *Journal) do(change func(*batch) error) error {
	r := &request{change: change, done: make(chan struct{})}
	select {
	case <-j.quit:
		return ErrClosed
	default:
	}
	select {
	case j.requests <- r:
		<-r.done
		return r.err
	case <-j.quit:
		return ErrClosed
	}
}

// write is the writer: it takes whoever waits, makes all their changes in one
// transaction, commits, and answers them. db.Batch would make a lone caller
// wait for company; here only those who come during a commit wait, for the next.
func (j *Journal) write() {
	defer close(j.gone)
	company := false
	for {
		var rs []*request
		select {
		case r := <-j.requests:
			rs = append(rs, r)
		case <-j.quit:
			return
		}
		if company {
			runtime.Gosched() // those who were answered together are about to come back together
		}
	gather:
		for len(rs) < maxBatch {
			select {
			case r := <-j.requests:
				rs = append(rs, r)
			default:
				break gather
			}
		}
		company = len(rs) > 1
		j.commit(rs)
		j.Notify()
	}
}

// commit makes the changes in one transaction; if one of them breaks it, each
// in its own, so that none suffers for another.
func (j *Journal) commit(rs []*request) {
	err := j.transact(rs)
	var b *broken
	if errors.As(err, &b) && len(rs) > 1 {
		for _, r := range rs {
			j.commit([]*request{r})
		}
		return
	}
	for _, r := range rs {
		if r.acked {
			continue
		}
		if err != nil {
			r.err = err
		}
		close(r.done)
	}
}

func (j *Journal) transact(rs []*request) error {
	if j.failed != nil {
		return j.failed
	}
	var bt batch
	var id int
	err := boltfile.Guard(j.path, func() error {
		tx, err := j.begin()
		if err != nil {
			return err
		}
		defer tx.Rollback()
		bt.tx, id = tx, tx.ID()
		for _, r := range rs {
			r.err = r.change(&bt)
			var b *broken
			if errors.As(r.err, &b) {
				return r.err
			}
		}
		if j.o.UnsafeAckFirst {
			for _, r := range rs {
				r.acked = true
				close(r.done)
			}
		}
		return tx.Commit()
	})
	if err != nil {
		err = fmt.Errorf("not on disk: %w", damaged(err))
		j.failed = j.halfDone(id, err)
		return err
	}
	j.mu.Lock()
	for _, f := range bt.after {
		f()
	}
	j.mu.Unlock()
	return nil
}

// begin starts a transaction. Where the file could not be mapped any more (on
// Windows that is what a full disk does) it is opened anew: bbolt has let go of
// it for good.
func (j *Journal) begin() (*bbolt.Tx, error) {
	tx, err := j.db.Load().Begin(true)
	if !errors.Is(err, berrors.ErrInvalidMapping) && !errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return tx, err
	}
	if err := j.db.Load().Close(); err != nil {
		return nil, err
	}
	db, err := boltfile.Open(j.path, format, j.o.LockWait)
	if err != nil {
		return nil, err
	}
	j.db.Store(db)
	return db.Begin(true)
}

// halfDone looks at what a failed commit left behind. Usually nothing: a full
// disk fails before the meta page is written, and the next commit may succeed.
// If the meta page was written and its flush failed, readers see what was
// refused, and no flush can be believed any more: the journal takes nothing
// until it is opened again, which is then the same as after a power cut.
func (j *Journal) halfDone(id int, cause error) error {
	var now int
	err := boltfile.View(j.path, j.db.Load(), func(tx *bbolt.Tx) error {
		now = tx.ID()
		return nil
	})
	if err != nil || id == 0 || now < id {
		return nil
	}
	return fmt.Errorf("the disk failed in the middle of a commit, the journal takes nothing until a restart: %w", cause)
}
