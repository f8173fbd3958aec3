package journal

import (
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Get is the entry of an operation; ErrNotFound if there is none.
func (j *Journal) Get(key loyalty.Key) (Entry, error) {
	var e Entry
	err := j.view(func(tx *bbolt.Tx) error {
		r, err := byKey(tx, key)
		e = r.Entry
		return err
	})
	return e, err
}

// Filter chooses entries. The zero value chooses all, oldest first.
type Filter struct {
	States []State // any of these; none means every state
	People bool    // only those that need a person
	After  uint64  // only those with a greater N (with Newest: a smaller N; 0 is no bound)
	Newest bool    // newest first
	Limit  int     // at most so many; 0 is no bound
}

// Entries are the entries that the filter chooses. Asked for people's entries
// or for open states alone it reads no others.
func (j *Journal) Entries(f Filter) ([]Entry, error) {
	index := bucketEntries
	switch {
	case f.People:
		index = bucketPeople
	case len(f.States) > 0 && !slices.ContainsFunc(f.States, func(s State) bool { return s != Pending && s != Unknown }):
		index = bucketOpen
	}
	var es []Entry
	err := j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(index).Cursor()
		step := c.Next
		var k []byte
		switch {
		case f.Newest && f.After > 0:
			step = c.Prev
			if k, _ = c.Seek(numbered(f.After)); k == nil {
				k, _ = c.Last()
			}
			for k != nil && number(k) >= f.After {
				k, _ = c.Prev()
			}
		case f.Newest:
			step = c.Prev
			k, _ = c.Last()
		default:
			k, _ = c.Seek(numbered(f.After + 1))
		}
		for ; k != nil && (f.Limit <= 0 || len(es) < f.Limit); k, _ = step() {
			r, err := get(tx, number(k))
			if err != nil {
				return err
			}
			if (len(f.States) == 0 || slices.Contains(f.States, r.State)) && (!f.People || r.NeedsPerson()) {
				es = append(es, r.Entry)
			}
		}
		return nil
	})
	return es, err
}

// Counts are the numbers of entries by state, and of those that need a person.
func (j *Journal) Counts() (byState map[State]int, people int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.counts), j.people
}
