package card

import (
	"strings"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/gs1"
)

// matchEAN13 takes 13 digits with a right check digit. A UPC-A is the EAN-13
// that begins with 0, which scanners send without it.
func matchEAN13(c Config) func(Input) string {
	return func(in Input) string {
		t := in.Text
		if len(t) == 12 && in.Symbology == aim.UPCA {
			t = "0" + t
		}
		if len(t) != 13 || !begins(t, c.Prefixes) || !gs1.Valid(t) {
			return ""
		}
		if c.StripCheckDigit {
			return t[:12]
		}
		return t
	}
}

func matchDigits(c Config) func(Input) string {
	var lengths [maxID + 1]bool
	for _, n := range c.Lengths {
		if n > 0 && n <= maxID {
			lengths[n] = true
		}
	}
	if len(c.Lengths) == 0 {
		for n := max(c.MinLength, 1); n <= min(c.MaxLength, maxID); n++ {
			lengths[n] = true
		}
	}
	return func(in Input) string {
		t := in.Text
		if len(t) > maxID || !lengths[len(t)] || !begins(t, c.Prefixes) || !allDigits(t) {
			return ""
		}
		switch c.Check {
		case "gs1":
			if !gs1.Valid(t) {
				return ""
			}
		case "luhn":
			if !Luhn(t) {
				return ""
			}
		}
		if c.StripCheckDigit {
			return t[:len(t)-1]
		}
		return t
	}
}

func begins(t string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	return len(prefixes) == 0
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Luhn reports whether s is two digits or more and the last is the check digit
// of ISO/IEC 7812-1, annex B, as on bank cards.
func Luhn(s string) bool {
	if len(s) < 2 || !allDigits(s) {
		return false
	}
	sum := 0
	for i := 0; i < len(s); i++ {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
