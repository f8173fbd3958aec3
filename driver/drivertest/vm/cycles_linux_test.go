package vm_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/usb/vhci"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// fourScanners is a till with one scanner of each way of attachment.
const fourScanners = `
[[scanner.hid]]
usb = "0c2e:1007"
[[scanner.hid]]
usb = "05e0:1300"
[[scanner.evdev]]
usb = "0c2e:0b01"
silence_ms = 1000
[[scanner.serial]]
usb = "0c2e:0caa"
`

var fourIDs = []string{"hid:usb-0c2e-1007", "hid:usb-05e0-1300", "evdev:usb-0c2e-0b01", "serial:usb-0c2e-0caa"}

func fourDevices() []*vusb.Device {
	return []*vusb.Device{vusb.NewDevice(vusb.HoneywellPOS("")), vusb.NewDevice(vusb.OEM("")), vusb.NewDevice(vusb.Wedge("")), vusb.NewDevice(vusb.CDC(""))}
}

// cycles is how many times the test below plugs a scanner in and pulls it: 32 by
// itself, TILLGATE_CYCLES times if the environment says so ("make cycles": 200).
func cycles(t *testing.T) int { return setting(t, "cycles", 32) }

// setting is a number that the environment of the test outside has set, or else.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	b, _ := os.ReadFile("/etc/" + name)
	if len(b) == 0 {
		return otherwise
	}
	n, err := strconv.Atoi(string(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// Plugging in and pulling, again and again, four ways of attachment, leaves no file and no
// goroutine behind in the real program; each time the scanner is found because the
// system tells of it, and its first code arrives.
func TestDaemonCycles(t *testing.T) {
	vm.Inside(t)
	d := newDaemon(t, fourScanners)
	devices := fourDevices()
	d.until(driver.Absent, fourIDs...)
	time.Sleep(5 * time.Second) // those that are away are hardly looked for by now
	var files, routines []int
	var took []time.Duration
	for round := range max(3, cycles(t)/len(devices)) {
		plugs := make([]*vhci.Plug, len(devices))
		began := make([]time.Time, len(devices))
		for i, dev := range devices {
			began[i] = time.Now()
			plugs[i] = replug(t, dev)
		}
		left := slices.Clone(fourIDs)
		for end := time.Now().Add(patience); len(left) > 0; time.Sleep(10 * time.Millisecond) {
			driven := d.driven()
			left = slices.DeleteFunc(left, func(id string) bool {
				ready := driven[id].State == driver.Ready
				if ready {
					took = append(took, time.Since(began[slices.Index(fourIDs, id)]))
				}
				return ready
			})
			if time.Now().After(end) {
				t.Fatalf("round %d: %v: %+v", round, left, driven)
			}
		}
		for i, dev := range devices {
			d.read(dev, fmt.Sprintf("CYCLE-%d-%d", round, i))
		}
		for _, p := range plugs {
			if err := p.Unplug(); err != nil {
				t.Fatal(err)
			}
		}
		d.until(driver.Absent, fourIDs...)
		p := d.process()
		files, routines = append(files, p.Files), append(routines, p.Goroutines)
	}
	slices.Sort(took)
	t.Logf("%d cycles; ready after the plug: median %v, slowest %v", len(took), took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	t.Logf("open files %d after the first round and %d after the last, goroutines %d and %d", files[0], files[len(files)-1], routines[0], routines[len(routines)-1])
	// One connection of the test, more or less, is the difference between two looks.
	if files[len(files)-1] > files[0]+2 || routines[len(routines)-1] > routines[0]+4 {
		t.Errorf("files %v, goroutines %v", files, routines)
	}
	if log := d.log.String(); strings.Contains(log, "did not tell") {
		t.Errorf("a scanner was found by looking for it, and not because the system told of it:\n%s", log)
	}
}
