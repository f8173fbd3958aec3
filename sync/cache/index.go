package cache

import (
	"encoding/binary"
	"slices"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// maxKey bounds what is kept as a key; longer ones name nobody.
const maxKey = 1024

// Kinds of what is hashed.
const (
	kindID       = 'i'
	kindCard     = 'c'
	kindPhone    = 'p'
	kindExternal = 'e'
)

// usable says that something can be a key.
func usable(name string) bool { return name != "" && len(name) <= maxKey }

// hash is a keyed hash of a name. Eight bytes do: two names that have the same
// are told apart by the records.
func hash(k *seal.Key, kind byte, name string) uint64 {
	sum := k.Hash(kind, name)
	return binary.BigEndian.Uint64(sum[:])
}

// idHash is the key of a customer's record.
func idHash(k *seal.Key, id loyalty.CustomerID) uint64 { return hash(k, kindID, string(id)) }

// keyHash is the key of a card, phone or external id; false if it can be none.
func keyHash(k *seal.Key, id loyalty.Ident) (h uint64, ok bool) {
	if !usable(id.Value) {
		return 0, false
	}
	switch id.Kind {
	case loyalty.ByCard:
		return hash(k, kindCard, id.Value), true
	case loyalty.ByPhone:
		return hash(k, kindPhone, id.Value), true
	case loyalty.ByExternalID:
		return hash(k, kindExternal, id.Value), true
	}
	return 0, false
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
func appendKeys(keys []uint64, k *seal.Key, c *loyalty.Customer) []uint64 {
	n := len(keys)
	add := func(kind byte, name string) {
		if !usable(name) {
			return
		}
		if h := hash(k, kind, name); !slices.Contains(keys[n:], h) {
			keys = append(keys, h)
		}
	}
	for _, id := range c.Cards {
		add(kindCard, string(id))
	}
	add(kindPhone, string(c.Phone))
	add(kindExternal, c.ExternalID)
	return keys
}
