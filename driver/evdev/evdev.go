// Package evdev drives scanners in keyboard mode on Linux: it grabs their event
// devices (EVIOCGRAB), so that nothing of a scan is typed into a window.
//
// The kernel ends a grab when the file is closed, and so when the daemon dies in
// whatever way: the scanner types again at once. That is why this is the
// preferred way to take a keyboard, and package hid the one for scanners that
// must be read from raw reports.
//
// What is read is key positions: the layout of the till and its Caps Lock have no
// effect (package keyboard). The kernel keeps 64 events for a reader that is
// late, which is less than one scan; when they overflow, it says so, and the code
// is thrown away and counted.
//
// A keyboard is never grabbed unless something shows that it is a scanner, or the
// configuration says so: a cashier with a dead keyboard can not even log in.
package evdev

import (
	"context"
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/usb"
)

// Name is the name of the driver in the configuration, and the beginning of the
// identities it gives.
const Name = "evdev"

// Config is one scanner in keyboard mode.
type Config struct {
	usb.Naming
	keyboard.Setup
	// Says that a device is a scanner although nothing about it shows that. Only
	// then is a keyboard of unknown make taken. Left out: false.
	Trust bool `toml:"trust"`
}

// settings is a Config that has been checked and understood.
type settings struct {
	id     string
	sel    usb.Selector
	beside *usb.Neighbours // the scanners of the till; nil for one that is not its own
	keys   keyboard.Options
	trust  bool
}

// Driver runs the scanners of the configuration.
type Driver struct{ sources []*source }

// New checks the configuration. The error is, or joins, *usb.ConfigError.
func New(cfgs []Config) (*Driver, error) {
	d := &Driver{}
	var errs []error
	ids := map[string]int{}
	for i, c := range cfgs {
		was := len(errs)
		bad := func(key, problem string) {
			errs = append(errs, &usb.ConfigError{Driver: Name, Index: i, Key: key, Problem: problem})
		}
		s := settings{sel: c.Selector(bad), keys: c.Options(bad), trust: c.Trust}
		s.id = c.Identity(Name, s.sel)
		if first, twice := ids[s.id]; twice && len(errs) == was {
			bad("usb", fmt.Sprintf("%q is %s scanner %d too; want serial_number or port at both to tell them apart", c.USB, Name, first+1))
		}
		if len(errs) == was {
			ids[s.id] = i
			d.sources = append(d.sources, newSource(s))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	d.Join(new(usb.Neighbours))
	return d, nil
}

// Join takes the scanners in among those of the till. It is called before they run.
func (d *Driver) Join(n *usb.Neighbours) {
	for _, s := range d.sources {
		n.Add(s.set.sel)
		s.set.beside = n
	}
}

// Name is "evdev".
func (d *Driver) Name() string { return Name }

// Sources are the scanners of the configuration, in its order.
func (d *Driver) Sources() []driver.Source { return driver.SourcesOf(d.sources) }

// Find lists the scanners in keyboard mode that are plugged in, and those of the
// configuration that are not. It opens none of them. Scanners that offer a better
// mode beside the keyboard are left to package hid.
func (d *Driver) Find(ctx context.Context) ([]driver.Info, error) {
	all, err := usb.List()
	if err != nil {
		return nil, err
	}
	return d.find(all), ctx.Err()
}

// Candidates are the scanners in keyboard mode that are plugged in and that the
// configuration does not name, as sources for package enrol.
func (d *Driver) Candidates() ([]driver.Source, error) {
	all, err := usb.List()
	if err != nil {
		return nil, err
	}
	return d.candidates(all), nil
}

func (d *Driver) candidates(all []usb.Interface) (found []driver.Source) {
	done := map[string]bool{}
	for _, s := range d.sources {
		if device, err := s.locate(all); err == nil {
			done[device[0].Port()] = true
		}
	}
	for _, i := range all {
		if done[i.Port()] || !i.Keyboard() {
			continue
		}
		done[i.Port()] = true
		if device := usb.Device(all, i.Port()); usb.ScannerBecause(device) != "" && !usb.OffersMore(device) {
			sel := usb.Selects(i, all)
			found = append(found, newSource(settings{id: Name + ":" + sel.ID(), sel: sel, keys: keyboard.Options{Silence: keyboard.DefaultSilence}}))
		}
	}
	return found
}

func (d *Driver) find(all []usb.Interface) []driver.Info {
	var found []driver.Info
	named := map[string]bool{}
	for _, s := range d.sources {
		info := s.Info()
		device, err := s.locate(all)
		if err != nil {
			info.Problem = err.Error()
		} else {
			info = s.describe(device[0])
			named[device[0].Port()] = true
			if err := permitted(device[0]); err != nil {
				info.Problem = err.Error()
			}
		}
		found = append(found, info)
	}
	for _, i := range all {
		if named[i.Port()] || !i.Keyboard() {
			continue
		}
		named[i.Port()] = true
		device := usb.Device(all, i.Port())
		because := usb.ScannerBecause(device)
		if because == "" || usb.OffersMore(device) {
			continue
		}
		sel := usb.Selects(i, all)
		info := newSource(settings{id: Name + ":" + sel.ID(), sel: sel}).describe(i)
		info.Problem = fmt.Sprintf("not in the configuration; %s: it types into whatever window is in front. Add a scanner with driver = %q and %s, or better scan the setup barcode for USB HID-POS in its manual",
			because, Name, sel.TOML())
		if i.Taken() {
			info.Problem = i.TakenError().Error()
		}
		found = append(found, info)
	}
	return found
}
