package text

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name  string
		raw   string
		tries []Charset
		want  string
		is    Charset
	}{
		{"empty", "", Defaults, "", UTF8},
		{"ascii", "4601234567893", Defaults, "4601234567893", UTF8},
		{"utf-8", "Карта лояльности № 7", Defaults, "Карта лояльности № 7", UTF8},
		{"cp1251", "\xca\xe0\xf0\xf2\xe0", Defaults, "Карта", CP1251},
		{"cp1251 number sign", "\xb97", Defaults, "№7", CP1251},
		{"cp866", "\x8a\xa0\xe0\xe2\xa0", []Charset{CP866}, "Карта", CP866},
		{"cp866 behind latin1 that refuses it", "\x8a\xa0\xe0\xe2\xa0", []Charset{Latin1, CP866}, "Карта", CP866},
		{"latin1", "Caf\xe9", []Charset{Latin1}, "Café", Latin1},
		{"cp1251 refuses 98, so does latin1", "\x98\xe9", Defaults, `\x98\xe9`, Binary},
		{"nothing to try", "\xca\xe0", nil, `\xca\xe0`, Binary},
		{"control characters", "a\x00b\x1dc\x1b[2J\x7f", Defaults, "a␀b␝c␛[2J␡", UTF8},
		{"GS inside cp1251", "\xca\x1d\xe0", Defaults, "К␝а", CP1251},
		{"NUL inside 8 bits is binary", "\xca\x00\xe0\\", Defaults, `\xca\x00\xe0\\`, Binary},
		{"a picture of the machine", "\xff\xd8\xff\xe0\x00\x10JFIF", Defaults, `\xff\xd8\xff\xe0\x00\x10JFIF`, Binary},
		{"C1 in UTF-8", "a\u0085b\u009bm", Defaults, "a\ufffdb\ufffdm", UTF8},
		{"direction turned around", "12\u202e34\u2066", Defaults, "12\ufffd34\ufffd", UTF8},
		{"emoji", "🎁", Defaults, "🎁", UTF8},
	}
	for _, tt := range tests {
		got, is := Decode([]byte(tt.raw), tt.tries)
		if got != tt.want || is != tt.is {
			t.Errorf("%s: %q as %s; want %q as %s", tt.name, got, is, tt.want, tt.is)
		}
	}
}

