package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// recordVersion is the first byte of every record. A record is, after it: the
// customer's version, flags, balance, pending, as-of; id, name, tier, phone,
// external id; cards; what expires. Numbers are varints, text has its length
// before it, a time is its seconds and nanoseconds. It is read with one
// allocation of text, which is a third of what JSON costs a lookup.
const recordVersion = 2

const (
	flagBlocked   = 1
	flagNoBalance = 2
)

// encode appends the record of a customer.
func encode(b []byte, c loyalty.Customer) []byte {
	b = append(slices.Grow(b, 160), recordVersion)
	b = binary.AppendUvarint(b, c.Version)
	var flags byte
	if c.Blocked {
		flags |= flagBlocked
	}
	if c.NoBalance {
		flags |= flagNoBalance
	}
	b = append(b, flags)
	b = binary.AppendVarint(b, int64(c.Balance))
	b = binary.AppendVarint(b, int64(c.Pending))
	b = appendTime(b, c.AsOf)
	for _, s := range []string{string(c.ID), c.Name, c.Tier, string(c.Phone), c.ExternalID} {
		b = appendText(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Cards)))
	for _, id := range c.Cards {
		b = appendText(b, string(id))
	}
	b = binary.AppendUvarint(b, uint64(len(c.Expiring)))
	for _, e := range c.Expiring {
		b = binary.AppendVarint(b, int64(e.Points))
		b = appendTime(b, e.At)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTime(b []byte, t time.Time) []byte {
	b = binary.AppendVarint(b, t.Unix())
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// slotID is the id of the customer that a slot is of.
func slotID(s slot) (loyalty.CustomerID, error) {
	if s.kind == slotGone {
		g, err := parseGone(s.text)
		return g.ID, err
	}
	if s.kind != slotCustomer || len(s.text) == 0 || s.text[0] != recordVersion {
		return "", errBroken
	}
	r := reader{rest: string(s.text[1:])}
	r.uvarint() // version
	r.byte()    // flags
	r.varint()  // balance
	r.varint()  // pending
	r.time()    // as of
	id := r.text()
	if r.bad || id == "" {
		return "", errBroken
	}
	return loyalty.CustomerID(id), nil
}

// decode reads a record. The customer keeps nothing of b.
func decode(b []byte) (loyalty.Customer, error) {
	var c loyalty.Customer
	r := reader{rest: string(b)}
	if v := r.byte(); v != recordVersion {
		return c, fmt.Errorf("%w: it has version %d, want %d", errBroken, v, recordVersion)
	}
	c.Version = r.uvarint()
	flags := r.byte()
	if flags&^(flagBlocked|flagNoBalance) != 0 {
		return c, fmt.Errorf("%w: it has flags %x", errBroken, flags)
	}
	c.Blocked = flags&flagBlocked != 0
	c.NoBalance = flags&flagNoBalance != 0
	c.Balance = loyalty.Points(r.varint())
	c.Pending = loyalty.Points(r.varint())
	c.AsOf = r.time()
	c.ID = loyalty.CustomerID(r.text())
	c.Name = r.text()
	c.Tier = r.text()
	c.Phone = card.Phone(r.text())
	c.ExternalID = r.text()
	if n := r.length(); n > 0 {
		c.Cards = make([]card.ID, n)
		for i := range c.Cards {
			c.Cards[i] = card.ID(r.text())
		}
	}
	if n := r.length(); n > 0 {
		c.Expiring = make([]loyalty.Expiring, n)
		for i := range c.Expiring {
			c.Expiring[i] = loyalty.Expiring{Points: loyalty.Points(r.varint()), At: r.time()}
		}
	}
	if r.rest != "" {
		r.bad = true
	}
	if r.bad {
		return loyalty.Customer{}, errBroken
	}
	return c, nil
}

var errBroken = errors.New("record is broken")

// reader takes a record apart; bad is set when it ends too early or goes on too
// long.
type reader struct {
	rest string
	bad  bool
}

func (r *reader) byte() byte {
	if r.rest == "" {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uvarint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		if shift == 63 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// length is a number of things that follow; each takes a byte at least.
func (r *reader) length() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.length()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *reader) time() time.Time {
	sec, ns := r.varint(), r.uvarint()
	if ns >= uint64(time.Second) {
		r.bad = true
		return time.Time{}
	}
	return time.Unix(sec, int64(ns)).UTC()
}
