package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Keeping says how long settled entries are kept, and where.
type Keeping struct {
	Days     int    // in the journal after they were settled; 0 means 3
	Closings int    // in the archive: the newest so many, each a day on which anything was settled; 0 means 400
	Export   Export // what accountants get
}

// Archived is what Tidy did.
type Archived struct {
	Closed   []Closing // that were exported now
	Moved    int       // entries that left the journal
	Forgot   int       // closings that left the archive
	Settled  int       // entries that are settled and wait for their day to end
	Archives int       // closings in the archive
}

// Tidy keeps the journal small. What was settled before today goes to the
// archive, is exported there, and leaves the journal some days later; what is
// open, waits for a person or belongs to the sale in hand stays, with all of its
// sale. Each step is durable before the next begins and may be done again, so
// that a crash between them loses nothing and doubles nothing. It does nothing
// but what is due and can be called at any time.
//
// How long the archive goes back is a number of closings and no date: a clock
// that jumps ahead deletes nothing.
func (j *Journal) Tidy(now time.Time, k Keeping) (did Archived, err error) {
	j.tidying.Lock()
	defer j.tidying.Unlock()
	k.Days, k.Closings = orDefault(k.Days, 3), orDefault(k.Closings, 400)
	did, err = j.tidy(now, k)
	var bad *boltfile.Damage
	if err == nil && j.archiveBad.Load() {
		err = &boltfile.Damage{Path: archivePath(j.path), Err: errors.New("a look-up met it")}
	}
	if errors.As(err, &bad) {
		if err = j.putAside(err); err == nil {
			j.archiveBad.Store(false)
			did, err = j.tidy(now, k)
		}
	}
	if !errors.Is(err, ErrClosed) {
		j.tell(err)
	}
	return did, err
}

// tell keeps what Unarchived says.
func (j *Journal) tell(err error) {
	why := ""
	if err != nil {
		why = err.Error()
	}
	if before := j.unarchived.Swap(&why); err != nil || before != nil && *before != "" {
		j.Notify()
	}
}

// Unarchived is why the last Tidy failed; "" if it did not. Nothing is lost by
// that, but what is settled stays in the journal, and accountants get no files.
func (j *Journal) Unarchived() string {
	if why := j.unarchived.Load(); why != nil {
		return *why
	}
	return ""
}

func (j *Journal) tidy(now time.Time, k Keeping) (did Archived, err error) {
	a, err := j.archived()
	if err == nil {
		err = j.restore(a)
	}
	if err != nil {
		return did, fmt.Errorf("archive: %w", err)
	}
	y, m, d := now.Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	due, items, holds, err := j.settledBefore(today)
	if err != nil {
		return did, err
	}
	did.Settled = j.settledCount() - len(due)
	waiting, err := j.standsBefore(today)
	if err != nil {
		return did, err
	}
	c := Closing{At: now, Day: today.AddDate(0, 0, -1).Format(time.DateOnly), Waiting: waiting}
	if err := j.closeDay(a, c, items, holds, k.Export.lastNumber()); err != nil {
		return did, fmt.Errorf("archive: %w", err)
	}
	if did.Closed, err = j.exportDue(a, k.Export); err != nil {
		return did, fmt.Errorf("export: %w", err)
	}
	if err := j.noteClosed(a); err != nil {
		return did, fmt.Errorf("archive: %w", err)
	}
	if did.Moved, err = j.leave(a, due, now.AddDate(0, 0, -k.Days), now); err != nil {
		return did, err
	}
	cs, err := a.closings()
	for err == nil && len(cs) > k.Closings && cs[0].Exported {
		if err = errors.Join(a.forget(cs[0].No), k.Export.remove(j.o.fs, cs[0])); err == nil {
			cs = cs[1:]
			did.Forgot++
		}
	}
	did.Archives = len(cs)
	return did, err
}

func orDefault(n, d int) int {
	if n == 0 {
		return d
	}
	return n
}

// archived is the archive, opened when it is first needed.
func (j *Journal) archived() (*archive, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.closed(); err != nil {
		return nil, err
	}
	if a := j.archive.Load(); a != nil {
		return a, nil
	}
	a, err := j.openArchive()
	if err == nil {
		j.archive.Store(a)
	}
	return a, err
}

