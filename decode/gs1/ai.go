package gs1

import (
	"fmt"
	"strings"
)

// part is one component of a value.
type part struct {
	set      byte // 'N' digits; 'X' character set 82; 'Y' set 39; 'Z' file-safe base64
	min, max int
	checked  bool // mod-10 check digit in the last place
	zero     bool // begins with 0
}

// format is the form of an identifier's value: its parts one after the other.
// Only the last part may have a length of its own choice.
type format []part

// fixed is the length of the value if it has just one, else 0.
func (f format) fixed() int {
	n := 0
	for _, p := range f {
		if p.min != p.max {
			return 0
		}
		n += p.max
	}
	return n
}

// check says what is wrong with a value, "" for nothing.
func (f format) check(v string) string {
	least, most := 0, 0
	for _, p := range f {
		least += p.min
		most += p.max
	}
	switch {
	case len(v) < least && least == most:
		return fmt.Sprintf("too short: %d characters, must have %d", len(v), most)
	case len(v) < least:
		return fmt.Sprintf("too short: %d characters, must have %d to %d", len(v), least, most)
	case len(v) > most && least == most:
		return fmt.Sprintf("too long: %d characters, must have %d", len(v), most)
	case len(v) > most:
		return fmt.Sprintf("too long: %d characters, must have %d to %d", len(v), least, most)
	}
	for _, p := range f {
		n := min(p.max, len(v))
		if reason := p.check(v[:n]); reason != "" {
			return reason
		}
		v = v[n:]
	}
	return ""
}

func (p part) check(v string) string {
	for i := 0; i < len(v); i++ {
		if !member(p.set, v[i]) {
			return fmt.Sprintf("character %d (0x%02x) is not allowed there", i+1, v[i])
		}
	}
	if p.zero && v[0] != '0' {
		return "must begin with 0"
	}
	if p.checked && !Valid(v) {
		return "wrong check digit"
	}
	return ""
}

// member reports whether c belongs to a character set of the General
// Specifications, 7.11 (82, 39) or RFC 4648 (base64url with padding).
func member(set, c byte) bool {
	digit := c >= '0' && c <= '9'
	upper := c >= 'A' && c <= 'Z'
	lower := c >= 'a' && c <= 'z'
	switch set {
	case 'N':
		return digit
	case 'Y':
		return digit || upper || c == '#' || c == '-' || c == '/'
	case 'Z':
		return digit || upper || lower || c == '-' || c == '_' || c == '='
	}
	return digit || upper || lower || strings.IndexByte(`!"%&'()*+,-./:;<=>?_`, c) >= 0
}

// predefined reports whether an identifier belongs to those whose length is
// known by its first two digits, so that no FNC1 need follow (General
// Specifications, figure 7.8.5-2; the list is closed).
func predefined(ai string) bool {
	switch p := ai[:2]; {
	case p <= "04", p >= "11" && p <= "20", p >= "31" && p <= "36", p == "41":
		return true
	}
	return false
}

// aiLen is the number of digits of the identifiers that begin with these two,
// 0 for those that GS1 has not begun to use. It is what lets an identifier be
// stepped over that is newer than this table.
func aiLen(p string) int {
	switch {
	case p <= "04", p >= "10" && p <= "22", p == "30", p == "37", p >= "90" && p <= "99":
		return 2
	case p >= "23" && p <= "25", p >= "40" && p <= "42", p == "71":
		return 3
	case p >= "31" && p <= "36", p == "39", p == "43", p == "70", p == "72", p >= "80" && p <= "82":
		return 4
	}
	return 0
}

// identify reads the identifier at the head of s: its format and its length.
func identify(s string) (f format, n int, reason string) {
	if len(s) < 2 || !member('N', s[0]) || !member('N', s[1]) {
		return nil, 0, "no application identifier (two digits or more)"
	}
	n = aiLen(s[:2])
	if n == 0 {
		return nil, 0, fmt.Sprintf("no application identifier begins with %s", s[:2])
	}
	if len(s) < n {
		return nil, 0, "application identifier cut off"
	}
	for i := 2; i < n; i++ {
		if !member('N', s[i]) {
			return nil, 0, "application identifier is not all digits"
		}
	}
	return formatOf(s[:n]), n, ""
}

// longest is the most that any value may hold.
const longest = 90

// unknown is the format of an identifier that is not in the table and has no
// predefined length: whatever stands before the next separator.
var unknown = format{{set: 'X', min: 1, max: longest}}

// formatOf finds the format of an identifier. One that is not in the table but
// has a predefined length gets that.
func formatOf(ai string) format {
	if f, ok := formats[ai]; ok {
		return f
	}
	if f, ok := formats[ai[:len(ai)-1]+"n"]; ok {
		return f
	}
	if predefined(ai) {
		for p, total := range predefinedTotal {
			if strings.HasPrefix(ai, p) {
				n := total - len(ai)
				return format{{set: 'N', min: n, max: n}}
			}
		}
	}
	return unknown
}

// predefinedTotal has the lengths, identifier included, by which unlisted
// identifiers in the predefined ranges are stepped over.
var predefinedTotal = map[string]int{
	"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "11": 8, "12": 8, "13": 8, "14": 8, "15": 8, "16": 8, "17": 8,
	"18": 8, "19": 8, "20": 4, "31": 10, "32": 10, "33": 10, "34": 10, "35": 10, "36": 10, "41": 16,
}
