package cache

import (
	"bytes"
	"errors"
	"slices"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// maxKey bounds what is kept as a key; longer ones name nobody.
const maxKey = 1024

// hash stands in the files for a customer's id, card, phone or external id.
type hash [seal.HashSize]byte

// Kinds of what is hashed.
const (
	kindID       = 'i'
	kindCard     = 'c'
	kindPhone    = 'p'
	kindExternal = 'e'
)

// idHash is the key of a customer's record; false if the id is none.
func idHash(k *seal.Key, id loyalty.CustomerID) (h hash, ok bool) {
	if id == "" || len(id) > maxKey {
		return h, false
	}
	k.Hash((*[seal.HashSize]byte)(&h), kindID, string(id))
	return h, true
}

// indexKey is the key of a card, phone or external id; false if it can be none.
func indexKey(k *seal.Key, id loyalty.Ident) (h hash, ok bool) {
	var kind byte
	switch id.Kind {
	case loyalty.ByCard:
		kind = kindCard
	case loyalty.ByPhone:
		kind = kindPhone
	case loyalty.ByExternalID:
		kind = kindExternal
	}
	if kind == 0 || id.Value == "" || len(id.Value) > maxKey {
		return h, false
	}
	k.Hash((*[seal.HashSize]byte)(&h), kind, id.Value)
	return h, true
}

// claims says that a customer is one of that card, phone or external id.
func claims(c loyalty.Customer, id loyalty.Ident) bool {
	switch id.Kind {
	case loyalty.ByCard:
		return slices.Contains(c.Cards, card.ID(id.Value))
	case loyalty.ByPhone:
		return string(c.Phone) == id.Value
	case loyalty.ByExternalID:
		return c.ExternalID == id.Value
	}
	return false
}

// appendKeys appends the index keys of a customer, each once.
func appendKeys(keys []hash, k *seal.Key, c loyalty.Customer) []hash {
	n := len(keys)
	add := func(kind loyalty.IdentKind, value string) {
		h, ok := indexKey(k, loyalty.Ident{Kind: kind, Value: value})
		if ok && !slices.Contains(keys[n:], h) {
			keys = append(keys, h)
		}
	}
	for _, id := range c.Cards {
		add(loyalty.ByCard, string(id))
	}
	add(loyalty.ByPhone, string(c.Phone))
	add(loyalty.ByExternalID, c.ExternalID)
	return keys
}

// The value of an index key is the hashes of the ids of the customers that claim
// it, in order. It is nearly always one.

var errIndex = errors.New("index entry is broken")

func splitIDs(v []byte) ([][]byte, error) {
	if len(v)%len(hash{}) != 0 {
		return nil, errIndex
	}
	return slices.Collect(slices.Chunk(v, len(hash{}))), nil
}

func joinIDs(ids [][]byte) []byte { return bytes.Join(ids, nil) }

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
