package serial

import (
	"bytes"
	"fmt"
	"strings"
)

// kind is the class of suffix that a scanner was seen to use.
type kind byte

const (
	kindUnknown kind = iota
	kindNone         // codes end in silence
	kindHard         // CR, LF or ETX, whatever comes before and after
	kindTab
	kindNul
)

// softKind is the kind of a byte that may be a suffix or part of a code, and
// kindUnknown for all others.
func softKind(b byte) kind {
	switch b {
	case tab:
		return kindTab
	case nul:
		return kindNul
	}
	return kindUnknown
}

// forgetAfter is how many codes in a row must end in silence before a suffix
// that was known is taken as switched off. One or two may be stalls of the line.
const forgetAfter = 3

// Names of what is no run of bytes.
const (
	nameNone    = "none"
	nameCounted = "counted by decode header"
)

// learned is what the framer knows of the scanner's suffix.
type learned struct {
	kind    kind
	name    string // "CR LF"; settled
	run     []byte // the separators since the last code
	silence int    // codes in a row that ended in silence
}

// by takes the bytes that ended a code.
func (l *learned) by(k kind, suffix ...byte) {
	l.kind, l.silence = k, 0
	l.run = append(l.run[:0], suffix...)
}

// bySilence takes a code without a suffix.
func (l *learned) bySilence() {
	l.run = l.run[:0]
	if l.silence++; l.kind == kindUnknown || l.silence >= forgetAfter {
		l.kind, l.name = kindNone, nameNone
	}
}

// more takes a separator with no code before it: the LF of a CR LF.
func (l *learned) more(b byte) {
	if len(l.run) > 0 && len(l.run) < 4 {
		l.run = append(l.run, b)
	}
}

// settle makes the name from the run: the next code begins, or nothing more comes.
func (l *learned) settle() {
	if l.unsettled() {
		l.name = suffixName(l.run)
	}
	l.run = l.run[:0]
}

func (l *learned) unsettled() bool {
	return len(l.run) > 0 && suffixName(l.run) != l.name
}

// undecided reports whether a TAB or NUL may be the suffix as well as data.
func (f *framer) undecided() bool {
	return f.rule.suffix == nil && !f.rule.none && f.learned.kind <= kindNone
}

// endBy ends a code at a byte that is a suffix for sure. TAB and NUL right
// before a CR, LF or ETX belong to the suffix.
func (f *framer) endBy(b byte) {
	if k := softKind(b); k != kindUnknown {
		f.learned.by(k, b)
		f.end(f.buf)
		return
	}
	code := bytes.TrimRight(f.buf, "\t\x00")
	f.learned.by(kindHard, append(bytes.Clone(f.buf[len(code):]), b)...)
	f.end(code)
}

// endByNext ends a code because the prefix of the next one came: either there is
// no suffix, or it is a TAB or NUL.
func (f *framer) endByNext() {
	code := bytes.TrimRight(f.buf, "\t\x00")
	if suffix := f.buf[len(code):]; len(suffix) > 0 {
		f.learned.by(softKind(suffix[0]), suffix...)
	}
	f.end(code)
}

// endBySilence ends a code at a silence. If the last byte is a TAB or NUL, that
// is the suffix, and each one before it ended a code as well.
func (f *framer) endBySilence() {
	last := f.buf[len(f.buf)-1]
	if softKind(last) == kindUnknown {
		f.learned.bySilence()
		f.end(f.buf)
		return
	}
	f.split(last)
	f.clear()
}

// splitLong decides for the suffix because the burst is too long to wait for
// its end. What follows the last TAB or NUL stays.
func (f *framer) splitLong() {
	last := f.buf[bytes.LastIndexAny(f.buf, "\t\x00")]
	rest := f.split(last)
	opened := f.opened
	f.clear()
	f.buf, f.opened = append(f.buf, rest...), opened
	f.soft = bytes.Count(f.buf, []byte{tab}) + bytes.Count(f.buf, []byte{nul})
}

// split hands out the codes that each end in sep, and returns what follows the
// last one.
func (f *framer) split(sep byte) (rest []byte) {
	rest = bytes.Clone(f.buf)
	for {
		code, after, found := bytes.Cut(rest, []byte{sep})
		if !found {
			break
		}
		f.emit(frame{data: f.withoutPrefix(code)})
		rest = after
	}
	f.learned.by(softKind(sep), sep)
	return rest
}

// withoutPrefix cuts off the STX or SOH that a code inside a split burst has.
func (f *framer) withoutPrefix(code []byte) []byte {
	if f.rule.prefix != nil || f.rule.keep {
		return code
	}
	return bytes.TrimLeft(code, "\x01\x02")
}

// suffixName is how a suffix is shown to people.
func suffixName(suffix []byte) string {
	names := make([]string, len(suffix))
	for i, b := range suffix {
		names[i] = byteName(b)
	}
	return strings.Join(names, " ")
}

// byteName is how one byte is shown to people.
func byteName(b byte) string {
	switch b {
	case cr:
		return "CR"
	case lf:
		return "LF"
	case tab:
		return "TAB"
	case etx:
		return "ETX"
	case nul:
		return "NUL"
	case stx:
		return "STX"
	case soh:
		return "SOH"
	}
	if b > ' ' && b < 0x7f {
		return string(rune(b))
	}
	return fmt.Sprintf("%02X", b)
}
