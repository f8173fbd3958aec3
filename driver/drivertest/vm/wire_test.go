package vm_test

import (
	"fmt"
	"maps"
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
var wired = []vusb.Scanner{vusb.HoneywellPOS("A"), vusb.HoneywellPOS("B"), vusb.OEM("O1"), vusb.Wedge("K1"), vusb.CDC("S1"), vusb.ZebraPOS("Z1")}

// wiredIDs are their names, in the same order.
var wiredIDs = []string{"hid:usb-0c2e-1007", "hid:usb-0c2e-1007-B", "hid:usb-05e0-1300", "evdev:usb-0c2e-0b01", "serial:usb-0c2e-0caa", "hid:usb-05e0-2100"}

// The ones that something happens to.
const (
	leaves = 1
	oem    = 2
	typist = 3
	comes  = 5
)

// TestScannersOverTheWireInTheKernel plugs scanners into the guest from outside, and
// lets the machine sleep and wake, under the real program.
func TestScannersOverTheWireInTheKernel(t *testing.T) {
	vm.Need(t)
	bin := build(t)
	dir := t.TempDir()
	y := &wire{T: t, monitor: filepath.Join(dir, "q"), lines: make(chan string, 10000), state: map[string]string{}}
	args := []string{"-device", "qemu-xhci,id=xhci,p2=8,p3=8", "-qmp", "unix:" + y.monitor + ",server=on,wait=off"}
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
	vm.Boot(t, vm.Options{Run: "^TestWireGuest$", Sleeps: true, Modules: append([]string{"xhci-pci"}, vm.Scanners...), Args: args,
		Programs: map[string]string{tillgate: bin}, Console: func(l string) { y.lines <- l }})
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
	monitor string
	lines   chan string       // of the guest's console
	state   map[string]string // of each scanner, with how often it was opened
	over    bool
}

// await waits for a line of the guest that begins so, and says which of them came. It
// notes the states of devices.
func (y *wire) await(whats ...string) string {
	for l := range y.lines {
		if f := strings.Fields(l); len(f) == 4 && f[0] == "STATE" {
			y.state[f[1]] = f[2] + " " + f[3]
		}
		for _, what := range whats {
			if strings.HasPrefix(l, what) {
				return what
			}
		}
	}
	if !y.over {
		y.Errorf("the guest ended before %q", whats)
	}
	y.over = true
	return ""
}

// scan lets a scanner read a code as soon as the host has enabled it. One whose keys
// were lost, on a machine whose processor stood still, reads it again.
func (y *wire) scan(i int, data string) {
	for !y.over {
		if wired[i].Descriptor == nil && !y.devices[i].DTR() { // a port is open then
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err := y.devices[i].Scan(vusb.Code{Data: []byte(data), AIM: "]E0"}); err == nil {
			came := []string{"SCAN " + data}
			if i == typist {
				came = append(came, "LOST keys")
			}
			if y.await(came...) != "LOST keys" {
				return
			}
			continue
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// plug puts a scanner in and waits for its first code.
func (y *wire) plug(i int, data string) {
	if y.over {
		return
	}
	began := time.Now()
	if err := y.sockets[i].Plug(y.devices[i]); err != nil {
		y.Error(err)
		y.over = true
		return
	}
	y.until(i, "ready")
	y.scan(i, data)
	y.Logf("%s: first code %v after the plug", wiredIDs[i], time.Since(began).Round(time.Millisecond))
}

// until waits until a scanner is in a state.
func (y *wire) until(i int, state string) {
	for !y.over && !strings.HasPrefix(y.state[wiredIDs[i]], state+" ") {
		y.await("STATE " + wiredIDs[i])
	}
}

// enabled is how often the OEM scanner was told to deliver codes.
func (y *wire) enabled() (n int) {
	for _, r := range y.devices[oem].Reports() {
		if len(r.Data) == 11 && r.Data[0] == 0x11 {
			n++
		}
	}
	return n
}

// play is what happens, from the plugging in to the end.
func (y *wire) play() {
	y.await("WAITING")
	for i := range comes {
		y.plug(i, fmt.Sprint("FIRST", i))
	}
	for i, s := range y.sockets[:comes] { // pulled in the middle of a code, and put back
		half := wired[i].Reports(vusb.Code{Data: []byte(strings.Repeat("HALF", 40)), AIM: "]Q1"})
		y.devices[i].Send(half[:(len(half)+1)/2])
		s.Unplug()
		y.until(i, "absent")
		y.plug(i, fmt.Sprint("AGAIN", i))
	}
	monitor, err := vm.Watch(y.monitor)
	if err != nil {
		y.Error(err)
		return
	}
	defer monitor.Close()
	y.scan(0, "COUNT")
	y.sleep(monitor, func() { // one is taken away while the machine sleeps, and another put in
		y.sockets[leaves].Unplug()
		if err := y.sockets[comes].Plug(y.devices[comes]); err != nil {
			y.Error(err)
		}
	}, 0, 2, 3, 4, comes)
	y.until(leaves, "absent")
	y.plug(leaves, "BACK")
	y.sockets[comes].Unplug()
	y.until(comes, "absent")
	y.sleep(monitor, func() {}, 0, 1, 2, 3, 4)
	y.scan(0, "COUNT")
	y.scan(0, "END")
}

// sleep puts the machine to sleep, does something meanwhile, and wakes it. Each of
// these scanners is opened then, and its first code arrives.
func (y *wire) sleep(m *vm.Monitor, meanwhile func(), scanners ...int) {
	if y.over {
		return
	}
	before, enabled := maps.Clone(y.state), y.enabled()
	if err := y.devices[0].Scan(vusb.Code{Data: []byte("SLEEP"), AIM: "]E0"}); err != nil {
		y.Error(err)
	}
	var now struct{ Status string }
	if err := m.Await("SUSPEND"); err != nil {
		y.Error(err)
		return
	}
	meanwhile()
	time.Sleep(3 * time.Second) // a sleep that counts; the clock of the machine that goes on has whole seconds
	if err := m.Do("query-status", &now); err != nil || now.Status != "suspended" {
		y.Errorf("the machine does not sleep: %q, %v", now.Status, err)
	}
	if err := m.Do("system_wakeup", nil); err != nil {
		y.Error(err)
	}
	if err := m.Await("WAKEUP"); err != nil {
		y.Error(err)
	}
	began := time.Now()
	y.await("AWAKE")
	for _, i := range scanners {
		for !y.over && (y.state[wiredIDs[i]] == before[wiredIDs[i]] || !strings.HasPrefix(y.state[wiredIDs[i]], "ready ")) {
			y.await("STATE")
		}
	}
	y.Logf("%d scanners opened again %v after waking", len(scanners), time.Since(began).Round(time.Millisecond))
	for _, i := range scanners {
		y.scan(i, fmt.Sprint("AWAKE", i))
	}
	if y.enabled() == enabled {
		y.Error("the OEM scanner was not enabled again after the sleep")
	}
}
