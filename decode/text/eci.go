package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// eci is an assignment of the AIM Extended Channel Interpretations.
type eci struct {
	name Charset
	enc  encoding.Encoding // nil: handled by name
}

// assignments are the ECIs for charsets, from AIM ITS/04-023, "Extended
// Channel Interpretation Assignments". Number 14 (ISO 8859-12) was never
// published; 13 is decoded by its superset.
var assignments = map[int]eci{
	0:   {"cp437", charmap.CodePage437},
	1:   {Latin1, charmap.ISO8859_1},
	2:   {"cp437", charmap.CodePage437},
	3:   {Latin1, charmap.ISO8859_1},
	4:   {"iso-8859-2", charmap.ISO8859_2},
	5:   {"iso-8859-3", charmap.ISO8859_3},
	6:   {"iso-8859-4", charmap.ISO8859_4},
	7:   {"iso-8859-5", charmap.ISO8859_5},
	8:   {"iso-8859-6", charmap.ISO8859_6},
	9:   {"iso-8859-7", charmap.ISO8859_7},
	10:  {"iso-8859-8", charmap.ISO8859_8},
	11:  {"iso-8859-9", charmap.ISO8859_9},
	12:  {"iso-8859-10", charmap.ISO8859_10},
	13:  {"iso-8859-11", charmap.Windows874},
	15:  {"iso-8859-13", charmap.ISO8859_13},
	16:  {"iso-8859-14", charmap.ISO8859_14},
	17:  {"iso-8859-15", charmap.ISO8859_15},
	18:  {"iso-8859-16", charmap.ISO8859_16},
	20:  {"shift-jis", japanese.ShiftJIS},
	21:  {"cp1250", charmap.Windows1250},
	22:  {CP1251, charmap.Windows1251},
	23:  {"cp1252", charmap.Windows1252},
	24:  {"cp1256", charmap.Windows1256},
	25:  {"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	26:  {UTF8, nil},
	27:  {"us-ascii", nil},
	28:  {"big5", traditionalchinese.Big5},
	29:  {"gb18030", simplifiedchinese.GB18030},
	30:  {"cp949", korean.EUCKR},
	899: {Binary, nil},
}

func (e eci) decode(raw []byte) (string, bool) {
	switch e.name {
	case UTF8:
		return string(raw), utf8.Valid(raw)
	case "us-ascii":
		return string(raw), ascii(raw)
	case Binary:
		return "", false
	}
	return decodeWith(raw, e.enc)
}

func ascii(raw []byte) bool {
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// DecodeECI turns bytes in the ECI protocol into text: each \NNNNNN switches
// the charset of what follows, a literal backslash is doubled. A backslash that
// is neither stands for itself, since some scanners announce the protocol and
// do not double. What stands before the first switch is decoded as by Decode; a
// part that is not text in the charset it claims makes the whole Binary, and so
// does an ECI that is no charset.
//
// plain is the payload without the escapes, in the bytes of the symbol.
func DecodeECI(raw []byte, tries []Charset) (text string, c Charset, plain []byte) {
	var b strings.Builder
	for _, p := range segments(raw) {
		plain = append(plain, p.bytes...)
		if len(p.bytes) == 0 || c == Binary {
			continue
		}
		var s string
		var is Charset
		if p.eci < 0 {
			if s, is = Decode(p.bytes, tries); ascii(p.bytes) {
				is = "" // the same in whatever charset follows
			}
		} else if e, ok := assignments[p.eci]; ok {
			var isText bool
			if s, isText = e.decode(p.bytes); isText {
				s, is = Visible(s), e.name
			} else {
				is = Binary
			}
		} else {
			is = Binary
		}
		switch {
		case is == Binary || c == "":
			c = is
		case c != is && is != "":
			c = Mixed
		}
		b.WriteString(s)
	}
	switch c {
	case "":
		c = UTF8
	case Binary:
		return Escape(plain), Binary, plain
	}
	return b.String(), c, plain
}

// segment is a stretch of bytes under one ECI; -1 is none.
type segment struct {
	eci   int
	bytes []byte
}

func segments(raw []byte) []segment {
	out := []segment{{eci: -1}}
	for i := 0; i < len(raw); {
		cur := &out[len(out)-1]
		switch n, ok := number(raw[i:]); {
		case ok:
			out = append(out, segment{eci: n})
			i += 7
		case raw[i] == '\\' && i+1 < len(raw) && raw[i+1] == '\\':
			cur.bytes = append(cur.bytes, '\\')
			i += 2
		default:
			cur.bytes = append(cur.bytes, raw[i])
			i++
		}
	}
	return out
}

// number reads \NNNNNN.
func number(b []byte) (int, bool) {
	if len(b) < 7 || b[0] != '\\' {
		return 0, false
	}
	n := 0
	for _, c := range b[1:7] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
