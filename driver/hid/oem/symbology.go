package oem

// symbology is what a symbology identifier stands for.
type symbology struct {
	aim    string // the AIM identifier that says the same; "" if none does
	digits bool   // a table-top scanner sends it as numbers 0 to 9
}

// short are the identifiers of one byte.
var short = map[byte]symbology{
	0x0d: {"]E0", true}, // UPC-A
	0x0a: {"]E0", true}, // UPC-E
	0x0c: {"]E4", true}, // EAN-8
	0x16: {"]E0", true}, // EAN-13
}

// long are those of three bytes, by the byte in the middle ("xx 0B" in the label
// table of Datalogic's driver). Add-ons and composites have no AIM identifier of
// their own here: the add-on is not told apart from the code.
var long = map[byte]symbology{
	0x16: {"]E3", true}, 0x11: {"]E3", true}, 0x20: {"", true}, // UPC-A +2, +5, composite
	0x12: {"]E3", true}, 0x14: {"]E3", true}, 0x21: {"", true}, // UPC-E
	0x17: {"]E4", true}, 0x1d: {"]E4", true}, 0x22: {"", true}, // EAN-8
	0x13: {"]E3", true}, 0x15: {"]E3", true}, 0x23: {"", true}, // EAN-13
	0x0a: {aim: "]A0"}, // Code 39
	0x0c: {aim: "]S0"}, // standard 2 of 5
	0x0d: {aim: "]I0"}, // interleaved 2 of 5
	0x0e: {aim: "]F0"}, // Codabar
	0x18: {aim: "]C0"}, // Code 128
	0x19: {aim: "]G0"}, // Code 93
	0x25: {aim: "]C1"}, // GS1-128
	0x2a: {aim: "]e0"}, // DataBar
	0x2b: {aim: "]e0"}, // DataBar expanded
	0x2e: {aim: "]L2"}, // PDF417
	0x2f: {aim: "]U0"}, // MaxiCode
	0x30: {aim: "]o1"}, // OCR-A
	0x31: {aim: "]o2"}, // OCR-B
	0x32: {aim: "]d1"}, // Data Matrix
	0x33: {aim: "]Q1"}, // QR
	0x34: {aim: "]z0"}, // Aztec
	0x35: {aim: "]T0"}, // Code 49
	0x36: {aim: "]d2"}, // GS1 Data Matrix
	0x37: {aim: "]Q3"}, // GS1 QR
	0x38: {aim: "]L2"}, // MicroPDF417
}
