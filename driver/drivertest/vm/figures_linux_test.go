package vm_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
)

// child is what the tests start as a daemon of its own, to kill it.
const child = "TILLGATE_CHILD"

func TestChild(t *testing.T) {
	if os.Getenv(child) == "" {
		t.Skip("is started by TestGuestKilled")
	}
	y := start(t, hidDriver(t, hid.Config{Naming: naming(vusb.HoneywellPOS("D1"))}),
		evdevDriver(t, evdev.Config{Naming: naming(vusb.Wedge("D2")), Setup: patient}))
	y.state("hid:usb-0c2e-1007-D1", driver.Ready)
	y.state("evdev:usb-0c2e-0b01-D2", driver.Ready)
	fmt.Println("child is ready")
	select {}
}

// A daemon that is killed: the keyboard types again at once, and the next daemon
// takes both scanners up.
func TestGuestKilled(t *testing.T) {
	pos, keys := vusb.HoneywellPOS("D1"), vusb.Wedge("D2")
	dp, _ := plug(t, pos)
	dk, pk := plug(t, keys)
	window := watch(t, pk.Port())

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := false
	for s := bufio.NewScanner(out); !ready && s.Scan(); {
		ready = strings.Contains(s.Text(), "child is ready")
	}
	if !ready {
		t.Fatal("the daemon did not get its scanners")
	}
	window.seen(t)
	scan(t, dk, vusb.Code{Data: []byte("111")})
	time.Sleep(100 * time.Millisecond)
	if n := window.seen(t); n != 0 {
		t.Errorf("another program read %d bytes of events", n)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	scan(t, dk, vusb.Code{Data: []byte("222")})
	wait(t, "the keyboard was not given back", func() bool { return window.seen(t) > 0 })

	y := start(t, hidDriver(t, hid.Config{Naming: naming(pos)}), evdevDriver(t, evdev.Config{Naming: naming(keys), Setup: patient}))
	for id, d := range map[string]*vusb.Device{"hid:usb-0c2e-1007-D1": dp, "evdev:usb-0c2e-0b01-D2": dk} {
		y.state(id, driver.Ready)
		scan(t, d, vusb.Code{Data: []byte(ean), AIM: "]E0"})
		y.expect(id, ean)
	}
}

// cpu is the processor time that this process has used.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What four scanners cost while nobody scans, and what a scan costs. The processor
// is made of software, and some twenty times slower than a till's.
func TestGuestFigures(t *testing.T) {
	vm.Inside(t)
	a, b, c, k := vusb.HoneywellPOS("F1"), vusb.ZebraPOS("F2"), vusb.OEM("F3"), vusb.Wedge("F4")
	da, _ := plug(t, a)
	plug(t, b)
	plug(t, c)
	plug(t, k)
	y := start(t, hidDriver(t, hid.Config{Naming: naming(a)}, hid.Config{Naming: naming(b)}, hid.Config{Naming: naming(c)}),
		evdevDriver(t, evdev.Config{Naming: naming(k), Setup: patient}))
	for _, id := range []string{"hid:usb-0c2e-1007-F1", "hid:usb-05e0-2100-F2", "hid:usb-05e0-1300-F3", "evdev:usb-0c2e-0b01-F4"} {
		y.state(id, driver.Ready)
	}
	time.Sleep(3 * time.Second) // a scanner that was used just now is asked more often
	const idle = 5 * time.Second
	before := cpu(t)
	time.Sleep(idle)
	used := cpu(t) - before
	t.Logf("idle with four scanners: %v of processor time in %v, %.2f %% of a core", used, idle, 100*float64(used)/float64(idle))
	if used > idle/4 { // whoever else works on this machine counts too
		t.Error("idle takes more than a quarter of a core: something does not wait")
	}

	const n = 200
	before, began := cpu(t), time.Now()
	go func() {
		for i := range n {
			da.Scan(vusb.Code{Data: fmt.Appendf(nil, "29%011d", i), AIM: "]E0"})
			time.Sleep(10 * time.Millisecond)
		}
	}()
	for i := range n {
		y.expect("hid:usb-0c2e-1007-F1", fmt.Sprintf("29%011d", i))
	}
	t.Logf("%d scans in %v: %v of processor time each, with the virtual scanner's own", n, time.Since(began).Round(time.Millisecond), (cpu(t)-before)/n)
	if lost := y.s.Report(); lost[0].Lost+lost[1].Lost+lost[2].Lost+lost[3].Lost != 0 {
		t.Errorf("lost: %+v", lost)
	}
}
