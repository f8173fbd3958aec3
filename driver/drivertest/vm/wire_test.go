package vm_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/usb/redir"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// The scanners of this test live in the process that tests, and reach the guest
// through an emulated xHCI controller: what a real controller does to their timing,
// and to them when the machine sleeps, is in it.
var wired = []vusb.Scanner{vusb.HoneywellPOS("A"), vusb.HoneywellPOS("B"), vusb.OEM("O1"), vusb.Wedge("K1"), vusb.CDC("S1")}

// wiredIDs are their names, in the same order.
var wiredIDs = []string{"hid:usb-0c2e-1007-A", "hid:usb-0c2e-1007-B", "hid:usb-05e0-1300-O1", "evdev:usb-0c2e-0b01-K1", "serial:usb-0c2e-0caa-S1"}

// TestScannersOverTheWireInTheKernel plugs scanners into the guest from outside.
func TestScannersOverTheWireInTheKernel(t *testing.T) {
	args := []string{"-device", "qemu-xhci,id=xhci,p2=8,p3=8"}
	dir := t.TempDir()
	y := &wire{T: t, lines: make(chan string, 10000), opens: map[string]string{}}
	for i := range wired {
		path := filepath.Join(dir, fmt.Sprint("p", i))
		s, err := redir.Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		y.sockets = append(y.sockets, s)
		y.devices = append(y.devices, vusb.NewDevice(wired[i]))
		args = append(args, "-chardev", fmt.Sprintf("socket,id=p%d,path=%s", i, path), "-device", fmt.Sprintf("usb-redir,bus=xhci.0,chardev=p%d", i))
	}
	played := make(chan struct{})
	go func() {
		defer close(played)
		y.play()
	}()
	vm.Boot(t, vm.Options{Run: "^TestWireGuest$", Modules: append([]string{"xhci-pci"}, vm.Scanners...), Args: args,
		Console: func(l string) { y.lines <- l }})
	close(y.lines)
	for _, s := range y.sockets {
		s.Close()
	}
	<-played
}

// wire is the side of the test process.
type wire struct {
	*testing.T
	sockets []*redir.Socket
	devices []*vusb.Device
	lines   chan string // of the guest's console
	opens   map[string]string
	over    bool
}

// await waits for a line of the guest, and notes how often devices were opened.
func (y *wire) await(what string) bool {
	for l := range y.lines {
		if f := strings.Fields(l); len(f) == 4 && f[0] == "STATE" {
			y.opens[f[1]] = f[3]
		}
		if strings.HasPrefix(l, what) {
			return true
		}
	}
	if !y.over {
		y.Errorf("the guest ended before %q", what)
	}
	y.over = true
	return false
}

// scan lets a scanner read a code as soon as the host has enabled it.
func (y *wire) scan(i int, data string) {
	for !y.over {
		if wired[i].Descriptor == nil && !y.devices[i].DTR() { // a port is open then
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err := y.devices[i].Scan(vusb.Code{Data: []byte(data), AIM: "]E0"}); err == nil {
			y.await("SCAN " + wiredIDs[i] + " " + data)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// enabled is how often the OEM scanner was told to deliver codes.
func (y *wire) enabled() (n int) {
	for _, r := range y.devices[2].Reports() {
		if len(r.Data) == 11 && r.Data[0] == 0x11 {
			n++
		}
	}
	return n
}

// play is what happens, from the plugging in to the end.
func (y *wire) play() {
	y.await("WAITING")
	for i, s := range y.sockets {
		began := time.Now()
		if err := s.Plug(y.devices[i]); err != nil {
			y.Error(err)
			return
		}
		y.await("STATE " + wiredIDs[i] + " ready")
		y.scan(i, fmt.Sprint("FIRST", i))
		y.Logf("%s: first code %v after the plug", wiredIDs[i], time.Since(began).Round(time.Millisecond))
	}
	for i, s := range y.sockets { // pulled in the middle of a code, and put back
		half := wired[i].Reports(vusb.Code{Data: []byte(strings.Repeat("HALF", 40)), AIM: "]Q1"})
		y.devices[i].Send(half[:(len(half)+1)/2])
		s.Unplug()
		y.await("STATE " + wiredIDs[i] + " absent")
		if err := s.Plug(y.devices[i]); err != nil {
			y.Error(err)
			return
		}
		y.await("STATE " + wiredIDs[i] + " ready")
		y.scan(i, fmt.Sprint("AGAIN", i))
	}
	before, enabled := map[string]string{}, y.enabled()
	for id, n := range y.opens {
		before[id] = n
	}
	y.scan(0, "SLEEP")
	y.await("AWAKE")
	for waiting := true; waiting && !y.over; {
		waiting = false
		for _, id := range wiredIDs {
			waiting = waiting || y.opens[id] == before[id]
		}
		if waiting {
			y.await("STATE")
		}
	}
	for i := range wired {
		y.scan(i, fmt.Sprint("AWAKE", i))
	}
	y.Logf("opened %v before the sleep, %v after it", before, y.opens)
	if y.enabled() == enabled {
		y.Error("the OEM scanner was not enabled again after the sleep")
	}
	y.scan(0, "END")
}
