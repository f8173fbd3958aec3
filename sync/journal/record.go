package journal

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// recordVersion is the first byte of every record.
const recordVersion = 1

// record is an entry as it is stored. JSON, because a journal is small and may
// have to be read by a person with nothing but a hex editor.
type record struct {
	Entry
	// Doubt says that an attempt before the one under way ended without a clear
	// answer: "not now" to a later attempt does not make it undone.
	Doubt bool `json:"doubt,omitempty"`

	archived bool // it is read from the archive, and stays as it is
}

func encode(r record) ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode operation %s: %w", r.Op.Key, err)
	}
	return append([]byte{recordVersion}, b...), nil
}

func decode(b []byte) (record, error) {
	if len(b) == 0 || b[0] != recordVersion {
		return record{}, fmt.Errorf("record has version %x, want %d", b[:min(1, len(b))], recordVersion)
	}
	var r record
	if err := json.Unmarshal(b[1:], &r); err != nil {
		return record{}, fmt.Errorf("record: %w", err)
	}
	switch r.State {
	case Pending, Unknown, Done, Refused, Resolved:
	default:
		return record{}, fmt.Errorf("record is in state %q", r.State)
	}
	return r, nil
}

// sameContent says that two operations are the same promise, however their
// times are zoned. The ticket
// is no part of it.
func sameContent(a, b loyalty.Operation) (bool, error) {
	ca, err := canonical(a)
	if err != nil {
		return false, err
	}
	cb, err := canonical(b)
	if err != nil {
		return false, err
	}
	return bytes.Equal(ca, cb), nil
}

// canonical encodes twice: what comes back from the disk has been through it
// once (text that is not UTF-8 has lost its bytes on the way).
func canonical(op loyalty.Operation) ([]byte, error) {
	op.Ticket = ""
	op.At, op.Sale.At = op.At.UTC(), op.Sale.At.UTC()
	b, err := json.Marshal(op)
	if err != nil {
		return nil, fmt.Errorf("encode operation %s: %w", op.Key, err)
	}
	var again loyalty.Operation
	if err := json.Unmarshal(b, &again); err != nil {
		return nil, fmt.Errorf("encode operation %s: %w", op.Key, err)
	}
	return json.Marshal(again)
}
