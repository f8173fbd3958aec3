package vm_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/hid"
)

// rounds is how many codes each scanner of the test below reads: two by itself,
// TILLGATE_QUIET if the environment says so.
func rounds(t *testing.T) int { return setting(t, "quiet", 2) }

// A code that is scanned after five quiet seconds, give or take some milliseconds:
// at that moment hidapi renews its request for a report, and forgets one that has
// just come (11 of 96 codes in this test, read through it). Nothing is read twice
// here, and nothing may be missing.
func TestGuestQuiet(t *testing.T) {
	vm.Inside(t)
	const n = 8
	var (
		cfgs    []hid.Config
		devices []*vusb.Device
		ids     []string
	)
	for k := range n {
		s := vusb.HoneywellPOS(fmt.Sprint("Q", k))
		d, _ := plug(t, s)
		devices, cfgs, ids = append(devices, d), append(cfgs, hid.Config{Naming: naming(s)}), append(ids, "hid:usb-0c2e-1007-"+s.Serial)
	}
	y := start(t, hidDriver(t, cfgs...))
	for _, id := range ids {
		y.state(id, driver.Ready)
	}
	missing := map[string]bool{}
	var wg sync.WaitGroup
	for k, d := range devices {
		for r := range rounds(t) {
			missing[fmt.Sprintf("QUIET-%d-%d", k, r)] = true
		}
		wg.Go(func() {
			for r := range rounds(t) {
				if r > 0 {
					time.Sleep(4995*time.Millisecond + rand.N(15*time.Millisecond))
				}
				if err := d.Scan(vusb.Code{Data: fmt.Appendf(nil, "QUIET-%d-%d", k, r), AIM: "]E0"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for wg.Wait(); len(missing) > 0; {
		select {
		case s := <-y.s.Scans():
			if !missing[string(s.Data)] {
				t.Errorf("%q is one too many", s.Data)
			}
			delete(missing, string(s.Data))
		case <-time.After(patience / 6):
			t.Fatalf("%d of %d codes are missing: %q", len(missing), n*rounds(t), slices.Sorted(maps.Keys(missing)))
		}
	}
}