// settledBefore are the entries of the sales that are settled as a whole, and
// were so before a time. What is dated later than a day from now counts as
// settled long ago: the clock was wrong when it was settled.
func (j *Journal) settledBefore(before time.Time) (due []uint64, items []item, holds map[uint64]hold, err error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	holds = map[uint64]hold{}
	for _, ns := range j.index.sales {
		if slices.ContainsFunc(ns, func(n uint64) bool {
			b := j.index.entries[n]
			_, inHand := slices.BinarySearch(j.index.inHand, n)
			return b.isOpen() || b.person || inHand || within(b.settled, before, before.AddDate(0, 0, 2))
		}) {
			continue
		}
		due = append(due, ns...)
	}
	slices.Sort(due)
	for _, n := range due {
		it, err := j.item(n)
		if err != nil {
			return nil, nil, nil, err
		}
		items = append(items, it)
		if h, is := j.index.holds[j.index.entries[n].customer][n]; is {
			holds[n] = h
		}
	}
	return due, items, holds, nil
}

func within(t, from, to time.Time) bool { return !t.Before(from) && t.Before(to) }

func (j *Journal) settledCount() int {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return len(j.index.order) - len(j.index.open.all)
}

// closeDay takes what is not in the archive yet into it, as one closing. There is
// one, too, if all that is new is that something waits for a person: what the
// programme refused is told on the day after, whatever else was sold.
func (j *Journal) closeDay(a *archive, c Closing, items []item, holds map[uint64]hold, used uint64) (err error) {
	fresh, err := a.lacks(items)
	if err != nil {
		return err
	}
	if len(fresh) == 0 {
		cs, err := a.closings()
		if err != nil {
			return err
		}
		var before *standing
		if len(cs) > 0 {
			before = cs[len(cs)-1].Waiting
		}
		if !c.Waiting.news(before) {
			return nil
		}
	}
	return a.put(c, used, fresh, holds)
}

// lacks are the items that are not in the archive.
func (a *archive) lacks(items []item) (fresh []item, err error) {
	err = boltfile.View(a.path, a.db, func(tx *bbolt.Tx) error {
		for _, it := range items {
			if tx.Bucket(bucketArchived).Get(place(it.n, nil)) == nil {
				fresh = append(fresh, it)
			}
		}
		return nil
	})
	return fresh, err
}

// leave takes those out of the journal that are in the archive, are exported,
// and were settled before a time, as whole sales.
func (j *Journal) leave(a *archive, due []uint64, before, now time.Time) (int, error) {
	there, err := a.has(due)
	if err != nil {
		return 0, err
	}
	moved := 0
	err = j.do(func(b *batch) error {
		for _, n := range there {
			if e := j.index.entries[n]; e != nil && !slices.ContainsFunc(j.index.sales[e.sale], func(n uint64) bool {
				o := j.index.entries[n]
				_, in := slices.BinarySearch(there, n)
				return !in || o.isOpen() || o.person || within(o.settled, before, now.AddDate(0, 0, 2))
			}) {
				b.gone = append(b.gone, n)
			}
		}
		moved = len(b.gone)
		return nil
	})
	return moved, err
}

// Keep calls Tidy at once and then every hour, until ctx ends.
func (j *Journal) Keep(ctx context.Context, k Keeping) error {
	for {
		did, err := j.Tidy(time.Now(), k)
		switch {
		case errors.Is(err, ErrClosed):
			return nil
		case err != nil:
			j.o.Log.Error("settled operations were not archived", "err", err)
		case len(did.Closed) > 0 || did.Moved > 0:
			j.o.Log.Info("settled operations were archived", "closings", len(did.Closed), "left the journal", did.Moved)
		}
		timer := time.NewTimer(time.Hour)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-j.soon:
			timer.Stop()
		}
	}
}

// archivedUnder are the entries that the archive has under a name and the
// journal no more. The caller is the writer, or holds mu.
func (j *Journal) archivedUnder(kind byte, name string) ([]record, error) {
	a := j.archive.Load()
	if a == nil {
		return nil, nil
	}
	rs, err := a.find(kind, name)
	j.archiveFailed(err)
	return slices.DeleteFunc(rs, func(r record) bool { return j.index.entries[r.N] != nil }), err
}

// spentInArchive adds what the archive knows of a customer's points.
func (j *Journal) spentInArchive(sum loyalty.Points, c loyalty.CustomerID, version uint64) loyalty.Points {
	a := j.archive.Load()
	if a == nil {
		return sum
	}
	sum, err := a.holds(sum, c, version, j.index.entries)
	if err != nil {
		j.archiveFailed(err)
		return unreadable
	}
	return sum
}

// archiveFailed takes note of an archive that is damaged where it was looked into:
// Keep puts it aside.
func (j *Journal) archiveFailed(err error) {
	var bad *boltfile.Damage
	if errors.As(err, &bad) {
		j.archiveBad.Store(true)
		select {
		case j.soon <- struct{}{}:
		default:
		}
	}
}
