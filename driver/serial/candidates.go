package serial

import (
	"fmt"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// Candidates are the ports that may have the till's scanner on them and that the
// configuration does not name, as sources for package enrol: USB ports of makers
// of scanners, and those of the paths given, for nobody but a person can know what
// is behind any other port.
func (d *Driver) Candidates(paths ...string) ([]driver.Source, error) {
	ports, err := listPorts()
	if err != nil {
		return nil, fmt.Errorf("list serial ports: %w", err)
	}
	taken := map[string]bool{}
	for _, s := range d.sources {
		if ports, err := s.locate(); err == nil {
			taken[ports[0].real] = true
		}
	}
	var found []driver.Source
	try := func(c Config, p portInfo) error {
		if taken[p.real] {
			return nil
		}
		set, err := c.parse(0)
		if err != nil {
			return err
		}
		taken[p.real] = true
		set.enrolling = true
		found = append(found, newSource(set))
		found[len(found)-1].(*source).info.Path = p.path
		return nil
	}
	for _, path := range paths {
		p, err := statPort(path)
		if err != nil {
			continue // nothing is plugged in there
		}
		if err := try(Config{Path: path}, p); err != nil {
			return nil, err
		}
	}
	for _, p := range ports {
		if usb.MakerOf(p.vid) == "" {
			continue
		}
		sel := usb.Selects(p.device(), devices(ports))
		if err := try(Config{USB: p.device().IDs(), SerialNumber: sel.Serial, Port: sel.Port}, p); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Stays says that the scanner is known by the port or socket that it is plugged into.
func (s *source) Stays() bool { return s.set.path != "" || s.set.sel.Port != "" }

// TOML is what names the scanner in the configuration.
func (s *source) TOML() string {
	t := fmt.Sprintf("path = %q", s.set.path)
	if s.set.path == "" {
		t = s.set.sel.TOML()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.line.(*text); ok && l.speaks != "" {
		t += fmt.Sprintf(", protocol = %q", l.speaks)
	}
	return t
}
