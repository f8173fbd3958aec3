package evdev

import (
	"errors"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/usb"
)

func iface(path string, s vusb.Scanner) usb.Interface {
	return usb.Interface{Path: path, VID: s.VID, PID: s.PID, Serial: s.Serial, Manufacturer: s.Manufacturer, Product: s.Product,
		Class: 3, Subclass: s.Subclass, Protocol: s.Protocol, Descriptor: s.Descriptor}
}

func ordinary() usb.Interface {
	s := vusb.Wedge("")
	s.VID, s.PID, s.Manufacturer, s.Product = 0x046d, 0xc31c, "Logitech", "USB Keyboard"
	return iface("2-1:1.0", s)
}

func TestFind(t *testing.T) {
	pos := vusb.HoneywellPOS("P")
	keys := vusb.Wedge("P")
	keys.PID = pos.PID
	all := []usb.Interface{iface("1-1:1.0", vusb.Wedge("A")), iface("1-2:1.0", vusb.Wedge("B")), ordinary(),
		iface("1-3:1.0", keys), iface("1-3:1.1", pos)}
	d, err := New([]Config{{Naming: usb.Naming{USB: "0c2e:0b01", SerialNumber: "B"}, Setup: keyboard.Setup{Country: "de"}}, {Naming: usb.Naming{USB: "05e0:1200"}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range d.find(all) {
		got = append(got, i.ID+" | "+i.Path+" | "+i.Mode+" | "+i.Problem)
	}
	want := []string{
		"evdev:usb-0c2e-0b01-B | 1-2:1.0 | keyboard (de), taken from the system | ",
		"evdev:usb-05e0-1200 |  | keyboard | USB scanner usb-05e0-1200: not plugged in",
		`evdev:usb-0c2e-0b01-A | 1-1:1.0 | keyboard (us), taken from the system | not in the configuration; made by Metrologic or Honeywell: it types into whatever window is in front. Add a scanner with driver = "evdev" and usb = "0c2e:0b01", serial_number = "A", or better scan the setup barcode for USB HID-POS in its manual`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Error(strings.Join(got, "\n"))
	}
}

// A keyboard on which people type is never taken.
func TestOrdinaryKeyboard(t *testing.T) {
	cfg := Config{Naming: usb.Naming{USB: "046d:c31c"}}
	locate := func() error {
		d, err := New([]Config{cfg})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.sources[0].locate([]usb.Interface{ordinary()})
		return err
	}
	if err := locate(); err == nil || !strings.Contains(err.Error(), "looks like an ordinary keyboard and is left alone") {
		t.Error(err)
	}
	cfg.Trust = true
	if err := locate(); err != nil {
		t.Error(err)
	}
}

func TestOtherMode(t *testing.T) {
	d, err := New([]Config{{Naming: usb.Naming{USB: "1eab:1d10"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.sources[0].locate([]usb.Interface{iface("1-1:1.0", vusb.NewlandPOS(""))}); err == nil || !strings.Contains(err.Error(), "not in keyboard mode") {
		t.Error(err)
	}
	if _, err := d.sources[0].locate(nil); !errors.Is(err, driver.ErrAbsent) {
		t.Error(err)
	}
}

func TestConfigMistakes(t *testing.T) {
	_, err := New([]Config{{}, {Naming: usb.Naming{USB: "0c2e:0b01"}}, {Naming: usb.Naming{USB: "0c2e:0b01"}}})
	want := `evdev scanner 1: usb: missing; want vendor and product id, such as "0c2e:0b01"; "tillgate devices" shows them
evdev scanner 3: usb: "0c2e:0b01" is evdev scanner 2 too; want serial_number or port at both to tell them apart`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
