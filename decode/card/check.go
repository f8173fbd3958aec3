package card

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tillgate/tillgate/decode/aim"
)

// checker turns one Config into a scheme and collects what is wrong with it.
type checker struct {
	index int
	c     Config
	wrong []error
}

func (k *checker) mistake(key string, value any, problem, remedy string) {
	k.wrong = append(k.wrong, &Mistake{Index: k.index, Scheme: k.c.Name, Key: key, Value: value, Problem: problem, Remedy: remedy})
}

func (k *checker) scheme(country string) scheme {
	c := k.c
	s := scheme{name: c.Name, letters: letters(c.Case)}
	if c.Name == "" {
		k.mistake("name", nil, "missing", "give the scheme a short name, it is shown in logs")
	}
	for _, n := range c.Symbologies {
		sym, ok := aim.ParseSymbology(n)
		if !ok {
			k.mistake("symbologies", n, "unknown symbology", "use one of: "+strings.Join(aim.Names(), ", "))
		}
		s.symbologies = append(s.symbologies, sym)
	}
	if !slices.Contains(kinds, c.Kind) {
		k.kind()
		return s
	}
	k.foreign()
	k.oneOf("case", c.Case, "upper", "lower")
	switch c.Kind {
	case EAN13:
		k.prefixes(13, true)
		s.match = matchEAN13(c)
	case Digits:
		k.digits()
		s.match = matchDigits(c)
	case Pattern:
		s.match = matchPattern(k.expression("pattern", c.Pattern))
	case URL:
		s.match = matchURL(c, k.url())
	case GS1, DigitalLink:
		k.key()
		s.match = matchGS1(c)
		if c.Kind == DigitalLink {
			s.match = matchLink(c)
		}
	case Rotating:
		s.rotating = k.rotating()
	case PhoneNumber:
		if c.Country != "" {
			country = c.Country
		}
		k.oneOf("country", c.Country, Countries...)
		s.phone = true
		s.match = matchPhone(country)
	}
	return s
}

func (k *checker) kind() {
	known := make([]string, len(kinds))
	for i, n := range kinds {
		known[i] = string(n)
	}
	if k.c.Kind == "" {
		k.mistake("kind", nil, "missing", "use one of: "+strings.Join(known, ", "))
		return
	}
	k.mistake("kind", k.c.Kind, "unknown", "use one of: "+strings.Join(known, ", "))
}

// foreign reports the keys that the scheme's kind does not read.
func (k *checker) foreign() {
	c := k.c
	for _, f := range []struct {
		key   string
		set   bool
		value any
		kinds []Kind
	}{
		{"prefixes", len(c.Prefixes) > 0, c.Prefixes, []Kind{EAN13, Digits}},
		{"lengths", len(c.Lengths) > 0, c.Lengths, []Kind{Digits}},
		{"min_length", c.MinLength != 0, c.MinLength, []Kind{Digits}},
		{"max_length", c.MaxLength != 0, c.MaxLength, []Kind{Digits}},
		{"check", c.Check != "", c.Check, []Kind{Digits}},
		{"strip_check_digit", c.StripCheckDigit, true, []Kind{EAN13, Digits, GS1, DigitalLink}},
		{"pattern", c.Pattern != "", c.Pattern, []Kind{Pattern}},
		{"hosts", len(c.Hosts) > 0, c.Hosts, []Kind{URL, DigitalLink}},
		{"path_segment", c.PathSegment != 0, c.PathSegment, []Kind{URL}},
		{"path_pattern", c.PathPattern != "", c.PathPattern, []Kind{URL}},
		{"query", c.Query != "", c.Query, []Kind{URL}},
		{"ai", c.AI != "", c.AI, []Kind{GS1, DigitalLink}},
		{"part", c.Part != "", c.Part, []Kind{GS1, DigitalLink}},
		{"without_fnc1", c.WithoutFNC1, true, []Kind{GS1}},
		{"value_pattern", c.ValuePattern != "", c.ValuePattern, []Kind{Rotating}},
		{"key", c.Key != "", nil, []Kind{Rotating}},
		{"digits", c.Digits != 0, c.Digits, []Kind{Rotating}},
		{"period_ms", c.PeriodMS != 0, c.PeriodMS, []Kind{Rotating}},
		{"skew_ms", c.SkewMS != nil, nil, []Kind{Rotating}},
		{"country", c.Country != "", c.Country, []Kind{PhoneNumber}},
		{"case", c.Case != "", c.Case, []Kind{Pattern, URL, GS1, DigitalLink}},
	} {
		if f.set && !slices.Contains(f.kinds, c.Kind) {
			k.mistake(f.key, f.value, fmt.Sprintf("has no meaning for kind %q", c.Kind), "take it out")
		}
	}
}

func (k *checker) oneOf(key, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		k.mistake(key, value, "unknown", fmt.Sprintf("use one of: %s, or leave it out", strings.Join(allowed, ", ")))
	}
}

func (k *checker) prefixes(longest int, required bool) {
	if required && len(k.c.Prefixes) == 0 {
		k.mistake("prefixes", nil, "missing, every product would be a card", `write the digits that card numbers begin with, such as prefixes = ["29"]`)
	}
	for _, p := range k.c.Prefixes {
		switch {
		case !allDigits(p):
			k.mistake("prefixes", p, "not digits", `write the digits that card numbers begin with, such as "29"`)
		case len(p) > longest:
			k.mistake("prefixes", p, fmt.Sprintf("longer than the longest number, %d digits", longest), "shorten it")
		}
	}
}

