package hid

import (
	"errors"
	"fmt"

	"github.com/karalabe/hid"
	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// list reads sysfs. The library would open every device for its name, and can
// not say the usages.
func (machine) list() ([]node, error) {
	all, err := usb.List()
	if err != nil {
		return nil, err
	}
	nodes := make([]node, len(all))
	for k, i := range all {
		nodes[k] = node{Interface: i}
	}
	return nodes, nil
}

func (machine) attach(n node) error { return usb.Attach(n.Interface) }

// open takes the kernel's hidraw, or the library where the kernel has none.
func (m machine) open(n node) (device, error) {
	if err := m.usable(n); err != nil {
		return nil, err
	}
	if d, err := openRaw(n); !errors.Is(err, unix.ENOENT) {
		return d, err
	}
	info, err := find(n)
	if err != nil {
		return nil, err
	}
	d, err := info.Open() // takes the interface from the kernel's driver
	if err != nil {
		return nil, fmt.Errorf("USB device %s at %s: %w, or going away (%v)", n.IDs(), n.Path, driver.ErrBusy, err)
	}
	return library{d}, nil
}

// usable looks whether the device file may be opened; the library's own error does
// not tell.
func (machine) usable(n node) error {
	if path := rawNode(n); path != "" {
		if err := unix.Access(path, unix.R_OK|unix.W_OK); !errors.Is(err, unix.ENOENT) {
			return explain(path, err)
		}
	}
	if !hid.Supported() {
		return errUnsupported
	}
	err := unix.Access(n.Node, unix.R_OK|unix.W_OK)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	return explain(n.Node, err)
}

// command writes an output report without id. A zero stands before it for the
// library, which takes it off; several commands begin with a zero themselves.
func command(d device, b []byte) error {
	_, err := d.Write(append([]byte{0}, b...))
	return err
}

// output writes an output report with an id.
func output(d device, b []byte) error {
	_, err := d.Write(b)
	return err
}
