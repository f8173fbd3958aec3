package journal

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tillgate/tillgate/sync/internal/logfile"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// index is what is kept in memory: where each entry is in the file, and what is
// asked about often. Everything in it follows from the entries, so nothing of it
// is on the disk, in no order that would tell something and with nothing to keep
// in line. Settled entries leave the journal after some days, so it stays small:
// some 500 bytes an entry.
type index struct {
	last     uint64 // number of the last entry ever
	entries  map[uint64]*brief
	order    []uint64
	keys     map[loyalty.Key]uint64
	sales    map[loyalty.Key][]uint64
	receipts map[string][]uint64
	open     openSet
	counts   map[State]int
	people   []uint64 // that need a person
	holds    map[loyalty.CustomerID]map[uint64]hold
	inHand   []uint64 // Reserves without Commit or Abort
	alone    map[uint64]alone
	live     int64 // bytes of the file that count
}

func newIndex() *index {
	return &index{entries: map[uint64]*brief{}, keys: map[loyalty.Key]uint64{}, sales: map[loyalty.Key][]uint64{},
		receipts: map[string][]uint64{}, counts: map[State]int{},
		holds: map[loyalty.CustomerID]map[uint64]hold{}, alone: map[uint64]alone{}}
}

// brief is what is kept of an entry.
type brief struct {
	n        uint64
	at       int64 // of its item in the file
	size     int
	key      loyalty.Key
	kind     loyalty.Kind
	sale     loyalty.Key
	receipt  string
	customer loyalty.CustomerID
	made     time.Time
	settled  time.Time
	spend    loyalty.Points
	worth    loyalty.Money // Sale.Given
	state    State
	late     bool
	person   bool
	done     bool // has an outcome
	version  uint64
	spent    loyalty.Points
}

func (b *brief) isOpen() bool { return b.state == Pending || b.state == Unknown }

func briefOf(r record, at int64, size int) *brief {
	s := r.Op.Sale
	b := &brief{n: r.N, at: at, size: size, key: r.Op.Key, kind: r.Op.Kind, sale: s.Key, receipt: s.Receipt, customer: s.Customer,
		made: r.Op.At, settled: r.settledAt(), spend: s.Spend, worth: s.Given(), state: r.State, late: r.Late, person: r.NeedsPerson()}
	if r.Outcome != nil {
		b.done, b.version, b.spent = true, r.Outcome.Version, r.Outcome.Spent
	}
	return b
}

// replay takes in a batch of the file.
func (x *index) replay(key *seal.Key, at int64, payload []byte) error {
	for rest := payload; len(rest) > 0; {
		it, behind, err := cutItem(rest)
		if err != nil {
			return &logfile.BadError{At: at, What: err.Error()}
		}
		if it.gone {
			x.drop(it.n)
		} else {
			r, err := it.record(key)
			if err != nil {
				return &logfile.BadError{At: at, What: err.Error()}
			}
			if n, is := x.keys[r.Op.Key]; is && n != r.N {
				return &logfile.BadError{At: at, What: fmt.Sprintf("operation %s is entry %d and %d", r.Op.Key, n, r.N)}
			}
			x.set(briefOf(r, at+int64(len(payload)-len(rest)), len(it.whole)))
		}
		rest = behind
	}
	return nil
}

// set takes in an entry that is new or has changed.
func (x *index) set(b *brief) {
	old := x.entries[b.n]
	x.entries[b.n] = b
	x.live += int64(b.size)
	if old == nil {
		x.last = max(x.last, b.n)
		x.order = insert(x.order, b.n)
		x.keys[b.key] = b.n
		x.sales[b.sale] = insert(x.sales[b.sale], b.n)
		if b.receipt != "" {
			x.receipts[b.receipt] = insert(x.receipts[b.receipt], b.n)
		}
	} else {
		x.live -= int64(old.size)
		x.count(old, -1)
	}
	x.count(b, +1)
	x.derive(b.sale)
}

// drop takes an entry out.
func (x *index) drop(n uint64) {
	b := x.entries[n]
	if b == nil {
		return
	}
	x.count(b, -1)
	x.undo(x.sales[b.sale])
	x.live -= int64(b.size)
	delete(x.entries, n)
	delete(x.keys, b.key)
	x.order = without(x.order, n)
	if x.sales[b.sale] = without(x.sales[b.sale], n); len(x.sales[b.sale]) == 0 {
		delete(x.sales, b.sale)
	}
	if b.receipt != "" {
		if x.receipts[b.receipt] = without(x.receipts[b.receipt], n); len(x.receipts[b.receipt]) == 0 {
			delete(x.receipts, b.receipt)
		}
	}
	x.derive(b.sale)
}

func (x *index) count(b *brief, by int) {
	if x.counts[b.state] += by; x.counts[b.state] == 0 {
		delete(x.counts, b.state)
	}
	switch {
	case b.isOpen() && by > 0:
		x.open.add(Head{N: b.n, Key: b.key, Sale: b.sale, Late: b.late})
	case b.isOpen():
		x.open.remove(b.n)
	}
	switch {
	case b.person && by > 0:
		x.people = insert(x.people, b.n)
	case b.person:
		x.people = without(x.people, b.n)
	}
}

// derive finds out what a sale holds of a customer's points, whether it is in
// hand and what was promised in it on this till's word alone. A sale has few
// entries.
func (x *index) derive(sale loyalty.Key) {
	ns := x.sales[sale]
	x.undo(ns)
	bs := make([]*brief, len(ns))
	for i, n := range ns {
		bs[i] = x.entries[n]
	}
	for _, h := range holdsOf(bs) {
		of := x.holds[h.customer]
		if of == nil {
			of = map[uint64]hold{}
			x.holds[h.customer] = of
		}
		of[h.n] = h
	}
	for _, n := range inHandOf(bs) {
		x.inHand = insert(x.inHand, n)
	}
	for _, a := range aloneOf(bs) {
		x.alone[a.n] = a
	}
}

func (x *index) undo(ns []uint64) {
	for _, n := range ns {
		c := x.entries[n].customer
		if delete(x.holds[c], n); len(x.holds[c]) == 0 {
			delete(x.holds, c)
		}
		x.inHand = without(x.inHand, n)
		delete(x.alone, n)
	}
}

// insert and without keep a sorted list; what is new is mostly the greatest.
func insert(ns []uint64, n uint64) []uint64 {
	if len(ns) == 0 || ns[len(ns)-1] < n {
		return append(ns, n)
	}
	i, found := slices.BinarySearchFunc(ns, n, cmp.Compare[uint64])
	if found {
		return ns
	}
	return slices.Insert(ns, i, n)
}

func without(ns []uint64, n uint64) []uint64 {
	if i, found := slices.BinarySearch(ns, n); found {
		return slices.Delete(ns, i, i+1)
	}
	return ns
}
