package usb

import (
	"errors"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
)

var (
	a1       = Interface{Path: "1-1:1.0", VID: 0x0c2e, PID: 0x0b01, Serial: "A", Class: 3, Subclass: 1, Protocol: 1, Product: "Metrologic Scanner", Manufacturer: "Metrologic"}
	a1pos    = Interface{Path: "1-1:1.1", VID: 0x0c2e, PID: 0x0b01, Serial: "A", Class: 3, Number: 1}
	a2       = Interface{Path: "1-2.3:1.0", VID: 0x0c2e, PID: 0x0b01, Serial: "B", Class: 3}
	keyboard = Interface{Path: "2-1:1.0", VID: 0x046d, PID: 0xc31c, Class: 3, Subclass: 1, Protocol: 1, Manufacturer: "Logitech", Product: "USB Keyboard"}
)

func TestSelector(t *testing.T) {
	all := []Interface{a1, a1pos, a2, keyboard}
	for _, tt := range []struct {
		s    Selector
		want []string
		id   string
	}{
		{Selector{VID: 0x0c2e, PID: 0x0b01}, []string{"1-1:1.0", "1-1:1.1"}, "usb-0c2e-0b01"},
		{Selector{VID: 0x0c2e, PID: 0x0b01, Serial: "B"}, []string{"1-2.3:1.0"}, "usb-0c2e-0b01-B"},
		{Selector{VID: 0x0c2e, PID: 0x0b01, Port: "1-2.3"}, []string{"1-2.3:1.0"}, "usb-0c2e-0b01-port-1-2.3"},
		{Selector{VID: 0x0c2e, PID: 0x0b01, Serial: "C"}, nil, "usb-0c2e-0b01-C"},
		{Selector{VID: 0x1eab, PID: 0x0b01}, nil, "usb-1eab-0b01"},
	} {
		got, err := tt.s.Of(all)
		var paths []string
		for _, i := range got {
			paths = append(paths, i.Path)
		}
		if strings.Join(paths, " ") != strings.Join(tt.want, " ") || (err != nil) != (tt.want == nil) || tt.s.ID() != tt.id {
			t.Errorf("%+v: %v %v %s", tt.s, paths, err, tt.s.ID())
		}
		if err != nil && !errors.Is(err, driver.ErrAbsent) {
			t.Errorf("%v is not absence", err)
		}
	}
}

// Of two alike, the one that another scanner of the till names by its socket is that
// one's, and one that a program has is taken last.
func TestAlike(t *testing.T) {
	one, two := a1, a1
	one.Serial, two.Serial, two.Path = "", "", "1-3:1.0"
	held := one
	held.Driver = "usbfs"
	any, second := Selector{VID: 0x0c2e, PID: 0x0b01}, Selector{VID: 0x0c2e, PID: 0x0b01, Port: "1-3"}
	numbered := Selector{VID: 0x0c2e, PID: 0x0b01, Serial: "B"}
	for _, tt := range []struct {
		s      Selector
		all    []Interface
		others []Selector
		want   string
	}{
		{any, []Interface{one, two}, nil, "1-1 1-3"},
		{any, []Interface{one, two}, []Selector{second}, "1-1"},
		{any, []Interface{two}, []Selector{second}, ""},
		{second, []Interface{one, two}, []Selector{any}, "1-3"},
		{any, []Interface{held, two}, nil, "1-3 1-1"},
		{any, []Interface{a2, one}, []Selector{numbered}, "1-1"},
		{numbered, []Interface{one, a2}, []Selector{any, second}, "1-2.3"},
	} {
		devices, err := tt.s.Each(tt.all, tt.others...)
		var ports []string
		for _, d := range devices {
			ports = append(ports, d[0].Port())
		}
		if got := strings.Join(ports, " "); got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%v of %v beside %v: %q %v", tt.s, tt.all, tt.others, got, err)
		}
	}
}

func TestSelects(t *testing.T) {
	dull := Interface{Path: "3-1:1.0", VID: 0x0581, PID: 0x011c}
	dull2, same := dull, a1
	dull2.Path, same.Path = "3-2:1.0", "3-3:1.0"
	for _, tt := range []struct {
		i    Interface
		all  []Interface
		want string
	}{
		{a1, []Interface{a1, a1pos, a2, dull}, `usb = "0c2e:0b01", serial_number = "A"`},
		{dull, []Interface{a1, dull}, `usb = "0581:011c"`},
		{dull, []Interface{dull, dull2}, `usb = "0581:011c", port = "3-1"`},
		{a1, []Interface{a1, a1pos, same}, `usb = "0c2e:0b01", serial_number = "A", port = "1-1"`},
	} {
		if got := Selects(tt.i, tt.all).TOML(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

func TestParseIDs(t *testing.T) {
	for _, s := range []string{"0c2e:0b01", "0x0C2E:0x0b01"} {
		if v, p, err := ParseIDs(s); v != 0x0c2e || p != 0x0b01 || err != nil {
			t.Errorf("%s: %04x %04x %v", s, v, p, err)
		}
	}
	for _, s := range []string{"", "0c2e", "c2e:b01", "0c2e:0b01:2", "wxyz:0000", "-c2e:0b01"} {
		if _, _, err := ParseIDs(s); err == nil {
			t.Errorf("%q taken", s)
		}
	}
}

func TestWhatIsAScanner(t *testing.T) {
	pos := Interface{VID: 0x046d, PID: 1, Descriptor: vusb.NewlandPOS("").Descriptor}
	for _, tt := range []struct {
		device []Interface
		want   string
	}{
		{[]Interface{a1}, "made by Metrologic or Honeywell"},
		{[]Interface{keyboard}, ""},
		{[]Interface{keyboard, pos}, "has the interface of a scanner"},
		{[]Interface{{VID: 0x046d, Product: "2D BarCode Reader"}}, "calls itself 2D BarCode Reader"},
		{[]Interface{{VID: 0x03f0, PID: 0x0139}}, "known model: HP 4430"},
		{[]Interface{{VID: 0x03f0, PID: 0x0024, Product: "HP Basic USB Keyboard"}}, ""},
	} {
		if got := ScannerBecause(tt.device); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.device, got, tt.want)
		}
	}
	if !a1.Keyboard() || a1pos.Keyboard() || !(Interface{Descriptor: vusb.Wedge("").Descriptor}).Keyboard() {
		t.Error("keyboards not known by class or descriptor")
	}
}
