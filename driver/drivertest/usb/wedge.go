package usb

import (
	"fmt"
	"strings"
)

// The characters of the US layout by usage from 0x04 on, without and with Shift.
const (
	lower = "abcdefghijklmnopqrstuvwxyz1234567890\r\x1b\b\t -=[]\\#;'`,./"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\r\x1b\b\t _+{}|~:\"~<>?"
)

// bootKeyboard is the descriptor of HID 1.11, appendix B.1.
var bootKeyboard = []byte{
	0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01,
	0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x03, 0x95, 0x05, 0x75, 0x01,
	0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03, 0x91, 0x03, 0x95, 0x06,
	0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xc0,
}

// Wedge is a scanner in keyboard mode with the US layout and Enter as suffix.
// Control characters come as Ctrl chords. It can not type what the layout does
// not have: those bytes of a code are left out, as real scanners do.
func Wedge(serial string) Scanner {
	return Scanner{
		Name: "wedge-us", VID: 0x0c2e, PID: 0x0b01, Serial: serial,
		Manufacturer: "Metrologic", Product: "Metrologic Barcode Scanner",
		Subclass: 1, Protocol: 1, Descriptor: bootKeyboard, Packet: 8,
		typable: func(b byte) bool { _, ok := key(b); return ok },
		Reports: func(c Code) (rs [][]byte) {
			for _, b := range append(append([]byte(nil), c.Data...), '\r') {
				if r, ok := key(b); ok {
					rs = append(rs, r, make([]byte, 8))
				}
			}
			return rs
		},
	}
}

// WedgeAlt is a scanner in keyboard mode that gives every byte by number: Alt
// held, three digits of the keypad in one report. Any byte comes through.
func WedgeAlt(serial string) Scanner {
	s := Wedge(serial)
	s.Name, s.PID, s.Product = "wedge-alt", 0x0b02, "Metrologic Barcode Scanner (Alt)"
	s.typable = nil
	s.Reports = func(c Code) (rs [][]byte) {
		for _, b := range c.Data {
			r := []byte{4, 0, 0, 0, 0, 0, 0, 0}
			for i, n := range fmt.Sprintf("%03d", b) {
				if r[2+i] = 0x62; n != '0' {
					r[2+i] = 0x59 + byte(n-'1')
				}
			}
			rs = append(rs, r, make([]byte, 8))
		}
		enter, _ := key('\r')
		return append(rs, enter, make([]byte, 8))
	}
	return s
}

// key is the report of a key that types the byte.
func key(b byte) ([]byte, bool) {
	if i := strings.IndexByte(lower, b); i >= 0 && b != '#' { // 32 is no key of this country
		return []byte{0, 0, 4 + byte(i), 0, 0, 0, 0, 0}, true
	}
	if i := strings.LastIndexByte(upper, b); i >= 0 {
		return []byte{2, 0, 4 + byte(i), 0, 0, 0, 0, 0}, true
	}
	if b < 0x20 { // Ctrl and the character in the same column of ASCII
		if i := strings.IndexByte(lower, b|0x60); b|0x60 <= 'z' && i >= 0 {
			return []byte{1, 0, 4 + byte(i), 0, 0, 0, 0, 0}, true
		}
		if i := strings.IndexByte(lower, b|0x40); i >= 0 { // [ \ ]
			return []byte{1, 0, 4 + byte(i), 0, 0, 0, 0, 0}, true
		}
		if i := strings.IndexByte(upper, b|0x40); i >= 0 { // ^ _
			return []byte{3, 0, 4 + byte(i), 0, 0, 0, 0, 0}, true
		}
	}
	return nil, false
}
