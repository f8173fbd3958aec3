//go:build !linux

package hid

import (
	"errors"
	"fmt"

	"github.com/karalabe/hid"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// list asks the library, which knows the usages here. What it does not know is
// which interfaces belong to one device: those with the same ids and number are
// taken for one.
func (machine) list() ([]node, error) {
	if !hid.Supported() {
		return nil, nil
	}
	infos, err := hid.Enumerate(0, 0)
	if err != nil {
		return nil, fmt.Errorf("list HID devices: %w", err)
	}
	nodes := make([]node, len(infos))
	for k := range infos {
		i := &infos[k]
		nodes[k] = node{page: i.UsagePage, usage: i.Usage, info: i, Interface: usb.Interface{
			Path: i.Path, VID: i.VendorID, PID: i.ProductID, Serial: i.Serial, Manufacturer: i.Manufacturer, Product: i.Product,
			Number: i.Interface, Class: 3, Socket: fmt.Sprintf("%04x-%04x-%s", i.VendorID, i.ProductID, i.Serial)}}
	}
	return nodes, nil
}

func (machine) attach(node) error { return nil }

func (m machine) open(n node) (device, error) {
	if err := m.usable(n); err != nil {
		return nil, err
	}
	d, err := n.info.Open()
	if err != nil {
		return nil, fmt.Errorf("USB device %s: %w, or going away (%v)", n.IDs(), driver.ErrBusy, err)
	}
	return library{d}, nil
}

func (machine) usable(node) error {
	if !hid.Supported() {
		return errUnsupported
	}
	return nil // whether a device may be opened shows when it is
}

// command writes an output report without id: the library puts the zero of "no
// id" before it.
func command(d device, b []byte) error {
	_, err := d.Write(b)
	return err
}

// output can not write an output report with an id: the library puts a zero
// before whatever it is given.
func output(device, []byte) error {
	return errors.New("output reports with an id can not be sent on this system")
}
