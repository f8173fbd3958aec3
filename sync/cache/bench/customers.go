package main

import (
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Customer i has ids that are spread over all numbers, as real ones are.

func cardOf(i int) string  { return number("29", i, 7_368_787_547) }
func phoneOf(i int) string { return number("+79", i, 2_654_435_761) }
func extOf(i int) string   { return number("ext-", i, 3_141_592_653) }
func idOf(i int) string    { return number("c", i, 5_772_156_649) }

// number is a prefix and eleven digits that no other i has: the modulus is a
// prime.
func number(prefix string, i int, factor uint64) string {
	b := append(make([]byte, 0, 20), prefix...)
	return string(strconv.AppendUint(b, 10_000_000_000+uint64(i)*factor%10_000_000_019, 10))
}

func customer(i int, version uint64) loyalty.Customer {
	return loyalty.Customer{
		ID: loyalty.CustomerID(idOf(i)), Name: "Александра Константинопольская", Tier: "gold", Version: version,
		Cards: []card.ID{card.ID(cardOf(i))}, Phone: card.Phone(phoneOf(i)), ExternalID: extOf(i), Balance: loyalty.Points(i),
		AsOf: time.Unix(1_770_000_000, 0), Expiring: []loyalty.Expiring{{Points: 100, At: time.Unix(1_780_000_000, 0)}},
	}
}

// record is what the others keep of a customer: as long as the till's.
func record(dst []byte, i int, version uint64) []byte {
	dst = append(dst[:0], "................................................................"...)
	dst = append(dst, "Александра Константинопольская"...)
	return strconv.AppendUint(strconv.AppendUint(dst, uint64(i), 10), version, 10)
}

// snapshot is a transfer from nowhere.
type snapshot struct{ next, n int }

func (s *snapshot) Programme() loyalty.Programme { return loyalty.Programme{Name: "club"} }
func (s *snapshot) Cursor() string               { return "0" }
func (s *snapshot) Count() int                   { return s.n }
func (s *snapshot) Close() error                 { return nil }

func (s *snapshot) Next() (loyalty.Customer, error) {
	if s.next == s.n {
		return loyalty.Customer{}, io.EOF
	}
	s.next++
	return customer(s.next-1, 1), nil
}

// changed is the i-th customer that a round changes.
func changed(round, i, count int) int {
	return int(uint64(round*changes+i) * 7_368_787 % uint64(count))
}

var errNotThere = errors.New("a customer is not there")
