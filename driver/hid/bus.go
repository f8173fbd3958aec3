package hid

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/karalabe/hid"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// device is an open HID device. One goroutine uses it from opening to closing:
// hidapi frees in Close what Read works on.
type device interface {
	// ReadTimeout waits for an input report, at most so many milliseconds, or -1 for
	// as long as it takes; 0 bytes are none.
	ReadTimeout(b []byte, milliseconds int) (int, error)
	Write(b []byte) (int, error)
	SendFeatureReport(b []byte) (int, error)
	// Held is how many reports are kept for a reader that is late; further ones are
	// lost without a word.
	Held() int
	// Wake ends the wait of ReadTimeout, now or the next one; any goroutine may call
	// it before Close. It is false if that can not be done: waits must be short then.
	Wake() bool
	Close() error
}

// bus is where HID devices are plugged in: the machine's own, or that of a test.
type bus interface {
	list() ([]node, error)
	open(node) (device, error)
	// usable says why a device can not be opened, as far as that can be known
	// without trying.
	usable(node) error
	// attach gives an interface that nobody has back to the system's driver.
	attach(node) error
}

// node is an interface that can be opened, with the usage of its top-level
// collection where the library says it.
type node struct {
	usb.Interface
	page, usage uint16
	info        *hid.DeviceInfo // nil on Linux, where it is looked up when it is opened
}

// errUnsupported is what a build without cgo has to say.
var errUnsupported = errors.New("this build has no USB HID support (it was built with CGO_ENABLED=0): install a package built with cgo, or set the scanner to USB-COM")

// machine is the bus of this machine.
type machine struct{}

// library is a device read through karalabe/hid.
type library struct{ hid.Device }

// Held is what hidapi keeps before it drops the oldest.
func (library) Held() int { return 30 }

// Wake is false: nothing ends a wait in hidapi.
func (library) Wake() bool { return false }

// find looks a device up in the library by its path. Asking by vendor and
// product, the library opens no other device to read its name.
func find(n node) (hid.DeviceInfo, error) {
	infos, err := hid.Enumerate(n.VID, n.PID)
	if err != nil {
		return hid.DeviceInfo{}, fmt.Errorf("list HID devices: %w", err)
	}
	for _, i := range infos {
		if i.Path == n.Path {
			return i, nil
		}
	}
	return hid.DeviceInfo{}, fmt.Errorf("USB device %s at %s: %w", n.IDs(), n.Path, driver.ErrAbsent)
}

// stale is how long reports after the opening may be older than it. A scanner that
// nobody asked keeps its last code for whoever asks first; Windows on top of that
// hands out up to 64 reports that it kept.
var stale = map[bool]time.Duration{false: 100 * time.Millisecond, true: 250 * time.Millisecond}[runtime.GOOS == "windows"]
