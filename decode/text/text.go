// Package text turns the bytes of a scan into text.
//
// A barcode holds bytes and rarely says which charset they are in. Where it
// does (ECI, and a device that passes it on), that is followed. Else bytes that
// are valid UTF-8 are taken for that (other charsets produce valid UTF-8 only
// by rare accident), and then the charsets of the configuration are tried in
// order. What is text in none of them is Binary.
//
// The text is for display and for matching: it is always valid UTF-8 and has no
// control characters, because a code is hostile input and must not command a
// page, a log or a till. They are shown as the pictures Unicode has for them
// (GS as ␝, CR as ␍). Whoever needs the bytes, the parser of GS1 element
// strings or the POS, takes the bytes.
package text

import (
	"strings"
	"unicode/utf8"
)

// Charset is how bytes became text, by its common name in lower case.
type Charset string

// The charsets. An ECI can name others (see eci.go).
const (
	UTF8   Charset = "utf-8" // ASCII too
	CP1251 Charset = "cp1251"
	CP866  Charset = "cp866"
	Latin1 Charset = "latin1"
	// Mixed is for a code whose ECIs switch between charsets.
	Mixed Charset = "mixed"
	// Binary is for bytes that are no text in any charset that was tried. The
	// text is then lossless: printable ASCII as it is, a backslash doubled, every
	// other byte as \xNN.
	Binary Charset = "binary"
)

// Decode turns bytes without ECI into text: UTF-8 if they are valid, else by
// the first charset of tries in which they are text.
func Decode(raw []byte, tries []Charset) (string, Charset) {
	if utf8.Valid(raw) {
		return Visible(string(raw)), UTF8
	}
	for _, c := range tries {
		if s, ok := decodeAs(raw, c); ok {
			return Visible(s), c
		}
	}
	return Escape(raw), Binary
}

// Visible replaces control characters by their pictures: C0 by U+2400 to
// U+241F, DEL by U+2421; C1 and the line and paragraph separators, which have
// none, and the marks that turn the direction of writing around, which can make
// a number read as another, by U+FFFD.
func Visible(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= 0x20 && s[i] < 0x7f
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20:
			return 0x2400 + r
		case r == 0x7f:
			return 0x2421
		case hidden(r):
			return utf8.RuneError
		}
		return r
	}, s)
}

// Trim takes blanks and line ends, shown as pictures too, off both ends of a
// text. exact is false if something inside it is not what the code holds, but
// what Visible put in its place: such a text matches nothing.
func Trim(s string) (t string, exact bool) {
	t = strings.TrimFunc(s, func(r rune) bool { return r == ' ' || r == '␍' || r == '␊' || r == '␉' })
	for i := 0; i < len(t); i++ {
		if t[i] >= utf8.RuneSelf {
			return t, !strings.ContainsFunc(t, func(r rune) bool { return r >= 0x2400 && r <= 0x2421 || r == utf8.RuneError })
		}
	}
	return t, true
}

// hidden are the characters without a picture that may not be displayed.
func hidden(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, // C1
		r >= 0x2028 && r <= 0x202e, // separators; embeddings and overrides
		r >= 0x2066 && r <= 0x2069: // isolates
		return true
	}
	return r == 0x200e || r == 0x200f || r == 0x061c // marks of direction
}

const hex = "0123456789abcdef"

// Escape shows bytes that are no text, without loss: see Binary.
func Escape(raw []byte) string {
	var b strings.Builder
	b.Grow(len(raw) * 2)
	for _, c := range raw {
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case c >= 0x20 && c < 0x7f:
			b.WriteByte(c)
		default:
			b.WriteString(`\x`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
