package vm_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/drivertest"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/evdev"
)

// The contract of all drivers, with a real keyboard of the kernel.
func TestGuestContract(t *testing.T) {
	vm.Inside(t)
	s := vusb.Wedge("T1")
	drivertest.Run(t, func(t *testing.T) drivertest.Subject {
		d, p := plug(t, s)
		d.Pace = time.Millisecond
		watch(t, p.Port())
		return drivertest.Subject{
			Driver: evdevDriver(t, evdev.Config{Naming: naming(s), Setup: patient}),
			Scan: func(_ context.Context, code string) error {
				return d.Scan(vusb.Code{Data: []byte(code)})
			},
			Unplug: func() error { return p.Unplug() },
			Replug: func() error { p = replug(t, d); return nil },
			Occupy: func() (func() error, error) {
				nodes, err := filepath.Glob("/sys/bus/usb/devices/" + p.Port() + ":1.0/*/input/input*/event*")
				if err != nil {
					return nil, err
				}
				fd, err := unix.Open(filepath.Join("/dev/input", filepath.Base(nodes[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0)
				if err != nil {
					return nil, err
				}
				return func() error { return unix.Close(fd) }, unix.IoctlSetInt(fd, 0x40044590, 1) // EVIOCGRAB
			},
		}
	})
}
