package gs1

// CheckDigit computes the digit that completes a GS1 key: from the right,
// weights 3 and 1 in turn (GS1 General Specifications, 7.9). ok is false if
// digits is empty or holds anything but digits.
func CheckDigit(digits string) (check byte, ok bool) {
	sum, weight := 0, 3
	for i := len(digits) - 1; i >= 0; i-- {
		c := digits[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		sum += int(c-'0') * weight
		weight = 4 - weight
	}
	return byte('0' + (10-sum%10)%10), len(digits) > 0
}

// Valid reports whether s is all digits and the last is the right check digit.
func Valid(s string) bool {
	if len(s) < 2 {
		return false
	}
	c, ok := CheckDigit(s[:len(s)-1])
	return ok && c == s[len(s)-1]
}

// GTIN14 brings a GTIN-8, -12, -13 or -14 with a right check digit to 14 digits
// by leading zeros. UPC-E is not a shorter number but a shorter spelling:
// expand it first.
func GTIN14(s string) (string, bool) {
	switch len(s) {
	case 8, 12, 13, 14:
		if Valid(s) {
			return "00000000000000"[len(s):] + s, true
		}
	}
	return "", false
}

// ExpandUPCE spells the eight digits of a UPC-E (number system 0 or 1, six
// digits, check digit) as the twelve of the UPC-A that they stand for (GS1
// General Specifications, 5.2). ok is false unless the check digit fits.
func ExpandUPCE(s string) (upca string, ok bool) {
	if len(s) != 8 || s[0] != '0' && s[0] != '1' {
		return "", false
	}
	d := s[1:7]
	var body string
	switch d[5] {
	case '0', '1', '2':
		body = d[:2] + d[5:] + "0000" + d[2:5]
	case '3':
		body = d[:3] + "00000" + d[3:5]
	case '4':
		body = d[:4] + "00000" + d[4:5]
	default:
		body = d[:5] + "0000" + d[5:]
	}
	upca = s[:1] + body + s[7:]
	return upca, Valid(upca)
}

// ValidUPCE reports whether s is a UPC-E of eight digits with a right check
// digit.
func ValidUPCE(s string) bool {
	_, ok := ExpandUPCE(s)
	return ok
}
