package usb

import "bytes"

// Payload is a code that every scanner must deliver so that it means the same.
type Payload struct {
	Name string
	Code Code
}

// Payloads are the codes to try a driver with. The empty one, a report without data,
// is no code.
func Payloads() []Payload {
	return []Payload{
		{"EAN-13", Code{Data: []byte("4006381333931"), AIM: "]E0", CodeID: 'd'}},
		{"EAN-8", Code{Data: []byte("96385074"), AIM: "]E4", CodeID: 'D'}},
		{"UPC-A", Code{Data: []byte("036000291452"), AIM: "]E0", CodeID: 'c'}},
		{"card, Code 128", Code{Data: []byte("2900000000018"), AIM: "]C0", CodeID: 'j'}},
		{"QR, link", Code{Data: []byte("https://example.test/c/Ab3_-~?x=[1]&y={2}|^`"), AIM: "]Q1", CodeID: 's'}},
		{"QR, Cyrillic in UTF-8", Code{Data: []byte("Карта № 4717 Анна"), AIM: "]Q1", CodeID: 's'}},
		{"QR, 444 bytes", Code{Data: bytes.Repeat([]byte("Lorem ipsum "), 37), AIM: "]Q1", CodeID: 's'}},
		{"QR, 2,953 bytes", Code{Data: bytes.Repeat([]byte("7"), 2953), AIM: "]Q1", CodeID: 's'}},
		{"GS1 Data Matrix with GS", Code{Data: []byte("010460123456789321abcDEF\x1d93dGVz"), AIM: "]d2", CodeID: 'w'}},
		{"GS1-128 with GS", Code{Data: []byte("01046012345678931725123110LOT\x1d21S1"), AIM: "]C1", CodeID: 'I'}},
		{"bytes of cp866, as by Alt", Code{Data: []byte("\x8a\xa0\xe0\xe2\xa0"), AIM: "]Q1", CodeID: 's'}},
		{"a single character", Code{Data: []byte("0"), AIM: "]z0", CodeID: 'z'}},
		{"empty", Code{AIM: "]Q1", CodeID: 's'}},
	}
}

// Scanners are the personalities, one of each.
func Scanners() []Scanner {
	return []Scanner{HoneywellPOS(""), ZebraPOS(""), NewlandPOS(""), OEM(""), OEMTable(""), Wedge(""), WedgeAlt(""),
		CDC(""), SSI(""), HoneywellSerial(""), NewlandSerial("")}
}

// Lacks says why a scanner can not deliver a code, "" if it can.
func (s Scanner) Lacks(c Code) string {
	if s.typable == nil {
		return ""
	}
	for _, b := range c.Data {
		if !s.typable(b) {
			return "the US layout has no key for it"
		}
	}
	return ""
}
