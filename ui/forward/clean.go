package forward

import (
	"strings"
	"unicode"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/text"
)

// cleaner takes out of codes what must not reach a POS: control characters, which
// are commands to whoever reads keys or a line ("BadBarcode", Tencent 2015), and
// the invisible characters of Unicode that turn text around.
type cleaner struct {
	keys bool   // keys are typed, not bytes sent
	gs   string // "keep", "drop", "" or the text for GS
}

// code makes the text to send: characters for keys, the bytes of the code for a
// port. cleaned says that something was taken out.
func (c cleaner) code(d decode.Code) (s string, cleaned bool) {
	if c.keys {
		if d.Charset == text.Binary {
			return "", true
		}
		return c.text(d.Text)
	}
	var b strings.Builder
	for _, x := range d.Raw {
		switch {
		case x == gs || x == rs:
			cleaned = c.separator(&b, rune(x)) || cleaned
		case x < 0x20 || x == 0x7f:
			cleaned = true
		default:
			b.WriteByte(x)
		}
	}
	return b.String(), cleaned
}

// text cleans text for keys.
func (c cleaner) text(in string) (s string, cleaned bool) {
	var b strings.Builder
	for _, r := range in {
		switch { // what was read, of what is shown
		case r >= pictures && r < pictures+0x20:
			r -= pictures
		case r == pictures+0x21:
			r = 0x7f
		}
		switch {
		case r == gs || r == rs:
			cleaned = c.separator(&b, r) || cleaned
		case !unicode.IsPrint(r):
			cleaned = true
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), cleaned
}

// pictures is where Unicode's Control Pictures begin, by which package decode shows
// control characters in a text.
const pictures = 0x2400

// The separators of ISO/IEC 15434 and GS1 that are part of codes.
const (
	gs = 0x1d
	rs = 0x1e
)

// separator writes what stands for a separator; it says whether that is nothing.
func (c cleaner) separator(b *strings.Builder, r rune) (dropped bool) {
	switch {
	case c.gs == "keep" || c.gs == "" && !c.keys:
		b.WriteRune(r)
	case c.gs == "drop" || c.gs == "" || r != gs:
		return true
	default:
		b.WriteString(c.gs)
	}
	return false
}
