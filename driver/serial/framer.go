package serial

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Control characters that scanners put around a code.
const (
	nul = 0x00
	soh = 0x01
	stx = 0x02
	etx = 0x03
	tab = '\t'
	lf  = '\n'
	cr  = '\r'
	syn = 0x16
)

// undecidedMax is how many bytes are held back while it is open whether a TAB or
// NUL among them is a suffix or part of a code. At 9600 baud it is one second of
// uninterrupted line; only a batch reader sending its memory gets that far.
const undecidedMax = 1 << 10

// stall is how often the time of silence a code may stand still whose suffix is
// expected.
const stall = 5

// slack is what a code may grow beyond MaxScan before the bytes are given up:
// room for a suffix that is only recognised as such by what follows.
const slack = 8

// rule is the framing that the configuration prescribes; the zero value is
// framing without configuration.
type rule struct {
	prefix  []byte // cut off where present; nil: STX and SOH
	keep    bool   // prefix = "none": nothing is cut off
	suffix  []byte // ends a code; nil: learned
	none    bool   // suffix = "none": silence alone ends a code
	counted bool   // Honeywell decode headers are looked for
}

// frame is what the framer hands out: a code, or the news of bytes thrown away.
type frame struct {
	data   []byte
	aim    string
	codeID string
	vendor driver.Vendor
	at     time.Time // when the last byte of the code was read
	lost   string    // instead of data: why bytes were thrown away
}

// framer cuts the bytes of one line into codes. It is a pure state machine: it
// owns no clock and no device. push gives it the bytes as they come; silent tells
// it that nothing came for the time of silence. The package comment has the
// rules and the reasons.
type framer struct {
	rule    rule
	learned learned
	buf     []byte    // of the code that is coming in
	at      time.Time // of the last byte in buf
	opened  byte      // the STX or SOH that buf began with, 0 if none
	soft    int       // bytes in buf that are TAB or NUL
	noise   bool      // an oversized code is being skipped
	head    header    // a counted frame that is coming in
	out     []frame
}

func newFramer(r rule) *framer { return &framer{rule: r} }

// push takes bytes that were read at the time at and returns the codes that
// they complete. The frames are the caller's.
func (f *framer) push(p []byte, at time.Time) []frame {
	f.out = nil
	f.at = at
	for _, b := range p {
		f.step(b)
	}
	return f.out
}

// silent says that the line was silent for the time of silence: what is held
// ends here.
func (f *framer) silent() []frame {
	f.out = nil
	if f.head.active() {
		f.cutShort()
	}
	switch {
	case f.noise:
		f.clear()
	case len(f.buf) > 0 && f.rule.none:
		f.end(f.buf)
	case len(f.buf) > 0 && f.rule.suffix != nil:
		f.end(trimPart(f.buf, f.rule.suffix))
	case len(f.buf) > 0:
		f.endBySilence()
	}
	f.opened = 0
	f.learned.settle()
	return f.out
}

// waiting reports whether silence would change anything: only then must the
// reader wake up for it.
func (f *framer) waiting() bool {
	return len(f.buf) > 0 || f.noise || f.opened != 0 || f.head.active() || f.learned.unsettled()
}

// patience is how long to wait for bytes before silent is called, 0 for ever, where
// silence is what the configuration says. A code that stalls before a suffix that is
// expected is waited for longer: it is the machine that has no time, or a poor radio.
func (f *framer) patience(silence time.Duration) time.Duration {
	switch {
	case !f.waiting():
		return 0
	case len(f.buf) > 0 && !f.rule.none && (f.rule.suffix != nil || f.learned.kind == kindHard && f.learned.silence == 0):
		return stall * silence
	}
	return silence
}

// forget drops what is held, but not what was learned: the line was closed.
func (f *framer) forget() {
	f.clear()
	f.head = header{}
}

func (f *framer) step(b byte) {
	if f.head.active() || (len(f.buf) == 0 && b == syn && f.rule.counted && !f.noise) {
		f.count(b)
		return
	}
	f.plain(b)
}

