// Package usb knows the USB devices of this machine that may be scanners: what
// is plugged in, which of it the configuration means, and what is a scanner and
// what an ordinary keyboard. It reads what the system lists and opens nothing.
package usb

import (
	"fmt"
	"strings"

	"github.com/tillgate/tillgate/driver/hid/descriptor"
)

// Interface is one interface of a USB device: scanners in keyboard mode have
// often two or three.
type Interface struct {
	Path         string // "1-2.3:1.0": bus, ports on the way, configuration, interface
	VID, PID     uint16
	Serial       string
	Manufacturer string
	Product      string
	Number       int   // of the interface
	Class        uint8 // 3 for HID
	Subclass     uint8 // 1 for a boot device
	Protocol     uint8 // 1 for a keyboard
	Descriptor   []byte
	Node         string // device file of the whole device, "/dev/bus/usb/001/004"
	Dir          string // directory of the interface in sysfs
	Socket       string // where the device is plugged in, for systems whose paths do not begin with it
	Driver       string // of the system that holds it: "usbhid", "usbfs" for a program, "" for nobody
}

// Port is where the device is plugged in, "1-2.3". Interfaces of one device have
// the same.
func (i Interface) Port() string {
	if i.Socket != "" {
		return i.Socket
	}
	port, _, _ := strings.Cut(i.Path, ":")
	return port
}

// Name is what the device calls itself.
func (i Interface) Name() string {
	if strings.HasPrefix(i.Product, i.Manufacturer) {
		return i.Product
	}
	return strings.TrimSpace(i.Manufacturer + " " + i.Product)
}

// IDs are vendor and product as people write them, "0c2e:0caa".
func (i Interface) IDs() string { return fmt.Sprintf("%04x:%04x", i.VID, i.PID) }

// Keyboard says whether the interface is a keyboard.
func (i Interface) Keyboard() bool {
	if i.Class == 3 && i.Subclass == 1 && i.Protocol == 1 {
		return true
	}
	d, err := descriptor.Parse(i.Descriptor)
	return err == nil && d.Is(1, 6)
}

// Device returns the interfaces of the device in a port.
func Device(all []Interface, port string) (device []Interface) {
	for _, i := range all {
		if i.Port() == port {
			device = append(device, i)
		}
	}
	return device
}
