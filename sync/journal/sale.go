package journal

import (
	"cmp"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Sale is the entries of a sale in order; none if the journal does not know it.
func (j *Journal) Sale(key loyalty.Key) ([]Entry, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if err := j.closed(); err != nil {
		return nil, err
	}
	return j.withArchived(nameSale, string(key), j.index.sales[key])
}

// Receipt is the entries of every sale with the POS's receipt number, in order.
func (j *Journal) Receipt(id string) ([]Entry, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if err := j.closed(); err != nil || id == "" {
		return nil, err
	}
	return j.withArchived(nameReceipt, id, j.index.receipts[id])
}

// withArchived are entries with those before them that the archive has under
// the name.
func (j *Journal) withArchived(kind byte, name string, ns []uint64) ([]Entry, error) {
	rs, err := j.archivedUnder(kind, name)
	if err != nil {
		return nil, err
	}
	now, err := j.entriesOf(ns)
	if err != nil || len(rs) == 0 {
		return now, err
	}
	var es []Entry
	for _, r := range rs {
		es = append(es, r.Entry)
	}
	es = append(es, now...)
	slices.SortFunc(es, func(a, b Entry) int { return cmp.Compare(a.N, b.N) })
	return es, nil
}

// OpenSale is the last Reserve at this till that neither a Commit nor an Abort
// followed: after a restart, the sale that was in hand. False if there is none.
// A Reserve that was refused, or that a person has resolved, is not in hand any
// more.
func (j *Journal) OpenSale() (Entry, bool, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if len(j.index.inHand) == 0 {
		return Entry{}, false, j.closed()
	}
	r, err := j.record(j.index.inHand[len(j.index.inHand)-1])
	return r.Entry, err == nil, err
}

// Last is the latest Commit; false if the journal has none any more.
func (j *Journal) Last() (Entry, bool, error) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	for _, n := range slices.Backward(j.index.order) {
		if j.index.entries[n].kind == loyalty.Commit {
			r, err := j.record(n)
			return r.Entry, err == nil, err
		}
	}
	return Entry{}, false, j.closed()
}

// inHandOf are the Reserves of a sale that wait for Commit or Abort.
func inHandOf(sale []*brief) []uint64 {
	var ns []uint64
	for _, r := range sale {
		switch r.kind {
		case loyalty.Reserve:
			if r.state != Resolved && r.state != Refused {
				ns = append(ns, r.n)
			}
		case loyalty.Commit, loyalty.Abort, loyalty.Revert:
			ns = nil
		}
	}
	return ns
}
