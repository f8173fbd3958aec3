package card

import (
	"strings"
	"testing"

	"github.com/tillgate/tillgate/decode/aim"
	"github.com/tillgate/tillgate/decode/gs1"
)

func schemes(t testing.TB, configs ...Config) *Schemes {
	t.Helper()
	s, err := New(configs, "RU")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// input is a code as package decode would hand it on.
func input(sym aim.Symbology, s string) Input {
	in := Input{Symbology: sym, Silent: sym == aim.SymbologyUnknown}
	if !strings.ContainsRune(s, gs1.Separator) {
		in.Text = s
	}
	if sym == aim.GS1Code128 || sym == aim.GS1QR {
		in.GS1, _ = gs1.Parse(s)
	}
	if l, err := gs1.ParseLink(s); err == nil {
		in.Link = &l
	}
	return in
}

const (
	none = aim.SymbologyUnknown
	gsrn = "460123456789012345"
	grai = "09501101530003"
)

func TestKinds(t *testing.T) {
	tests := []struct {
		name string
		c    Config
		sym  aim.Symbology
		code string
		want string // "" for no match
	}{
		{"ean13", Config{Kind: EAN13, Prefixes: []string{"29"}}, none, "2900000000018", "2900000000018"},
		{"ean13 stripped", Config{Kind: EAN13, Prefixes: []string{"29"}, StripCheckDigit: true}, none, "2900000000018", "290000000001"},
		{"ean13 second prefix", Config{Kind: EAN13, Prefixes: []string{"21", "2900"}}, aim.EAN13, "2900000000018", "2900000000018"},
		{"ean13 in a QR code", Config{Kind: EAN13, Prefixes: []string{"29"}}, aim.QR, "2900000000018", "2900000000018"},
		{"ean13 other prefix", Config{Kind: EAN13, Prefixes: []string{"28"}}, none, "2900000000018", ""},
		{"ean13 wrong check digit", Config{Kind: EAN13, Prefixes: []string{"29"}}, none, "2900000000019", ""},
		{"ean13 too short", Config{Kind: EAN13, Prefixes: []string{"29"}}, none, "290000000001", ""},
		{"ean13 too long", Config{Kind: EAN13, Prefixes: []string{"29"}}, none, "29000000000180", ""},
		{"ean13 not digits", Config{Kind: EAN13, Prefixes: []string{"29"}}, none, "29000000000l8", ""},
		{"ean13 with add-on", Config{Kind: EAN13, Prefixes: []string{"29"}}, aim.EAN13, "290000000001812", ""},
		{"ean13 sent as UPC-A", Config{Kind: EAN13, Prefixes: []string{"03"}}, aim.UPCA, "306030209223", "0306030209223"},
		{"ean13 twelve digits of nobody knows what", Config{Kind: EAN13, Prefixes: []string{"03"}}, none, "306030209223", ""},

		{"digits", Config{Kind: Digits, Lengths: []int{16}}, none, "1234567890123456", "1234567890123456"},
		{"digits leading zeros stay", Config{Kind: Digits, Lengths: []int{10}}, none, "0000000017", "0000000017"},
		{"digits second length", Config{Kind: Digits, Lengths: []int{10, 16}}, aim.Code128, "1234567890", "1234567890"},
		{"digits wrong length", Config{Kind: Digits, Lengths: []int{10, 16}}, none, "12345678901", ""},
		{"digits lower end", Config{Kind: Digits, MinLength: 9, MaxLength: 11}, none, "123456789", "123456789"},
		{"digits upper end", Config{Kind: Digits, MinLength: 9, MaxLength: 11}, none, "12345678901", "12345678901"},
		{"digits below", Config{Kind: Digits, MinLength: 9, MaxLength: 11}, none, "12345678", ""},
		{"digits above", Config{Kind: Digits, MinLength: 9, MaxLength: 11}, none, "123456789012", ""},
		{"digits prefix", Config{Kind: Digits, Lengths: []int{12}, Prefixes: []string{"7"}}, none, "712345678901", "712345678901"},
		{"digits other prefix", Config{Kind: Digits, Lengths: []int{12}, Prefixes: []string{"7"}}, none, "612345678901", ""},
		{"digits luhn", Config{Kind: Digits, Lengths: []int{16}, Check: "luhn"}, none, "4539578763621486", "4539578763621486"},
		{"digits luhn stripped", Config{Kind: Digits, Lengths: []int{16}, Check: "luhn", StripCheckDigit: true}, none, "4539578763621486", "453957876362148"},
		{"digits luhn wrong", Config{Kind: Digits, Lengths: []int{16}, Check: "luhn"}, none, "4539578763621487", ""},
		{"digits gs1", Config{Kind: Digits, Lengths: []int{18}, Check: "gs1"}, none, gsrn, gsrn},
		{"digits gs1 wrong", Config{Kind: Digits, Lengths: []int{18}, Check: "gs1"}, none, "460123456789012346", ""},
		{"digits none", Config{Kind: Digits, Lengths: []int{16}, Check: "none"}, none, "4539578763621487", "4539578763621487"},
		{"digits letters", Config{Kind: Digits, Lengths: []int{10}}, none, "12345678Z0", ""},
		{"digits of another script", Config{Kind: Digits, Lengths: []int{30}}, none, "１２３４５６７８９０", ""},

		{"pattern", Config{Kind: Pattern, Pattern: "CLUB-([0-9]{8})"}, aim.QR, "CLUB-12345678", "12345678"},
		{"pattern is anchored in front", Config{Kind: Pattern, Pattern: "CLUB-([0-9]{8})"}, none, "XCLUB-12345678", ""},
		{"pattern is anchored behind", Config{Kind: Pattern, Pattern: "CLUB-([0-9]{8})"}, none, "CLUB-123456789", ""},
		{"pattern alternatives are anchored", Config{Kind: Pattern, Pattern: "A([0-9]+)|B[0-9]+"}, none, "xA1", ""},
		{"pattern group that took no part", Config{Kind: Pattern, Pattern: "A([0-9]+)|B[0-9]+"}, none, "B1", ""},
		{"pattern empty group", Config{Kind: Pattern, Pattern: "C([0-9]*)"}, none, "C", ""},
		{"pattern does not cross lines", Config{Kind: Pattern, Pattern: "(?m)C([0-9]+)$"}, none, "C1\nX", ""},
		{"pattern upper", Config{Kind: Pattern, Pattern: "(?i)c:([a-z0-9]+)", Case: "upper"}, none, "c:ab1", "AB1"},
		{"pattern lower", Config{Kind: Pattern, Pattern: "C:([A-Z0-9]+)", Case: "lower"}, none, "C:AB1", "ab1"},
		{"pattern too long", Config{Kind: Pattern, Pattern: "(.*)"}, none, strings.Repeat("x", 129), ""},

		{"url segment", urlConfig(Config{PathSegment: 2}), aim.QR, "https://club.example.ru/c/12345678", "12345678"},
		{"url last segment", urlConfig(Config{PathSegment: -1}), none, "http://CLUB.example.ru/a/b/12345678/?utm=1#x", "12345678"},
		{"url no such segment", urlConfig(Config{PathSegment: 3}), none, "https://club.example.ru/c/12345678", ""},
		{"url no such segment from behind", urlConfig(Config{PathSegment: -3}), none, "https://club.example.ru/c/12345678", ""},
		{"url empty path", urlConfig(Config{PathSegment: 1}), none, "https://club.example.ru/", ""},
		{"url escaped slash", urlConfig(Config{PathSegment: 1}), none, "https://club.example.ru/a%2Fb/c", "a/b"},
		{"url escaped control character", urlConfig(Config{PathSegment: 1}), none, "https://club.example.ru/a%0Db", ""},
		{"url pattern", urlConfig(Config{PathPattern: "/c/([0-9]+)/show"}), none, "https://club.example.ru/c/77/show?x=1", "77"},
		{"url pattern elsewhere", urlConfig(Config{PathPattern: "/c/([0-9]+)/show"}), none, "https://club.example.ru/x/c/77/show", ""},
		{"url query", urlConfig(Config{Query: "card"}), none, "https://club.example.ru/?x=1&card=A-1", "A-1"},
		{"url query twice the same", urlConfig(Config{Query: "card"}), none, "https://club.example.ru/?card=1&card=1", "1"},
		{"url query contradicts itself", urlConfig(Config{Query: "card"}), none, "https://club.example.ru/?card=1&card=2", ""},
		{"url query missing", urlConfig(Config{Query: "card"}), none, "https://club.example.ru/?Card=1", ""},
		{"url query broken", urlConfig(Config{Query: "card"}), none, "https://club.example.ru/?card=1;x=%zz", ""},
		{"url other host", urlConfig(Config{PathSegment: 1}), none, "https://evil.example/12345678", ""},
		{"url subdomain", urlConfig(Config{PathSegment: 1}), none, "https://x.club.example.ru/12345678", ""},
		{"url user", urlConfig(Config{PathSegment: 1}), none, "https://club.example.ru@evil.example/12345678", ""},
		{"url user of the host", urlConfig(Config{PathSegment: 1}), none, "https://x@club.example.ru/12345678", ""},
		{"url port", urlConfig(Config{PathSegment: 1}), none, "https://club.example.ru:8443/12345678", ""},
		{"url usual port", urlConfig(Config{PathSegment: 1}), none, "https://club.example.ru:443/12345678", "12345678"},
		{"url scheme", urlConfig(Config{PathSegment: 1}), none, "ftp://club.example.ru/12345678", ""},
		{"url no url", urlConfig(Config{PathSegment: 1}), none, "club.example.ru/12345678", ""},

		{"gs1 gsrn", Config{Kind: GS1, AI: "8018"}, aim.GS1Code128, "8018" + gsrn, gsrn},
		{"gs1 gsrn with instance", Config{Kind: GS1, AI: "8018"}, aim.GS1QR, "8018" + gsrn + "\x1d80197", gsrn},
		{"gs1 gsrn stripped", Config{Kind: GS1, AI: "8018", StripCheckDigit: true}, aim.GS1QR, "8018" + gsrn, gsrn[:17]},
		{"gs1 provider is no customer", Config{Kind: GS1, AI: "8018"}, aim.GS1QR, "8017" + gsrn, ""},
		{"gs1 wrong check digit", Config{Kind: GS1, AI: "8018"}, aim.GS1QR, "8018460123456789012346", ""},
		{"gs1 of goods", Config{Kind: GS1, AI: "8018"}, aim.GS1QR, "01046012345678938018" + gsrn, ""},
		{"gs1 not said to be", Config{Kind: GS1, AI: "8018"}, none, "8018" + gsrn, ""},
		{"gs1 not said to be, allowed", Config{Kind: GS1, AI: "8018", WithoutFNC1: true}, none, "8018" + gsrn, gsrn},
		{"gs1 said not to be", Config{Kind: GS1, AI: "8018", WithoutFNC1: true}, aim.Code128, "8018" + gsrn, ""},
		{"gs1 allowed, wrong check digit", Config{Kind: GS1, AI: "8018", WithoutFNC1: true}, none, "8018460123456789012346", ""},
		{"gs1 grai", Config{Kind: GS1, AI: "8003"}, aim.GS1QR, "8003" + grai + "A1", grai + "A1"},
		{"gs1 grai whole", Config{Kind: GS1, AI: "8003", Part: "whole"}, aim.GS1QR, "8003" + grai + "A1", grai + "A1"},
		{"gs1 grai serial", Config{Kind: GS1, AI: "8003", Part: "serial", Case: "lower"}, aim.GS1QR, "8003" + grai + "A1", "a1"},
		{"gs1 grai of a kind", Config{Kind: GS1, AI: "8003"}, aim.GS1QR, "8003" + grai, ""},

		{"link gsrn", Config{Kind: DigitalLink, AI: "8018"}, aim.QR, "https://id.gs1.org/8018/" + gsrn + "?99=ABC", gsrn},
		{"link gsrn stripped", Config{Kind: DigitalLink, AI: "8018", StripCheckDigit: true}, none, "http://x.ru/8018/" + gsrn, gsrn[:17]},
		{"link grai serial", Config{Kind: DigitalLink, AI: "8003", Part: "serial"}, none, "http://x.ru/8003/" + grai + "A1", "A1"},
		{"link of ours", Config{Kind: DigitalLink, AI: "8018", Hosts: []string{"Id.Example.ru"}}, none, "https://id.example.RU/8018/" + gsrn, gsrn},
		{"link of others", Config{Kind: DigitalLink, AI: "8018", Hosts: []string{"id.example.ru"}}, none, "https://x.ru/8018/" + gsrn, ""},
		{"link of goods", Config{Kind: DigitalLink, AI: "8018"}, none, "https://x.ru/01/04601234567893", ""},

		{"phone", Config{Kind: PhoneNumber}, none, "89991234567", "+79991234567"},
		{"phone in a QR code", Config{Kind: PhoneNumber}, aim.QR, "tel:+7 (999) 123-45-67", "+79991234567"},
		{"phone foreign", Config{Kind: PhoneNumber}, none, "+49 30 1234567", "+49301234567"},
		{"phone with + only", Config{Kind: PhoneNumber, Country: "none"}, none, "89991234567", ""},
		{"phone is no element string", Config{Kind: PhoneNumber}, aim.GS1Code128, "9112345678", ""},
		{"phone is no UPC-A without its check digit", Config{Kind: PhoneNumber}, aim.UPCA, "80012345678", ""},
		{"phone is no EAN-13", Config{Kind: PhoneNumber}, none, "4601234567893", ""},

		{"symbology listed", Config{Kind: Digits, Lengths: []int{13}, Symbologies: []string{"code 128"}}, aim.Code128, "1234567890123", "1234567890123"},
		{"symbology by its base", Config{Kind: GS1, AI: "8018", Symbologies: []string{"QR"}}, aim.GS1QR, "8018" + gsrn, gsrn},
		{"symbology not by a form of it", Config{Kind: Pattern, Pattern: "([0-9]+)", Symbologies: []string{"GS1 QR"}}, aim.QR, "12345", ""},
		{"symbology not listed", Config{Kind: Digits, Lengths: []int{13}, Symbologies: []string{"code 128"}}, aim.EAN13, "4601234567893", ""},
		{"symbology not said", Config{Kind: Digits, Lengths: []int{13}, Symbologies: []string{"code 128"}}, none, "1234567890123", ""},
		{"symbology family", Config{Kind: EAN13, Prefixes: []string{"29"}, Symbologies: []string{"EAN/UPC"}}, aim.EAN13, "2900000000018", "2900000000018"},

		{"no text", Config{Kind: Pattern, Pattern: "(.*)"}, none, "", ""},
	}
	for _, tt := range tests {
		tt.c.Name = "ours"
		m, ok := schemes(t, tt.c).Match(input(tt.sym, tt.code))
		got := string(m.ID) + string(m.Phone)
		if got != tt.want || ok != (tt.want != "") || ok && m.Scheme != "ours" {
			t.Errorf("%s: %q gives %q by %q, %v; want %q", tt.name, tt.code, got, m.Scheme, ok, tt.want)
		}
		if ok && (m.Phone != "") != (tt.c.Kind == PhoneNumber) {
			t.Errorf("%s: id %q, phone %q", tt.name, string(m.ID), string(m.Phone))
		}
	}
}

func urlConfig(c Config) Config {
	c.Kind, c.Hosts = URL, []string{"club.example.ru"}
	return c
}

func TestOrder(t *testing.T) {
	s := schemes(t,
		Config{Name: "staff", Kind: EAN13, Prefixes: []string{"299"}},
		Config{Name: "gold", Kind: EAN13, Prefixes: []string{"29"}},
		Config{Name: "any", Kind: Pattern, Pattern: "([0-9]{13})"},
	)
	for code, want := range map[string]string{
		"2990000000019": "staff", "2900000000018": "gold", "2900000000019": "any",
	} {
		if m, ok := s.Match(input(none, code)); !ok || m.Scheme != want {
			t.Errorf("%s goes to %q, want %q", code, m.Scheme, want)
		}
	}
	if _, ok := schemes(t).Match(input(none, "2900000000018")); ok {
		t.Error("no schemes, and a match")
	}
}

func TestLuhn(t *testing.T) {
	for s, want := range map[string]bool{
		"79927398713": true, "4539578763621486": true, "00": true, "18": true,
		"79927398710": false, "4539578763621487": false, "0": false, "": false, "7992739871x": false,
	} {
		if Luhn(s) != want {
			t.Errorf("Luhn(%q) = %v", s, !want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	s := schemes(f,
		Config{Name: "plastic", Kind: EAN13, Prefixes: []string{"29", "03"}, StripCheckDigit: true},
		Config{Name: "bank", Kind: Digits, Lengths: []int{16}, Check: "luhn"},
		Config{Name: "app", Kind: Pattern, Pattern: `CLUB-([0-9A-Za-z]+)`, Case: "upper"},
		urlConfig(Config{Name: "wallet", PathSegment: -1}),
		Config{Name: "shop", Kind: URL, Hosts: []string{"shop.example.ru"}, Query: "card"},
		Config{Name: "gsrn", Kind: GS1, AI: "8018", WithoutFNC1: true},
		Config{Name: "grai", Kind: GS1, AI: "8003", Part: "serial"},
		Config{Name: "link", Kind: DigitalLink, AI: "8018"},
		Config{Name: "phone", Kind: PhoneNumber},
	)
	for _, c := range []string{
		"2900000000018", "306030209223", "4539578763621486", "CLUB-abc1", "https://club.example.ru/c/12345678?utm=1",
		"https://shop.example.ru/?card=1&card=2", "8018" + gsrn, "8003" + grai + "A1", "https://id.gs1.org/8018/" + gsrn + "?99=ABC",
		"+7 (999) 123-45-67", "8 999 123 45 67", "9991234567", "tel:+49301234567", "https://club.example.ru@evil/1", "http://[::1]:80/%2f",
	} {
		f.Add(c, uint8(aim.SymbologyUnknown))
		f.Add(c, uint8(aim.GS1QR))
		f.Add(c, uint8(aim.UPCA))
	}
	f.Fuzz(func(t *testing.T, code string, sym uint8) {
		m, ok := s.Match(input(aim.Symbology(sym), code))
		if !ok {
			if m != (Match{}) {
				t.Fatalf("%q: no match, yet %+v", code, m)
			}
			return
		}
		if m.Scheme == "" || (m.ID == "") == (m.Phone == "") || len(m.ID) > maxID {
			t.Fatalf("%q: %q %q %q", code, m.Scheme, string(m.ID), string(m.Phone))
		}
		for _, r := range string(m.ID) {
			if r <= ' ' || r == 0x7f {
				t.Fatalf("%q: id %q", code, string(m.ID))
			}
		}
		if p := string(m.Phone); p != "" {
			if again, ok := NormalisePhone(p, "none"); !ok || again != m.Phone {
				t.Fatalf("%q: phone %q becomes %q, %v", code, p, string(again), ok)
			}
		}
	})
}