// plain is step without an eye for counted frames.
func (f *framer) plain(b byte) {
	switch {
	case f.rule.none:
		f.add(b)
	case f.rule.suffix != nil:
		f.fixed(b)
	default:
		f.auto(b)
	}
}

// fixed looks for the suffix of the configuration and for nothing else.
func (f *framer) fixed(b byte) {
	if len(f.buf) == 0 && !f.noise && lineEnds(f.rule.suffix) && (b == cr || b == lf) {
		return // the scanner sends CR LF or CR CR, the configuration says CR
	}
	f.add(b)
	if !bytes.HasSuffix(f.buf, f.rule.suffix) {
		return
	}
	if f.noise {
		f.clear()
		return
	}
	f.end(f.buf[:len(f.buf)-len(f.rule.suffix)])
}

// auto recognises the suffixes that scanners have.
func (f *framer) auto(b byte) {
	hard := b == cr || b == lf || b == etx
	soft := softKind(b)
	ends := hard || soft != kindUnknown && f.learned.kind == soft
	switch {
	case ends && f.noise:
		f.clear()
	case ends && len(f.buf) > 0:
		f.endBy(b)
	case ends:
		f.learned.more(b)
		if hard {
			f.opened = 0
		}
	case len(f.buf) == 0 && b == nul: // a break on the line, or the rest of a suffix
	default:
		f.add(b)
	}
}

// add appends to the code that is coming in. A prefix is dropped here, and a
// code that outgrows MaxScan is given up.
func (f *framer) add(b byte) {
	if f.rule.prefix == nil && !f.rule.keep && !f.noise && (b == stx || b == soh) {
		if len(f.buf) == 0 {
			f.opened = b
			return
		}
		if f.opened == b && f.rule.suffix == nil && !f.rule.none {
			f.endByNext()
			f.opened = b
			return
		}
	}
	if len(f.buf) == 0 {
		f.learned.settle()
	}
	f.buf = append(f.buf, b)
	if softKind(b) != kindUnknown {
		f.soft++
	}
	switch {
	case f.noise:
		f.buf = f.buf[max(0, len(f.buf)-len(f.rule.suffix)):] // enough to see the suffix in
	case len(f.buf) > driver.MaxScan+max(slack, len(f.rule.suffix)):
		f.lose(tooLong)
		f.clear()
		f.noise = true
	case len(f.buf) > undecidedMax && f.soft > 1 && f.undecided():
		f.splitLong()
	}
}

// tooLong is the reason for giving up bytes that have no end.
var tooLong = fmt.Sprintf("more than %d bytes without a suffix: noise on the line, or another device than a scanner", driver.MaxScan)

// end hands out a code without its suffix, and starts the next.
func (f *framer) end(code []byte) {
	f.emit(frame{data: code})
	f.clear()
}

func (f *framer) emit(fr frame) {
	if f.rule.prefix != nil {
		fr.data = bytes.TrimPrefix(fr.data, f.rule.prefix)
	}
	switch {
	case len(fr.data) == 0:
	case len(fr.data) > driver.MaxScan:
		f.lose(tooLong)
	default:
		fr.data, fr.at = bytes.Clone(fr.data), f.at
		f.out = append(f.out, fr)
	}
}

func (f *framer) lose(reason string) {
	f.out = append(f.out, frame{lost: reason, at: f.at})
}

func (f *framer) clear() {
	f.buf, f.opened, f.soft, f.noise = f.buf[:0], 0, 0, false
}

// lineEnds reports whether a suffix is made of CR and LF alone.
func lineEnds(suffix []byte) bool {
	return len(bytes.Trim(suffix, "\r\n")) == 0
}

// trimPart cuts the beginning of a suffix of CR and LF off the end of a code:
// all that is left of "\r\n" when the scanner sends "\r".
func trimPart(code, suffix []byte) []byte {
	if !lineEnds(suffix) {
		return code
	}
	return bytes.TrimRight(code, "\r\n")
}
