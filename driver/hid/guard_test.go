package hid

import (
	"errors"
	"testing"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/usb"
)

func TestGiveBack(t *testing.T) {
	w := &wire{}
	composite := func(port string, number string, s vusb.Scanner) {
		w.plug(port, s)
		w.nodes[len(w.nodes)-1].Path = port + ":1." + number
	}
	composite("1-1", "0", vusb.Wedge("C"))
	composite("1-1", "1", vusb.HoneywellPOS("C"))
	composite("1-2", "0", vusb.HoneywellPOS("D")) // has no keyboard to go back to
	for _, c := range []struct {
		path, sent string
	}{{"1-1:1.1", "[[254 0]]"}, {"1-1:1.0", ""}, {"1-2:1.0", ""}} {
		w.opened = nil
		if err := giveBack(w, c.path); err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
		sent := ""
		if p := w.opened[c.path]; p != nil {
			if sent = sprint(p.feature); p.closed != 1 {
				t.Errorf("%s: closed %d times", c.path, p.closed)
			}
		}
		if sent != c.sent {
			t.Errorf("%s: sent %s, want %s", c.path, sent, c.sent)
		}
	}
	w.occupy(true)
	if err := giveBack(w, "1-1:1.1"); !errors.Is(err, driver.ErrBusy) {
		t.Errorf("somebody else has it: %v", err)
	}
	if err := giveBack(w, "1-3:1.0"); !errors.Is(err, driver.ErrAbsent) {
		t.Errorf("unplugged: %v", err)
	}

	// One that nobody has goes to the kernel first.
	w.occupy(false)
	w.nodes[1].Interface = usb.Interface{Path: "1-1:1.1", Dir: "/sys/somewhere"}
	if err := giveBack(w, "1-1:1.1"); !errors.Is(err, driver.ErrAbsent) || w.attached != "1-1:1.1" {
		t.Errorf("attached %q, %v", w.attached, err)
	}
}
