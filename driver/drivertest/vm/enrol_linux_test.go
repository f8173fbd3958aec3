package vm_test

import (
	"bufio"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/usb/vhci"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

var shown = regexp.MustCompile(`TILLGATE[A-Z2-7]{8}`)

// enrol runs the command, lets the scanner read the code that it shows, and returns
// what it said.
func (d *daemon) enrol(dev *vusb.Device) (said string) {
	d.Helper()
	cmd := exec.Command(tillgate, "enrol", "-c", d.file())
	cmd.Env = append(cmd.Environ(), "TOKEN=x", "HOME=/tmp")
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		d.Fatal(err)
	}
	ended := make(chan struct{})
	defer close(ended)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		if code := shown.FindString(lines.Text()); code != "" {
			go func() { // people read it again if nothing happens
				for {
					select {
					case <-ended:
						return
					case <-time.After(2 * time.Second):
						dev.Scan(vusb.Code{Data: []byte(code), AIM: "]Q1"})
					}
				}
			}()
		}
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(said, "is this till's scanner") {
		d.Fatalf("enrol: %v:\n%s\n%+v", err, said, dev.Reports())
	}
	return said
}

// reads scans with a scanner and looks which device the daemon counts it for.
func (d *daemon) reads(dev *vusb.Device, code, id string) {
	d.Helper()
	before := d.driven()
	d.read(dev, code)
	wait(d.T, code+" was not counted for "+id, func() bool {
		now := d.driven()
		return now[id].Scans == before[id].Scans+1
	})
}

// A scanner with a serial number is known by it: after a restart, in another socket,
// and beside another one of its kind, which stays a stranger.
func TestDaemonEnrolBySerial(t *testing.T) {
	vm.Inside(t)
	d := newDaemon(t, "")
	a, pa := plug(t, vusb.HoneywellPOS("A"))
	b, pb := plug(t, vusb.HoneywellPOS("B"))
	const id = "hid:usb-0c2e-1007-A"
	if said := d.enrol(a); !strings.Contains(said, `serial_number = "A"`) {
		t.Error(said)
	}
	d.until(driver.Ready, id)
	d.reads(a, "ENROLLED", id)

	was := pa.Port()
	for _, p := range []*vhci.Plug{pa, pb} {
		if err := p.Unplug(); err != nil {
			t.Fatal(err)
		}
	}
	d.until(driver.Absent, id)
	replug(t, b) // takes the socket of the first
	pa = replug(t, a)
	if pa.Port() == was {
		t.Fatalf("it is at %s again", was)
	}
	d.restart()
	d.until(driver.Ready, id)
	d.reads(a, "AFTER-RESTART", id)
	if driven, found := d.devices(); len(driven) != 1 || len(found) == 0 {
		t.Errorf("driven %+v, found %+v", driven, found)
	}
}

// Two scanners of one kind without serial numbers are told apart by their sockets.
// The first, enrolled when it was alone, keeps its name and may move.
func TestDaemonEnrolBySocket(t *testing.T) {
	vm.Inside(t)
	d := newDaemon(t, "")
	a, pa := plug(t, vusb.ZebraPOS(""))
	d.enrol(a)
	const first = "hid:usb-05e0-2100"
	d.until(driver.Ready, first)
	d.reads(a, "ALONE", first)

	b, pb := plug(t, vusb.ZebraPOS(""))
	second := first + "-port-" + pb.Port()
	if said := d.enrol(b); !strings.Contains(said, pb.Port()) {
		t.Error(said)
	}
	d.until(driver.Ready, first, second)
	apart := func(when string) {
		t.Helper()
		d.until(driver.Ready, first, second)
		d.reads(a, when+"-1", first)
		d.reads(b, when+"-2", second)
	}
	apart("BOTH")
	d.restart()
	apart("AFTER-RESTART")

	// The first is pulled, and the second with it; only the second comes back, in its
	// socket: it is not taken for the first.
	if err := pa.Unplug(); err != nil {
		t.Fatal(err)
	}
	d.until(driver.Absent, first)
	d.restart()
	d.until(driver.Ready, second)
	d.until(driver.Absent, first)
	d.reads(b, "SECOND-ALONE", second)
	plug(t, vusb.CDC("")) // takes the socket of the first
	replug(t, a)
	apart("MOVED")
}

// Two serial scanners of one kind without serial numbers: the same, through cdc_acm.
func TestDaemonEnrolSerialBySocket(t *testing.T) {
	vm.Inside(t)
	d := newDaemon(t, "")
	a, pa := plug(t, vusb.CDC(""))
	d.enrol(a)
	const first = "serial:usb-0c2e-0caa"
	d.until(driver.Ready, first)
	b, pb := plug(t, vusb.CDC(""))
	second := first + "-port-" + pb.Port()
	if said := d.enrol(b); !strings.Contains(said, pb.Port()) {
		t.Error(said)
	}
	apart := func(when string) {
		t.Helper()
		d.until(driver.Ready, first, second)
		d.opened(a, b)
		d.reads(a, when+"-1", first)
		d.reads(b, when+"-2", second)
	}
	apart("BOTH")

	// Both are pulled, and come back the other way round: the names of their files are
	// changed, their sockets are not.
	for _, p := range []*vhci.Plug{pa, pb} {
		if err := p.Unplug(); err != nil {
			t.Fatal(err)
		}
	}
	d.until(driver.Absent, first, second)
	_, pf := plug(t, vusb.HoneywellPOS("F")) // takes the socket of the first
	was := pb.Port()
	pb = replug(t, b)
	if err := pf.Unplug(); err != nil {
		t.Fatal(err)
	}
	d.until(driver.Ready, second)
	pa = replug(t, a)
	apart("AGAIN")
	d.restart()
	apart("AFTER-RESTART")

	// The second moves: it is a stranger there, and the first is not mistaken for it.
	if err := pb.Unplug(); err != nil {
		t.Fatal(err)
	}
	plug(t, vusb.HoneywellPOS("G")) // takes its socket
	replug(t, b)
	d.until(driver.Absent, second)
	d.until(driver.Ready, first)
	d.reads(a, "FIRST-STAYS", first)
	_, found := d.devices()
	for _, f := range found {
		if f.ID == first || strings.HasPrefix(f.ID, first+"-port-") && f.ID != second {
			return
		}
	}
	t.Errorf("%s has moved from %s and is not shown: %+v", second, was, found)
}

// opened waits until the ports of serial scanners are open.
func (d *daemon) opened(devices ...*vusb.Device) {
	d.Helper()
	for _, dev := range devices {
		wait(d.T, "a port is not opened", dev.DTR)
	}
}
