// Package hid drives USB scanners by their reports: in HID-POS mode, in
// IBM/Toshiba OEM mode, and in keyboard mode where raw reports are wanted. It reads
// through karalabe/hid, and on Linux through the kernel's own hidraw where there is
// one.
//
// # Why not the library alone
//
// The library's reader on Linux (hidapi over libusb) asks the device for a report
// with a limit of five seconds, and asks anew when they are over. A report that came
// but was not collected yet in that moment is in its hands then, marked as timed
// out, and hidapi looks only at those that are not: it forgets the report (read_callback
// in libusb/hid.c; libusb itself keeps the data). Five seconds after the last code
// is when a next one is likely to come, and of a code of several reports it is the
// first that goes: what is left would come out as a shorter code. In the virtual
// machine, where the moment is long, 11 of 96 codes that came then were lost, and
// none of as many through hidraw, which keeps 63 reports and asks without a limit.
// The library can not be told another limit. So it reads on Windows, whose reader
// has no such limit, and on a Linux that shows no hidraw file (a kernel or a
// container without).
//
// # One goroutine, one thread
//
// hidapi frees in Close what another thread may still read, so the goroutine of
// Run opens, reads, writes and closes, locked to its thread. It never waits for
// the stages behind it: hidapi keeps 30 reports and drops the oldest without a
// word, hidraw 63 and drops the newest, and a long code would come out shortened. So
// a second goroutine hands the scans on, from a queue. Where the machine kept the
// reader from its thread so long that all places may have been taken, what was read
// is thrown away and counted.
//
// # Whose device
//
// A keyboard that is read through hidraw is grabbed like those of package evdev,
// and types again when the program ends in whatever way. A scanner in HID-POS or OEM
// mode types nothing, and the kernel shows its reports to every program that asks: a
// second tillgate is kept out by a lock, a POS that opens the scanner itself reads
// along.
//
// The library takes the device from the kernel's driver and gives it back when it is
// closed. A scanner in keyboard mode that has a HID-POS interface beside the keyboard
// is told to send its codes there, and to type again when it is closed. A daemon that
// was killed does neither: a second process does it (Guard), and the next daemon when
// it starts.
//
// A keyboard is never taken unless something shows that it is a scanner, or the
// configuration says so.
package hid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// Name is the name of the driver in the configuration, and the beginning of the
// identities it gives.
const Name = "hid"

// Driver runs the HID scanners of the configuration.
type Driver struct {
	bus     bus
	sources []*source
	guard   Guard
}

// New checks the configuration. The error is, or joins, *usb.ConfigError.
func New(cfgs []Config) (*Driver, error) { return newOn(machine{}, cfgs) }

func newOn(b bus, cfgs []Config) (*Driver, error) {
	d := &Driver{bus: b}
	var errs []error
	ids := map[string]int{}
	for i, cfg := range cfgs {
		s, err := cfg.parse(i)
		if first, twice := ids[s.id]; twice && err == nil {
			err = &usb.ConfigError{Driver: Name, Index: i, Key: "usb", Problem: fmt.Sprintf(
				"%q is %s scanner %d too; want serial_number or port at both to tell them apart", cfg.USB, Name, first+1)}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ids[s.id] = i
		d.sources = append(d.sources, newSource(b, s))
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

// Name is "hid".
func (d *Driver) Name() string { return Name }

// Sources are the scanners of the configuration, in its order.
func (d *Driver) Sources() []driver.Source { return driver.SourcesOf(d.sources) }

// Find lists the scanners that are plugged in and those of the configuration
// that are not. It opens none of them.
func (d *Driver) Find(ctx context.Context) ([]driver.Info, error) {
	nodes, err := d.bus.list()
	if err != nil {
		return nil, err
	}
	var found []driver.Info
	named := map[string]bool{}
	for _, s := range d.sources {
		info := s.Info()
		port := s.owned()
		if port == "" {
			c, err := s.locate(nodes)
			if err == nil {
				info, port = s.describe(c, ""), c.Port()
				err = d.bus.usable(c.node)
			}
			if err != nil {
				info.Problem = err.Error()
			}
		}
		named[port] = true
		found = append(found, info)
	}
	all := interfaces(nodes)
	for len(nodes) > 0 {
		var device []node
		device, nodes = splitDevice(nodes)
		if !named[device[0].Port()] {
			if info, ok := stranger(d.bus, device, all); ok {
				found = append(found, info)
			}
		}
	}
	return found, ctx.Err()
}

// Candidates are the scanners in HID-POS and OEM mode that are plugged in and that
// the configuration does not name, as sources for package enrol.
func (d *Driver) Candidates() ([]driver.Source, error) {
	nodes, err := d.bus.list()
	if err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for _, s := range d.sources {
		done[s.owned()] = true
		if c, err := s.locate(nodes); err == nil {
			done[c.Port()] = true
		}
	}
	all := interfaces(nodes)
	var found []driver.Source
	for len(nodes) > 0 {
		var device []node
		device, nodes = splitDevice(nodes)
		sel := usb.Selects(device[0].Interface, all)
		c, err := choose(device, settings{sel: sel})
		if err != nil || c.mode == keyboardMode || done[c.Port()] {
			continue
		}
		found = append(found, newSource(d.bus, settings{id: Name + ":" + sel.ID(), sel: sel, guard: d.guard}))
	}
	return found, nil
}

// splitDevice takes the interfaces of the first device.
func splitDevice(nodes []node) (device, rest []node) {
	for _, n := range nodes {
		if n.Port() == nodes[0].Port() {
			device = append(device, n)
		} else {
			rest = append(rest, n)
		}
	}
	return device, rest
}

// stranger describes a device that the configuration does not name; ok is false
// for one that is no scanner.
func stranger(b bus, device []node, all []usb.Interface) (info driver.Info, ok bool) {
	n := device[0]
	sel := usb.Selects(n.Interface, all)
	info = driver.Info{ID: Name + ":" + sel.ID(), Driver: Name, Path: n.Path, Name: n.Name(), VID: n.VID, PID: n.PID, Serial: n.Serial}
	because := usb.ScannerBecause(interfaces(device))
	c, err := choose(device, settings{sel: sel, trust: because != ""})
	switch {
	case err == nil && c.mode == keyboardMode: // package evdev lists it
		return info, false
	case err == nil:
		info.Path = c.Path
		info.Mode = newReader(c, settings{}, nil, time.Time{}).Mode()
		info.Problem = fmt.Sprintf("not in the configuration; add a scanner with driver = %q and %s", Name, sel.TOML())
		if err := b.usable(c.node); err != nil {
			info.Problem += "; " + err.Error()
		}
	case because == "":
		return info, false
	default:
		info.Problem = err.Error()
	}
	return info, true
}
