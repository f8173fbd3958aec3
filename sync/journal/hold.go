package journal

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

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
func holdsOf(sale []record) []hold {
	var hs []hold
	reserved := false
	for _, r := range sale {
		s := r.Op.Sale
		switch r.Op.Kind {
		case loyalty.Abort, loyalty.Revert:
			if r.Outcome != nil {
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
		h := hold{n: r.N, customer: s.Customer, points: s.Spend, open: r.Open()}
		switch {
		case r.Open():
		case r.Outcome != nil && r.Outcome.Version > 0:
			h.version = r.Outcome.Version
			if r.Outcome.Spent > 0 {
				h.points = r.Outcome.Spent
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
	var sum loyalty.Points
	err := j.view(func(tx *bbolt.Tx) error {
		p := prefix(string(c))
		cur := tx.Bucket(bucketHolds).Cursor()
		for k, v := cur.Seek(p); len(k) == len(p)+8 && string(k[:len(p)]) == string(p); k, v = cur.Next() {
			h, err := decodeHold(v)
			if err != nil {
				return err
			}
			if h.open || h.version > version {
				sum = min(sum+h.points, unreadable)
			}
		}
		return nil
	})
	if err != nil {
		return unreadable
	}
	return sum
}

const holdVersion = 1

func (h hold) encode() []byte {
	b := []byte{holdVersion, 0}
	if h.open {
		b[1] = 1
	}
	b = binary.BigEndian.AppendUint64(b, uint64(h.points))
	return binary.BigEndian.AppendUint64(b, h.version)
}

func decodeHold(b []byte) (hold, error) {
	if len(b) != 18 || b[0] != holdVersion || b[1] > 1 {
		return hold{}, fmt.Errorf("hold %x is not one of version %d", b, holdVersion)
	}
	h := hold{open: b[1] == 1, points: loyalty.Points(binary.BigEndian.Uint64(b[2:])), version: binary.BigEndian.Uint64(b[10:])}
	if h.points < 0 || h.points > unreadable {
		return hold{}, fmt.Errorf("hold of %d points", h.points)
	}
	return h, nil
}
