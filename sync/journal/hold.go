package journal

import (
	"github.com/tillgate/tillgate/sync/loyalty"
)

// hold is what one spending operation takes from a customer's balance: all of
// it from records of the customer that do not reflect it yet, nothing from
// those that do.
//
// The spending operation of a sale is its Reserve, or a Commit that spends
// without one; a Commit after a Reserve books what is held and takes nothing
// more. What it takes from a record of version V:
//
//	spending operation   later in the sale        takes
//	pending, unknown     anything not done        Sale.Spend
//	done at version v    no Abort or Revert done  what was spent if v > V, else 0
//	done at version v    Abort or Revert done     0
//	refused              anything                 0
//	resolved by hand     anything                 0; if the provider did it all the same, as done
//
// So an Abort that is still open, refused or resolved by hand gives nothing
// back; nor does a Return: what it restores counts when a record of the
// customer shows it, and not before. A done operation without a version (v = 0)
// is taken to be reflected by every record: a provider without versions of its
// own has to number its answers (the time of the answer will do). Points that a
// Return will take back or that a Commit will earn are not estimated.
type hold struct {
	n        uint64
	customer loyalty.CustomerID
	points   loyalty.Points
	open     bool
	version  uint64
}

// holdsOf are the holds of a sale, from its entries in order.
func holdsOf(sale []*brief) []hold {
	var hs []hold
	reserved := false
	for _, r := range sale {
		switch r.kind {
		case loyalty.Abort, loyalty.Revert:
			if r.done {
				hs, reserved = nil, false
			}
			continue
		case loyalty.Reserve:
			reserved = true
		case loyalty.Commit:
			if reserved {
				continue
			}
		default:
			continue
		}
		h := hold{n: r.n, customer: r.customer, points: r.spend, open: r.isOpen()}
		switch {
		case r.isOpen():
		case r.done && r.version > 0:
			h.version = r.version
			if r.spent > 0 {
				h.points = r.spent
			}
		default:
			continue
		}
		if h.points = min(h.points, unreadable); h.points > 0 {
			hs = append(hs, h)
		}
	}
	return hs
}

// unreadable is more than any customer has: what Unreflected says of a journal
// that can not be read, so that nothing can be spent on its word.
const unreadable = loyalty.Points(1) << 60

// Unreflected is what the customer has spent at this till that a record of the
// customer with that version does not reflect: spendable is the record's
// balance less this, or nothing if that is negative. See hold for what counts.
func (j *Journal) Unreflected(c loyalty.CustomerID, version uint64) loyalty.Points {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if j.closed() != nil {
		return unreadable
	}
	var sum loyalty.Points
	for _, h := range j.index.holds[c] {
		sum = h.add(sum, version)
	}
	return j.spentInArchive(sum, c, version)
}

// add adds what the hold takes from a record of that version.
func (h hold) add(sum loyalty.Points, version uint64) loyalty.Points {
	if h.open || h.version > version {
		sum = min(sum+h.points, unreadable)
	}
	return sum
}
