package vm_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// pos is the name of a program that reads the scanner by itself, as the kernel shows
// it: the test binary, called so.
const pos = "kassa"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == pos {
		if err := hold(os.Args[1], os.Args[2]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	vm.Main(m)
}

// Requests of linux/usbdevice_fs.h, on a 64-bit system.
const (
	usbDisconnectClaim = 0x8108551b // USBDEVFS_DISCONNECT_CLAIM, _IOR('U', 27, struct of 264 bytes)
	usbRelease         = 0x80045510 // USBDEVFS_RELEASEINTERFACE, _IOR('U', 16, unsigned int)
	usbIoctl           = 0xc0105512 // USBDEVFS_IOCTL, _IOWR('U', 18, struct of 16 bytes)
	usbConnect         = 0x5517     // USBDEVFS_CONNECT
)

// hold has a device file until its input ends: of a whole USB device it takes the
// interface 0 from the kernel, as libusb does, and gives it back.
func hold(how, path string) error {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if how == "take" {
		var claim struct {
			number, flags uint32
			driver        [256]byte
		}
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), usbDisconnectClaim, uintptr(unsafe.Pointer(&claim))); e != 0 {
			return fmt.Errorf("claim %s: %w", path, e)
		}
	}
	fmt.Println("HELD")
	io.Copy(io.Discard, os.Stdin)
	if how == "take" {
		var number uint32
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), usbRelease, uintptr(unsafe.Pointer(&number))); e != 0 {
			return fmt.Errorf("release %s: %w", path, e)
		}
		connect := struct {
			number, request int32
			data            uintptr
		}{0, usbConnect, 0}
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), usbIoctl, uintptr(unsafe.Pointer(&connect))); e != 0 {
			return fmt.Errorf("give %s back: %w", path, e)
		}
	}
	return nil
}

// holder is that program while it runs.
type holder struct {
	*testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
}

func held(t *testing.T, how, path string) *holder {
	t.Helper()
	name := filepath.Join(t.TempDir(), pos)
	if err := os.Symlink("/init", name); err != nil {
		t.Fatal(err)
	}
	h := &holder{T: t, cmd: exec.Command(name, how, path)}
	var err error
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "HELD\n" {
		t.Fatalf("the other program: %q, %v", line, err)
	}
	return h
}

// String is how it is named.
func (h *holder) String() string { return fmt.Sprintf("%s (process %d)", pos, h.cmd.Process.Pid) }

// letGo ends the program, which gives back what it has.
func (h *holder) letGo() {
	h.Helper()
	h.in.Close()
	if err := h.cmd.Wait(); err != nil {
		h.Errorf("the other program: %v", err)
	}
}

// kill ends it without a warning: the kernel takes the interface from it, and gives
// it to nobody.
func (h *holder) kill() {
	if h.cmd.ProcessState == nil {
		h.cmd.Process.Kill()
		h.cmd.Wait()
	}
}

// usbNode is the device file of the USB device in a port.
func usbNode(t *testing.T, port string) string {
	t.Helper()
	number := func(name string) int {
		b, err := os.ReadFile(filepath.Join("/sys/bus/usb/devices", port, name))
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return fmt.Sprintf("/dev/bus/usb/%03d/%03d", number("busnum"), number("devnum"))
}

// listed is what "tillgate devices" prints.
func (d *daemon) listed() string {
	d.Helper()
	cmd := exec.Command(tillgate, "devices", "-c", d.file())
	cmd.Env = append(os.Environ(), "TOKEN=x", "HOME=/tmp")
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.Errorf("tillgate devices: %v\n%s", err, out)
	}
	return string(out)
}

// Another program takes a scanner from the system, while tillgate reads it: who that is
// and what mends it is said, and when the program lets go or is killed the scanner is
// taken up without anybody doing anything. One that only reads along is named too.
func TestDaemonTaken(t *testing.T) {
	vm.Inside(t)
	devPOS, plugPOS := plug(t, vusb.HoneywellPOS(""))
	devKeys, plugKeys := plug(t, vusb.Wedge(""))
	d := newDaemon(t, keysAndPOS)
	const remedy = "As soon as the program lets go, the scanner is taken up by itself."
	for _, s := range []struct {
		id   string
		dev  *vusb.Device
		port string
		end  func(*holder)
	}{
		{"hid:usb-0c2e-1007", devPOS, plugPOS.Port(), (*holder).kill},
		{"evdev:usb-0c2e-0b01", devKeys, plugKeys.Port(), (*holder).letGo},
	} {
		d.until(driver.Ready, s.id)
		d.read(s.dev, "BEFORE")
		other := held(t, "take", usbNode(t, s.port))
		d.until(driver.Busy, s.id)
		want := other.String() + " has taken it from the system"
		if st := d.driven()[s.id]; !strings.Contains(st.Reason, want) {
			t.Errorf("%s: the daemon says %q, want %q", s.id, st.Reason, want)
		}
		if out := d.listed(); !strings.Contains(out, want) {
			t.Errorf("%q is not listed:\n%s", want, out)
		}
		if out := d.doctor(0, d.file()); !strings.Contains(out, want) || !strings.Contains(out, remedy) {
			t.Errorf("%q or the remedy is not said:\n%s", want, out)
		}
		s.end(other)
		d.until(driver.Ready, s.id)
		d.read(s.dev, "AFTER")
	}

	raw, _ := filepath.Glob(filepath.Join("/sys/bus/usb/devices", plugPOS.Port()+":1.0", "*", "hidraw", "*"))
	if len(raw) != 1 {
		t.Fatalf("hidraw files %v", raw)
	}
	other := held(t, "open", filepath.Join("/dev", filepath.Base(raw[0])))
	if out := d.listed(); !strings.Contains(out, other.String()+" reads along") {
		t.Errorf("%s is not listed:\n%s", other, out)
	}
	if out := d.doctor(0, d.file()); !strings.Contains(out, other.String()+" has it open too") || !strings.Contains(out, "would come twice") {
		t.Errorf("doctor does not name %s:\n%s", other, out)
	}
	d.read(devPOS, "BOTH")
	other.letGo()
	if out := d.listed(); strings.Contains(out, "reads along") {
		t.Errorf("nobody reads along any more:\n%s", out)
	}
}
