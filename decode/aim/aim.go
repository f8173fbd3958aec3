// Package aim knows symbology identifiers: AIM (ISO/IEC 15424) and the code ids
// of the vendors.
//
// A scanner can say in front of the data which kind of barcode it read: "]Q3"
// is a QR code with FNC1 in first position. The identifier is what tells a GS1
// element string from digits that merely look like one, and whether backslashes
// are escapes, so it is read before anything else. It is not trusted beyond
// that: the same UPC-A label comes as ]E0 with 12 digits from one vendor and as
// ]Xg from another, hence Refine.
package aim

import "github.com/tillgate/tillgate/driver"

// ID is an identifier and what it says of the data behind it.
type ID struct {
	Text      string // as received: "]Q3", "P01"; "" for none
	Symbology Symbology
	Flags     Flags
}

// Flags are what an identifier says besides the symbology.
type Flags uint8

// The flags.
const (
	// GS1: FNC1 stood in first position, the data are a GS1 element string.
	GS1 Flags = 1 << iota
	// FNC1Second: FNC1 stood after the first letter or pair of digits, the
	// data follow the rules of some industry.
	FNC1Second
	// ECI: \NNNNNN in the data switches the charset, a literal backslash is
	// doubled.
	ECI
	// AddOn: the digits of a supplement follow those of the main symbol.
	AddOn
	// Append: one of several symbols that belong together.
	Append
	// Reply: an answer of the device to a command, never a scan.
	Reply
)

// Has reports whether all flags in g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Parse reads an identifier that the device sent apart from the data. ok is
// false if s is none, or one whose code character is not assigned.
func Parse(s string, v driver.Vendor) (id ID, ok bool) {
	n, ok := idLen(s)
	if !ok || n != len(s) {
		return ID{}, false
	}
	return lookup(s, v), true
}

// Split takes a leading identifier off the data. ok is false, and rest is data,
// if there is none: "]" and two characters that are not assigned are data.
func Split(data []byte, v driver.Vendor) (id ID, rest []byte, ok bool) {
	if len(data) < 3 || data[0] != ']' {
		return ID{}, data, false
	}
	n, ok := idLen(string(data[:min(len(data), maxID)]))
	if !ok {
		return ID{}, data, false
	}
	return lookup(string(data[:n]), v), data[n:], true
}

// maxID is the longest identifier: "]Y9" and nine characters more.
const maxID = 12

// idLen is the length of the identifier that s begins with. It is three
// everywhere but in the system expansion, where the digit after ]Y says how
// many modifiers follow it.
func idLen(s string) (int, bool) {
	if len(s) < 3 || s[0] != ']' || families[s[1]&0x7f] == SymbologyUnknown || s[1] > 0x7f || !alnum(s[2]) {
		return 0, false
	}
	if s[1] != 'Y' {
		return 3, true
	}
	if s[2] > '9' {
		return 0, false
	}
	n := 3 + int(s[2]-'0')
	if len(s) < n {
		return 0, false
	}
	return n, true
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func lookup(s string, v driver.Vendor) ID {
	id := ID{Text: s, Symbology: families[s[1]]}
	key := [2]byte{s[1], s[2]}
	if m, ok := modifiers[key]; ok {
		id.Symbology, id.Flags = m.sym, m.flags
	} else if m, ok := zebraX[key]; ok && (v == driver.VendorZebra || v == driver.VendorUnknown) {
		id.Symbology, id.Flags = m.sym, m.flags
	}
	return id
}
