package vm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// A hundred codes a second out of one scanner in HID-POS mode, and as many out of a
// second scanner at the same time: the real program hands on every one of them, in
// order. The scanners wait only if the machine stands still for so long that the kernel's
// queue would run over.
func TestDaemonRate(t *testing.T) {
	vm.Inside(t)
	const n, every = 200, 10 * time.Millisecond
	scanners := []vusb.Scanner{vusb.HoneywellPOS(""), vusb.OEM("")}
	ids := []string{"hid:usb-0c2e-1007", "hid:usb-05e0-1300"}
	var devices []*vusb.Device
	for _, s := range scanners {
		d, _ := plug(t, s)
		devices = append(devices, d)
	}
	d := newDaemon(t, "[[scanner.hid]]\nusb = \"0c2e:1007\"\n[[scanner.hid]]\nusb = \"05e0:1300\"\n")
	d.until(driver.Ready, ids...)
	room := make([]chan struct{}, len(devices))
	for k, dev := range devices {
		room[k] = make(chan struct{}, 40) // of 63, package hid
		go func() {
			next := time.Now()
			for i := range n {
				room[k] <- struct{}{}
				if err := dev.Scan(vusb.Code{Data: fmt.Appendf(nil, "RATE-%d-%03d", k, i), AIM: "]Q1"}); err != nil {
					t.Error(err)
					return
				}
				next = next.Add(every)
				time.Sleep(time.Until(next))
			}
		}()
	}
	began := time.Now()
	came := make([]int, len(devices))
	for sum := 0; sum < n*len(devices); sum++ {
		select {
		case got := <-d.codes:
			var k, i int
			if _, err := fmt.Sscanf(got, "RATE-%d-%d", &k, &i); err != nil || k >= len(came) || i != came[k] {
				t.Fatalf("%q, and %v of each had come", got, came)
			}
			came[k]++
			<-room[k]
		case <-time.After(patience):
			t.Fatalf("%v of %d of each scanner: %+v", came, n, d.driven())
		}
	}
	t.Logf("%.0f codes a second", float64(n*len(devices))/time.Since(began).Seconds())
	for id, st := range d.driven() {
		if st.Lost > 0 || st.Scans != n {
			t.Errorf("%s: %d codes, lost %d: %s", id, st.Scans, st.Lost, st.LostWhy)
		}
	}
}
