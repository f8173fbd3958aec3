package keyboard

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The keypad without Alt, from usage 0x54 on (HID Usage Tables, page 7).
const keypad = "/*-+\r1234567890."

const (
	ctrl = LeftCtrl | RightCtrl
	gui  = LeftGUI | RightGUI
)

// character takes a key that is no suffix.
func (d *Decoder) character(usage uint8) {
	if c, ok := d.o.Keys[usage]; ok {
		d.flushDead()
		d.put(item{char: rune(c)})
		return
	}
	leftAlt := d.mods&LeftAlt != 0
	switch {
	case d.mods&gui != 0:
		return // a shortcut of the system; no scanner means a character by it
	case leftAlt && usage >= 0x59 && usage <= 0x62:
		d.alt.digit((usage-0x59+1)%10, d.keypadHeld(usage))
		return
	case leftAlt && d.mods&ctrl == 0:
		return // Alt with a key is a menu
	}
	level := plain
	if d.mods&(LeftShift|RightShift) != 0 {
		level = shifted
	}
	if d.mods&RightAlt != 0 || leftAlt { // Ctrl+Alt is the old way to say AltGr
		level += altgr
	} else if d.mods&ctrl != 0 {
		d.flushDead()
		if c, ok := control(d.o.Layout, level, usage); ok {
			d.put(item{char: c})
		}
		return
	}
	c := d.char(level, usage)
	switch {
	case c == 0:
	case spacing[c] != 0:
		d.flushDead()
		d.dead = c
	case d.dead != 0:
		d.compose(c)
	default:
		d.put(item{char: c})
	}
}

// char is the character of a key.
func (d *Decoder) char(level int, usage uint8) rune {
	switch {
	case usage >= 0x54 && usage <= 0x63:
		return rune(keypad[usage-0x54])
	case usage == 0x28:
		return '\r'
	case usage == 0x29:
		return 0x1b
	case usage == 0x2a:
		return '\b'
	case usage == 0x2b:
		return '\t'
	case int(usage) < len(d.o.Layout.chars[level]):
		return d.o.Layout.chars[level][usage]
	}
	return 0
}

// control is the control character of Ctrl with a key: the character's column of
// the ASCII table. Scanners with another country than the US may still press the
// key of the US layout, where the own layout has no such character on the key.
func control(l *Layout, level int, usage uint8) (rune, bool) {
	if int(usage) >= len(l.chars[plain]) {
		return 0, false
	}
	for _, c := range []rune{l.chars[level][usage], l.chars[plain][usage], l.chars[shifted][usage]} {
		if c >= 'a' && c <= 'z' || c >= '@' && c <= '_' {
			return c & 0x1f, true
		}
	}
	switch usage {
	case 0x2f: // [
		return 0x1b, true
	case 0x31, 0x32: // \
		return 0x1c, true
	case 0x30: // ]
		return 0x1d, true
	case 0x23: // 6, whose upper character is ^
		return 0x1e, true
	case 0x2d: // -, whose upper character is _
		return 0x1f, true
	}
	return 0, false
}

// compose puts an accent on a letter; on a space it stands alone.
func (d *Decoder) compose(c rune) {
	mark := d.dead
	if c == ' ' {
		d.flushDead()
		return
	}
	if one := []rune(norm.NFC.String(string([]rune{c, mark}))); len(one) == 1 {
		d.dead = 0
		d.put(item{char: one[0]})
		return
	}
	d.flushDead()
	d.put(item{char: c})
}

// flushDead types a dead key whose letter did not come.
func (d *Decoder) flushDead() {
	if d.dead != 0 {
		d.put(item{char: spacing[d.dead]})
		d.dead = 0
	}
}

// text makes the payload of what was typed. Bytes given by number stay bytes:
// which code page they are of is for the next stage to find out. Characters
// become UTF-8, unless all are of Latin-1 and their bytes are valid UTF-8: then
// the code held UTF-8 and the scanner typed it byte for byte.
func text(items []item) string {
	var b strings.Builder
	var latin []byte
	narrow, wide := true, false
	for _, i := range items {
		switch {
		case i.byte:
			b.WriteByte(byte(i.char))
		default:
			b.WriteRune(i.char)
			wide = wide || i.char >= utf8.RuneSelf
		}
		narrow = narrow && i.char <= 0xff
		latin = append(latin, byte(i.char))
	}
	if wide && narrow && utf8.Valid(latin) {
		return string(latin)
	}
	return b.String()
}
