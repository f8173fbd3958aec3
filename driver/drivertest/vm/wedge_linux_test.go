package vm_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/usb/vhci"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
)

// bystander is another program that reads the keyboard: a window.
type bystander struct {
	fd   int
	path string
}

func watch(t *testing.T, port string) bystander {
	t.Helper()
	var nodes []string
	for end := time.Now().Add(patience); len(nodes) == 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		nodes, _ = filepath.Glob("/sys/bus/usb/devices/" + port + ":1.0/*/input/input*/event*")
		if len(nodes) > 0 {
			if _, err := os.Stat(filepath.Join("/dev/input", filepath.Base(nodes[0]))); err != nil {
				nodes = nil
			}
		}
	}
	if len(nodes) == 0 {
		t.Fatalf("no event device at %s", port)
	}
	path := filepath.Join("/dev/input", filepath.Base(nodes[0]))
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return bystander{fd, path}
}

// seen is how many bytes of events the bystander got.
func (b bystander) seen(t *testing.T) (n int) {
	t.Helper()
	buf := make([]byte, 4096)
	for {
		k, err := unix.Read(b.fd, buf)
		if errors.Is(err, unix.EAGAIN) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
}

func wait(t *testing.T, what string, until func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !until(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// While it is ours nothing of a scan reaches another reader; before and after,
// everything does.
func TestGuestGrab(t *testing.T) {
	s := vusb.Wedge("W1")
	d, p := plug(t, s)
	window := watch(t, p.Port())
	const id = "evdev:usb-0c2e-0b01-W1"
	scan(t, d, vusb.Code{Data: []byte(ean)})
	wait(t, "nothing was typed before the grab", func() bool { return window.seen(t) > 0 })

	whole := t // what is plugged in again stays for what follows
	t.Run("ours", func(t *testing.T) {
		y := start(t, evdevDriver(t, evdev.Config{Naming: naming(s), Setup: patient}))
		st := y.state(id, driver.Ready)
		if st.Info.Mode != "keyboard (us), taken from the system" {
			t.Error(st.Info.Mode)
		}
		window.seen(t)
		for _, code := range []string{ean, "Mixed-Case_42!", "\x1d010460123456789321abc\x1d93dGVz"} {
			scan(t, d, vusb.Code{Data: []byte(code)})
			y.expect(id, code)
		}
		if n := window.seen(t); n != 0 {
			t.Errorf("another program read %d bytes of events", n)
		}
		// Caps Lock, pressed on another keyboard: the lamp of the scanner goes out again.
		lamp, err := os.OpenFile(window.path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer lamp.Close()
		on := make([]byte, 48) // EV_LED, LED_CAPSL, 1 and SYN_REPORT
		on[16], on[18], on[20] = 0x11, 1, 1
		if _, err := lamp.Write(on); err != nil {
			t.Fatal(err)
		}
		wait(t, "the scanner believes that Caps Lock is on", func() bool {
			var lamps [1]byte // EVIOCGLED(1)
			if _, _, e := unix.Syscall(unix.SYS_IOCTL, lamp.Fd(), 0x80014519, uintptr(unsafe.Pointer(&lamps))); e != 0 {
				t.Fatal(e)
			}
			rs := d.Reports() // the kernel may send on and off, or off alone
			return lamps[0]&2 == 0 && len(rs) > 0 && string(rs[len(rs)-1].Data) == "\x00"
		})
		scan(t, d, vusb.Code{Data: []byte("Ab")})
		y.expect(id, "Ab")
		t.Run("second daemon", func(t *testing.T) {
			z := start(t, evdevDriver(t, evdev.Config{Naming: naming(s), Setup: patient}))
			z.state(id, driver.Busy)
		})

		half := s.Send("1234567890")
		d.Send(half[:10])
		if err := p.Unplug(); err != nil {
			t.Fatal(err)
		}
		y.state(id, driver.Absent)
		p = replug(whole, d)
		began := time.Now()
		y.state(id, driver.Ready)
		t.Logf("ready %v after the plug", time.Since(began).Round(time.Millisecond))
		scan(t, d, vusb.Code{Data: []byte(ean)})
		y.expect(id, ean)
	})

	window = watch(t, p.Port())
	scan(t, d, vusb.Code{Data: []byte(ean)})
	wait(t, "the keyboard was not given back", func() bool { return window.seen(t) > 0 })
}

// A keyboard whose raw reports are read types nothing meanwhile, and types again
// afterwards.
func TestGuestKeyboardByReports(t *testing.T) {
	s := vusb.WedgeAlt("W2")
	d, p := plug(t, s)
	window := watch(t, p.Port())
	t.Run("ours", func(t *testing.T) {
		y := start(t, hidDriver(t, hid.Config{Naming: naming(s), Setup: patient}))
		y.state("hid:usb-0c2e-0b02-W2", driver.Ready)
		window.seen(t)
		scan(t, d, vusb.Code{Data: []byte("Größe-42")})
		y.expect("hid:usb-0c2e-0b02-W2", "Größe-42")
		if n := window.seen(t); n != 0 {
			t.Errorf("another program read %d bytes of events", n)
		}
		t.Run("second daemon", func(t *testing.T) {
			z := start(t, hidDriver(t, hid.Config{Naming: naming(s), Setup: patient}))
			z.state("hid:usb-0c2e-0b02-W2", driver.Busy)
		})
	})
	scan(t, d, vusb.Code{Data: []byte(ean)})
	wait(t, "the keyboard was not given back", func() bool { return window.seen(t) > 0 })
}

// Where there is no hidraw the HID library reads: a keyboard that it takes is gone for
// everybody else, and comes back when it is closed.
func TestGuestLibrary(t *testing.T) {
	vm.Inside(t)
	keys, pos, oem := vusb.Wedge("L1"), vusb.HoneywellPOS("L2"), vusb.OEM("L3")
	dk, pk := plug(t, keys)
	dp, pp := plug(t, pos)
	do, po := plug(t, oem)
	watch(t, pk.Port())
	for _, p := range []*vhci.Plug{pk, pp, po} {
		var nodes []string
		wait(t, "no hidraw", func() bool {
			nodes, _ = filepath.Glob("/sys/bus/usb/devices/" + p.Port() + ":1.0/*/hidraw/hidraw*")
			return len(nodes) == 1 && os.Remove(filepath.Join("/dev", filepath.Base(nodes[0]))) == nil
		})
	}
	t.Run("ours", func(t *testing.T) {
		y := start(t, hidDriver(t, hid.Config{Naming: naming(keys), Setup: patient}, hid.Config{Naming: naming(pos)}, hid.Config{Naming: naming(oem)}))
		for id, d := range map[string]*vusb.Device{"hid:usb-0c2e-0b01-L1": dk, "hid:usb-0c2e-1007-L2": dp, "hid:usb-05e0-1300-L3": do} {
			y.state(id, driver.Ready)
			for _, code := range []string{ean, long[len(long)-60:] + "end"} {
				if d == dk {
					code = "Mixed-42"
				}
				scan(t, d, vusb.Code{Data: []byte(code), AIM: "]Q1"})
				y.expect(id, code)
			}
		}
		if left, _ := filepath.Glob("/sys/bus/usb/devices/" + pk.Port() + ":1.0/*/input/input*/event*"); len(left) != 0 {
			t.Errorf("event device still there: %v", left)
		}
	})
	window := watch(t, pk.Port())
	scan(t, dk, vusb.Code{Data: []byte(ean)})
	wait(t, "the keyboard was not given back", func() bool { return window.seen(t) > 0 })
}

// A program that took the scanner and was killed leaves it without any driver.
// It is taken up all the same.
func TestGuestOrphan(t *testing.T) {
	pos, keys := vusb.HoneywellPOS("Q1"), vusb.Wedge("Q2")
	dp, pp := plug(t, pos)
	dk, pk := plug(t, keys)
	watch(t, pk.Port())
	for _, port := range []string{pp.Port(), pk.Port()} {
		if err := os.WriteFile("/sys/bus/usb/drivers/usbhid/unbind", []byte(port+":1.0"), 0); err != nil {
			t.Fatal(err)
		}
	}
	y := start(t, hidDriver(t, hid.Config{Naming: naming(pos)}), evdevDriver(t, evdev.Config{Naming: naming(keys), Setup: patient}))
	for id, d := range map[string]*vusb.Device{"hid:usb-0c2e-1007-Q1": dp, "evdev:usb-0c2e-0b01-Q2": dk} {
		y.state(id, driver.Ready)
		scan(t, d, vusb.Code{Data: []byte(ean), AIM: "]E0"})
		y.expect(id, ean)
	}
}
