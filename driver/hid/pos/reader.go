// Package pos reads the reports of scanners in HID-POS mode (usage page 0x8C).
//
// The standard names what a report may hold and leaves the order to the vendor.
// Three orders are known; the report descriptor tells them apart, and where it
// can not be had, the vendor id and a look at the report do.
//
// A code longer than 56 bytes comes in several reports, each but the last marked
// as continued. Reports have no numbers, so a lost one can not be seen; what can
// be seen (a pause, another symbology in the middle) ends the code without
// delivering it. A code is delivered whole or not at all.
package pos

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
)

// Timeout is how long the next report of a continued code may take. Scanners
// send the reports of one code 1 to 8 ms apart.
const Timeout = 500 * time.Millisecond

// Sink takes what a Reader finds; a driver.Till is one.
type Sink interface {
	Scanned(driver.Scan)
	Lost(reason string)
}

// Reader puts reports together to scans.
type Reader struct {
	sink   Sink
	vid    uint16
	layout Layout // zero until it is known

	part   []byte // of a code that continues
	open   bool   // a code has begun and goes on
	aim    string
	codeID byte
	last   time.Time
}

// NewReader makes a reader of reports in a known layout.
func NewReader(l Layout, sink Sink) *Reader { return &Reader{sink: sink, layout: l} }

// NewProbing makes a reader that finds the layout by the first report.
func NewProbing(vid uint16, sink Sink) *Reader { return &Reader{sink: sink, vid: vid} }

// NewFor makes the reader that fits a device: by its descriptor, or probing if
// that is nil or says too little.
func NewFor(d *descriptor.Descriptor, vid uint16, sink Sink) *Reader {
	if d != nil {
		if l, err := LayoutOf(d, vid); err == nil {
			return NewReader(l, sink)
		}
	}
	return NewProbing(vid, sink)
}

// Mode names the layout, for reports.
func (r *Reader) Mode() string {
	if r.layout.Len == 0 {
		return "HID-POS (layout found by the first scan)"
	}
	return "HID-POS (" + r.layout.Name + ")"
}

// Feed takes one input report, with its id in front if the device numbers them,
// and the time it came in.
func (r *Reader) Feed(report []byte, at time.Time) {
	r.Tick(at)
	if r.layout.Len == 0 {
		l, err := Guess(report, r.vid)
		if err != nil {
			if len(report) > 0 && report[0] == 2 {
				r.sink.Lost(err.Error())
			}
			return
		}
		r.layout = l
	}
	l := r.layout
	if l.Report != 0 && (len(report) == 0 || report[0] != l.Report) {
		return // a report of another kind: status, cradle, the vendor's own
	}
	if len(report) < l.Len {
		r.drop(fmt.Sprintf("report of %d bytes where %d were announced", len(report), l.Len))
		return
	}
	n := int(report[l.Count])
	if n > l.Room {
		r.drop(fmt.Sprintf("report counts %d bytes of data and has room for %d", n, l.Room))
		return
	}
	aim, id := r.identifiers(report)
	if r.open && (aim != r.aim || id != r.codeID) {
		r.drop("another code began before the last one had ended")
	}
	if len(r.part)+n > driver.MaxScan {
		r.drop("code without end")
		return
	}
	r.part = append(r.part, report[l.Data:l.Data+n]...)
	r.aim, r.codeID, r.last = aim, id, at
	r.open = l.More >= 0 && report[l.More]&l.Mask != 0
	if !r.open {
		r.finish(at)
	}
}

// Tick drops a code whose next report does not come. Call it now and then while
// no report comes in.
func (r *Reader) Tick(at time.Time) {
	if r.open && at.Sub(r.last) > Timeout {
		r.drop("the rest of a long code did not come")
	}
}

// Busy says that a code has begun and goes on.
func (r *Reader) Busy() bool { return r.open }

// Reset forgets a code that has begun, for a device that is opened anew or a
// reader that fell behind; it says whether there was one.
func (r *Reader) Reset() bool {
	was := r.open
	r.part, r.open = nil, false
	return was
}

func (r *Reader) drop(reason string) {
	r.Reset()
	r.sink.Lost(reason)
}

// identifiers reads the AIM identifier, "" if there is none, and the code id.
func (r *Reader) identifiers(report []byte) (aim string, id byte) {
	if at := r.layout.AIM; at >= 0 && report[at] == ']' {
		aim = string(report[at : at+3])
	}
	if r.layout.CodeID >= 0 {
		id = report[r.layout.CodeID]
	}
	return aim, id
}

// finish delivers the code that is complete.
func (r *Reader) finish(at time.Time) {
	data := trimSuffix(r.part)
	r.part = nil
	if r.isMenuReply() {
		return
	}
	if len(data) == 0 {
		r.sink.Lost("empty report")
		return
	}
	s := driver.Scan{At: at, Data: data, AIM: r.aim, Vendor: r.layout.Vendor}
	// Zebra's code ids in HID-POS are Honeywell's letters, not those of its other
	// modes, and say less than the AIM identifier that comes with them.
	if letter := r.codeID; letter > ' ' && letter < 0x7f && (r.layout.Vendor != driver.VendorZebra || r.aim == "") {
		s.CodeID = string(rune(letter))
		if s.Vendor == driver.VendorZebra {
			s.Vendor = driver.VendorHoneywell
		}
	}
	r.sink.Scanned(s)
}

// isMenuReply knows the answers of Honeywell scanners to menu commands, which
// come as scanned data: the echo with AIM identifier ]Z6 and the text of the
// answer with ]X0 and code id '?'. (Captured; the vendor documents only that
// answers come in band.)
func (r *Reader) isMenuReply() bool {
	return r.layout.Vendor == driver.VendorHoneywell && (r.aim == "]Z6" || r.aim == "]X0" && r.codeID == '?')
}

// trimSuffix takes off the one terminator that a scanner may have been told to
// add; it is part of data and count.
func trimSuffix(b []byte) []byte {
	b, _ = bytes.CutSuffix(b, []byte{'\n'})
	b, _ = bytes.CutSuffix(b, []byte{'\r'})
	return b
}
