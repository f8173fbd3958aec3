package hid

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/usb"
)

func sprint(v any) string { return fmt.Sprint(v) }

func iface(path string, s vusb.Scanner) node {
	return node{Interface: usb.Interface{Path: path, VID: s.VID, PID: s.PID, Serial: s.Serial, Manufacturer: s.Manufacturer, Product: s.Product,
		Class: 3, Subclass: s.Subclass, Protocol: s.Protocol, Descriptor: s.Descriptor}}
}

// composite is a Honeywell scanner in keyboard mode: a keyboard, and beside it the
// HID-POS interface that gets the codes when it is told to.
func composite() []node {
	k, p := vusb.Wedge("1"), vusb.HoneywellPOS("1")
	k.PID = p.PID
	return []node{iface("1-1:1.0", k), iface("1-1:1.1", p)}
}

func ordinaryKeyboard() []node {
	s := vusb.Wedge("")
	s.VID, s.PID, s.Manufacturer, s.Product = 0x046d, 0xc31c, "Logitech", "USB Keyboard"
	return []node{iface("2-1:1.0", s)}
}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		name   string
		device []node
		set    settings
		path   string
		mode   mode
		typed  bool
		err    string
	}{
		{"HID-POS before keyboard", composite(), settings{}, "1-1:1.1", posMode, true, ""},
		{"as configured", composite(), settings{mode: keyboardMode}, "1-1:1.0", keyboardMode, false, ""},
		{"not offered", composite(), settings{mode: oemMode}, "", 0, false, "offers no OEM interface"},
		{"by usage alone", []node{{page: 0x8c, usage: 2}}, settings{}, "", posMode, false, ""},
		{"OEM by usage alone", []node{{page: 0xff45, usage: 0x4b00}}, settings{}, "", oemMode, false, ""},
		{"firmware interface", []node{{page: 0xff45, usage: 0xa000}}, settings{}, "", 0, false, "offers no HID-POS, OEM or keyboard interface"},
		{"SNAPI", []node{{page: 0xff00, usage: 1}}, settings{sel: usb.Selector{VID: 0x05e0, PID: 0x1900}}, "", 0, false, "SNAPI mode"},
		{"ordinary keyboard", ordinaryKeyboard(), settings{}, "", 0, false, "looks like an ordinary keyboard and is left alone"},
		{"keyboard that is trusted", ordinaryKeyboard(), settings{trust: true}, "2-1:1.0", keyboardMode, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS != "linux" && tt.mode == keyboardMode {
				t.Skip("keyboards are not taken here")
			}
			c, err := choose(tt.device, tt.set)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || c.Path != tt.path || c.mode != tt.mode || c.typed != tt.typed {
				t.Errorf("%v: %+v", err, c)
			}
		})
	}
}

func TestConfigMistakes(t *testing.T) {
	_, err := New([]Config{
		{Mode: "com"},
		{Naming: usb.Naming{USB: "0c2e"}, Layout: "ibm", Setup: keyboard.Setup{Country: "xx", Suffix: "lf", SilenceMS: 5, GSKey: 13}},
		{Naming: usb.Naming{USB: "0c2e:0b01"}},
		{Naming: usb.Naming{USB: "0c2e:0b01"}},
	})
	want := []string{
		`hid scanner 1: usb: missing; want vendor and product id, such as "0c2e:0b01"; "tillgate devices" shows them`,
		`hid scanner 1: mode: "com"; want "hid-pos", "oem" or "keyboard"`,
		`hid scanner 2: usb: "0c2e" is no pair of USB ids; want four and four hexadecimal digits, such as "0c2e:0caa"`,
		`hid scanner 2: country: keyboard layout "xx" is not known: use one of de, es, fr, gb, it, ru, us`,
		`hid scanner 2: suffix: "lf"; want "enter", "tab" or "none"`,
		`hid scanner 2: silence_ms: 5; want 30 to 1000 milliseconds`,
		`hid scanner 2: gs_key: 13; want the number of a function key, 1 to 12`,
		`hid scanner 2: layout: "ibm"; want "honeywell", "zebra" or "newland"`,
		`hid scanner 4: usb: "0c2e:0b01" is hid scanner 3 too; want serial_number or port at both to tell them apart`,
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("%v", err)
	}
	var one *usb.ConfigError
	if !errors.As(err, &one) || one.Key != "usb" {
		t.Errorf("%#v", one)
	}
}

func TestFind(t *testing.T) {
	w := &wire{}
	w.plug("1-1", vusb.HoneywellPOS("A"))
	w.plug("1-2", vusb.HoneywellPOS("B"))
	w.plug("1-3", vusb.Wedge("C"))
	w.nodes = append(w.nodes, ordinaryKeyboard()...)
	d, err := newOn(w, []Config{{Naming: usb.Naming{USB: "0c2e:1007", SerialNumber: "B"}}, {Naming: usb.Naming{USB: "1eab:1d10"}}})
	if err != nil {
		t.Fatal(err)
	}
	infos, err := d.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range infos {
		got = append(got, i.ID+" | "+i.Path+" | "+i.Mode+" | "+i.Problem)
	}
	want := []string{
		"hid:usb-0c2e-1007-B | 1-2:1.0 | HID-POS (Honeywell) | ",
		"hid:usb-1eab-1d10 |  |  | USB scanner usb-1eab-1d10: not plugged in",
		`hid:usb-0c2e-1007-A | 1-1:1.0 | HID-POS (Honeywell) | not in the configuration; add a scanner with driver = "hid" and usb = "0c2e:1007", serial_number = "A"`,
	}
	if runtime.GOOS == "linux" && strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	var _ driver.Driver = d
}
