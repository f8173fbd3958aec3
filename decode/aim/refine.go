package aim

import "github.com/tillgate/tillgate/decode/gs1"

// Refine settles which of the EAN/UPC family a code is, by its digits: the
// standard sends them all as 13 digits behind ]E0, scanners send what was
// printed. Twelve digits are UPC-A; eight are EAN-8 or UPC-E, whichever the
// check digit fits. Where it fits both, the identifier decides (the standard
// has ]E4 for EAN-8, so ]E0 leaves UPC-E), and without its help EAN-8.
// Any other symbology comes back as it is: content alone proves nothing, since
// one of ten numbers has a right check digit by chance.
func Refine(id ID, digits []byte) Symbology {
	if id.Symbology != EANUPC {
		return id.Symbology
	}
	n := 0
	for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
		n++
	}
	if n != len(digits) {
		return EANUPC
	}
	if id.Flags.Has(AddOn) {
		switch n {
		case 13 + 2, 13 + 5:
			return EAN13
		case 12 + 2, 12 + 5:
			return UPCA
		case 8 + 2, 8 + 5:
			return eight(id, string(digits[:8]))
		}
		return EANUPC
	}
	switch n {
	case 13:
		return EAN13
	case 12:
		return UPCA
	case 8:
		return eight(id, string(digits))
	}
	return EANUPC
}

// eight tells EAN-8 from UPC-E.
func eight(id ID, digits string) Symbology {
	ean8, upce := gs1.Valid(digits), gs1.ValidUPCE(digits)
	switch {
	case upce && (!ean8 || id.Text == "]E0"):
		return UPCE
	case ean8:
		return EAN8
	}
	return EANUPC
}

// Main is the number of an EAN or UPC symbol of kind s without the two or five
// digits of an add-on behind it, which some scanners send without saying so.
// Where 13 digits could be eight and an add-on of five, or the number spelled
// out as an EAN-13, the identifier decides.
func Main(id ID, s Symbology, digits string) string {
	n := 0
	switch s {
	case EAN13:
		n = 13
	case UPCA:
		n = 12
	case EAN8, UPCE:
		n = 8
	default:
		return digits
	}
	if len(digits) == n+2 || len(digits) == n+5 && (n > 8 || id.Flags.Has(AddOn)) {
		return digits[:n]
	}
	return digits
}
