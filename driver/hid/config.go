package hid

import (
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/hid/pos"
	"github.com/tillgate/tillgate/driver/usb"
)

// Config is one USB scanner that is read by its reports: in HID-POS
// mode, in IBM/Toshiba OEM mode, or a keyboard taken from the system. The keys
// of the keyboard (country, suffix, …) apply to the last alone.
type Config struct {
	usb.Naming
	keyboard.Setup
	// "hid-pos", "oem" or "keyboard". Left out: what the scanner offers, in this
	// order.
	Mode string `toml:"mode"`
	// Layout of HID-POS reports: "honeywell", "zebra" or "newland". Left out: as the
	// scanner itself describes them.
	Layout string `toml:"layout"`
	// Says that a device is a scanner although nothing about it shows that. Only
	// then may a keyboard of unknown make be taken from the system. Left out: false.
	Trust bool `toml:"trust"`
}

// mode is how a scanner is spoken to.
type mode uint8

const (
	anyMode mode = iota
	posMode
	oemMode
	keyboardMode
)

var modes = map[string]mode{"": anyMode, "hid-pos": posMode, "oem": oemMode, "keyboard": keyboardMode}

// settings is a Config that has been checked and understood.
type settings struct {
	id     string
	sel    usb.Selector
	beside *usb.Neighbours // the scanners of the till; nil for one that is not its own
	mode   mode
	layout *pos.Layout
	keys   keyboard.Options
	trust  bool
	guard  Guard // nil if there is none
}

// parse checks the configuration of scanner number index.
func (c Config) parse(index int) (settings, error) {
	var errs []error
	bad := func(key, problem string) {
		errs = append(errs, &usb.ConfigError{Driver: Name, Index: index, Key: key, Problem: problem})
	}
	s := settings{sel: c.Selector(bad), keys: c.Options(bad), trust: c.Trust}
	s.keys.Raw = true
	s.id = c.Identity(Name, s.sel)
	var ok bool
	if s.mode, ok = modes[c.Mode]; !ok {
		bad("mode", fmt.Sprintf(`%q; want "hid-pos", "oem" or "keyboard"`, c.Mode))
	}
	if c.Layout != "" {
		l, ok := pos.Layouts[c.Layout]
		if s.layout = &l; !ok {
			bad("layout", fmt.Sprintf(`%q; want "honeywell", "zebra" or "newland"`, c.Layout))
		}
	}
	return s, errors.Join(errs...)
}
