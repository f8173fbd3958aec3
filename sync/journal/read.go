package journal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Get is the entry of an operation; ErrNotFound if there is none.
func (j *Journal) Get(key loyalty.Key) (Entry, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if err := j.closed(); err != nil {
		return Entry{}, err
	}
	r, err := j.find(key)
	return r.Entry, err
}

// find is the entry of an operation, from the journal or the archive. The caller
// is the writer, or holds mu.
func (j *Journal) find(key loyalty.Key) (record, error) {
	if n, is := j.index.keys[key]; is {
		return j.record(n)
	}
	rs, err := j.archivedUnder(nameKey, string(key))
	if err != nil || len(rs) == 0 {
		return record{}, cmp.Or(err, ErrNotFound)
	}
	return rs[0], nil
}

// record reads an entry from the file. The caller is the writer, or holds mu.
func (j *Journal) record(n uint64) (record, error) {
	it, err := j.item(n)
	if err != nil {
		return record{}, err
	}
	r, err := it.record(j.key)
	if err != nil {
		return record{}, &DamagedError{j.path, err}
	}
	return r, nil
}

// item reads an entry as it stands in the file.
func (j *Journal) item(n uint64) (item, error) {
	if err := j.closed(); err != nil {
		return item{}, err
	}
	at := j.index.entries[n]
	if at == nil {
		return item{}, &DamagedError{j.path, fmt.Errorf("entry %d is missing", n)}
	}
	b := make([]byte, at.size)
	if err := j.log.ReadAt(b, at.at); err != nil {
		return item{}, fmt.Errorf("read entry %d: %w", n, err)
	}
	it, _, err := cutItem(b)
	if err != nil || it.n != n {
		return item{}, &DamagedError{j.path, fmt.Errorf("entry %d is not where it was written", n)}
	}
	return it, nil
}

// closed is ErrClosed when the journal is, or why its file can not be used.
func (j *Journal) closed() error {
	if j.log == nil {
		return cmp.Or(j.failed, ErrClosed)
	}
	return nil
}

// entriesOf reads entries, in the order of their numbers.
func (j *Journal) entriesOf(ns []uint64) ([]Entry, error) {
	var es []Entry
	for _, n := range ns {
		r, err := j.record(n)
		if err != nil {
			return nil, err
		}
		es = append(es, r.Entry)
	}
	return es, nil
}

// Filter chooses entries. The zero value chooses all, oldest first.
type Filter struct {
	States []State // any of these; none means every state
	People bool    // only those that need a person
	After  uint64  // only those with a greater N (with Newest: a smaller N; 0 is no bound)
	Newest bool    // newest first
	Limit  int     // at most so many; 0 is no bound
}

// Entries are the entries that the filter chooses. It reads no others.
func (j *Journal) Entries(f Filter) ([]Entry, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if err := j.closed(); err != nil {
		return nil, err
	}
	var ns []uint64
	from := j.index.order
	if f.People {
		from = j.index.people
	}
	for i := range from {
		n := from[i]
		if f.Newest {
			n = from[len(from)-1-i]
		}
		switch {
		case f.Newest && f.After > 0 && n >= f.After, !f.Newest && n <= f.After:
			continue
		case len(f.States) > 0 && !slices.Contains(f.States, j.index.entries[n].state):
			continue
		}
		if ns = append(ns, n); len(ns) == f.Limit {
			break
		}
	}
	return j.entriesOf(ns)
}

// Counts are the numbers of entries by state, and of those that need a person.
func (j *Journal) Counts() (byState map[State]int, people int) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	return maps.Clone(j.index.counts), len(j.index.people)
}
