package aim

// families are the code characters of ISO/IEC 15424 with what each stands for
// when the modifier adds nothing.
var families = [128]Symbology{
	'A': Code39, 'B': Telepen, 'C': Code128, 'D': CodeOne, 'E': EANUPC, 'F': Codabar, 'G': Code93, 'H': Code11,
	'I': ITF, 'J': DotCode, 'K': Code16K, 'L': PDF417, 'M': MSI, 'N': Anker, 'O': CodablockF, 'P': Plessey,
	'Q': QR, 'R': Standard2of5, 'S': Standard2of5, 'T': Code49, 'U': MaxiCode, 'X': Other, 'Y': Other,
	'Z': NonBarcode, 'c': ChannelCode, 'd': DataMatrix, 'e': DataBar, 'h': HanXin, 'o': OCR, 'p': PosiCode,
	's': SuperCode, 'z': Aztec,
}

type meaning struct {
	sym   Symbology
	flags Flags
}

// modifiers are those that change the meaning, from the annexes on symbology
// identifiers of the standards of each symbology.
var modifiers = map[[2]byte]meaning{
	{'C', '1'}: {GS1Code128, GS1},
	{'C', '2'}: {Code128, FNC1Second},
	{'C', '4'}: {ISBT128, 0},

	{'E', '1'}: {EANAddOn, 0},
	{'E', '2'}: {EANAddOn, 0},
	{'E', '3'}: {EANUPC, AddOn},
	{'E', '4'}: {EAN8, 0},

	{'J', '1'}: {GS1DotCode, GS1},

	{'K', '1'}: {Code16K, GS1},
	{'K', '2'}: {Code16K, FNC1Second},

	// ISO/IEC 24728: 3, 4 and 5 are Code 128 emulation with FNC1 first,
	// FNC1 second, and without; only MicroPDF417 has it.
	{'L', '1'}: {PDF417, ECI},
	{'L', '3'}: {MicroPDF417, GS1},
	{'L', '4'}: {MicroPDF417, FNC1Second},
	{'L', '5'}: {MicroPDF417, 0},

	{'O', '5'}: {CodablockF, GS1},
	{'O', '6'}: {CodablockA, 0},

	// ISO/IEC 18004.
	{'Q', '2'}: {QR, ECI},
	{'Q', '3'}: {GS1QR, GS1},
	{'Q', '4'}: {GS1QR, GS1 | ECI},
	{'Q', '5'}: {QR, FNC1Second},
	{'Q', '6'}: {QR, FNC1Second | ECI},

	{'T', '1'}: {Code49, GS1},
	{'T', '2'}: {Code49, FNC1Second},

	// ISO/IEC 16023.
	{'U', '2'}: {MaxiCode, ECI},
	{'U', '3'}: {MaxiCode, ECI},

	// ISO/IEC 16022.
	{'d', '2'}: {GS1DataMatrix, GS1},
	{'d', '3'}: {DataMatrix, FNC1Second},
	{'d', '4'}: {DataMatrix, ECI},
	{'d', '5'}: {GS1DataMatrix, GS1 | ECI},
	{'d', '6'}: {DataMatrix, FNC1Second | ECI},

	// ISO/IEC 24723: 1 to 3 are packets of a composite symbol's 2D component.
	{'e', '0'}: {DataBar, GS1},
	{'e', '1'}: {Composite, 0},
	{'e', '2'}: {Composite, 0},
	{'e', '3'}: {Composite, ECI},

	// ISO/IEC 24778.
	{'z', '1'}: {Aztec, GS1},
	{'z', '2'}: {Aztec, FNC1Second},
	{'z', '3'}: {Aztec, ECI},
	{'z', '4'}: {Aztec, GS1 | ECI},
	{'z', '5'}: {Aztec, FNC1Second | ECI},
	{'z', '6'}: {Aztec, Append},
	{'z', '7'}: {Aztec, Append | GS1},
	{'z', '8'}: {Aztec, Append | FNC1Second},
	{'z', '9'}: {Aztec, Append | ECI},
	{'z', 'A'}: {Aztec, Append | GS1 | ECI},
	{'z', 'B'}: {Aztec, Append | FNC1Second | ECI},
	{'z', 'C'}: {AztecRune, 0},

	// Honeywell imagers on USB answer menu commands by reports in the shape of
	// a scan: the echo of the command comes with this identifier.
	{'Z', '6'}: {NonBarcode, Reply},
}

// zebraX are what Zebra's imagers put behind ]X, which the standard leaves to
// the vendor, in their HID point-of-sale mode. Every DataBar carries AIs.
var zebraX = map[[2]byte]meaning{
	{'X', '9'}: {EAN13, 0},
	{'X', 'C'}: {EAN8, 0},
	{'X', 'g'}: {UPCA, 0},
	{'X', 'k'}: {UPCE, 0},
	{'X', 'r'}: {DataBar, GS1},
	{'X', 's'}: {DataBarLimited, GS1},
	{'X', 't'}: {DataBarExpanded, GS1},
	{'X', 'S'}: {MicroQR, 0},
}
