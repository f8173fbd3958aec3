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
	"github.com/tillgate/tillgate/driver/hid/segments"
)

// Reader puts reports together to scans.
type Reader struct {
	segments.Code
	sink   segments.Sink
	vid    uint16
	layout Layout // zero until it is known

	aim    string // of a code that has begun
	codeID byte
}

// NewReader makes a reader of reports in a known layout.
func NewReader(l Layout, sink segments.Sink) *Reader {
	return &Reader{Code: segments.New("code", sink), sink: sink, layout: l}
}

// NewProbing makes a reader that finds the layout by the first report.
func NewProbing(vid uint16, sink segments.Sink) *Reader {
	return &Reader{Code: segments.New("code", sink), sink: sink, vid: vid}
}

// NewFor makes the reader that fits a device: by its descriptor, or probing if
// that is nil or says too little.
func NewFor(d *descriptor.Descriptor, vid uint16, sink segments.Sink) *Reader {
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
		r.Drop(fmt.Sprintf("report of %d bytes where %d were announced", len(report), l.Len))
		return
	}
	n := int(report[l.Count])
	if n > l.Room {
		r.Drop(fmt.Sprintf("report counts %d bytes of data and has room for %d", n, l.Room))
		return
	}
	aim, id := r.identifiers(report)
	if r.Busy() && (aim != r.aim || id != r.codeID) {
		r.Drop("another code began before the last one had ended")
	}
	r.aim, r.codeID = aim, id
	more := l.More >= 0 && report[l.More]&l.Mask != 0
	kind := uint32(id)
	if aim != "" {
		kind |= uint32(aim[1])<<16 | uint32(aim[2])<<8
	}
	if code, done := r.Add(report[l.Data:l.Data+n], kind, more, at); done {
		r.finish(code, at)
	}
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
func (r *Reader) finish(code []byte, at time.Time) {
	data := trimSuffix(code)
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
