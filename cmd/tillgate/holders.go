package main

import (
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/usb"
)

// look notes which other programs have the HID scanners of the list open. The driver
// names them too where it may see them; a person at the command line often may see
// more. daemon is the process that drives the scanners, 0 if none does.
//
// A scanner in keyboard mode that is grabbed is left out: others may have it open as
// they like, they get nothing.
func (l *deviceList) look(daemon int) {
	all, err := usb.List()
	if err != nil {
		return
	}
	l.holders = map[string]string{}
	for _, s := range l.Driven {
		keys := s.Info.Driver == evdev.Name
		if s.Info.Driver != hid.Name && !(keys && s.State != driver.Ready) {
			continue
		}
		for _, i := range all {
			if i.VID != s.Info.VID || i.PID != s.Info.PID || s.Info.Serial != "" && i.Serial != s.Info.Serial ||
				s.State == driver.Ready && i.Path != s.Info.Path {
				continue
			}
			if who := i.Holders(daemon, keys); who != "" {
				l.holders[s.Info.ID] = who
				break
			}
		}
	}
}
