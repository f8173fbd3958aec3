package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// An item is one entry in a batch, as it was from then on: number, flags, the
// lengths of its two texts, the texts. The first can be read without the key,
// the second is the record, sealed together with the number and the first.
const itemFront = 8 + 1 + 2 + 4

// flagGone says that the entry is not in the journal any more; it has no texts.
const flagGone = 1

// Clear is what can be read of an entry without the key: no customer, but what
// a person needs to settle it from the POS's own receipts if the key is lost.
type Clear struct {
	N       uint64         `json:"-"`
	Key     loyalty.Key    `json:"key"`
	Kind    loyalty.Kind   `json:"kind"`
	State   State          `json:"state"`
	Person  bool           `json:"person,omitempty"` // Entry.NeedsPerson
	At      time.Time      `json:"at"`
	Receipt string         `json:"receipt,omitempty"`
	Total   loyalty.Money  `json:"total,omitempty"`
	Spend   loyalty.Points `json:"spend,omitempty"`
	Worth   loyalty.Money  `json:"worth,omitempty"`
	Earn    loyalty.Points `json:"earn,omitempty"`
}

// Owed says that the operation is not settled.
func (c Clear) Owed() bool { return c.State == Pending || c.State == Unknown || c.Person }

func clearOf(e Entry) Clear {
	s := e.Op.Sale
	return Clear{Key: e.Op.Key, Kind: e.Op.Kind, State: e.State, Person: e.NeedsPerson(), At: e.Op.At,
		Receipt: s.Receipt, Total: s.Total, Spend: s.Spend, Worth: s.Worth, Earn: s.Earn}
}

// appendItem appends the item of a record. It says where in dst the item begins
// and how long it is.
func appendItem(dst []byte, key *seal.Key, r record) ([]byte, error) {
	text, err := encode(r)
	if err != nil {
		return dst, err
	}
	open, err := json.Marshal(clearOf(r.Entry))
	if err != nil {
		return dst, fmt.Errorf("encode operation %s: %w", r.Op.Key, err)
	}
	if len(open) > 1<<16-1 {
		return dst, fmt.Errorf("encode operation %s: %d bytes of key and receipt number", r.Op.Key, len(open))
	}
	dst = itemHead(dst, r.N, 0, len(open), len(text)+seal.Overhead)
	dst = append(dst, open...)
	return key.Seal(dst, text, place(r.N, open)), nil
}

func appendGone(dst []byte, n uint64) []byte { return itemHead(dst, n, flagGone, 0, 0) }

func itemHead(dst []byte, n uint64, flags byte, open, sealed int) []byte {
	dst = binary.BigEndian.AppendUint64(dst, n)
	dst = append(dst, flags)
	dst = binary.BigEndian.AppendUint16(dst, uint16(open))
	return binary.BigEndian.AppendUint32(dst, uint32(sealed))
}

// place is what a record is sealed for: it is not taken for that of another
// number, nor with another's clear text.
func place(n uint64, open []byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, n), open...)
}

// item is an item in a batch.
type item struct {
	n      uint64
	gone   bool
	open   []byte
	sealed []byte
	whole  []byte // all of it
}

var errItem = errors.New("an entry is cut off")

// cutItem takes the first item off a batch.
func cutItem(b []byte) (it item, rest []byte, err error) {
	if len(b) < itemFront {
		return it, nil, errItem
	}
	open := int(binary.BigEndian.Uint16(b[9:]))
	sealed := int(binary.BigEndian.Uint32(b[11:]))
	if sealed > len(b) || itemFront+open+sealed > len(b) || b[8] > flagGone {
		return it, nil, errItem
	}
	n := itemFront + open + sealed
	return item{n: binary.BigEndian.Uint64(b), gone: b[8]&flagGone != 0, open: b[itemFront : itemFront+open],
		sealed: b[itemFront+open : n], whole: b[:n]}, b[n:], nil
}

// record opens the item.
func (it item) record(key *seal.Key) (record, error) {
	text, err := key.Open(nil, it.sealed, place(it.n, it.open))
	if err != nil {
		return record{}, fmt.Errorf("entry %d: %w", it.n, err)
	}
	r, err := decode(text)
	if err == nil && r.N != it.n {
		err = fmt.Errorf("its number is %d", r.N)
	}
	if err != nil {
		return record{}, fmt.Errorf("entry %d: %w", it.n, err)
	}
	return r, nil
}

// clear reads what is to be read of the item without the key.
func (it item) clear() (Clear, error) {
	c := Clear{}
	err := json.Unmarshal(it.open, &c)
	c.N = it.n
	return c, err
}
