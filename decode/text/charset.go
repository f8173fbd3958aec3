package text

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Defaults are the charsets tried after UTF-8 where the configuration names
// none: a Russian till meets cp1251, and what that refuses is Latin-1 or
// nothing.
var Defaults = []Charset{CP1251, Latin1}

// ParseCharsets checks a list of charset names from the configuration. UTF-8 is
// always tried first and may be named first. What stands behind cp866 is never
// reached, because every byte is a character there, and is a mistake.
func ParseCharsets(names []string) ([]Charset, error) {
	if len(names) == 0 {
		return Defaults, nil
	}
	var out []Charset
	for i, n := range names {
		c, ok := byName[strings.ToLower(n)]
		if !ok {
			return nil, fmt.Errorf(`unknown charset %q: use "cp1251", "cp866" or "latin1"`, n)
		}
		if c == UTF8 {
			if i > 0 {
				return nil, fmt.Errorf("%q behind %q: utf-8 is always tried first; put it first or leave it out", n, names[i-1])
			}
			continue
		}
		for _, before := range out {
			if before == c {
				return nil, fmt.Errorf("charset %q stands twice: take one out", n)
			}
			if before == CP866 {
				return nil, fmt.Errorf("charset %q behind %q is never reached, every byte is a character in cp866: put cp866 last", n, CP866)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

var byName = map[string]Charset{
	"utf-8": UTF8, "utf8": UTF8,
	"cp1251": CP1251, "windows-1251": CP1251, "1251": CP1251,
	"cp866": CP866, "ibm866": CP866, "866": CP866,
	"latin1": Latin1, "latin-1": Latin1, "iso-8859-1": Latin1,
}

// decodeAs decodes by a single-byte charset. It refuses bytes that the charset
// does not have, and control characters that no text holds: they are the sign
// of binary data, in which a single-byte charset would see letters.
func decodeAs(raw []byte, c Charset) (string, bool) {
	var m *charmap.Charmap
	switch c {
	case CP1251:
		m = charmap.Windows1251
	case CP866:
		m = charmap.CodePage866
	case Latin1:
		m = charmap.ISO8859_1
	default:
		return "", false
	}
	var b strings.Builder
	b.Grow(2 * len(raw))
	for _, x := range raw {
		if x < 0x20 && !inText(x) {
			return "", false
		}
		r := m.DecodeByte(x)
		if r == utf8.RuneError || r >= 0x7f && r < 0xa0 {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), true
}

// inText are the control characters that occur inside text in barcodes: TAB,
// LF, CR, EOT and the separators FS, GS, RS, US of ISO/IEC 15434.
func inText(c byte) bool {
	return c == '\t' || c == '\n' || c == '\r' || c == 0x04 || c >= 0x1c
}

// decodeWith decodes by any encoding, refusing what it does not have.
func decodeWith(raw []byte, e encoding.Encoding) (string, bool) {
	b, err := e.NewDecoder().Bytes(raw)
	if err != nil || strings.ContainsRune(string(b), utf8.RuneError) {
		return "", false
	}
	return string(b), true
}
