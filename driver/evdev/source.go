package evdev

import (
	"fmt"
	"sync"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// source is one scanner.
type source struct {
	set settings

	mu   sync.Mutex
	info driver.Info
}

func newSource(set settings) *source {
	return &source{set: set, info: driver.Info{ID: set.id, Driver: Name, Path: set.sel.Port,
		VID: set.sel.VID, PID: set.sel.PID, Serial: set.sel.Serial, Mode: "keyboard"}}
}

func (s *source) Info() driver.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *source) describe(i usb.Interface) driver.Info {
	country := "us"
	if l := s.set.keys.Layout; l != nil {
		country = l.Name
	}
	return driver.Info{ID: s.set.id, Driver: Name, Path: i.Path, Name: i.Name(), VID: i.VID, PID: i.PID, Serial: i.Serial,
		Mode: fmt.Sprintf("keyboard (%s), taken from the system", country)}
}

// TOML is what names the scanner in the configuration.
func (s *source) TOML() string { return s.set.sel.TOML() }

// Stays says that the scanner is known by its socket: another is like it.
func (s *source) Stays() bool { return s.set.sel.Port != "" }

// locate finds the keyboard interfaces of the first device that is meant.
func (s *source) locate(all []usb.Interface) ([]usb.Interface, error) {
	devices, err := s.devices(all)
	if err != nil {
		return nil, err
	}
	return devices[0], nil
}

// devices finds the keyboard interfaces of each device that may be meant among what
// is plugged in.
func (s *source) devices(all []usb.Interface) (found [][]usb.Interface, err error) {
	devices, err := s.set.sel.Each(all, s.set.beside.All()...)
	if err != nil {
		return nil, err
	}
	for _, device := range devices {
		keyboards, why := s.keyboards(device)
		if why != nil {
			err = why
			continue
		}
		found = append(found, keyboards)
	}
	if len(found) == 0 {
		return nil, err
	}
	return found, nil
}

// keyboards are the keyboard interfaces of a device.
func (s *source) keyboards(device []usb.Interface) (keyboards []usb.Interface, err error) {
	var taken *usb.Interface
	for _, i := range device {
		if i.Taken() { // it may not show what it is
			taken = &i
		}
		if i.Keyboard() {
			keyboards = append(keyboards, i)
		}
	}
	switch {
	case taken != nil && (len(keyboards) == 0 || keyboards[0].Taken()):
		return nil, taken.TakenError()
	case len(keyboards) == 0:
		return nil, fmt.Errorf("USB scanner %s is plugged in but is not in keyboard mode: use driver = \"hid\" or \"serial\" for it", s.set.sel.ID())
	case !s.set.trust && usb.ScannerBecause(device) == "":
		return nil, fmt.Errorf("%s (%s) looks like an ordinary keyboard and is left alone: if it is a scanner, set trust = true", device[0].Name(), device[0].IDs())
	}
	return keyboards, nil
}