func TestDecodeECI(t *testing.T) {
	tests := []struct {
		name, raw, want string
		is              Charset
		plain           string
	}{
		{"none", "plain", "plain", UTF8, "plain"},
		{"empty", "", "", UTF8, ""},
		{"switch alone", `\000026`, "", UTF8, ""},
		{"utf-8", `\000026Карта`, "Карта", UTF8, "Карта"},
		{"cp1251", "\\000022\xca\xe0\xf0\xf2\xe0", "Карта", CP1251, "\xca\xe0\xf0\xf2\xe0"},
		{"ascii in front", "No \\000022\xca\xe0", "No Ка", CP1251, "No \xca\xe0"},
		{"8859-5", "\\000007\xba\xd0", "Ка", "iso-8859-5", "\xba\xd0"},
		{"shift-jis", "\\000020\x83\x65", "テ", "shift-jis", "\x83\x65"},
		{"utf-16be", "\\000025\x04\x1a\x04\x30", "Ка", "utf-16be", "\x04\x1a\x04\x30"},
		{"big5", "\\000028\xa4\xa4", "中", "big5", "\xa4\xa4"},
		{"gb18030", "\\000029\xd6\xd0", "中", "gb18030", "\xd6\xd0"},
		{"cp949", "\\000030\xc7\xd1", "한", "cp949", "\xc7\xd1"},
		{"cp1252", "\\000023\x80", "€", "cp1252", "\x80"},
		{"thai", "\\000013\xa1", "ก", "iso-8859-11", "\xa1"},
		{"ascii", `\000027abc`, "abc", "us-ascii", "abc"},
		{"two", "\\000022\xca\\000003\xe9", "Кé", Mixed, "\xca\xe9"},
		{"the same twice", "\\000022\xca\\000022\xe0", "Ка", CP1251, "\xca\xe0"},
		{"doubled backslash", `a\\b\\000026c`, `a\b\000026c`, UTF8, `a\b\000026c`},
		{"backslash not doubled", `a\b\12345x\`, `a\b\12345x\`, UTF8, `a\b\12345x\`},
		{"binary", "\\000899\x01\x02", `\x01\x02`, Binary, "\x01\x02"},
		{"unknown number", `\000777abc`, `abc`, Binary, "abc"},
		{"wrong bytes for the charset", "\\000026\xff", `\xff`, Binary, "\xff"},
		{"wrong bytes for ascii", "\\000027\xff", `\xff`, Binary, "\xff"},
		{"text then binary", "\\000026a\\000899\x01\\000026b", `a\x01b`, Binary, "a\x01b"},
		{"control characters", "\\000026a\x1db", "a␝b", UTF8, "a\x1db"},
	}
	for _, tt := range tests {
		got, is, plain := DecodeECI([]byte(tt.raw), Defaults)
		if got != tt.want || is != tt.is || string(plain) != tt.plain {
			t.Errorf("%s: %q as %s, plain %q; want %q as %s, plain %q", tt.name, got, is, plain, tt.want, tt.is, tt.plain)
		}
	}
}

// Every assignment decodes ASCII digits, but UTF-16 in pairs and binary not.
func TestAssignments(t *testing.T) {
	for n, e := range assignments {
		got, ok := e.decode([]byte("0123456789"))
		switch e.name {
		case Binary:
			if ok {
				t.Errorf("ECI %d decodes", n)
			}
		case "utf-16be":
			if !ok || utf8.RuneCountInString(got) != 5 {
				t.Errorf("ECI %d: %q, %v", n, got, ok)
			}
		default:
			if !ok || got != "0123456789" {
				t.Errorf("ECI %d: %q, %v", n, got, ok)
			}
		}
	}
}

func TestTrim(t *testing.T) {
	tests := []struct {
		in, want string
		exact    bool
	}{
		{"123", "123", true}, {" 123␍␊", "123", true}, {"␉ 1 2 ", "1 2", true}, {"Карта", "Карта", true},
		{"12␝3", "12␝3", false}, {"12\ufffd", "12\ufffd", false}, {"", "", true}, {"␍", "", true}, {"␀1", "␀1", false},
	}
	for _, tt := range tests {
		if got, exact := Trim(tt.in); got != tt.want || exact != tt.exact {
			t.Errorf("Trim(%q) = %q, %v; want %q, %v", tt.in, got, exact, tt.want, tt.exact)
		}
	}
}

func TestParseCharsets(t *testing.T) {
	tests := []struct {
		in   []string
		want string // charsets, or the error
	}{
		{nil, "cp1251 latin1"},
		{[]string{"utf-8"}, ""},
		{[]string{"UTF-8", "CP1251", "cp866"}, "cp1251 cp866"},
		{[]string{"latin1", "cp866"}, "latin1 cp866"},
		{[]string{"windows-1251"}, "cp1251"},
		{[]string{"koi8-r"}, `unknown charset "koi8-r": use "cp1251", "cp866" or "latin1"`},
		{[]string{"cp1251", "utf-8"}, `"utf-8" behind "cp1251": utf-8 is always tried first; put it first or leave it out`},
		{[]string{"cp1251", "1251"}, `charset "1251" stands twice: take one out`},
		{[]string{"cp866", "cp1251"}, `charset "cp1251" behind "cp866" is never reached, every byte is a character in cp866: put cp866 last`},
	}
	for _, tt := range tests {
		list, err := ParseCharsets(tt.in)
		var names []string
		for _, c := range list {
			names = append(names, string(c))
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("ParseCharsets(%q):\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// unescape undoes Escape, to prove that it loses nothing.
func unescape(s string) []byte {
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case s[i+1] == '\\':
			out = append(out, '\\')
			i++
		default:
			out = append(out, byte(strings.IndexByte(hex, s[i+2])<<4|strings.IndexByte(hex, s[i+3])))
			i += 3
		}
	}
	return out
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"4601234567893", "Карта лояльности № 7", "\xca\xe0\xf0\xf2\xe0", "\x8a\xa0\xe0\xe2\xa0", "Caf\xe9", `\000026Карта`,
		"No \\000022\xca\xe0\\000003\xe9", `a\\b\\000026c`, "010460123456789321abc\x1d93dGVz", "\xff\xd8\xff\xe0\x00\x10JFIF",
		"a\u0085\u202e\u2066", "\\000025\x04\x1a\xd8\x00", "\\000020\x83", "\\000899\x00", "Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		s, c := Decode(raw, []Charset{CP1251, Latin1, CP866})
		check(t, raw, s)
		if c == Binary && !bytes.Equal(unescape(s), raw) {
			t.Fatalf("%q is shown as %q: lossy", raw, s)
		}
		s, c, plain := DecodeECI(raw, Defaults)
		check(t, raw, s)
		if c == Binary && !bytes.Equal(unescape(s), plain) {
			t.Fatalf("%q is shown as %q: lossy", plain, s)
		}
		if len(plain) > len(raw) {
			t.Fatalf("%q grew to %q", raw, plain)
		}
		if !bytes.Equal(raw, before) {
			t.Fatalf("%q was changed to %q", before, raw)
		}
	})
}

func check(t *testing.T, raw []byte, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%q became invalid UTF-8 %q", raw, s)
	}
	for _, r := range s {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || hidden(r) {
			t.Fatalf("%q became %q, with the control character %U", raw, s, r)
		}
	}
	if Visible(s) != s {
		t.Fatalf("Visible(%q) changes it again", s)
	}
}
