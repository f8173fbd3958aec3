package aim

// tables are the code ids, from the vendors' product reference guides.
var tables = map[Table]map[string]meaning{
	// Honeywell area imagers, "Symbology Charts".
	Honeywell: {
		"a": {Codabar, 0}, "b": {Code39, 0}, "c": {UPCA, 0}, "d": {EAN13, 0}, "D": {EAN8, 0}, "E": {UPCE, 0},
		"e": {ITF, 0}, "f": {Standard2of5, 0}, "g": {MSI, 0}, "h": {Code11, 0}, "i": {Code93, 0}, "j": {Code128, 0},
		"I": {GS1Code128, GS1}, "|": {GS1Code128, GS1}, "l": {Code49, 0}, "m": {Matrix2of5, 0},
		"q": {CodablockF, 0}, "V": {CodablockA, 0}, "r": {PDF417, 0}, "R": {MicroPDF417, 0}, "s": {QR, 0},
		"-": {MicroQR, 0}, "w": {DataMatrix, 0}, "x": {MaxiCode, 0}, "y": {DataBar, GS1}, "{": {DataBarLimited, GS1},
		"}": {DataBarExpanded, GS1}, "z": {Aztec, 0}, "H": {HanXin, 0}, "X": {GridMatrix, 0}, ".": {DotCode, 0},
		"<": {Code32, 0}, "=": {Trioptic, 0}, "T": {TLC39, 0}, "t": {Telepen, 0}, "O": {OCR, 0},
		"?": {Postal, 0}, // Korea Post, and the text of command output: see package decode
		"6": {NonBarcode, Reply},
		"A": {Postal, 0}, "B": {Postal, 0}, "C": {Postal, 0}, "J": {Postal, 0}, "K": {Postal, 0}, "L": {Postal, 0},
		"M": {Postal, 0}, "N": {Postal, 0}, "P": {Postal, 0}, "Q": {Postal, 0},
	},
	// Zebra, "Symbol Code Characters".
	Zebra: {
		"A": {EANUPC, 0}, "B": {Code39, 0}, "C": {Codabar, 0}, "D": {Code128, 0}, "E": {Code93, 0}, "F": {ITF, 0},
		"G": {Standard2of5, 0}, "H": {Code11, 0}, "J": {MSI, 0}, "K": {GS1Code128, GS1}, "L": {Bookland, 0},
		"M": {Trioptic, 0}, "N": {Coupon, 0}, "R": {DataBar, GS1}, "S": {Matrix2of5, 0}, "T": {Composite, 0},
		"U": {Chinese2of5, 0}, "X": {PDF417, 0}, "z": {Aztec, 0},
		"P00": {DataMatrix, 0}, "P01": {QR, 0}, "P02": {MaxiCode, 0}, "P0D": {GridMatrix, 0},
		"P0G": {GS1DataMatrix, GS1}, "P0H": {HanXin, 0}, "P0Q": {GS1QR, GS1}, "P0X": {Signature, 0},
	},
	// Zebra, "RS-232 Host Parameters", code id characters of the terminals. An
	// EAN-13 that begins with 0 can not be told from A0 and a UPC-A: the same
	// number either way.
	ZebraNixdorf: {
		"A0": {UPCA, 0}, "A": {EAN13, 0}, "B": {EAN8, 0}, "C0": {UPCE, 0}, "M": {Code39, 0}, "I": {ITF, 0},
		"K": {Code128, 0}, "P": {GS1Code128, GS1},
	},
	// Datalogic, "Label ID: Pre-loaded Sets". Their GS1-128 is an AIM
	// identifier, "]C1", and read as such.
	DatalogicUS: {
		"F": {EAN13, 0}, "FF": {EAN8, 0}, "A": {UPCA, 0}, "E": {UPCE, 0}, "*": {Code39, 0}, "B1": {Code39, 0},
		"#": {Code128, 0}, "B3": {Code128, 0}, "%": {Codabar, 0}, "i": {ITF, 0}, "B2": {ITF, 0}, "&": {Code93, 0},
		"P": {PDF417, 0}, "Dm": {DataMatrix, 0}, "QR": {QR, 0}, "Az": {Aztec, 0},
		"R4": {DataBar, GS1}, "RL": {DataBarLimited, GS1}, "RX": {DataBarExpanded, GS1},
	},
	DatalogicEU: {
		"B": {EAN13, 0}, "A": {EAN8, 0}, "C": {UPCA, 0}, "D": {UPCE, 0}, "V": {Code39, 0}, "T": {Code128, 0},
		"k": {GS1Code128, GS1}, "y": {QR, 0}, "w": {DataMatrix, 0}, "r": {PDF417, 0}, "!": {Aztec, 0},
	},
}
