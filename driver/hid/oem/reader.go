// Package oem reads the reports of scanners in IBM/Toshiba USB OEM mode (usage
// page 0xFF45), hand-held and table-top.
//
// A report of 64 bytes is: the number of bytes used, three bytes of status, the
// label, and after the label the symbology in one, three or four bytes. A long
// label comes in several reports. The mode was made for retail codes: some
// scanners withhold QR and other matrix codes in it, or send them with unknown
// symbology, until their own setup (Zebra: "IBM specification level 2.2") says
// otherwise.
package oem

import (
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
	"github.com/tillgate/tillgate/driver/hid/segments"
)

// Usages of the top-level collection. The same device may show further ones for
// a scale (6E00) and for firmware (A000): those are no scanner.
const (
	page     = 0xff45
	handheld = 0x4b00
	tabletop = 0x4a00
)

// IsScanner says whether a descriptor is that of a scanner in this mode, and
// whether it is a table-top.
func IsScanner(d *descriptor.Descriptor) (yes, table bool) {
	if d.Is(page, tabletop) {
		return true, true
	}
	return d.Is(page, handheld), false
}

// Reader puts reports together to scans.
type Reader struct {
	segments.Code
	sink   segments.Sink
	table  bool
	status Status
}

// NewReader makes a reader for a hand-held or a table-top scanner.
func NewReader(table bool, sink segments.Sink) *Reader {
	return &Reader{Code: segments.New("label", sink), sink: sink, table: table}
}

// Mode names the mode, for reports, and what the scanner says is wrong with it.
func (r *Reader) Mode() string {
	mode := "IBM OEM (hand-held)" + limit
	if r.table {
		mode = "IBM OEM (table-top)" + limit
	}
	if fault := r.status.Fault(); fault != "" {
		mode += Reports + fault
	}
	return mode
}

// Reports stands in Mode before what the scanner says is wrong with it.
const Reports = "; it reports: "

// limit is what people must know about the mode.
const limit = ", QR codes only if the scanner's own setup lets them through"

// Status is what the scanner said of itself last.
func (r *Reader) Status() Status { return r.status }

// Feed takes one input report and the time it came in.
func (r *Reader) Feed(report []byte, at time.Time) {
	r.Tick(at)
	if len(report) < 4 || int(report[0]) < 4 || int(report[0]) > len(report) {
		r.Drop("report with an impossible length")
		return
	}
	report = report[:report[0]]
	r.status = Status{report[1], report[2], report[3]}
	switch {
	case r.status.Trouble() != "":
		r.Drop("scanner reports: " + r.status.Trouble())
	case r.status.Answer() || len(report) == 4:
		// An answer to a command, or the status alone.
	default:
		r.label(report[4:], at)
	}
}

// label takes a label or a segment of one, with its symbology identifier.
func (r *Reader) label(b []byte, at time.Time) {
	n, more := 1, false
	switch b[len(b)-1] {
	case 0x00:
		n = 4 // known broken form: no type, only the flag
		more = len(b) >= n && b[len(b)-4]&0x10 != 0
	case 0x0b:
		n = 3 // flag, type, 0B
		more = len(b) >= n && b[len(b)-3] == 0x10
	}
	if len(b) < n {
		r.Drop(fmt.Sprintf("label of %d bytes is shorter than its symbology", len(b)))
		return
	}
	var sym symbology
	kind := uint32(n) << 8
	switch id := b[len(b)-n:]; n {
	case 1:
		sym, kind = short[id[0]], kind|uint32(id[0])
	case 3:
		sym, kind = long[id[1]], kind|uint32(id[1])
	}
	data, done := r.Add(b[:len(b)-n], kind, more, at)
	if !done {
		return
	}
	if len(data) == 0 {
		r.sink.Lost("empty label")
		return
	}
	if r.table && sym.digits {
		for i, c := range data {
			if c <= 9 {
				data[i] = c + '0'
			}
		}
	}
	r.sink.Scanned(driver.Scan{At: at, Data: data, AIM: sym.aim})
}
