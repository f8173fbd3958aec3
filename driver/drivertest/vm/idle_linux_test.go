package vm_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/sync/central/server"
)

// idleTills are tills whose idleness is counted: the same but for what is attached.
var idleTills = []struct {
	name, config string
	devices      func() []*vusb.Device
	ids          []string
}{
	{name: "no scanner", devices: func() []*vusb.Device { return nil }},
	{
		name:   "four serial scanners (cdc_acm)",
		config: serialEntry("A") + serialEntry("B") + serialEntry("C") + serialEntry("D"),
		devices: func() (all []*vusb.Device) {
			for _, n := range []string{"A", "B", "C", "D"} {
				all = append(all, vusb.NewDevice(vusb.CDC(n)))
			}
			return all
		},
		ids: []string{"serial:usb-0c2e-0caa-A", "serial:usb-0c2e-0caa-B", "serial:usb-0c2e-0caa-C", "serial:usb-0c2e-0caa-D"},
	},
	{
		name: "HID-POS, OEM, and two in keyboard mode (evdev, and raw reports)",
		config: `
[[scanner.hid]]
usb = "0c2e:1007"
[[scanner.hid]]
usb = "05e0:1300"
[[scanner.evdev]]
usb = "0c2e:0b01"
[[scanner.hid]]
usb = "0c2e:0b02"
`,
		devices: func() []*vusb.Device {
			return []*vusb.Device{vusb.NewDevice(vusb.HoneywellPOS("")), vusb.NewDevice(vusb.OEM("")), vusb.NewDevice(vusb.Wedge("")), vusb.NewDevice(vusb.WedgeAlt(""))}
		},
		ids: []string{"hid:usb-0c2e-1007", "hid:usb-05e0-1300", "evdev:usb-0c2e-0b01", "hid:usb-0c2e-0b02"},
	},
}

func serialEntry(number string) string {
	return fmt.Sprintf("[[scanner.serial]]\nusb = \"0c2e:0caa\"\nserial_number = %q\n", number)
}

// TestIdleTill counts the instructions of a till on which nobody scans, its own and
// the kernel's on its behalf, with the page and the POS open. Each takes a nanosecond
// of the machine's time: so the processor time that the kernel's scheduler notes is
// their number, whatever else the host has to do, and five minutes pass in seconds.
//
// An instruction of a real processor takes more or less than that, but serial scanners
// can be measured on one (scanbench -till): what the kinds of scanners are to each
// other here, they are there.
func TestIdleTill(t *testing.T) {
	vm.Inside(t)
	const idle = 5 * time.Minute
	url, token := chain(t)
	for _, x := range idleTills {
		t.Run(x.name, func(t *testing.T) {
			d := newDaemonAt(t, x.config, url, token)
			pid := d.process().PID
			d.page()
			for _, dev := range x.devices() {
				replug(t, dev)
			}
			if len(x.ids) > 0 {
				d.until(driver.Ready, x.ids...)
			}
			time.Sleep(time.Minute) // the end of the start
			before, slept := cpu(t, pid), wakeups(t, pid)
			time.Sleep(idle)
			used, woken := cpu(t, pid)-before, wakeups(t, pid)-slept
			t.Logf("idle with %s: %.0f thousand instructions a second, %.4f %% of a core that does a thousand million; %.1f times woken a second",
				x.name, float64(used)/idle.Seconds()/1e3, 100*float64(used)/float64(idle), float64(woken)/idle.Seconds())
			if used == 0 || used > idle/1000 {
				t.Errorf("idle takes %v of %v", used, idle)
			}
		})
	}
}

// chain is the central API with its customers, in this process.
func chain(t *testing.T) (url, token string) {
	t.Helper()
	s, err := server.Open(filepath.Join(t.TempDir(), "central.db"), server.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Seed(1000, 1); err != nil {
		t.Fatal(err)
	}
	if token, err = s.Grant("1", "1"); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &http.Server{Handler: s.Handler()}
	go h.Serve(l)
	t.Cleanup(func() { h.Close() })
	return "http://" + l.Addr().String(), token
}

// page opens the cashier's page, as far as the daemon can see.
func (d *daemon) page() {
	d.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"tillgate.v1"}}
	c, _, err := dialer.DialContext(context.Background(), "ws://127.0.0.1:8377/v1/ws", nil)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { c.Close() })
	if err := c.WriteJSON(map[string]any{"type": "hello", "client": "idle"}); err != nil {
		d.Fatal(err)
	}
	go func() {
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				return
			}
		}
	}()
}
