// Package wedge reads along with scanners in keyboard mode on Windows, through Raw
// Input.
//
// Reading along is all that Windows allows: it opens keyboards for itself alone,
// so no program can keep a scan from being typed into the window in front, nor
// read raw reports. What follows from that is said to the people at the till, and
// the way out is the better mode of the scanner:
//
//   - A card is typed into the POS as well as read here. The POS must be able to
//     live with that, for instance by ignoring codes it does not know.
//   - Raw Input reaches a program in the session of the person who is logged in,
//     not a service: tillgate must run there.
//   - Two scanners of one model can not be told apart, for Raw Input gives no serial
//     number.
//
// Scanned codes are not forwarded to the POS by package forward: it has them.
package wedge

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/usb"
)

// Name is the name of the driver in the configuration, and the beginning of the
// identities it gives.
const Name = "wedge"

// Limit is what a person must know about every scanner that is driven so.
const Limit = "keyboard, read along: its codes are typed into the window in front too; scan the setup barcode for USB HID-POS or USB-COM in its manual to end that"

// Config is one scanner in keyboard mode.
type Config struct {
	// Name of this scanner in reports, and part of its identity. Left out: made
	// from usb.
	ID string `toml:"id"`
	// USB vendor and product id in hexadecimal, "0c2e:0b01". "tillgate devices"
	// shows them.
	USB string `toml:"usb"`
	keyboard.Setup
}

// Driver runs the scanners of the configuration.
type Driver struct {
	hub     *hub
	sources []*source
}

// New checks the configuration. The error is, or joins, *usb.ConfigError.
func New(cfgs []Config) (*Driver, error) {
	d := &Driver{hub: newHub()}
	var errs []error
	ids := map[string]int{}
	for i, c := range cfgs {
		was := len(errs)
		bad := func(key, problem string) {
			errs = append(errs, &usb.ConfigError{Driver: Name, Index: i, Key: key, Problem: problem})
		}
		naming := usb.Naming{ID: c.ID, USB: c.USB}
		s := &source{hub: d.hub, sel: naming.Selector(bad), keys: c.Options(bad)}
		s.id = naming.Identity(Name, s.sel)
		if first, twice := ids[s.sel.ID()]; twice && len(errs) == was {
			bad("usb", fmt.Sprintf("%q is %s scanner %d too; two scanners of one model can not be told apart in keyboard mode", c.USB, Name, first+1))
		}
		if len(errs) == was {
			ids[s.sel.ID()] = i
			s.info = s.describe("")
			d.sources = append(d.sources, s)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return d, nil
}

// Name is "wedge".
func (d *Driver) Name() string { return Name }

// Sources are the scanners of the configuration, in its order.
func (d *Driver) Sources() []driver.Source { return driver.SourcesOf(d.sources) }

// Find lists the keyboards that are known to be scanners.
func (d *Driver) Find(ctx context.Context) ([]driver.Info, error) {
	paths, err := keyboards()
	if err != nil {
		return nil, err
	}
	return d.find(paths), ctx.Err()
}

func (d *Driver) find(paths []string) []driver.Info {
	var found []driver.Info
	named := map[usb.Selector]bool{}
	for _, s := range d.sources {
		named[s.sel] = true
		info := s.describe(s.at(paths))
		if info.Path == "" {
			info.Problem = s.absent().Error()
		}
		found = append(found, info)
	}
	for _, p := range paths {
		vid, pid, ok := ids(p)
		sel := usb.Selector{VID: vid, PID: pid}
		because := usb.ScannerBecause([]usb.Interface{{VID: vid, PID: pid}})
		if !ok || named[sel] || because == "" {
			continue
		}
		named[sel] = true
		s := &source{sel: sel, id: Name + ":" + sel.ID()}
		info := s.describe(p)
		info.Problem = fmt.Sprintf("not in the configuration; %s: scan the setup barcode for USB HID-POS or USB-COM in its manual, or add a scanner with driver = %q and %s", because, Name, sel.TOML())
		found = append(found, info)
	}
	return found
}

// source is one scanner.
type source struct {
	hub  *hub
	id   string
	sel  usb.Selector
	keys keyboard.Options

	mu   sync.Mutex
	info driver.Info
}

func (s *source) Info() driver.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *source) describe(path string) driver.Info {
	return driver.Info{ID: s.id, Driver: Name, Path: path, VID: s.sel.VID, PID: s.sel.PID, Mode: Limit}
}

func (s *source) absent() error {
	return fmt.Errorf("USB scanner %s: %w as a keyboard", s.sel.ID(), driver.ErrAbsent)
}

// at is the path of the scanner among those of keyboards, "" if it is not there.
func (s *source) at(paths []string) string {
	for _, p := range paths {
		if s.matches(p) {
			return p
		}
	}
	return ""
}

func (s *source) matches(path string) bool {
	vid, pid, ok := ids(path)
	return ok && vid == s.sel.VID && pid == s.sel.PID
}

// ids reads vendor and product out of a device path of Windows:
// \\?\HID#VID_0C2E&PID_0B01&MI_00#7&1f2a3b4c&0&0000#{…}.
func ids(path string) (vid, pid uint16, ok bool) {
	path = strings.ToUpper(path)
	number := func(mark string) (uint16, bool) {
		_, after, ok := strings.Cut(path, mark)
		if !ok || len(after) < 4 {
			return 0, false
		}
		n, err := strconv.ParseUint(after[:4], 16, 16)
		return uint16(n), err == nil
	}
	vid, okV := number("VID_")
	pid, okP := number("PID_")
	return vid, pid, okV && okP
}

// key is one event of Raw Input (winuser.h, RAWKEYBOARD).
type key struct {
	path string // of the keyboard it comes from
	make uint16 // scan code of set 1
	e0   bool   // with the prefix E0
	e1   bool   // with the prefix E1
	up   bool
}

// keyOf reads the scan code and the flags RI_KEY_BREAK, RI_KEY_E0 and RI_KEY_E1.
func keyOf(code, flags uint16) key {
	return key{make: code, up: flags&1 != 0, e0: flags&2 != 0, e1: flags&4 != 0}
}

// code is the Linux key code of a key; set 1 is the same up to 88, and of the
// keys with a prefix few have to do with text.
func (k key) code() uint16 {
	switch {
	case k.e1:
		return 0
	case !k.e0 && k.make <= 88:
		return k.make
	case !k.e0:
		return 0
	}
	return map[uint16]uint16{0x1c: 96, 0x1d: 97, 0x35: 98, 0x38: 100, 0x5b: 125, 0x5c: 126}[k.make]
}

var errElsewhere = fmt.Errorf(`driver "wedge" exists on Windows only, this is %s: use driver = "evdev" on Linux`, runtime.GOOS)
