package card

import (
	"strings"

	"github.com/tillgate/tillgate/decode/aim"
)

// matchPhone takes a phone number. Digits of an article number or a GS1 element
// string that happen to look like one are none.
func matchPhone(country string) func(Input) string {
	return func(in Input) string {
		if in.GS1 != nil || in.Symbology.Base() == aim.EANUPC {
			return ""
		}
		p, _ := NormalisePhone(in.Text, country)
		return string(p)
	}
}

// NormalisePhone brings a phone number in any spelling ("8 (999) 123-45-67",
// "+7 999 123 45 67", "tel:9991234567") to E.164. ok is false if it is none.
//
// A number with + is international and has 8 to 15 digits; +7 must have the ten
// digits of the plan that Russia and Kazakhstan share. Without + the country
// decides: for "RU" and "KZ", "" meaning "RU", ten digits, or eleven that begin
// with 8 or 7; for "none", nothing.
func NormalisePhone(s, country string) (p Phone, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > 64 {
		return "", false
	}
	if len(s) > 4 && strings.EqualFold(s[:4], "tel:") {
		s = strings.TrimSpace(s[4:])
	}
	s, plus := strings.CutPrefix(s, "+")
	var buf [16]byte
	d := buf[:0]
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if len(d) == 15 {
				return "", false
			}
			d = append(d, byte(r))
		case !between(r):
			return "", false
		}
	}
	switch {
	case len(d) == 0:
		return "", false
	case plus:
		if d[0] == '0' || len(d) < 8 || d[0] == '7' && !plan7(d[1:]) {
			return "", false
		}
	case country == "none":
		return "", false
	case len(d) == 11 && (d[0] == '8' || d[0] == '7') && plan7(d[1:]):
		d[0] = '7'
	case plan7(d):
		d = append(buf[:0], "7"+string(d)...)
	default:
		return "", false
	}
	return Phone("+" + string(d)), true
}

// between reports whether r may stand between the digits of a number: blanks,
// brackets, dots, hyphens and dashes, as people and phone books write.
func between(r rune) bool {
	switch r {
	case ' ', '(', ')', '-', '.', '\u00a0', '\u202f', '\u2009':
		return true
	}
	return r >= 0x2010 && r <= 0x2015
}

// plan7 reports whether d is a national number of country code 7: ten digits,
// the area code beginning with 3 to 9 (3, 4, 8 and 9 Russia, 6 and 7
// Kazakhstan).
func plan7(d []byte) bool { return len(d) == 10 && d[0] >= '3' }

// Countries are the values of Config.Country.
var Countries = []string{"RU", "KZ", "none"}
