package ssi

// aim is the AIM identifier for a bar code type of DECODE_DATA; "" for those
// that have none or whose meaning changed between editions of the guide.
func aim(t byte) string {
	if s, ok := types[t]; ok {
		return s
	}
	switch t &^ 0xc0 { // UPC and EAN with an add-on of two (40) or five (80) digits
	case 0x08, 0x09, 0x0a, 0x0b, 0x10:
		return "]E3"
	}
	return ""
}

var types = map[byte]string{
	0x01: "]A0", // Code 39
	0x02: "]F0", // Codabar
	0x03: "]C0", // Code 128
	0x04: "]S0", // discrete 2 of 5
	0x05: "]R0", // IATA
	0x06: "]I0", // interleaved 2 of 5
	0x07: "]G0", // Code 93
	0x08: "]E0", // UPC-A
	0x09: "]E0", // UPC-E0
	0x0a: "]E4", // EAN-8
	0x0b: "]E0", // EAN-13
	0x0c: "]H0", // Code 11
	0x0e: "]M0", // MSI
	0x0f: "]C1", // GS1-128
	0x10: "]E0", // UPC-E1
	0x11: "]L2", // PDF417
	0x13: "]A4", // Code 39 full ASCII
	0x16: "]E0", // Bookland EAN
	0x1a: "]L2", // MicroPDF417
	0x1b: "]d1", // Data Matrix
	0x1c: "]Q1", // QR
	0x25: "]U0", // MaxiCode
	0x2d: "]z0", // Aztec
	0x2e: "]zC", // Aztec rune
	0x30: "]e0", // DataBar
	0x31: "]e0", // DataBar limited
	0x32: "]e0", // DataBar expanded
}
