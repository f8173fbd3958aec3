package vm_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/usb/vhci"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/serial"
	"github.com/tillgate/tillgate/driver/usb"
)

// patience is for a machine whose processor is made of software.
const patience = 3 * time.Minute

// plug plugs a device in.
func plug(t *testing.T, ss ...vusb.Scanner) (*vusb.Device, *vhci.Plug) {
	t.Helper()
	vm.Inside(t)
	d := vusb.NewDevice(ss...)
	return d, replug(t, d)
}

func replug(t *testing.T, d *vusb.Device) *vhci.Plug {
	t.Helper()
	p, err := vhci.Connect(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Unplug() })
	if _, err := p.Wait(patience); err != nil {
		t.Fatal(err)
	}
	return p
}

// till is a supervisor with drivers.
type till struct {
	*testing.T
	s *driver.Supervisor
}

func start(t *testing.T, ds ...driver.Driver) *till {
	t.Helper()
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelWarn}))
	y := &till{t, driver.NewSupervisor(log, ds...)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- y.s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range y.s.Scans() {
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return y
}

// state waits until a device is in a state.
func (y *till) state(id string, want driver.State) driver.Status {
	y.Helper()
	var last driver.Status
	for end := time.Now().Add(patience); time.Now().Before(end); {
		for _, st := range y.s.Report() {
			if last = st; st.Info.ID == id && st.State == want {
				return st
			}
		}
		select {
		case <-y.s.Changed():
		case <-time.After(100 * time.Millisecond):
		}
	}
	y.Fatalf("%s is not %s: %+v", id, want, last)
	return last
}

// expect takes the next scan.
func (y *till) expect(id, data string) driver.Scan {
	y.Helper()
	select {
	case s := <-y.s.Scans():
		if s.Device != id || string(s.Data) != data {
			y.Errorf("%s: %q, want %s: %q", s.Device, s.Data, id, data)
		}
		return s
	case <-time.After(patience):
		y.Fatalf("no scan; report: %+v", y.s.Report())
	}
	return driver.Scan{}
}

func scan(t *testing.T, d *vusb.Device, c vusb.Code) {
	t.Helper()
	if err := d.Scan(c); err != nil {
		t.Fatal(err)
	}
}

func hidDriver(t *testing.T, cfgs ...hid.Config) driver.Driver {
	t.Helper()
	d, err := hid.New(cfgs)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func evdevDriver(t *testing.T, cfgs ...evdev.Config) driver.Driver {
	t.Helper()
	d, err := evdev.New(cfgs)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func naming(s vusb.Scanner) usb.Naming {
	return usb.Naming{USB: usb.Interface{VID: s.VID, PID: s.PID}.IDs(), SerialNumber: s.Serial}
}

// patient is a setting for keyboards on a processor made of software, which may
// stand still in the middle of a code.
var patient = keyboard.Setup{SilenceMS: 1000}

const ean = "4006381333931"

var long = strings.Repeat("Лояльность-0123456789 ", 20) // 620 bytes

// Scanners of every mode that is read by reports, as the kernel sees them.
func TestGuestHID(t *testing.T) {
	vm.Inside(t)
	for _, s := range []vusb.Scanner{vusb.HoneywellPOS("H1"), vusb.ZebraPOS("Z1"), vusb.NewlandPOS("N1"), vusb.OEM("O1"), vusb.OEMTable("O2"), vusb.WedgeAlt("K1")} {
		t.Run(s.Name, func(t *testing.T) {
			d, p := plug(t, s)
			y := start(t, hidDriver(t, hid.Config{Naming: naming(s), Setup: patient}))
			id := "hid:" + "usb-" + strings.ReplaceAll(naming(s).USB, ":", "-") + "-" + s.Serial
			st := y.state(id, driver.Ready)
			t.Log(st.Info.Mode)
			scan(t, d, vusb.Code{Data: []byte(ean), AIM: "]E0", CodeID: 'd'})
			got := y.expect(id, ean)
			if s.Name != "newland-pos" && s.Name != "wedge-alt" && got.AIM != "]E0" {
				t.Errorf("AIM %q", got.AIM)
			}
			long := long
			if s.Name == "wedge-alt" {
				long = long[:60] // it types two keys a byte
			}
			scan(t, d, vusb.Code{Data: []byte(long), AIM: "]Q1", CodeID: 's'})
			y.expect(id, long)

			// Pulled in the middle of a code: nothing of it comes out, and after
			// plugging in the next code does, whole.
			half := s.Reports(vusb.Code{Data: []byte(long), AIM: "]Q1"})
			d.Send(half[:len(half)/2])
			if err := p.Unplug(); err != nil {
				t.Fatal(err)
			}
			y.state(id, driver.Absent)
			replug(t, d)
			began := time.Now()
			y.state(id, driver.Ready)
			t.Logf("ready %v after the plug", time.Since(began).Round(time.Millisecond))
			scan(t, d, vusb.Code{Data: []byte("96385074"), AIM: "]E4"})
			y.expect(id, "96385074")
		})
	}
}

// A scanner in keyboard mode that has a HID-POS interface beside the keyboard is
// told to send its codes there, and types again when we are gone.
func TestGuestRedirection(t *testing.T) {
	keys, pos := vusb.Wedge("C1"), vusb.HoneywellPOS("C1")
	keys.PID = pos.PID
	d, _ := plug(t, keys, pos)
	t.Run("ours", func(t *testing.T) {
		y := start(t, hidDriver(t, hid.Config{Naming: naming(pos)}))
		y.state("hid:usb-0c2e-1007-C1", driver.Ready)
		scan(t, d, vusb.Code{Data: []byte(ean), AIM: "]E0"})
		y.expect("hid:usb-0c2e-1007-C1", ean)
	})
	var sent []string
	for _, r := range d.Reports() {
		if r.Kind == 3 {
			sent = append(sent, string(r.Data))
		}
	}
	if strings.Join(sent, "|") != "\xfe\x01|\xfe\x00" {
		t.Errorf("feature reports %q", sent)
	}
}

// Two scanners of one model are told apart by serial number and by socket.
func TestGuestTwoAlike(t *testing.T) {
	a, _ := plug(t, vusb.HoneywellPOS("A"))
	b, _ := plug(t, vusb.HoneywellPOS("B"))
	c, pc := plug(t, vusb.ZebraPOS(""))
	e, pe := plug(t, vusb.ZebraPOS(""))
	zebra := func(p *vhci.Plug) usb.Naming { return usb.Naming{USB: "05e0:2100", Port: p.Port()} }
	y := start(t, hidDriver(t,
		hid.Config{Naming: naming(vusb.HoneywellPOS("B"))}, hid.Config{Naming: naming(vusb.HoneywellPOS("A"))},
		hid.Config{Naming: zebra(pe)}, hid.Config{Naming: zebra(pc)}))
	for name, d := range map[string]*vusb.Device{"hid:usb-0c2e-1007-A": a, "hid:usb-0c2e-1007-B": b,
		"hid:usb-05e0-2100-port-" + pc.Port(): c, "hid:usb-05e0-2100-port-" + pe.Port(): e} {
		y.state(name, driver.Ready)
		scan(t, d, vusb.Code{Data: []byte(name), AIM: "]Q1"})
		y.expect(name, name)
	}
}

// A serial scanner on cdc_acm.
func TestGuestSerial(t *testing.T) {
	s := vusb.CDC("S1")
	d, p := plug(t, s)
	drv, err := serial.New([]serial.Config{{USB: "0c2e:0caa", SerialNumber: "S1"}})
	if err != nil {
		t.Fatal(err)
	}
	y := start(t, drv)
	const id = "serial:usb-0c2e-0caa-S1"
	for range 2 {
		y.state(id, driver.Ready)
		for end := time.Now().Add(patience); !d.DTR() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		}
		scan(t, d, vusb.Code{Data: []byte(ean)})
		y.expect(id, ean)
		if err := p.Unplug(); err != nil {
			t.Fatal(err)
		}
		y.state(id, driver.Absent)
		p = replug(t, d)
	}
}
