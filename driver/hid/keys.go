package hid

import (
	"time"

	"github.com/tillgate/tillgate/driver/hid/descriptor"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

// keys reads the reports of a keyboard.
//
// The system asks a boot keyboard for reports as its descriptor has them, which
// need not be boot reports: scanners that have keys for the volume too put an id
// before them, and some leave the reserved byte out.
type keys struct {
	*keyboard.Decoder
	numbered  bool
	report    uint8
	modifiers int // byte of the modifiers
	first     int // byte of the first key
	count     int // of keys
}

// newKeys takes the layout of the reports out of the descriptor; without one, or
// with one that is not understood, they are boot reports.
func newKeys(d *descriptor.Descriptor, to *keyboard.Decoder) *keys {
	k := &keys{Decoder: to, modifiers: 0, first: 2, count: 6}
	if d == nil {
		return k
	}
	for _, f := range d.Fields {
		first, whole := f.Byte()
		if f.Kind != descriptor.Input || !f.Array() || f.Usage.Page != 7 || !whole {
			continue
		}
		m, ok := d.Find(descriptor.Input, 7, 0xe0)
		if !ok || m.Report != f.Report || m.Bit%8 != 0 || m.Size != 1 {
			continue
		}
		k.numbered, k.report, k.modifiers, k.first, k.count = d.Numbered, f.Report, m.Bit/8, first, min(f.Count, 6)
		return k
	}
	return k
}

// Feed makes a boot report of a report.
func (k *keys) Feed(report []byte, at time.Time) {
	if k.numbered && (len(report) == 0 || report[0] != k.report) {
		return // the volume keys
	}
	if len(report) < max(k.first+k.count, k.modifiers+1) {
		k.Report(nil, at) // says so
		return
	}
	boot := make([]byte, 8)
	boot[0] = report[k.modifiers]
	copy(boot[2:], report[k.first:k.first+k.count])
	k.Report(boot, at)
}

// Mode names the mode, for reports.
func (k *keys) Mode() string { return "keyboard, taken from the system" }
