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
		}
		return EANUPC // 8+5 is 13: no telling
	}
	switch n {
	case 13:
		return EAN13
	case 12:
		return UPCA
	case 8:
		ean8, upce := gs1.Valid(string(digits)), gs1.ValidUPCE(string(digits))
		if upce && (!ean8 || id.Text == "]E0") {
			return UPCE
		}
		if ean8 {
			return EAN8
		}
	}
	return EANUPC
}
