// Package keyboard reads what a scanner in keyboard mode types.
//
// It works on key positions, before any layout of the till has touched them:
// Caps Lock, a Russian or French layout of the host have no effect. What counts
// is the country that the scanner itself is set to. Input comes as raw boot
// reports (Decoder.Report) or as key codes of Linux and scan codes of Windows
// (Decoder.Key); both end in the same core.
//
// A keyboard has no frames, so a code ends with the suffix that the scanner was
// told to send, or with silence. A code that may have lost a key is thrown away
// and counted: a shortened card number could be somebody else's.
package keyboard

import (
	"strings"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Sink takes what a Decoder finds; a driver.Till is one.
type Sink interface {
	Scanned(driver.Scan)
	Lost(reason string)
}

// Suffix is what ends a code.
type Suffix uint8

// The suffixes. Enter means either Enter key.
const (
	Auto    Suffix = iota // Enter, Tab or silence, as the scanner does it
	Enter                 // Enter; a code that ends in silence is incomplete
	Tab                   // Tab; likewise
	Silence               // silence alone; Enter and Tab belong to the code
)

// lull is the silence, as a multiple of Options.Silence, after which nothing that
// comes can be the rest of a code that stalled.
const lull = 10

// caution is the silence, as a multiple of Options.Silence, that ends a code as
// long as it is not known whether the scanner sends a suffix: the first code may
// stall like any other.
const caution = 3

// DefaultSilence ends a code that has no suffix. Scanners send a key every 2 to
// 50 ms.
const DefaultSilence = 100 * time.Millisecond

// Options describe one scanner.
type Options struct {
	Layout  *Layout        // the scanner's country; nil is "us"
	Suffix  Suffix         // what ends a code
	Silence time.Duration  // 0 is DefaultSilence
	Prefix  string         // what the scanner types before a code, taken off; STX and SOH are in any case
	GS      string         // a text that the scanner types for the separator GS, such as "^]"; "" if none
	Keys    map[uint8]byte // function keys that stand for control characters, by usage; nil is F8 for GS
	Raw     bool           // input is boot reports, in which a key pressed twice at once is seen twice
}

// Decoder turns keys into scans.
type Decoder struct {
	o    Options
	sink Sink

	held  map[uint8]bool // keys that are down; see Key
	mods  uint8
	prev  [6]uint8 // of the last report
	items []item   // of the code so far
	dead  rune     // dead key that waits for its letter
	alt   altCode
	last  time.Time
	skip  string // why input is thrown away until the code has ended; "" if it is not
	fresh bool   // the device was just opened, and nothing was thrown away yet
	end   habit
}

// item is a character: typed, or a byte given by number.
type item struct {
	char rune
	byte bool
}

// New makes a decoder for a device that was opened at the given time. A code
// that is being typed at that moment is not delivered: its beginning is lost.
func New(o Options, sink Sink, opened time.Time) *Decoder {
	if o.Layout == nil {
		o.Layout = newLayout("us", layouts["us"]...)
	}
	if o.Silence == 0 {
		o.Silence = DefaultSilence
	}
	if o.Keys == nil {
		o.Keys = map[uint8]byte{0x41: 0x1d}
	}
	return &Decoder{o: o, sink: sink, held: map[uint8]bool{}, last: opened, skip: "code had begun before the device was opened", fresh: true}
}

// Tick says that nothing was typed up to this time, which may end a code. Call it
// at least every Silence while nothing comes.
func (d *Decoder) Tick(at time.Time) {
	quiet := at.Sub(d.last)
	if d.skip != "" {
		if d.fresh && quiet >= DefaultSilence || quiet >= lull*d.o.Silence {
			d.skip, d.fresh = "", false
			d.clear()
		}
		return
	}
	if quiet < d.o.Silence || d.o.Suffix == Auto && d.end.unknown() && quiet < caution*d.o.Silence {
		return
	}
	if d.flushDead(); len(d.items) == 0 {
		d.clear()
		return
	}
	if !d.end.mayBeSilent(d.o.Suffix) {
		// The code stalled, or its end was lost. What comes next may be its rest,
		// which must not pass for a code.
		d.drop("code ended without the suffix of the codes before it")
		return
	}
	d.finish(at)
}

// Busy says that a code has begun and has not ended.
func (d *Decoder) Busy() bool {
	return len(d.items) > 0 || d.skip != "" && !d.fresh || d.alt.digits > 0
}

// Overflow says that keys were lost before they came here (SYN_DROPPED of
// Linux): the code in hand is not to be trusted, nor what follows up to its end.
func (d *Decoder) Overflow(at time.Time) {
	clear(d.held)
	d.mods = 0
	d.drop("keys were lost in the kernel")
	d.last = at
}

// drop throws away the code in hand and what comes until it has ended.
func (d *Decoder) drop(reason string) {
	if d.skip == "" || d.fresh {
		d.sink.Lost(reason)
	}
	d.skip, d.fresh = reason, false
	d.clear()
}

func (d *Decoder) clear() { d.items, d.dead, d.alt = d.items[:0], 0, altCode{} }

// put adds a character to the code. A suffix may also come as Ctrl+M or by
// number; the line feed of CR LF comes after the code has ended.
func (d *Decoder) put(i item) {
	switch {
	case i.char == '\r' && d.ends(0x28), i.char == '\t' && d.ends(0x2b):
		d.suffix(d.last)
	case i.char == '\n' && len(d.items) == 0:
	case len(d.items) >= driver.MaxScan:
		d.drop("code without end")
	default:
		d.items = append(d.items, i)
	}
}

// press takes a key that goes down, no modifier.
func (d *Decoder) press(usage uint8, at time.Time) {
	d.last = at
	ends := d.ends(usage)
	switch {
	case d.skip != "":
		if d.fresh {
			d.drop(d.skip)
		}
		if ends {
			d.skip = ""
		}
	case ends:
		d.suffix(at)
	default:
		d.character(usage)
	}
}

// suffix ends the code.
func (d *Decoder) suffix(at time.Time) {
	d.flushDead()
	if len(d.items) > 0 {
		d.end.suffixed()
		d.finish(at)
	}
}

// ends says whether a key is the suffix.
func (d *Decoder) ends(usage uint8) bool {
	enter := usage == 0x28 || usage == 0x58
	switch d.o.Suffix {
	case Auto:
		return enter || usage == 0x2b
	case Enter:
		return enter
	case Tab:
		return usage == 0x2b
	}
	return false
}

// finish delivers the code.
func (d *Decoder) finish(at time.Time) {
	data := text(d.items)
	d.clear()
	if d.o.GS != "" {
		data = strings.ReplaceAll(data, d.o.GS, "\x1d")
	}
	data = strings.Trim(data, "\r\n")
	data = strings.TrimPrefix(strings.TrimLeft(data, "\x01\x02"), d.o.Prefix)
	if d.o.Suffix == Silence {
		data = strings.TrimRight(data, "\t\r\n")
	}
	if data != "" {
		d.sink.Scanned(driver.Scan{At: at, Data: []byte(data)})
	}
}
