package keyboard

// altCode collects the digits of a character given by number: Alt held, digits
// on the keypad, Alt let go. Alt+NNN is a byte of the OEM code page, Alt+0NNN of
// the ANSI code page; in ASCII they agree.
type altCode struct {
	value  int
	digits int
	rolled bool // a digit went down while another was held
}

func (a *altCode) digit(n uint8, rolled bool) {
	a.value = (a.value*10 + int(n)) & 0x1fffff
	a.digits++
	a.rolled = a.rolled || rolled
}

// keypadHeld says whether another digit of the keypad is down.
func (d *Decoder) keypadHeld(but uint8) bool {
	for u := uint8(0x59); u <= 0x62; u++ {
		if u != but && d.held[u] {
			return true
		}
	}
	return false
}

// altReleased ends a character given by number.
//
// Some scanners press all digits at once, in one report. There a digit that
// occurs twice is seen twice only in the raw report; the system makes one key
// press of it, and Alt+080 becomes Alt+08. So without raw reports such a code is
// thrown away.
func (d *Decoder) altReleased() {
	a := d.alt
	d.alt = altCode{}
	switch {
	case a.digits == 0 || d.skip != "":
	case !d.o.Raw && (a.rolled || a.digits == 1):
		d.drop(`Alt codes are typed all digits at once, which only raw reports show: set driver = "hid" for this scanner`)
	case a.value <= 0xff:
		d.put(item{char: rune(a.value), byte: true})
	default: // beyond the code pages it can only be meant as Unicode
		d.put(item{char: rune(a.value)})
	}
}
