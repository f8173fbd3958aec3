package aim

import (
	"fmt"
	"slices"
	"strings"
)

// Symbology is a kind of barcode. The zero value is SymbologyUnknown.
type Symbology uint8

// The symbologies. A symbology whose GS1 form has a name of its own is listed
// twice; Base leads from the one to the other.
const (
	SymbologyUnknown Symbology = iota // nobody said
	EANUPC                            // one of the EAN/UPC family, which one is open
	EAN13
	EAN8
	UPCA
	UPCE
	EANAddOn // the two- or five-digit supplement alone
	Code39
	Code32
	Code93
	Code128
	GS1Code128
	ISBT128
	ITF
	Standard2of5
	Matrix2of5
	Chinese2of5
	Codabar
	Code11
	MSI
	Plessey
	Telepen
	Trioptic
	TLC39
	Anker
	PosiCode
	ChannelCode
	DataBar
	DataBarLimited
	DataBarExpanded
	Composite
	Coupon
	Bookland
	Code16K
	Code49
	CodablockA
	CodablockF
	CodeOne
	SuperCode
	PDF417
	MicroPDF417
	QR
	MicroQR
	GS1QR
	DataMatrix
	GS1DataMatrix
	Aztec
	AztecRune
	MaxiCode
	HanXin
	GridMatrix
	DotCode
	GS1DotCode
	Postal
	OCR
	Signature
	NonBarcode // keyboard, magnetic stripe, RFID, answer of the device
	Other      // the device said something, and it is none of these
	symbologies
)

var names = [symbologies]string{
	"unknown", "EAN/UPC", "EAN-13", "EAN-8", "UPC-A", "UPC-E", "EAN add-on",
	"Code 39", "Code 32", "Code 93", "Code 128", "GS1-128", "ISBT 128",
	"ITF", "Standard 2 of 5", "Matrix 2 of 5", "Chinese 2 of 5",
	"Codabar", "Code 11", "MSI", "Plessey", "Telepen", "Trioptic", "TLC39", "Anker", "PosiCode", "Channel Code",
	"GS1 DataBar", "GS1 DataBar Limited", "GS1 DataBar Expanded", "GS1 Composite", "Coupon", "Bookland",
	"Code 16K", "Code 49", "Codablock A", "Codablock F", "Code One", "SuperCode",
	"PDF417", "MicroPDF417", "QR Code", "Micro QR Code", "GS1 QR Code", "Data Matrix", "GS1 DataMatrix",
	"Aztec", "Aztec Rune", "MaxiCode", "Han Xin", "Grid Matrix", "DotCode", "GS1 DotCode",
	"Postal", "OCR", "Signature", "non-barcode", "other",
}

// String is the name that people know the symbology by: "EAN-13", "QR Code".
func (s Symbology) String() string {
	if s < symbologies {
		return names[s]
	}
	return fmt.Sprintf("symbology %d", uint8(s))
}

// MarshalText is the name, so that JSON and logs read well.
func (s Symbology) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSymbology finds a symbology by its name. Case, blanks, hyphens and slashes do
// not count ("qr code", "ean13"), nor does a trailing "Code" ("QR").
func ParseSymbology(name string) (Symbology, bool) {
	want := fold(name)
	if want == "" {
		return SymbologyUnknown, false
	}
	for s, n := range names {
		if f := fold(n); s != int(SymbologyUnknown) && (f == want || strings.TrimSuffix(f, "code") == want) {
			return Symbology(s), true
		}
	}
	return SymbologyUnknown, false
}

func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '/' || r == '_' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// Names lists the names that ParseSymbology knows, for messages and help.
func Names() []string { return slices.Clone(names[1:]) }

// Base is the symbology without what its content or size adds to it: QR for
// GS1QR and MicroQR, Code128 for GS1Code128. A rule that admits a base admits
// every form of it.
func (s Symbology) Base() Symbology {
	switch s {
	case GS1Code128, ISBT128:
		return Code128
	case GS1QR, MicroQR:
		return QR
	case GS1DataMatrix:
		return DataMatrix
	case GS1DotCode:
		return DotCode
	case AztecRune:
		return Aztec
	case MicroPDF417:
		return PDF417
	case DataBarLimited, DataBarExpanded:
		return DataBar
	case EAN13, EAN8, UPCA, UPCE:
		return EANUPC
	}
	return s
}
