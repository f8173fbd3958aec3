package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// maxKey bounds what is kept as a key; longer ones name nobody.
const maxKey = 1024

// indexKey is the key of a card, phone or external id; nil if it can be none.
func indexKey(id loyalty.Ident) []byte {
	var kind byte
	switch id.Kind {
	case loyalty.ByCard:
		kind = 'c'
	case loyalty.ByPhone:
		kind = 'p'
	case loyalty.ByExternalID:
		kind = 'e'
	}
	if kind == 0 || id.Value == "" || len(id.Value) > maxKey {
		return nil
	}
	return append(append(make([]byte, 0, 1+len(id.Value)), kind), id.Value...)
}

// keysOf are the index keys of a customer, each once.
func keysOf(c loyalty.Customer) [][]byte {
	var keys [][]byte
	add := func(kind loyalty.IdentKind, value string) {
		k := indexKey(loyalty.Ident{Kind: kind, Value: value})
		if k != nil && !slices.ContainsFunc(keys, func(o []byte) bool { return bytes.Equal(o, k) }) {
			keys = append(keys, k)
		}
	}
	for _, id := range c.Cards {
		add(loyalty.ByCard, string(id))
	}
	add(loyalty.ByPhone, string(c.Phone))
	add(loyalty.ByExternalID, c.ExternalID)
	return keys
}

// The value of an index key is the ids of the customers that claim it, in
// order, each with its length before it. It is nearly always one.

func splitIDs(v []byte) ([][]byte, error) {
	var ids [][]byte
	for len(v) > 0 {
		n, k := binary.Uvarint(v)
		if k <= 0 || n == 0 || n > uint64(len(v)-k) {
			return nil, errors.New("index entry is broken")
		}
		ids = append(ids, v[k:k+int(n)])
		v = v[k+int(n):]
	}
	return ids, nil
}

func joinIDs(ids [][]byte) []byte {
	var v []byte
	for _, id := range ids {
		v = append(binary.AppendUvarint(v, uint64(len(id))), id...)
	}
	return v
}

// withID is the ids with one more; without it if add is false.
func withID(ids [][]byte, id []byte, add bool) [][]byte {
	i, found := slices.BinarySearchFunc(ids, id, bytes.Compare)
	switch {
	case add && !found:
		return slices.Insert(ids, i, id)
	case !add && found:
		return slices.Delete(ids, i, i+1)
	}
	return ids
}
