package maxma

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// money is an amount on MAXMA's wire: a decimal of the account's currency with
// two digits after the point. It is written as a number and read as a number or
// a string, since MAXMA's own clients send either.
type money loyalty.Money

// whole is a count of points: an integer, which may be written 10.0.
type whole int64

// quantity is a quantity in thousandths.
type quantity loyalty.Qty

var (
	errNoNumber  = errors.New("not a decimal number")
	errTooLarge  = errors.New("number out of range")
	errFractions = errors.New("more digits after the point than it has units")
)

// scaled reads a decimal as an integer of its units, of which one has so many
// digits after the point. A server that computes with floats sends 99.9 as
// 99.90000000000001 or 99.89999999999999: what is off by less than a thousandth
// of a unit is taken for what was meant; more is an error, never rounded.
func scaled(text string, digits int) (int64, error) {
	s, negative := strings.CutPrefix(text, "-")
	head, tail, point := strings.Cut(s, ".")
	if head == "" || point && tail == "" || strings.Trim(head+tail, "0123456789") != "" {
		return 0, errNoNumber
	}
	up := false
	if len(tail) > digits {
		rest := tail[digits:]
		tail = tail[:digits]
		switch near := rest[:min(len(rest), 3)]; {
		case strings.Trim(rest, "0") == "", near == "000":
		case near == "999":
			up = true
		default:
			return 0, errFractions
		}
	}
	tail += strings.Repeat("0", digits-len(tail))
	var n int64
	for _, d := range head + tail {
		if n > (1<<62)/10 {
			return 0, errTooLarge
		}
		n = n*10 + int64(d-'0')
	}
	if up {
		n++
	}
	if negative {
		n = -n
	}
	return n, nil
}

// readNumber reads a JSON number, or a string that holds one. The error does not
// quote it.
func readNumber(raw []byte, digits int) (int64, error) {
	s := string(raw)
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		s = s[1 : n-1]
	}
	return scaled(s, digits)
}

func writeNumber(n int64, digits int) []byte {
	sign := ""
	u := uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	s := fmt.Sprintf("%0*d", digits+1, u)
	at := len(s) - digits
	return []byte(sign + s[:at] + "." + s[at:])
}

// UnmarshalJSON leaves null what it was.
func (m *money) UnmarshalJSON(raw []byte) error { return into(m, raw, 2) }

// MarshalJSON writes a number.
func (m money) MarshalJSON() ([]byte, error) { return writeNumber(int64(m), 2), nil }

// UnmarshalJSON leaves null what it was.
func (w *whole) UnmarshalJSON(raw []byte) error { return into(w, raw, 0) }

// MarshalJSON writes a number.
func (q quantity) MarshalJSON() ([]byte, error) { return writeNumber(int64(q), 3), nil }

// UnmarshalJSON leaves null what it was.
func (q *quantity) UnmarshalJSON(raw []byte) error { return into(q, raw, 3) }

func into[T ~int64](to *T, raw []byte, digits int) error {
	if string(raw) == "null" {
		return nil
	}
	n, err := readNumber(raw, digits)
	if err == nil {
		*to = T(n)
	}
	return err
}
