package journal

import (
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Head names an open entry.
type Head struct {
	N    uint64
	Key  loyalty.Key
	Sale loyalty.Key
	Late bool // see Entry.Late: nobody at the till waits for the answer
}

// Next is the earliest open entry that is the first open one of its sale and
// that skip does not pass over (nil passes over none). So an entry that the
// provider does not settle holds up its own sale and no other. False if there
// is none.
func (j *Journal) Next(skip func(Head) bool) (Head, bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	for _, h := range j.index.open.all {
		if j.index.open.bySale[h.Sale][0] == h.N && (skip == nil || !skip(h)) {
			return h, true
		}
	}
	return Head{}, false
}

// Ahead is the first open entry of a sale; false if the sale has none.
func (j *Journal) Ahead(sale loyalty.Key) (Head, bool) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	ns := j.index.open.bySale[sale]
	if len(ns) == 0 {
		return Head{}, false
	}
	i, _ := j.index.open.find(ns[0])
	return j.index.open.all[i], true
}

// openSet is the open entries in memory. It is small: weeks offline are some
// thousands.
type openSet struct {
	all    []Head // by N
	bySale map[loyalty.Key][]uint64
}

func (s *openSet) find(n uint64) (int, bool) {
	return slices.BinarySearchFunc(s.all, n, func(h Head, n uint64) int {
		switch {
		case h.N < n:
			return -1
		case h.N > n:
			return 1
		}
		return 0
	})
}

func (s *openSet) add(h Head) {
	i, found := s.find(h.N)
	if found {
		return
	}
	s.all = slices.Insert(s.all, i, h)
	if s.bySale == nil {
		s.bySale = map[loyalty.Key][]uint64{}
	}
	ns := s.bySale[h.Sale]
	at, _ := slices.BinarySearch(ns, h.N)
	s.bySale[h.Sale] = slices.Insert(ns, at, h.N)
}

func (s *openSet) remove(n uint64) {
	i, found := s.find(n)
	if !found {
		return
	}
	sale := s.all[i].Sale
	s.all = slices.Delete(s.all, i, i+1)
	ns := s.bySale[sale]
	at, _ := slices.BinarySearch(ns, n)
	if ns = slices.Delete(ns, at, at+1); len(ns) == 0 {
		delete(s.bySale, sale)
	} else {
		s.bySale[sale] = ns
	}
}