// digits checks a scheme of plain digits. One that takes the lengths of product
// codes, whatever they begin with, would ask for a customer at every article.
func (k *checker) digits() {
	c, before := k.c, len(k.wrong)
	longest := 0
	switch {
	case len(c.Lengths) > 0 && (c.MinLength != 0 || c.MaxLength != 0):
		k.mistake("lengths", c.Lengths, "given together with min_length or max_length", "keep one of the two")
	case len(c.Lengths) == 0 && c.MinLength == 0 && c.MaxLength == 0:
		k.mistake("lengths", nil, "missing", "write how many digits the numbers have, such as lengths = [16]")
	}
	for _, n := range c.Lengths {
		longest = max(longest, n)
		if n < 4 || n > maxID {
			k.mistake("lengths", n, "not a length of a card number", fmt.Sprintf("use 4 to %d", maxID))
		}
	}
	if len(c.Lengths) == 0 && (c.MinLength != 0 || c.MaxLength != 0) {
		longest = c.MaxLength
		if c.MinLength < 4 || c.MinLength > c.MaxLength {
			k.mistake("min_length", c.MinLength, fmt.Sprintf("not between 4 and max_length = %d", c.MaxLength), "give both, the smaller first")
		}
		if c.MaxLength > maxID {
			k.mistake("max_length", c.MaxLength, "not a length of a card number", fmt.Sprintf("use at most %d", maxID))
		}
	}
	k.prefixes(max(longest, 1), false)
	k.oneOf("check", c.Check, "gs1", "luhn", "none")
	if c.StripCheckDigit && (c.Check == "" || c.Check == "none") {
		k.mistake("strip_check_digit", true, "there is no check digit to strip", `say which one: check = "gs1" or "luhn"`)
	}
	if len(c.Prefixes) > 0 || len(c.Symbologies) > 0 || len(k.wrong) > before {
		return
	}
	for _, n := range []int{8, 12, 13, 14} {
		if c.hasLength(n) {
			k.mistake("lengths", n, "that is the length of a product code, products would be taken for cards",
				"add prefixes, or symbologies that products do not use")
			return
		}
	}
}

func (c Config) hasLength(n int) bool {
	if len(c.Lengths) > 0 {
		return slices.Contains(c.Lengths, n)
	}
	return n >= c.MinLength && n <= c.MaxLength
}

// expression compiles a pattern, nil if it is wrong.
func (k *checker) expression(key, expr string) *regexp.Regexp {
	if expr == "" {
		k.mistake(key, nil, "missing", `write an expression with the identity in brackets, such as "CLUB-([0-9]{8})"`)
		return nil
	}
	re, err := anchored(expr)
	if err != nil {
		k.mistake(key, expr, err.Error(), "see the RE2 syntax; in TOML, 'single quotes' keep backslashes")
		return nil
	}
	if n := re.NumSubexp(); n != 1 {
		k.mistake(key, expr, fmt.Sprintf("has %d capture groups, must have exactly one", n),
			"put the identity in ( ) and use (?: ) for any other brackets")
		return nil
	}
	return re
}

func (k *checker) url() *regexp.Regexp {
	c := k.c
	if len(c.Hosts) == 0 {
		k.mistake("hosts", nil, "missing", `write whose addresses are cards, such as hosts = ["club.example.ru"]`)
	}
	k.hosts()
	ways := 0
	for _, set := range []bool{c.PathSegment != 0, c.PathPattern != "", c.Query != ""} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		k.mistake("path_segment", nil, fmt.Sprintf("%d of path_segment, path_pattern and query are given", ways),
			"say with exactly one of them where in the address the identity is")
	}
	if c.PathPattern == "" {
		return nil
	}
	return k.expression("path_pattern", c.PathPattern)
}

func (k *checker) hosts() {
	for _, h := range k.c.Hosts {
		if h == "" || strings.ContainsAny(h, "/:@?#* ") {
			k.mistake("hosts", h, "not a host", `write the name alone, such as "club.example.ru"`)
		}
	}
}

func (k *checker) key() {
	c := k.c
	k.hosts()
	switch c.AI {
	case "":
		k.mistake("ai", nil, "missing", `use "8018" (GSRN of a customer) or "8003" (GRAI of a card)`)
		return
	case aiGSRN, aiGRAI:
	default:
		k.mistake("ai", c.AI, "not an identifier of a customer or card", `use "8018" (GSRN of a customer) or "8003" (GRAI of a card)`)
		return
	}
	k.oneOf("part", c.Part, "whole", "serial")
	if c.AI == aiGSRN && c.Part == "serial" {
		k.mistake("part", c.Part, "an 8018 has no serial part", "leave it out")
	}
	if c.AI != aiGSRN && c.StripCheckDigit {
		k.mistake("strip_check_digit", true, "the last character of an "+c.AI+" is no check digit", `take it out, or use part = "serial"`)
	}
	if c.AI != aiGSRN && c.WithoutFNC1 {
		k.mistake("without_fnc1", true, "only an 8018 is told from other digits safely enough", "take it out and let the scanner send AIM identifiers")
	}
}
