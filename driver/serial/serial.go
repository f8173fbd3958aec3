package serial

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// Name is the name of the driver in the configuration, and the beginning of the
// identities it gives.
const Name = "serial"

// Driver runs the serial scanners of the configuration.
type Driver struct {
	sources []*source
}

// New checks the configuration. The error is, or joins, *ConfigError.
func New(cfgs []Config) (*Driver, error) {
	d := &Driver{}
	var errs []error
	ids := map[string]int{}
	for i, cfg := range cfgs {
		s, err := cfg.parse(i)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if first, twice := ids[s.id]; twice {
			errs = append(errs, sameTwice(i, first, cfg))
			continue
		}
		ids[s.id] = i
		d.sources = append(d.sources, newSource(s))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	d.Join(new(usb.Neighbours))
	return d, nil
}

func sameTwice(index, first int, cfg Config) error {
	e := &ConfigError{Index: index, Key: "path"}
	switch {
	case cfg.ID != "":
		e.Key, e.Problem = "id", fmt.Sprintf("%q is the id of serial scanner %d too; want one of its own", cfg.ID, first+1)
	case cfg.USB != "":
		e.Key, e.Problem = "usb", fmt.Sprintf("%q is serial scanner %d too; want serial_number or port at both to tell them apart", cfg.USB, first+1)
	default:
		e.Problem = fmt.Sprintf("%q is serial scanner %d too; want one entry per port", cfg.Path, first+1)
	}
	return e
}

// Join takes the scanners in among those of the till. It is called before they run.
func (d *Driver) Join(n *usb.Neighbours) {
	for _, s := range d.sources {
		if s.set.path == "" {
			n.Add(s.set.sel)
			s.set.beside = n
		}
	}
}

// Name is "serial".
func (d *Driver) Name() string { return Name }

// Sources are the scanners of the configuration, in its order.
func (d *Driver) Sources() []driver.Source { return driver.SourcesOf(d.sources) }

// Find lists the serial ports of this machine and the scanners of the
// configuration that are not there. It opens none of them.
func (d *Driver) Find(ctx context.Context) ([]driver.Info, error) {
	ports, err := listPorts()
	if err != nil {
		return nil, fmt.Errorf("list serial ports: %w", err)
	}
	var found []driver.Info
	named := map[string]bool{}
	for _, s := range d.sources {
		info := s.Info()
		ports, err := s.locate()
		if err == nil {
			p := ports[0]
			if open := slices.IndexFunc(ports, func(p portInfo) bool { return p.path == info.Path }); open > 0 {
				p = ports[open]
			}
			info = s.describe(p, info.Mode) // which may have been learned
			named[p.real] = true
			err = available(p)
		}
		if err != nil {
			info.Problem = err.Error()
		}
		found = append(found, info)
	}
	for _, p := range ports {
		if !named[p.real] {
			found = append(found, stranger(p, devices(ports)))
		}
	}
	return found, ctx.Err()
}

// stranger describes a port that the configuration does not name, among those that
// are plugged in.
func stranger(p portInfo, all []usb.Interface) driver.Info {
	info := driver.Info{ID: Name + ":" + p.path, Driver: Name, Path: p.path, Name: p.name, VID: p.vid, PID: p.pid, Serial: p.number}
	entry := fmt.Sprintf("path = %q", p.path)
	if p.vid != 0 {
		sel := usb.Selects(p.device(), all)
		info.ID, entry = Name+":"+sel.ID(), sel.TOML()
	}
	what := "if this is a scanner"
	if known := usb.MakerOf(p.vid); known != "" {
		what = "this looks like a scanner of " + known
	}
	info.Problem = fmt.Sprintf("not in the configuration; %s, add [[scanner.%s]] with %s", what, Name, entry)
	return info
}
