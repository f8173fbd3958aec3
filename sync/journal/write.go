package journal

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/tillgate/tillgate/sync/loyalty"
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

// batch is what one commit changes.
type batch struct {
	j      *Journal
	now    map[uint64]record // entries as they are to be
	order  []uint64          // of now
	gone   []uint64          // entries that leave
	keys   map[loyalty.Key]uint64
	sales  map[loyalty.Key][]uint64
	last   uint64 // number of the last entry
	always bool   // to be written even if nothing changes
}

func (j *Journal) newBatch() *batch {
	return &batch{j: j, now: map[uint64]record{}, keys: map[loyalty.Key]uint64{}, sales: map[loyalty.Key][]uint64{}, last: j.index.last}
}

// broken is an error in the middle of a change: the whole batch is dropped. Every other error of a change promises that it wrote nothing.
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
		j.tend()
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
	b := j.newBatch()
	for _, r := range rs {
		r.err = r.change(b)
		var no *broken
		if errors.As(r.err, &no) {
			return r.err
		}
	}
	if j.o.UnsafeAckFirst {
		for _, r := range rs {
			r.acked = true
			close(r.done)
		}
	}
	if len(b.order) == 0 && len(b.gone) == 0 && !b.always {
		return nil // what was asked for is on the disk already
	}
	var payload []byte
	ends := make([]int, len(b.order))
	for i, n := range b.order {
		var err error
		if payload, err = appendItem(payload, j.key, b.now[n]); err != nil {
			return &broken{err}
		}
		ends[i] = len(payload)
	}
	for _, n := range b.gone {
		payload = appendGone(payload, n)
	}
	at, err := j.log.Append(payload)
	if err != nil {
		return fmt.Errorf("not on disk: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	begin := 0
	for i, n := range b.order {
		j.index.set(briefOf(b.now[n], at+int64(begin), ends[i]-begin))
		begin = ends[i]
	}
	for _, n := range b.gone {
		j.index.drop(n)
	}
	return nil
}

// tend does what the file needs when nobody waits: room ahead, and a new file
// when most of this one is of the past.
func (j *Journal) tend() {
	if j.failed != nil {
		return
	}
	if err := j.log.Reserve(); err != nil {
		j.o.Log.Debug("no room ahead in the journal", "err", err) // who needs it will be told
	}
	if used := j.log.Used(); used > leastRewrite && used > 4*j.index.live {
		if err := j.rewrite(); err != nil {
			j.o.Log.Warn("the journal was not written anew", "err", err)
		}
	}
}
