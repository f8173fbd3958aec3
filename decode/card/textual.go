package card

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/tillgate/tillgate/decode/gs1"
)

func matchPattern(re *regexp.Regexp) func(Input) string {
	return func(in Input) string {
		if m := re.FindStringSubmatchIndex(in.Text); m != nil && m[2] >= 0 {
			return in.Text[m[2]:m[3]]
		}
		return ""
	}
}

// anchored compiles an expression that must match the whole of a text.
func anchored(expr string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(expr); err != nil {
		return nil, err // with the expression as the user wrote it
	}
	return regexp.Compile(`\A(?:` + expr + `)\z`)
}

// matchURL takes an identity out of a web address. An address with a user name
// ("https://club.example.ru@evil/") or a port of its own is not the chain's.
func matchURL(c Config, path *regexp.Regexp) func(Input) string {
	return func(in Input) string {
		if !gs1.IsLink(in.Text) {
			return ""
		}
		u, err := url.Parse(in.Text)
		if err != nil || u.User != nil || !slices.Contains([]string{"", "80", "443"}, u.Port()) || !hasHost(c.Hosts, u.Hostname()) {
			return ""
		}
		switch {
		case c.Query != "":
			return parameter(u, c.Query)
		case path != nil:
			if m := path.FindStringSubmatch(u.Path); m != nil {
				return printable(m[1])
			}
			return ""
		}
		return printable(segment(u, c.PathSegment))
	}
}

// parameter is the value of a query parameter, "" if it is given twice with
// different values.
func parameter(u *url.URL, name string) string {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return ""
	}
	all := q[name]
	for _, v := range all {
		if v != all[0] {
			return ""
		}
	}
	if len(all) == 0 {
		return ""
	}
	return printable(all[0])
}

// segment is the n-th part of a path, 1 the first and -1 the last. An escaped
// slash does not part.
func segment(u *url.URL, n int) string {
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	if n < 0 {
		n += len(parts)
	} else {
		n--
	}
	if n < 0 || n >= len(parts) {
		return ""
	}
	s, err := url.PathUnescape(parts[n])
	if err != nil {
		return ""
	}
	return s
}

// printable is s if an identity may consist of it: ASCII without blanks and
// control characters, which an escape in an address can bring back in.
func printable(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return ""
		}
	}
	return s
}

func hasHost(hosts []string, host string) bool {
	for _, h := range hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}
