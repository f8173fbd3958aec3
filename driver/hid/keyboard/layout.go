package keyboard

import (
	"fmt"
	"slices"
	"strings"
)

// Layout says which character stands on which key: the country that the SCANNER
// is set to. The layout of the till has no part in it.
type Layout struct {
	Name  string
	chars [levels][0x65]rune // by level and usage; 0 for none; a combining mark is a dead key
	keys  map[rune]Stroke
}

// The levels of a key.
const (
	plain = iota
	shifted
	altgr
	altgrShifted
	levels
)

// Stroke is a key with its modifiers, as in the first byte of a boot report.
type Stroke struct {
	Modifiers uint8
	Usage     uint8
}

// Modifier bits of a boot report (HID 1.11, §8.3).
const (
	LeftCtrl   = 1 << 0
	LeftShift  = 1 << 1
	LeftAlt    = 1 << 2
	LeftGUI    = 1 << 3
	RightCtrl  = 1 << 4
	RightShift = 1 << 5
	RightAlt   = 1 << 6
	RightGUI   = 1 << 7
)

// rows are the usages of the keys of a layout, as they lie on the desk, left to
// right and top to bottom. 0x32 and 0x64 are the two keys that only European
// keyboards have.
var rows = [...]uint8{
	0x35, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2d, 0x2e,
	0x14, 0x1a, 0x08, 0x15, 0x17, 0x1c, 0x18, 0x0c, 0x12, 0x13, 0x2f, 0x30,
	0x04, 0x16, 0x07, 0x09, 0x0a, 0x0b, 0x0d, 0x0e, 0x0f, 0x33, 0x34, 0x32,
	0x64, 0x1d, 0x1b, 0x06, 0x19, 0x05, 0x11, 0x10, 0x36, 0x37, 0x38,
}

// newLayout reads the rows of each level. A space stands for "nothing there".
func newLayout(name string, desk ...[4]string) *Layout {
	l := &Layout{Name: name, keys: map[rune]Stroke{}}
	modifiers := [levels]uint8{0, LeftShift, RightAlt, RightAlt | LeftShift}
	for level, text := range desk {
		for i, c := range []rune(strings.Join(text[:], "")) {
			if c == ' ' {
				continue
			}
			l.chars[level][rows[i]] = c
			if _, ok := l.keys[c]; !ok {
				l.keys[c] = Stroke{modifiers[level], rows[i]}
			}
		}
		if l.chars[level][0x31] = l.chars[level][0x32]; name == "us" {
			l.chars[level][0x31] = []rune{'\\', '|', 0, 0}[level]
		}
		l.chars[level][0x2c] = ' '
	}
	if name == "us" {
		l.keys['\\'], l.keys['|'] = Stroke{0, 0x31}, Stroke{LeftShift, 0x31}
		l.keys['#'], l.keys['~'] = Stroke{LeftShift, 0x20}, Stroke{LeftShift, 0x35}
	}
	l.keys[' '], l.keys['\r'], l.keys['\t'] = Stroke{0, 0x2c}, Stroke{0, 0x28}, Stroke{0, 0x2b}
	return l
}

// Strokes are the keys that type a character: one, or a dead key and a second;
// ok is false for a character that the layout does not have.
func (l *Layout) Strokes(c rune) (ks []Stroke, ok bool) {
	if k, ok := l.keys[c]; ok {
		return []Stroke{k}, true
	}
	for mark, alone := range spacing {
		if k, ok := l.keys[mark]; ok && alone == c {
			return []Stroke{k, {0, 0x2c}}, true
		}
	}
	return nil, false
}

// LayoutNamed finds a layout by its name in the configuration.
func LayoutNamed(name string) (*Layout, error) {
	desk, ok := layouts[name]
	if !ok {
		var names []string
		for n := range layouts {
			names = append(names, n)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("keyboard layout %q is not known: use one of %s", name, strings.Join(names, ", "))
	}
	return newLayout(name, desk...), nil
}
