package frame

import "strings"

// latin1 makes text of what Code 128 gives as bytes of ISO 8859-1.
func latin1(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] < 0x80
	}
	if plain {
		return s
	}
	if strings.ToValidUTF8(s, "") == s {
		return s
	}
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

// fullASCII undoes the pairs by which Code 39 writes what it has no character
// for (ISO/IEC 16388:2007, annex A). It is not ok if there are none, or if one of
// the four signs stands without its letter: then they mean themselves.
func fullASCII(s string) (string, bool) {
	var out []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '$' && c != '%' && c != '/' && c != '+' {
			out = append(out, c)
			continue
		}
		i++
		if i == len(s) || s[i] < 'A' || s[i] > 'Z' {
			return s, false
		}
		n := s[i] - 'A'
		switch {
		case c == '+':
			out = append(out, 'a'+n)
		case c == '$':
			out = append(out, 1+n)
		case c == '/' && n < 15:
			out = append(out, '!'+n)
		case c == '/' && n == 25:
			out = append(out, ':')
		case c == '%' && n < 5:
			out = append(out, 27+n)
		case c == '%' && n < 10:
			out = append(out, ';'+n-5)
		case c == '%' && n < 15:
			out = append(out, '['+n-10)
		case c == '%' && n < 20:
			out = append(out, '{'+n-15)
		case c == '%' && n == 20:
			out = append(out, 0)
		case c == '%' && n == 21:
			out = append(out, '@')
		case c == '%' && n == 22:
			out = append(out, '`')
		default:
			return s, false
		}
	}
	return string(out), len(out) < len(s)
}
