package cache

import "slices"

// tail is the index of what was changed since the newest table, in memory.
type tail struct {
	ids    map[uint64]place
	keys   map[uint64][]place // of records that newly claim them
	claims int                // in keys
}

// size is the number of entries.
func (t *tail) size() int { return len(t.ids) + t.claims }

// tailEntries is how many entries the index has in memory before they go into a
// table; opening reads the records of as many.
const tailEntries = 16_000

func newTail() *tail { return &tail{ids: map[uint64]place{}, keys: map[uint64][]place{}} }

// claim takes in that a record claims a key.
func (t *tail) claim(key uint64, at place) {
	t.keys[key] = append(t.keys[key], at)
	t.claims++
}

// entries are all of them, in order.
func (t *tail) entries() []entry {
	all := make([]entry, 0, t.size())
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
