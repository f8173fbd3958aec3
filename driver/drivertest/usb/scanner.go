// Package usb is barcode scanners made of software, at the level of bytes: what
// they call themselves, their descriptors, and the reports they send for a code.
//
// A Scanner is one model in one mode. Unit tests play its reports into a parser
// or through a pipe; Device makes a whole USB device of it, which package vhci
// plugs into the real kernel of a virtual machine. The shapes are those of the
// vendors' public descriptions and of captures from real devices; what is
// reconstructed says so.
package usb

// Code is what a scanner has in front of its window.
type Code struct {
	Data   []byte
	AIM    string // three characters, "" where the scanner sends none
	CodeID byte   // the vendor's letter for the symbology, 0 for none
}

// Scanner is one model of scanner in one mode.
type Scanner struct {
	Name         string // for tests: "honeywell-pos"
	VID, PID     uint16
	Manufacturer string
	Product      string
	Serial       string

	Subclass   uint8  // of the HID interface: 1 for a boot device
	Protocol   uint8  // of the HID interface: 1 for a keyboard
	Descriptor []byte // report descriptor; empty for a serial scanner
	Packet     int    // bytes of the endpoint, and of an input report
	oem        bool   // delivers nothing before the host has enabled it

	typable func(byte) bool // nil for a scanner that can deliver any byte

	// Reports are the input reports for a code, in order. For a serial scanner
	// they are the chunks of the stream.
	Reports func(Code) [][]byte
}

// Send returns the reports for plain data without identifiers.
func (s Scanner) Send(data string) [][]byte { return s.Reports(Code{Data: []byte(data)}) }

// chunks splits data for reports that hold n bytes; no data is one empty chunk.
func chunks(data []byte, n int) [][]byte {
	var cs [][]byte
	for {
		k := min(n, len(data))
		cs = append(cs, data[:k])
		if data = data[k:]; len(data) == 0 {
			return cs
		}
	}
}
