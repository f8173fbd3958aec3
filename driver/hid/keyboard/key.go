package keyboard

import "time"

// Key takes one key that goes down or up, by Linux key code (linux/input-event-
// codes.h; up to 88 they are the scan codes of the PC keyboard, set 1), and the
// time it did, which is the system's and not that of the reader.
func (d *Decoder) Key(code uint16, down bool, at time.Time) {
	d.Tick(at)
	u := UsageOf(code)
	if u == 0 {
		return
	}
	if u >= 0xe0 {
		m := d.mods &^ (1 << (u - 0xe0))
		if down {
			m |= 1 << (u - 0xe0)
		}
		d.modifiers(m, at)
		return
	}
	if !down {
		delete(d.held, u)
		return
	}
	d.press(u, at)
	d.held[u] = true
}

// UsageOf is the usage of a Linux key code, 0 if it has none here.
func UsageOf(code uint16) uint8 {
	if int(code) < len(usages) {
		return usages[code]
	}
	return 0
}

// CodeOf is the Linux key code of a usage, 0 if there is none.
func CodeOf(usage uint8) uint16 {
	if usage == 0x32 {
		return 43 // the kernel makes one key of 0x31 and 0x32
	}
	for c, u := range usages {
		if u == usage {
			return uint16(c)
		}
	}
	return 0
}

// usages of the key codes from 0 on. 125 and 126 are the Windows keys.
var usages = [127]uint8{
	0, 0x29, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2d, 0x2e, 0x2a, // Esc 1 … 0 - = Backspace
	0x2b, 0x14, 0x1a, 0x08, 0x15, 0x17, 0x1c, 0x18, 0x0c, 0x12, 0x13, 0x2f, 0x30, 0x28, // Tab q … p [ ] Enter
	0xe0, 0x04, 0x16, 0x07, 0x09, 0x0a, 0x0b, 0x0d, 0x0e, 0x0f, 0x33, 0x34, 0x35, // Ctrl a … l ; ' `
	0xe1, 0x31, 0x1d, 0x1b, 0x06, 0x19, 0x05, 0x11, 0x10, 0x36, 0x37, 0x38, 0xe5, // Shift \ z … m , . / Shift
	0x55, 0xe2, 0x2c, 0x39, // keypad *, Alt, space, Caps Lock
	0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x41, 0x42, 0x43, // F1 … F10
	0x53, 0x47, // Num Lock, Scroll Lock
	0x5f, 0x60, 0x61, 0x56, 0x5c, 0x5d, 0x5e, 0x57, 0x59, 0x5a, 0x5b, 0x62, 0x63, // keypad 789- 456+ 123 0.
	86: 0x64, 87: 0x44, 88: 0x45, // the European key, F11, F12
	96: 0x58, 97: 0xe4, 98: 0x54, 100: 0xe6, // keypad Enter, right Ctrl, keypad /, AltGr
	125: 0xe3, 126: 0xe7,
}
