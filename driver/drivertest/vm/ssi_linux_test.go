package vm_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// packets are those that the host has sent to a scanner that speaks SSI.
func packets(d *vusb.Device) (all [][]byte) {
	var line []byte
	for _, r := range d.Reports() {
		if r.Kind == 0 {
			line = append(line, r.Data...)
		}
	}
	for {
		for len(line) > 0 && line[0] == 0 { // wakes the scanner
			line = line[1:]
		}
		if len(line) == 0 || len(line) < int(line[0])+2 {
			return all
		}
		n := int(line[0]) + 2
		all, line = append(all, line[:n]), line[n:]
	}
}

// acknowledges answers what a scanner is told, until the test ends.
func acknowledges(t *testing.T, d *vusb.Device) {
	done, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(done); <-ended })
	go func() {
		defer close(ended)
		for answered := 0; ; {
			for _, p := range packets(d)[answered:] {
				if answered++; !vusb.SSIValid(p) {
					t.Errorf("packet %x", p)
				} else if p[1] != 0xd0 && p[1] != 0xd1 {
					d.Send([][]byte{vusb.SSIPacket(0xd0, 0)})
				}
			}
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
}

// count is how many packets with an opcode the host has sent.
func count(d *vusb.Device, op byte) (n int) {
	for _, p := range packets(d) {
		if p[1] == op {
			n++
		}
	}
	return n
}

// tell runs a command of the program beside the daemon.
func (d *daemon) tell(args ...string) string {
	d.Helper()
	cmd := exec.Command(tillgate, append(args, "-c", d.file())...)
	cmd.Env = append(os.Environ(), "TOKEN=x", "HOME=/tmp")
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.Errorf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// Zebra's packets over a port of cdc_acm: acknowledged one by one, and commands from
// outside the program.
func TestDaemonSSI(t *testing.T) {
	vm.Inside(t)
	d := newDaemon(t, "[[scanner.serial]]\nusb = \"05e0:1701\"\nprotocol = \"ssi\"\n")
	dev, p := plug(t, vusb.SSI(""))
	acknowledges(t, dev)
	const id = "serial:usb-05e0-1701"
	for _, code := range []string{ean, strings.Repeat("SSI-0123456789/", 50)} {
		d.until(driver.Ready, id)
		wait(t, "the scanner was not asked for packets", func() bool { return count(dev, 0xc6) > 0 })
		for _, packet := range vusb.SSI("").Reports(vusb.Code{Data: []byte(code), AIM: "]Q1"}) {
			before := count(dev, 0xd0)
			if err := dev.Send([][]byte{packet}); err != nil {
				t.Fatal(err)
			}
			wait(t, "a packet was not acknowledged", func() bool { return count(dev, 0xd0) > before })
		}
		select {
		case got := <-d.codes:
			if got != code {
				t.Errorf("%q at the POS, want %q", got, code)
			}
		case <-time.After(patience):
			t.Fatalf("%q does not arrive", code)
		}
	}
	if m := d.driven()[id].Info.Mode; !strings.Contains(m, "SSI") || strings.Contains(m, "answer") {
		t.Errorf("mode %q", m)
	}
	for args, op := range map[string]byte{"--trigger on": 0xe4, "--trigger off": 0xe5, "--phones on": 0xc6} {
		before := count(dev, op)
		f := strings.Fields(args)
		d.tell("devices", f[0], f[1])
		if count(dev, op) == before {
			t.Errorf("%s: the scanner was not told: %x", args, packets(dev))
		}
	}
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	d.until(driver.Absent, id)
}

// What was taken down at one till is played at another: a scanner whose reports are
// those of the recording.
func TestDaemonRecording(t *testing.T) {
	vm.Inside(t)
	d := newDaemon(t, "[[scanner.hid]]\nusb = \"05e0:2100\"\n")
	dev, p := plug(t, vusb.ZebraPOS(""))
	const id = "hid:usb-05e0-2100"
	d.until(driver.Ready, id)
	d.kill()
	file := filepath.Join(t.TempDir(), "recording")
	cmd := exec.Command(tillgate, "devices", "--record", file, "--device", id, "--for", "2m", "-c", d.file())
	cmd.Env = append(os.Environ(), "TOKEN=x", "HOME=/tmp")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := func() string { b, _ := os.ReadFile(file); return string(b) }
	wait(t, "the recording does not begin", func() bool { return strings.Contains(read(), "# descriptor ") })
	scan(t, dev, vusb.Code{Data: []byte(long), AIM: "]Q1"})
	want := fmt.Sprintf("%x", vusb.ZebraPOS("").Send(long)[len(vusb.ZebraPOS("").Send(long))-1][6:20])
	wait(t, "the recording does not hold the end of the code", func() bool { return strings.Contains(read(), want) })
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	rec, err := vusb.ReadRecording(strings.NewReader(read()))
	if err != nil {
		t.Fatal(err)
	}
	d.start()
	again, _ := plug(t, rec.Scanner)
	d.until(driver.Ready, id)
	scan(t, again, vusb.Code{})
	select {
	case got := <-d.codes:
		if got != long {
			t.Errorf("played %q", got)
		}
	case <-time.After(patience):
		t.Fatalf("nothing was played: %+v", d.driven())
	}
}
