package hid

import (
	"fmt"
	"runtime"

	"github.com/tillgate/tillgate/driver/hid/descriptor"
	"github.com/tillgate/tillgate/driver/usb"
)

// kindOf says what an interface offers: by its descriptor, or by the usage of
// its top-level collection. A mode of anyMode is nothing that is read here.
func kindOf(n node) (m mode, table bool, d *descriptor.Descriptor) {
	d, err := descriptor.Parse(n.Descriptor)
	if err != nil || len(n.Descriptor) == 0 {
		d = nil
	}
	page, usage := n.page, n.usage
	if d != nil {
		for _, u := range d.Applications {
			if page != 0x8c && page != 0xff45 {
				page, usage = u.Page, u.ID
			}
		}
	}
	switch {
	case page == 0x8c && usage == 0x02:
		return posMode, false, d
	case page == 0xff45 && (usage == 0x4a00 || usage == 0x4b00):
		return oemMode, usage == 0x4a00, d
	case n.Keyboard() || page == 0x01 && usage == 0x06:
		return keyboardMode, false, d
	}
	return anyMode, false, d
}

// choice is the interface to open and how to read it.
type choice struct {
	node
	mode  mode
	table bool
	desc  *descriptor.Descriptor
	typed bool // the device has a keyboard interface too, into which it would type
}

// choose finds the interface of a device that is to be read.
func choose(device []node, s settings) (choice, error) {
	var best *choice
	typed := false
	for _, n := range device {
		m, table, d := kindOf(n)
		typed = typed || m == keyboardMode
		if m == anyMode || s.mode != anyMode && s.mode != m {
			continue
		}
		if best == nil || m < best.mode {
			best = &choice{node: n, mode: m, table: table, desc: d}
		}
	}
	if t := takenFrom(device); t != nil && (best == nil || best.Taken() || best.mode == keyboardMode && s.mode == anyMode) {
		return choice{}, t.TakenError()
	}
	if best == nil {
		return choice{}, offersNothing(device, s)
	}
	best.typed = typed && best.mode != keyboardMode
	if best.mode == keyboardMode {
		if err := takeable(device, s); err != nil {
			return choice{}, err
		}
	}
	return *best, nil
}

// takenFrom is an interface that a program has taken from the system, nil if there is
// none. What it is the system does not show then.
func takenFrom(device []node) *usb.Interface {
	for _, n := range device {
		if n.Taken() {
			return &n.Interface
		}
	}
	return nil
}

func offersNothing(device []node, s settings) error {
	if hint := usb.Hint(s.sel.VID, s.sel.PID); hint != "" {
		return fmt.Errorf("USB scanner %s: %s", s.sel.ID(), hint)
	}
	want := map[mode]string{anyMode: "HID-POS, OEM or keyboard", posMode: "HID-POS", oemMode: "OEM", keyboardMode: "keyboard"}[s.mode]
	return fmt.Errorf("USB scanner %s is plugged in but offers no %s interface: scan the setup barcode for USB HID-POS in its manual, or for USB-COM and use driver = \"serial\"",
		s.sel.ID(), want)
}

// takeable says whether a keyboard may be taken from the system: never one that
// people type on.
func takeable(device []node, s settings) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("USB scanner %s is in keyboard mode, and this system lets no program have a keyboard for itself: scan the setup barcode for USB HID-POS or USB-COM in its manual, or use driver = \"wedge\" to read along", s.sel.ID())
	}
	if s.trust || usb.ScannerBecause(interfaces(device)) != "" {
		return nil
	}
	return fmt.Errorf("%s (%s) looks like an ordinary keyboard and is left alone: if it is a scanner, set trust = true", device[0].Name(), device[0].IDs())
}

func interfaces(ns []node) []usb.Interface {
	is := make([]usb.Interface, len(ns))
	for k, n := range ns {
		is[k] = n.Interface
	}
	return is
}
