package pos

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
)

// The usages of a scanned data report: "USB-IF Point of Sale Usage Tables 1.02",
// bar code scanner page. The byte count is of the generic desktop page: the POS
// page has none, and Honeywell and Zebra chose the same.
const (
	pageScanner = 0x8c
	pageDesktop = 0x01
	pageVendor  = 0xff66 // Honeywell's, followed by Zebra and Newland

	usageScanner   = 0x02
	usageAIM1      = 0xfb
	usageAIM2      = 0xfc
	usageAIM3      = 0xfd
	usageData      = 0xfe
	usageContinued = 0xff
	usageByteCount = 0x3b
	usageCodeID    = 0x04 // on pageVendor
)

// Layout says where a scanned data report holds what; offsets are in bytes from
// the start of the report, and -1 for what is not there.
type Layout struct {
	Name   string
	Vendor driver.Vendor // whose AIM habits and code ids the reports follow
	Report uint8         // report id, 0 if reports are not numbered
	Len    int           // length of the report
	Count  int           // the byte that holds how much of the data is used
	AIM    int           // the first of three bytes
	Data   int
	Room   int // bytes of data in one report
	CodeID int
	More   int  // the byte with the flag "decode data continued"
	Mask   byte // the flag in it
}

// The layouts that are known. Honeywell's and Zebra's are proven by captures,
// Newland's stands as a table in its manuals. Each has report id 2 and 63 bytes.
var (
	Honeywell = Layout{Name: "Honeywell", Vendor: driver.VendorHoneywell, Report: 2, Len: 64, Count: 1, AIM: 2, Data: 5, Room: 56, CodeID: 61, More: 63, Mask: 1}
	Zebra     = Layout{Name: "Zebra", Vendor: driver.VendorZebra, Report: 2, Len: 64, Count: 1, AIM: 3, Data: 6, Room: 56, CodeID: 62, More: 63, Mask: 1}
	Newland   = Layout{Name: "Newland", Vendor: driver.VendorNewland, Report: 2, Len: 64, Count: 1, AIM: -1, Data: 2, Room: 56, CodeID: 62, More: 63, Mask: 1}
)

// Layouts are the known layouts by their name in the configuration.
var Layouts = map[string]Layout{"honeywell": Honeywell, "zebra": Zebra, "newland": Newland}

// LayoutOf takes the layout out of a report descriptor. The vendor id only says
// whose code ids apply.
func LayoutOf(d *descriptor.Descriptor, vid uint16) (Layout, error) {
	data, ok := d.Find(descriptor.Input, pageScanner, usageData)
	at, whole := data.Byte()
	if !ok || !whole {
		return Layout{}, errors.New("report descriptor has no decoded data (8C:FE) in whole bytes")
	}
	l := Layout{Name: "as described", Vendor: vendorOf(vid), Report: data.Report, Len: d.Len(descriptor.Input, data.Report),
		Data: at, Room: data.Count, Count: -1, AIM: -1, CodeID: -1, More: -1}
	find := func(page, id uint16) (descriptor.Field, bool) {
		f, ok := d.Find(descriptor.Input, page, id)
		return f, ok && f.Report == data.Report
	}
	if f, ok := find(pageDesktop, usageByteCount); ok {
		if at, whole := f.Byte(); whole {
			l.Count = at
		}
	}
	if l.Count < 0 {
		return Layout{}, errors.New("report descriptor has no byte count (01:3B)")
	}
	if f, ok := find(pageScanner, usageContinued); ok {
		l.More, l.Mask = f.Bit/8, 1<<(f.Bit%8)
	}
	if f, ok := find(pageVendor, usageCodeID); ok {
		if at, whole := f.Byte(); whole {
			l.CodeID = at
		}
	}
	l.AIM = aimOf(find)
	for _, k := range []Layout{Honeywell, Zebra, Newland} {
		if k.AIM == l.AIM && k.Data == l.Data && k.Count == l.Count {
			l.Name = k.Name
			if l.Vendor == driver.VendorUnknown {
				l.Vendor = k.Vendor
			}
		}
	}
	return l, nil
}

// aimOf finds three symbology identifier bytes that follow each other.
func aimOf(find func(page, id uint16) (descriptor.Field, bool)) int {
	first := -1
	for i, id := range []uint16{usageAIM1, usageAIM2, usageAIM3} {
		f, ok := find(pageScanner, id)
		at, whole := f.Byte()
		if !ok || !whole || i > 0 && at != first+i {
			return -1
		}
		if i == 0 {
			first = at
		}
	}
	return first
}

// Guess finds the layout by looking at a report, for when the descriptor can not
// be had. A Newland is known by its vendor id alone: its data may begin with an
// AIM identifier that somebody configured as a prefix, and would then look like
// Honeywell's.
func Guess(r []byte, vid uint16) (Layout, error) {
	if len(r) != 64 || r[0] != 2 {
		return Layout{}, fmt.Errorf("report %#02x of %d bytes is not a scanned data report", first(r), len(r))
	}
	v := vendorOf(vid)
	n := int(r[1])
	switch {
	case v == driver.VendorNewland:
		return Newland, nil
	case r[2] == ']':
		return Honeywell, nil
	case r[3] == ']' && r[2] == 0:
		return Zebra, nil
	case v == driver.VendorHoneywell:
		return Honeywell, nil
	case v == driver.VendorZebra:
		return Zebra, nil
	case n > 0 && n <= 56 && len(bytes.Trim(r[2+n:58], "\x00")) == 0:
		return Newland, nil
	}
	return Layout{}, errors.New("report fits no layout that is known")
}

func first(r []byte) byte {
	if len(r) == 0 {
		return 0
	}
	return r[0]
}

// vendorOf knows the USB vendor ids of those who have a layout.
func vendorOf(vid uint16) driver.Vendor {
	switch vid {
	case 0x0c2e, 0x23d0, 0x0536:
		return driver.VendorHoneywell
	case 0x05e0:
		return driver.VendorZebra
	case 0x1eab:
		return driver.VendorNewland
	case 0x05f9:
		return driver.VendorDatalogic
	}
	return driver.VendorUnknown
}
