package usb

import "bytes"

// Payload is a code that every scanner must deliver so that it means the same.
type Payload struct {
	Name  string
	Code  Code
	Typed bool // a keyboard with the US layout has all its characters
}

// Payloads are the codes to try a driver with, beside the empty one.
func Payloads() []Payload {
	return []Payload{
		{"EAN-13", Code{Data: []byte("4006381333931"), AIM: "]E0", CodeID: 'd'}, true},
		{"EAN-8", Code{Data: []byte("96385074"), AIM: "]E4", CodeID: 'D'}, true},
		{"UPC-A", Code{Data: []byte("036000291452"), AIM: "]E0", CodeID: 'c'}, true},
		{"card number", Code{Data: []byte("2900000000017"), AIM: "]C0", CodeID: 'j'}, true},
		{"QR, link", Code{Data: []byte("https://example.test/c/Ab3_-~?x=[1]&y={2}|^`"), AIM: "]Q1", CodeID: 's'}, true},
		{"QR, Cyrillic", Code{Data: []byte("Карта № 4717 Анна"), AIM: "]Q1", CodeID: 's'}, false},
		{"QR, long", Code{Data: bytes.Repeat([]byte("Lorem ipsum "), 37), AIM: "]Q1", CodeID: 's'}, true},
		{"QR, longest", Code{Data: bytes.Repeat([]byte("7"), 2953), AIM: "]Q1", CodeID: 's'}, true},
		{"GS1 Data Matrix", Code{Data: []byte("010460123456789321abcDEF\x1d93dGVz"), AIM: "]d2", CodeID: 'w'}, true},
		{"GS1-128", Code{Data: []byte("01046012345678931725123110LOT\x1d21S1"), AIM: "]C1", CodeID: 'I'}, true},
		{"bytes of cp866", Code{Data: []byte("\x8a\xa0\xe0\xe2\xa0"), AIM: "]Q1", CodeID: 's'}, false},
		{"a single character", Code{Data: []byte("0"), AIM: "]z0", CodeID: 'z'}, true},
	}
}
