package vm_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/serial"
)

// typable is the longest code that a keyboard types here, in bytes: it takes 8 ms and
// more for a character.
const typable = 50

// The codes of every scanner, through the kernel's drivers. Packages hid and serial
// have the test with all of them.
func TestGuestMatrix(t *testing.T) {
	vm.Inside(t)
	dec, err := decode.New(decode.Config{Cards: []card.Config{{Name: "plastic", Kind: card.Pattern, Pattern: "(29[0-9]{11})"}}})
	if err != nil {
		t.Fatal(err)
	}
	cells := 0
	for _, s := range vusb.Scanners() {
		t.Run(s.Name, func(t *testing.T) {
			d, plug := plug(t, s)
			defer plug.Unplug()
			drv := driverFor(t, s)
			y := start(t, drv)
			id := drv.Sources()[0].Info().ID
			y.state(id, driver.Ready)
			if s.Descriptor == nil {
				wait(t, "nobody asserts DTR", d.DTR)
			}
			for _, p := range vusb.Payloads() {
				if len(p.Code.Data) == 0 || s.Lacks(p.Code) != "" || s.Protocol == 1 && len(p.Code.Data) > typable {
					continue
				}
				cells++
				got := y.shown(d, p.Code)
				have, want := dec.Decode(got), dec.Decode(driver.Scan{Data: p.Code.Data, AIM: p.Code.AIM, At: got.At})
				if have.AIM == "" { // the scanner does not say what it was
					have.Symbology, want.Symbology, want.AIM = 0, 0, ""
				}
				if want.Scan = have.Scan; !reflect.DeepEqual(have, want) {
					t.Errorf("%s: %+v\nwant %+v", p.Name, have, want)
				}
			}
		})
	}
	if t.Logf("%d codes", cells); cells < 120 {
		t.Errorf("only %d codes were tried", cells)
	}
}

// shown has a scanner read a code, and once more if that was counted as lost, as a
// customer does: the kernel keeps few keys for a processor made of software.
func (y *till) shown(d *vusb.Device, c vusb.Code) driver.Scan {
	y.Helper()
	for range 10 {
		lost := y.s.Report()[0].Lost
		scan(y.T, d, c)
		for end := time.Now().Add(patience); y.s.Report()[0].Lost == lost && time.Now().Before(end); {
			select {
			case s := <-y.s.Scans():
				return s
			case <-time.After(100 * time.Millisecond):
			}
		}
		time.Sleep(2 * time.Second) // what is left of it
	}
	y.Fatalf("no scan; report: %+v", y.s.Report())
	return driver.Scan{}
}

// driverFor is the driver that the scanner is for.
func driverFor(t *testing.T, s vusb.Scanner) driver.Driver {
	t.Helper()
	switch {
	case s.Descriptor == nil:
		cfg := serial.Config{USB: naming(s).USB, SilenceMS: 500}
		if s.Name == "ssi" {
			cfg = serial.Config{USB: cfg.USB, Protocol: "ssi"}
		}
		d, err := serial.New([]serial.Config{cfg})
		if err != nil {
			t.Fatal(err)
		}
		return d
	case s.Name == "wedge-us":
		return evdevDriver(t, evdev.Config{Naming: naming(s), Setup: patient})
	}
	return hidDriver(t, hid.Config{Naming: naming(s), Setup: patient})
}
