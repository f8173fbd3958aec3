package vm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// vendorOnly is the report descriptor of a mode that only its maker's software reads.
var vendorOnly = []byte{0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x3f, 0x81, 0x02, 0xc0}

// doctor runs the command, as another user if id is not 0.
func (d *daemon) doctor(id uint32, config string) string {
	d.Helper()
	cmd := exec.Command(tillgate, "doctor", "-c", config)
	cmd.Env = append(os.Environ(), "TOKEN=x", "HOME=/tmp")
	if id != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	}
	out, _ := cmd.CombinedOutput() // which fails: there are problems
	return string(out)
}

// pretend runs a program of that name until the test ends.
func pretend(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(tillgate, path); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "fake", "scanner", "text")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

// Why scanners do not work, by the real command, with real devices.
func TestDaemonDoctor(t *testing.T) {
	vm.Inside(t)
	snapi := vusb.ZebraPOS("")
	snapi.PID, snapi.Descriptor, snapi.Product = 0x1900, vendorOnly, "Symbol Bar Code Scanner (SNAPI)"
	adapter := vusb.ZebraPOS("")
	adapter.VID, adapter.PID, adapter.Descriptor, adapter.Manufacturer, adapter.Product = 0x1a86, 0x7523, vendorOnly, "", "USB Serial"
	for _, s := range []vusb.Scanner{snapi, adapter, vusb.OEM(""), vusb.CDC(""), vusb.HoneywellPOS("")} {
		plug(t, s)
	}
	_, keys := plug(t, vusb.Wedge(""))
	const scanners = "[[scanner.hid]]\nusb = \"05e0:1300\"\n[[scanner.evdev]]\nusb = \"0c2e:0b01\"\n[[scanner.hid]]\nusb = \"0c2e:1007\"\n"
	d := newDaemon(t, scanners)
	d.until(driver.Ready, "hid:usb-05e0-1300", "evdev:usb-0c2e-0b01", "hid:usb-0c2e-1007")
	pretend(t, "ModemManager")
	pretend(t, "brltty")
	said := func(out string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%q is not said:\n%s", w, out)
			}
		}
	}
	said(d.doctor(0, d.file()),
		"SNAPI", `Scan "USB HID POS" or "CDC COM Port Emulation"`, // another host mode, and the maker's way out
		"keep QR codes to themselves in this mode", // IBM OEM
		"a keyboard can not say what kind of code it read", "TRMUSB131.",
		"ModemManager takes it for some 20 seconds", `ATTRS{idVendor}=="0c2e", ENV{ID_MM_DEVICE_IGNORE}="1"`,
		"brltty has taken this serial adapter for a braille display", "systemctl mask --now brltty")

	// Another program has grabbed the keyboard.
	d.kill()
	window := watch(t, keys.Port())
	if err := unix.IoctlSetInt(window.fd, 0x40044590, 1); err != nil { // EVIOCGRAB
		t.Fatal(err)
	}
	d.start()
	d.until(driver.Busy, "evdev:usb-0c2e-0b01")
	said(d.doctor(0, d.file()), "init (process 1) has grabbed the scanner for itself", "Switch the scanner off in the settings of that program")

	// A user who may not open them.
	mine := func(owner int) string {
		t.Helper()
		dir := t.TempDir()
		text, err := os.ReadFile(d.file())
		if err != nil {
			t.Fatal(err)
		}
		other := strings.Replace(string(text), filepath.Join(d.dir, "data"), filepath.Join(dir, "data"), 1)
		file := filepath.Join(dir, "tillgate.toml")
		for _, err := range []error{os.MkdirAll(filepath.Join(dir, "data"), 0o700), os.WriteFile(file, []byte(other), 0o600),
			os.Chown(dir, owner, owner), os.Chown(filepath.Join(dir, "data"), owner, owner), os.Chown(file, owner, owner)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for up := filepath.Dir(dir); up != "/tmp" && up != "/"; up = filepath.Dir(up) {
			if err := os.Chmod(up, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return file
	}
	d.kill()
	said(d.doctor(1000, mine(1000)),
		`SUBSYSTEM=="hidraw", ATTRS{idVendor}=="05e0", ATTRS{idProduct}=="1300", MODE="0660", GROUP="tillgate"`,
		`SUBSYSTEM=="input", KERNEL=="event*", ATTRS{idVendor}=="0c2e", ATTRS{idProduct}=="0b01"`)
}
