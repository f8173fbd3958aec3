// Package gs1 reads what GS1 puts into barcodes: element strings of application
// identifiers, Digital Links, and keys with their check digits.
//
// The rules are those of the GS1 General Specifications, release 24 (section 3
// the identifiers, 7.8 the element strings, 7.9 the check digit), and of the
// GS1 Digital Link URI Syntax, release 1.4. Parsing is strict where a wrong
// reading could name another customer or product (lengths, check digits,
// contradicting repeats) and lenient where encoders differ without harm
// (separators that are not needed).
package gs1

import (
	"fmt"
	"strings"
)

// Separator is what a scanner sends for an FNC1 inside the data.
const Separator = '\x1d'

// Element is an application identifier with its value.
type Element struct {
	AI    string
	Value string
}

// Elements are the parts of a code in the order they stood in.
type Elements []Element

// Get is the value of an application identifier; ok is false if it is not
// there.
func (e Elements) Get(ai string) (value string, ok bool) {
	for _, x := range e {
		if x.AI == ai {
			return x.Value, true
		}
	}
	return "", false
}

// add appends an element unless the same is there; false if the same identifier
// is there with another value, which the General Specifications forbid (4.13).
func (e *Elements) add(ai, value string) bool {
	if v, ok := e.Get(ai); ok {
		return v == value
	}
	*e = append(*e, Element{ai, value})
	return true
}

// Error says where and why an element string or a Digital Link is wrong. It
// never holds the value, which may be a customer's card.
type Error struct {
	Pos    int    // offset of the wrong part in the input, in bytes
	AI     string // "" where none was recognised
	Reason string
}

func (e *Error) Error() string {
	if e.AI == "" {
		return fmt.Sprintf("gs1: byte %d: %s", e.Pos, e.Reason)
	}
	return fmt.Sprintf("gs1: byte %d: AI (%s): %s", e.Pos, e.AI, e.Reason)
}

// Parse reads an element string with GS where the symbol had FNC1. The FNC1 in
// first position, which scanners report by the AIM identifier and some send as
// a GS too, may be there or not. The error is an *Error.
func Parse(s string) (Elements, error) {
	elements := make(Elements, 0, 4)
	for pos := 0; ; {
		for pos < len(s) && s[pos] == Separator {
			pos++
		}
		if pos == len(s) {
			break
		}
		f, n, reason := identify(s[pos:])
		if reason != "" {
			return nil, &Error{Pos: pos, Reason: reason}
		}
		ai, start := s[pos:pos+n], pos+n
		end := len(s)
		if i := strings.IndexByte(s[start:], Separator); i >= 0 {
			end = start + i
		}
		if fixed := f.fixed(); predefined(ai) && fixed > 0 && start+fixed < end {
			end = start + fixed
		}
		if reason := f.check(s[start:end]); reason != "" {
			return nil, &Error{Pos: start, AI: ai, Reason: reason}
		}
		if !elements.add(ai, s[start:end]) {
			return nil, &Error{Pos: pos, AI: ai, Reason: "stands twice with different values"}
		}
		pos = end
	}
	if len(elements) == 0 {
		return nil, &Error{Reason: "empty"}
	}
	return elements, nil
}
