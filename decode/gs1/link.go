package gs1

import (
	"net/url"
	"strings"
)

// Link is a GS1 Digital Link: a web address that carries a GS1 key. The domain
// means nothing: whoever prints it, the key is the key.
type Link struct {
	Host string // in lower case, without port
	Key  string // the application identifier of the primary key: "01", "8018"
	// Elements are the primary key first, then its qualifiers, then the data
	// attributes of the query. GTINs have 14 digits.
	Elements Elements
}

// qualifiers are the primary keys, each with the identifiers that may follow
// it in the path, in that order (GS1 Digital Link URI Syntax, 4.6 and 4.7).
var qualifiers = map[string][]string{
	"01": {"22", "10", "21", "235"}, "8006": {"22", "10", "21"}, "8013": nil, "8010": {"8011"},
	"414": {"254", "7040"}, "415": {"8020"}, "417": {"7040"},
	"8017": {"8019"}, "8018": {"8019"}, "255": nil, "00": nil, "253": nil, "401": nil, "402": nil, "8003": nil,
	"8004": {"7040"},
}

// IsLink reports whether s could be a Digital Link at all: a cheap test before
// ParseLink.
func IsLink(s string) bool {
	return len(s) > 8 && (s[0] == 'h' || s[0] == 'H') && (hasFold(s, "https://") || hasFold(s, "http://"))
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// ParseLink reads a Digital Link in its uncompressed form:
//
//	https://host[/any/prefix]/KEY/value[/QUALIFIER/value…][?AI=value&…]
//
// Values are percent-decoded. Query parameters that are no application
// identifier are ignored, of a repeated one the last counts. A second primary
// key, in path or query, is an error, since either could be meant. The error is
// an *Error.
func ParseLink(s string) (Link, error) {
	if !IsLink(s) {
		return Link{}, &Error{Reason: "no http or https address"}
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return Link{}, &Error{Reason: "no valid address"}
	}
	l := Link{Host: strings.ToLower(u.Hostname())}
	offset := len(s)
	if i := strings.IndexAny(s[8:], "/?#"); i >= 0 {
		offset = 8 + i
	}
	path := s[offset:]
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if err := l.path(path, offset); err != nil {
		return Link{}, err
	}
	if err := l.query(u.RawQuery, strings.IndexByte(s, '?')+1); err != nil {
		return Link{}, err
	}
	return l, nil
}

// path finds the primary key. Segments are taken in pairs from the end, since a
// prefix may have any number of them: the last pair whose first is a primary
// key is it, and what stands behind must be its qualifiers.
func (l *Link) path(path string, offset int) error {
	path = strings.TrimSuffix(path, "/")
	segments := strings.Split(path, "/")
	at := make([]int, len(segments)) // where each begins in the address
	for i, p := 0, offset; i < len(segments); i++ {
		at[i] = p
		p += len(segments[i]) + 1
	}
	for i := len(segments) - 2; i > 0; i -= 2 {
		order, ok := qualifiers[segments[i]]
		if !ok {
			continue
		}
		for j := i - 2; j > 0; j -= 2 {
			if _, twice := qualifiers[segments[j]]; twice {
				return &Error{Pos: at[j], AI: segments[j], Reason: "a second primary key"}
			}
		}
		l.Key = segments[i]
		for j := i; j < len(segments); j += 2 {
			ai := segments[j]
			if j > i {
				for len(order) > 0 && order[0] != ai {
					order = order[1:]
				}
				if len(order) == 0 {
					return &Error{Pos: at[j], AI: ai, Reason: "does not qualify AI (" + l.Key + ") here"}
				}
				order = order[1:]
			}
			value, err := url.PathUnescape(segments[j+1])
			if err != nil {
				return &Error{Pos: at[j+1], AI: ai, Reason: "wrong percent escape"}
			}
			if err := l.set(ai, value, at[j+1]); err != nil {
				return err
			}
		}
		return nil
	}
	return &Error{Pos: offset, Reason: "no primary key in the path"}
}

func (l *Link) query(query string, offset int) error {
	for query != "" {
		pair := query
		if i := strings.IndexAny(query, "&;"); i >= 0 {
			pair = query[:i]
		}
		name, value, _ := strings.Cut(pair, "=")
		if _, n, reason := identify(name); reason == "" && n == len(name) {
			if _, primary := qualifiers[name]; primary {
				return &Error{Pos: offset, AI: name, Reason: "a second primary key"}
			}
			v, err := url.QueryUnescape(value)
			if err != nil {
				return &Error{Pos: offset, AI: name, Reason: "wrong percent escape"}
			}
			if err := l.set(name, v, offset); err != nil {
				return err
			}
		}
		n := min(len(pair)+1, len(query))
		query, offset = query[n:], offset+n
	}
	return nil
}

// set checks a value and stores it; the last of several counts.
func (l *Link) set(ai, value string, pos int) error {
	if ai == "01" && len(value) < 14 { // older links have the GTIN as printed
		if g, ok := GTIN14(value); ok {
			value = g
		}
	}
	if reason := formatOf(ai).check(value); reason != "" {
		return &Error{Pos: pos, AI: ai, Reason: reason}
	}
	for i, e := range l.Elements {
		if e.AI == ai {
			l.Elements[i].Value = value
			return nil
		}
	}
	l.Elements = append(l.Elements, Element{ai, value})
	return nil
}
