package central

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// A first fill reads a line of JSON for each customer of the chain, and
// encoding/json takes ten times as long for one as all else that is done with it.
// quickCustomer reads the lines that are as nearly all are: no escapes, no member
// that is not of the document, whole numbers. Any other is read by encoding/json.

// quickCustomer reads a line; false if it does not know for sure what
// parseCustomer would say of it.
func quickCustomer(raw []byte) (c loyalty.Customer, ok bool) {
	if !utf8.Valid(raw) {
		return c, false
	}
	q := quick{rest: string(raw), ok: true}
	var balance, version, asOf bool
	for first := true; ; first = false {
		if q.skip(); first && !q.eat('{') || !first && !q.eat(',') {
			break
		}
		name := q.text()
		if q.skip(); !q.eat(':') {
			return c, false
		}
		switch name {
		case "id":
			c.ID = loyalty.CustomerID(q.text())
		case "name":
			c.Name = q.text()
		case "tier":
			c.Tier = q.text()
		case "cards":
			c.Cards = []card.ID{}
			q.list(func() { c.Cards = append(c.Cards, card.ID(q.text())) })
		case "phone":
			c.Phone = card.Phone(q.text())
		case "external_id":
			c.ExternalID = q.text()
		case "blocked":
			c.Blocked = q.bool()
		case "no_balance":
			c.NoBalance = q.bool()
		case "balance":
			c.Balance, balance = loyalty.Points(q.number()), true
		case "pending":
			c.Pending = loyalty.Points(q.number())
		case "version":
			n := q.number()
			c.Version, version = uint64(n), n > 0
		case "as_of":
			c.AsOf, asOf = q.time(), true
		case "expiring":
			c.Expiring = []loyalty.Expiring{}
			q.list(func() { c.Expiring = append(c.Expiring, q.expiring()) })
		default:
			return c, false
		}
		if !q.ok {
			return c, false
		}
	}
	if !q.eat('}') {
		return c, false
	}
	q.skip()
	return c, q.ok && q.rest == "" && c.ID != "" && balance && version && asOf && c.Pending >= 0
}

// quick takes a line apart; ok is false once anything is not as expected.
type quick struct {
	rest string
	ok   bool
}

// skip passes over blanks.
func (q *quick) skip() {
	for q.rest != "" && (q.rest[0] == ' ' || q.rest[0] == '\n' || q.rest[0] == '\r' || q.rest[0] == '\t') {
		q.rest = q.rest[1:]
	}
}

// eat takes a byte if it is the next.
func (q *quick) eat(b byte) bool {
	if q.rest == "" || q.rest[0] != b {
		return false
	}
	q.rest = q.rest[1:]
	return true
}

func (q *quick) fail() { q.ok = false }

func (q *quick) text() string {
	q.skip()
	if !q.eat('"') {
		q.fail()
		return ""
	}
	end := strings.IndexByte(q.rest, '"')
	if end < 0 {
		q.fail()
		return ""
	}
	s := q.rest[:end]
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '\\' {
			q.fail()
			return ""
		}
	}
	q.rest = q.rest[end+1:]
	return s
}

// number is a whole number of at most 18 digits.
func (q *quick) number() (n int64) {
	q.skip()
	negative := q.eat('-')
	digits := 0
	for digits < len(q.rest) && q.rest[digits] >= '0' && q.rest[digits] <= '9' {
		n = n*10 + int64(q.rest[digits]-'0')
		if digits++; digits > 18 {
			q.fail()
			return 0
		}
	}
	if digits == 0 || digits > 1 && q.rest[0] == '0' {
		q.fail()
		return 0
	}
	if q.rest = q.rest[digits:]; q.rest != "" && strings.IndexByte(".eE", q.rest[0]) >= 0 {
		q.fail()
		return 0
	}
	if negative {
		return -n
	}
	return n
}

func (q *quick) bool() bool {
	q.skip()
	if rest, is := strings.CutPrefix(q.rest, "true"); is {
		q.rest = rest
		return true
	}
	rest, is := strings.CutPrefix(q.rest, "false")
	q.rest, q.ok = rest, q.ok && is
	return false
}

func (q *quick) time() (t time.Time) {
	if err := t.UnmarshalText([]byte(q.text())); err != nil || t.IsZero() {
		q.fail()
	}
	return t
}

// list reads what stands between brackets.
func (q *quick) list(item func()) {
	if q.skip(); !q.eat('[') {
		q.fail()
		return
	}
	for first := true; q.ok; first = false {
		q.skip()
		switch {
		case q.eat(']'):
			return
		case !first && !q.eat(','):
			q.fail()
			return
		}
		item()
	}
}

func (q *quick) expiring() (e loyalty.Expiring) {
	var points, at bool
	for first := true; q.ok; first = false {
		if q.skip(); first && !q.eat('{') || !first && !q.eat(',') {
			break
		}
		name := q.text()
		if q.skip(); !q.eat(':') {
			break
		}
		switch name {
		case "points":
			e.Points, points = loyalty.Points(q.number()), true
		case "at":
			e.At, at = q.time(), true
		default:
			q.fail()
		}
	}
	if !q.eat('}') || !points || !at || e.Points < 0 {
		q.fail()
	}
	return e
}
