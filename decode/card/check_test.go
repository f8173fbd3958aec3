package card

import (
	"errors"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/decode/aim"
)

func TestMistakes(t *testing.T) {
	tests := []struct {
		c    Config
		want string // after `card scheme "x": `
	}{
		{Config{}, `kind: missing; use one of: ean13, digits, pattern, url, gs1, digital_link, phone, rotating`},
		{Config{Kind: "ean"}, `kind = "ean": unknown; use one of: ean13, digits, pattern, url, gs1, digital_link, phone, rotating`},
		{Config{Kind: Pattern, Pattern: "(.)", Symbologies: []string{"QR", "EAN"}},
			`symbologies = "EAN": unknown symbology; use one of: ` + strings.Join(aim.Names(), ", ")},

		{Config{Kind: EAN13}, `prefixes: missing, every product would be a card; write the digits that card numbers begin with, such as prefixes = ["29"]`},
		{Config{Kind: EAN13, Prefixes: []string{"29x"}}, `prefixes = "29x": not digits; write the digits that card numbers begin with, such as "29"`},
		{Config{Kind: EAN13, Prefixes: []string{""}}, `prefixes = "": not digits; write the digits that card numbers begin with, such as "29"`},
		{Config{Kind: EAN13, Prefixes: []string{"29000000000018"}}, `prefixes = "29000000000018": longer than the longest number, 13 digits; shorten it`},

		{Config{Kind: Digits}, `lengths: missing; write how many digits the numbers have, such as lengths = [16]`},
		{Config{Kind: Digits, Lengths: []int{16}, MinLength: 10}, `lengths = [16]: given together with min_length or max_length; keep one of the two`},
		{Config{Kind: Digits, Lengths: []int{3}}, `lengths = 3: not a length of a card number; use 4 to 128`},
		{Config{Kind: Digits, Lengths: []int{129}}, `lengths = 129: not a length of a card number; use 4 to 128`},
		{Config{Kind: Digits, MinLength: 10}, `min_length = 10: not between 4 and max_length = 0; give both, the smaller first`},
		{Config{Kind: Digits, MaxLength: 10}, `min_length = 0: not between 4 and max_length = 10; give both, the smaller first`},
		{Config{Kind: Digits, MinLength: 20, MaxLength: 16}, `min_length = 20: not between 4 and max_length = 16; give both, the smaller first`},
		{Config{Kind: Digits, MinLength: 20, MaxLength: 200}, `max_length = 200: not a length of a card number; use at most 128`},
		{Config{Kind: Digits, Lengths: []int{16}, Check: "mod11"}, `check = "mod11": unknown; use one of: gs1, luhn, none, or leave it out`},
		{Config{Kind: Digits, Lengths: []int{16}, StripCheckDigit: true}, `strip_check_digit = true: there is no check digit to strip; say which one: check = "gs1" or "luhn"`},
		{Config{Kind: Digits, Lengths: []int{16}, Prefixes: []string{"12345678901234567"}}, `prefixes = "12345678901234567": longer than the longest number, 16 digits; shorten it`},
		{Config{Kind: Digits, Lengths: []int{16, 13}}, `lengths = 13: that is the length of a product code, products would be taken for cards; add prefixes, or symbologies that products do not use`},
		{Config{Kind: Digits, MinLength: 9, MaxLength: 19}, `lengths = 12: that is the length of a product code, products would be taken for cards; add prefixes, or symbologies that products do not use`},

		{Config{Kind: Pattern}, `pattern: missing; write an expression with the identity in brackets, such as "CLUB-([0-9]{8})"`},
		{Config{Kind: Pattern, Pattern: "CLUB-("}, "pattern = \"CLUB-(\": error parsing regexp: missing closing ): `CLUB-(`; see the RE2 syntax; in TOML, 'single quotes' keep backslashes"},
		{Config{Kind: Pattern, Pattern: "a)(b"}, "pattern = \"a)(b\": error parsing regexp: unexpected ): `a)(b`; see the RE2 syntax; in TOML, 'single quotes' keep backslashes"},
		{Config{Kind: Pattern, Pattern: "CLUB-[0-9]+"}, `pattern = "CLUB-[0-9]+": has 0 capture groups, must have exactly one; put the identity in ( ) and use (?: ) for any other brackets`},
		{Config{Kind: Pattern, Pattern: "(A|B)-([0-9]+)"}, `pattern = "(A|B)-([0-9]+)": has 2 capture groups, must have exactly one; put the identity in ( ) and use (?: ) for any other brackets`},
		{Config{Kind: Pattern, Pattern: "(.)", Case: "Upper"}, `case = "Upper": unknown; use one of: upper, lower, or leave it out`},

		{Config{Kind: URL, PathSegment: 1}, `hosts: missing; write whose addresses are cards, such as hosts = ["club.example.ru"]`},
		{Config{Kind: URL, PathSegment: 1, Hosts: []string{"https://club.example.ru"}}, `hosts = "https://club.example.ru": not a host; write the name alone, such as "club.example.ru"`},
		{Config{Kind: URL, PathSegment: 1, Hosts: []string{"*.example.ru"}}, `hosts = "*.example.ru": not a host; write the name alone, such as "club.example.ru"`},
		{Config{Kind: URL, Hosts: []string{"a.ru"}}, `path_segment: 0 of path_segment, path_pattern and query are given; say with exactly one of them where in the address the identity is`},
		{Config{Kind: URL, Hosts: []string{"a.ru"}, PathSegment: 1, Query: "c"}, `path_segment: 2 of path_segment, path_pattern and query are given; say with exactly one of them where in the address the identity is`},
		{Config{Kind: URL, Hosts: []string{"a.ru"}, PathPattern: "/c/"}, `path_pattern = "/c/": has 0 capture groups, must have exactly one; put the identity in ( ) and use (?: ) for any other brackets`},

		{Config{Kind: GS1}, `ai: missing; use "8018" (GSRN of a customer) or "8003" (GRAI of a card)`},
		{Config{Kind: GS1, AI: "01"}, `ai = "01": not an identifier of a customer or card; use "8018" (GSRN of a customer) or "8003" (GRAI of a card)`},
		{Config{Kind: GS1, AI: "8018", Part: "serial"}, `part = "serial": an 8018 has no serial part; leave it out`},
		{Config{Kind: GS1, AI: "8003", Part: "all"}, `part = "all": unknown; use one of: whole, serial, or leave it out`},
		{Config{Kind: GS1, AI: "8003", StripCheckDigit: true}, `strip_check_digit = true: the last character of an 8003 is no check digit; take it out, or use part = "serial"`},
		{Config{Kind: GS1, AI: "8003", WithoutFNC1: true}, `without_fnc1 = true: only an 8018 is told from other digits safely enough; take it out and let the scanner send AIM identifiers`},
		{Config{Kind: DigitalLink, AI: "8018", Hosts: []string{"a b"}}, `hosts = "a b": not a host; write the name alone, such as "club.example.ru"`},

		{Config{Kind: PhoneNumber, Country: "DE"}, `country = "DE": unknown; use one of: RU, KZ, none, or leave it out`},

		// A key of another kind.
		{Config{Kind: PhoneNumber, Prefixes: []string{"7"}}, `prefixes = ["7"]: has no meaning for kind "phone"; take it out`},
		{Config{Kind: EAN13, Prefixes: []string{"29"}, Lengths: []int{13}}, `lengths = [13]: has no meaning for kind "ean13"; take it out`},
		{Config{Kind: EAN13, Prefixes: []string{"29"}, MinLength: 13}, `min_length = 13: has no meaning for kind "ean13"; take it out`},
		{Config{Kind: EAN13, Prefixes: []string{"29"}, MaxLength: 13}, `max_length = 13: has no meaning for kind "ean13"; take it out`},
		{Config{Kind: EAN13, Prefixes: []string{"29"}, Check: "gs1"}, `check = "gs1": has no meaning for kind "ean13"; take it out`},
		{Config{Kind: Pattern, Pattern: "(.)", StripCheckDigit: true}, `strip_check_digit = true: has no meaning for kind "pattern"; take it out`},
		{Config{Kind: EAN13, Prefixes: []string{"29"}, Pattern: "(.)"}, `pattern = "(.)": has no meaning for kind "ean13"; take it out`},
		{Config{Kind: GS1, AI: "8018", Hosts: []string{"a.ru"}}, `hosts = ["a.ru"]: has no meaning for kind "gs1"; take it out`},
		{Config{Kind: GS1, AI: "8018", PathSegment: 1}, `path_segment = 1: has no meaning for kind "gs1"; take it out`},
		{Config{Kind: GS1, AI: "8018", PathPattern: "(.)"}, `path_pattern = "(.)": has no meaning for kind "gs1"; take it out`},
		{Config{Kind: GS1, AI: "8018", Query: "q"}, `query = "q": has no meaning for kind "gs1"; take it out`},
		{Config{Kind: PhoneNumber, AI: "8018"}, `ai = "8018": has no meaning for kind "phone"; take it out`},
		{Config{Kind: PhoneNumber, Part: "whole"}, `part = "whole": has no meaning for kind "phone"; take it out`},
		{Config{Kind: DigitalLink, AI: "8018", WithoutFNC1: true}, `without_fnc1 = true: has no meaning for kind "digital_link"; take it out`},
		{Config{Kind: EAN13, Prefixes: []string{"29"}, Country: "RU"}, `country = "RU": has no meaning for kind "ean13"; take it out`},
		{Config{Kind: EAN13, Prefixes: []string{"29"}, Case: "upper"}, `case = "upper": has no meaning for kind "ean13"; take it out`},
	}
	for _, tt := range tests {
		tt.c.Name = "x"
		_, err := New([]Config{tt.c}, "RU")
		want := `card scheme "x": ` + tt.want
		if err == nil || err.Error() != want {
			t.Errorf("%+v:\n got %v\nwant %s", tt.c, err, want)
			continue
		}
		var m *Mistake
		if !errors.As(err, &m) || m.Index != 0 || m.Scheme != "x" || m.Key == "" || m.Problem == "" || m.Remedy == "" {
			t.Errorf("%+v: %+v is no whole Mistake", tt.c, m)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := New([]Config{
		{Kind: EAN13},
		{Name: "a", Kind: Digits, Lengths: []int{16}, Check: "crc", Case: "upper"},
		{Name: "a", Kind: PhoneNumber},
	}, "RU")
	want := strings.Join([]string{
		`card scheme 1: name: missing; give the scheme a short name, it is shown in logs`,
		`card scheme 1: prefixes: missing, every product would be a card; write the digits that card numbers begin with, such as prefixes = ["29"]`,
		`card scheme "a": case = "upper": has no meaning for kind "digits"; take it out`,
		`card scheme "a": check = "crc": unknown; use one of: gs1, luhn, none, or leave it out`,
		`card scheme "a": name = "a": an earlier scheme has this name; give each scheme a name of its own`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestShadowed(t *testing.T) {
	ean := func(p ...string) Config { return Config{Kind: EAN13, Prefixes: p} }
	tests := []struct {
		name          string
		before, after Config
		shadowed      bool
	}{
		{"same", ean("29"), ean("29"), true},
		{"same, in another order", ean("21", "29"), ean("29", "21", "29"), true},
		{"another identity out of the same code", ean("29"), Config{Kind: EAN13, Prefixes: []string{"29"}, StripCheckDigit: true}, true},
		{"narrower behind wider", ean("2"), ean("29", "21"), true},
		{"wider behind narrower", ean("29"), ean("2"), false},
		{"partly", ean("29"), ean("29", "21"), false},
		{"wider, for one symbology", Config{Kind: EAN13, Prefixes: []string{"2"}, Symbologies: []string{"QR"}}, ean("29"), false},
		{"wider in symbologies too", Config{Kind: EAN13, Prefixes: []string{"2"}, Symbologies: []string{"EAN/UPC", "QR"}},
			Config{Kind: EAN13, Prefixes: []string{"29"}, Symbologies: []string{"ean13"}}, true},
		{"digits of every length over ean13", Config{Kind: Digits, MinLength: 10, MaxLength: 16, Prefixes: []string{"2"}}, ean("29"), true},
		{"digits over an ean13 that may come as UPC-A", Config{Kind: Digits, Lengths: []int{13}, Prefixes: []string{"0"}}, ean("03"), false},
		{"digits with luhn over ean13", Config{Kind: Digits, Lengths: []int{13}, Prefixes: []string{"2"}, Check: "luhn"}, ean("29"), false},
		{"ean13 over digits without check", ean("2"), Config{Kind: Digits, Lengths: []int{13}, Prefixes: []string{"29"}}, false},
		{"ean13 over digits with check", ean("2"), Config{Kind: Digits, Lengths: []int{13}, Prefixes: []string{"29"}, Check: "gs1"}, true},
		{"digits, check none is no check", Config{Kind: Digits, Lengths: []int{16}, Check: "none"}, Config{Kind: Digits, MinLength: 16, MaxLength: 16, Check: "luhn"}, true},
		{"digits, other length", Config{Kind: Digits, Lengths: []int{16}}, Config{Kind: Digits, Lengths: []int{17}}, false},
		{"digits, prefix before none", Config{Kind: Digits, Lengths: []int{16}, Prefixes: []string{"1"}}, Config{Kind: Digits, Lengths: []int{16}}, false},
		{"pattern", Config{Kind: Pattern, Pattern: "A(.)"}, Config{Kind: Pattern, Pattern: "A(.)", Case: "upper"}, true},
		{"other pattern", Config{Kind: Pattern, Pattern: "A(.)"}, Config{Kind: Pattern, Pattern: "A(.+)"}, false},
		{"url, more hosts", urlConfig(Config{PathSegment: 1}), Config{Kind: URL, Hosts: []string{"a.ru"}, PathSegment: 1}, false},
		{"url, fewer hosts", Config{Kind: URL, Hosts: []string{"A.ru", "b.ru"}, Query: "c"}, Config{Kind: URL, Hosts: []string{"a.RU"}, Query: "c"}, true},
		{"url, other place", Config{Kind: URL, Hosts: []string{"a.ru"}, Query: "c"}, Config{Kind: URL, Hosts: []string{"a.ru"}, Query: "d"}, false},
		{"gs1", Config{Kind: GS1, AI: "8003"}, Config{Kind: GS1, AI: "8003", Part: "serial"}, true},
		{"gs1, wider behind", Config{Kind: GS1, AI: "8018"}, Config{Kind: GS1, AI: "8018", WithoutFNC1: true}, false},
		{"gs1, narrower behind", Config{Kind: GS1, AI: "8018", WithoutFNC1: true}, Config{Kind: GS1, AI: "8018"}, true},
		{"link, any host", Config{Kind: DigitalLink, AI: "8018"}, Config{Kind: DigitalLink, AI: "8018", Hosts: []string{"a.ru"}}, true},
		{"link, one host", Config{Kind: DigitalLink, AI: "8018", Hosts: []string{"a.ru"}}, Config{Kind: DigitalLink, AI: "8018"}, false},
		{"phone", Config{Kind: PhoneNumber}, Config{Kind: PhoneNumber, Country: "KZ"}, true},
		{"phone, fewer", Config{Kind: PhoneNumber}, Config{Kind: PhoneNumber, Country: "none"}, true},
		{"phone, more", Config{Kind: PhoneNumber, Country: "none"}, Config{Kind: PhoneNumber}, false},
		{"other kind", Config{Kind: GS1, AI: "8018"}, Config{Kind: DigitalLink, AI: "8018"}, false},
	}
	for _, tt := range tests {
		tt.before.Name, tt.after.Name = "first", "second"
		_, err := New([]Config{tt.before, tt.after}, "RU")
		want := `card scheme "second": kind = "` + string(tt.after.Kind) + `": never reached: the earlier scheme "first" takes every code that this one would; take one out, or put the narrower one first`
		switch {
		case tt.shadowed && (err == nil || err.Error() != want):
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, want)
		case !tt.shadowed && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
