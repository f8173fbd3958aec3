package usb

// OEM is a hand-held scanner in IBM/Toshiba OEM mode. It sends the symbology at
// the end of the label data, in one byte for the retail codes and in three for
// the rest; Code.AIM chooses which.
func OEM(serial string) Scanner {
	s := oem(serial, 0x4b)
	s.Name, s.PID = "oem-handheld", 0x1300
	s.Reports = func(c Code) [][]byte { return labels(c, 0) }
	return s
}

// OEMTable is a table-top scanner in OEM mode: the digits of retail codes come
// as numbers 0 to 9, not as characters.
func OEMTable(serial string) Scanner {
	s := oem(serial, 0x4a)
	s.Name, s.PID = "oem-tabletop", 0x1400
	s.Reports = func(c Code) [][]byte { return labels(c, '0') }
	return s
}

func oem(serial string, usage byte) Scanner {
	return Scanner{
		VID: 0x05e0, Manufacturer: "Symbol Technologies, Inc, 2008", Product: "Symbol Bar Code Scanner::EA",
		Serial: serial, Packet: 64, oem: true,
		Descriptor: []byte{
			0x06, 0x45, 0xff, 0x0a, 0x00, usage, 0xa1, 0x01,
			0x0a, 0x02, usage &^ 1, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02,
			0x0a, 0x01, usage &^ 1, 0x95, 0x0b, 0x91, 0x02,
			0xc0,
		},
	}
}

// identifiers are the symbology identifiers by AIM identifier.
var identifiers = map[string][]byte{
	"]E0": {0x16}, "]E4": {0x0c}, "]Q1": {0x00, 0x33, 0x0b}, "]C0": {0x00, 0x18, 0x0b},
	"]C1": {0x00, 0x25, 0x0b}, "]d2": {0x00, 0x36, 0x0b}, "]z0": {0x00, 0x34, 0x0b},
}

// OEMStatus is the report that says no more than the state of the scanner.
func OEMStatus(b1, b2, b3 byte) []byte {
	r := make([]byte, 64)
	copy(r, []byte{4, b1, b2, b3})
	return r
}

func labels(c Code, minus byte) (rs [][]byte) {
	id, ok := identifiers[c.AIM]
	if !ok {
		id = []byte{0x00, 0xff, 0x0b} // unknown symbology
	}
	if c.AIM == "]E0" && len(c.Data) == 12 {
		id = []byte{0x0d} // UPC-A
	}
	data := append([]byte(nil), c.Data...)
	if len(id) == 1 {
		for i := range data {
			data[i] -= minus
		}
	}
	cs := chunks(data, 64-4-len(id))
	for i, d := range cs {
		r := append(make([]byte, 0, 64), byte(4+len(d)+len(id)), 0x10, 0x03, 0x00)
		r = append(append(r, d...), id...)
		if i < len(cs)-1 && len(id) == 3 {
			r[len(r)-3] |= 0x10 // the label goes on in the next report
		}
		rs = append(rs, r[:64])
	}
	return rs
}
