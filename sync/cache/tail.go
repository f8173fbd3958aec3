package cache

import "slices"

// tail is the index of what was changed since the newest table, in memory.
type tail struct {
	ids  map[uint64]place
	keys map[uint64][]place // of records that newly claim them
	n    int                // entries
}

// tailEntries is how many entries the index has in memory before they go into a
// table; opening reads the records of as many.
const tailEntries = 16_000

func newTail() *tail { return &tail{ids: map[uint64]place{}, keys: map[uint64][]place{}} }

// put takes in a record. keys are the hashes of what it newly claims.
func (t *tail) put(id uint64, at place, keys []uint64) {
	if _, had := t.ids[id]; !had {
		t.n++
	}
	t.ids[id] = at
	for _, k := range keys {
		t.keys[k] = append(t.keys[k], at)
		t.n++
	}
}

// entries are all of them, in order.
func (t *tail) entries() []entry {
	all := make([]entry, 0, t.n)
	for h, at := range t.ids {
		all = append(all, entry{h, at | flagID})
	}
	for h, ats := range t.keys {
		for _, at := range ats {
			all = append(all, entry{h, at})
		}
	}
	slices.SortFunc(all, compareEntries)
	return all
}
