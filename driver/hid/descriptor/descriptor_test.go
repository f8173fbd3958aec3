package descriptor

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestScannersOfEveryMode(t *testing.T) {
	for _, tt := range []struct {
		scanner      usb.Scanner
		page, id     uint16
		kind         Kind
		report       uint8
		len          int
		data, dataAt int // count and byte offset of the field that holds the label
		field        Usage
	}{
		{usb.HoneywellPOS(""), 0x8c, 0x02, Input, 2, 64, 56, 5, Usage{0x8c, 0xfe}},
		{usb.ZebraPOS(""), 0x8c, 0x02, Input, 2, 64, 56, 6, Usage{0x8c, 0xfe}},
		{usb.NewlandPOS(""), 0x8c, 0x02, Input, 2, 64, 56, 2, Usage{0x8c, 0xfe}},
		{usb.OEM(""), 0xff45, 0x4b00, Input, 0, 64, 64, 0, Usage{0xff45, 0x4a02}},
		{usb.OEMTable(""), 0xff45, 0x4a00, Input, 0, 64, 64, 0, Usage{0xff45, 0x4a02}},
	} {
		t.Run(tt.scanner.Name, func(t *testing.T) {
			d, err := Parse(tt.scanner.Descriptor)
			if err != nil {
				t.Fatal(err)
			}
			if !d.Is(tt.page, tt.id) {
				t.Errorf("applications %v", d.Applications)
			}
			if got := d.Len(tt.kind, tt.report); got != tt.len {
				t.Errorf("report of %d bytes, want %d", got, tt.len)
			}
			f, ok := d.Find(tt.kind, tt.field.Page, tt.field.ID)
			at, whole := f.Byte()
			if !ok || !whole || f.Count != tt.data || at != tt.dataAt {
				t.Errorf("label at %d, %d bytes (found %v): %+v", at, f.Count, ok, f)
			}
		})
	}
}

func TestHoneywellTrigger(t *testing.T) {
	d, err := Parse(usb.HoneywellPOS("").Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	for id, bit := range map[uint16]int{0x5f: 9, 0x60: 10, 0x85: 13, 0x86: 14} {
		if f, ok := d.Find(Output, 0x8c, id); !ok || f.Bit != bit || f.Report != 4 {
			t.Errorf("usage %02x: %+v, want bit %d of report 4", id, f, bit)
		}
	}
	if d.Len(Feature, 0xfe) != 2 || d.Len(Output, 0xfd) != 64 {
		t.Error("redirection or command tunnel not found")
	}
}

// The boot keyboard of HID 1.11, appendix B.1, with the LEDs.
const bootKeyboard = "05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508150025650507190029658100c0"

func TestBootKeyboard(t *testing.T) {
	d, err := Parse(unhex(t, bootKeyboard))
	if err != nil {
		t.Fatal(err)
	}
	if !d.Is(1, 6) || d.Numbered || d.Len(Input, 0) != 8 || d.Len(Output, 0) != 1 {
		t.Errorf("%+v", d)
	}
	last := d.Fields[len(d.Fields)-1]
	if !last.Array() || last.Count != 6 || last.Bit != 16 || last.Usage != (Usage{7, 0}) || last.Last != (Usage{7, 0x65}) {
		t.Errorf("keys: %+v", last)
	}
	if f, ok := d.Find(Input, 7, 0xe2); !ok || f.Bit != 2 {
		t.Errorf("left Alt: %+v", f)
	}
}

func TestDamaged(t *testing.T) {
	for _, s := range []string{
		"05",                       // item cut off
		"fe0500",                   // long item cut off
		"c0",                       // end without begin
		"b4",                       // pop without push
		"8500",                     // report id 0
		"75ff97ffffffff8102",       // a report of gigabytes
		strings.Repeat("a101", 65), // a tower of collections
		strings.Repeat("a4", 65),   // a tower of states
		"7501" + strings.Repeat("95010901 8102", 5000), // fields without end
	} {
		if d, err := Parse(unhex(t, s)); err == nil {
			t.Errorf("%.20s taken for %+v", s, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []usb.Scanner{usb.HoneywellPOS(""), usb.ZebraPOS(""), usb.NewlandPOS(""), usb.OEM(""), usb.OEMTable(""), usb.Wedge("")} {
		f.Add(s.Descriptor)
	}
	f.Add(unhex(f, bootKeyboard))
	f.Add([]byte{0xfe, 1, 2, 3, 0xc0})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		for _, x := range d.Fields {
			if end := x.Bit + x.Size*x.Count; end > 8*d.Len(x.Kind, x.Report) || x.Count < 1 {
				t.Fatalf("field %+v ends beyond its report of %d bytes", x, d.Len(x.Kind, x.Report))
			}
		}
	})
}
