package pdf417

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// Text is the message as UTF-8: by the interpretation it names (AIM ECI
// register), else as UTF-8 if it is that, else as ISO 8859-1.
func (m Message) Text() string {
	if m.ECI >= 0 && m.ECI != 26 && m.ECI != 27 {
		if e := charsets(m.ECI); e != nil {
			if b, err := e.NewDecoder().Bytes(m.Raw); err == nil {
				return string(b)
			}
		}
	}
	if utf8.Valid(m.Raw) {
		return string(m.Raw)
	}
	r := make([]rune, len(m.Raw))
	for i, c := range m.Raw {
		r[i] = rune(c)
	}
	return string(r)
}

func charsets(eci int) encoding.Encoding {
	switch eci {
	case 0, 2:
		return charmap.CodePage437
	case 1, 3:
		return charmap.ISO8859_1
	case 4:
		return charmap.ISO8859_2
	case 7:
		return charmap.ISO8859_5
	case 9:
		return charmap.ISO8859_7
	case 10:
		return charmap.ISO8859_8
	case 11:
		return charmap.ISO8859_9
	case 17:
		return charmap.ISO8859_15
	case 20:
		return japanese.ShiftJIS
	case 21:
		return charmap.Windows1250
	case 22:
		return charmap.Windows1251
	case 23:
		return charmap.Windows1252
	case 24:
		return charmap.Windows1256
	case 25:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case 28:
		return traditionalchinese.Big5
	case 29:
		return simplifiedchinese.GB18030
	case 30:
		return korean.EUCKR
	}
	return nil
}
