package wedge

import (
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

const scannerPath = `\\?\HID#VID_0C2E&PID_0B01&MI_00#7&1f2a3b4c&0&0000#{884b96c3-56ef-11d1-bc8c-00a0c91405dd}`

func TestIDs(t *testing.T) {
	for path, want := range map[string]bool{scannerPath: true, `\\?\hid#vid_0c2e&pid_0b01#8&0`: true,
		`\\?\ACPI#PNP0303#4&1`: false, `\\?\HID#VID_0C2E&PID_0B`: false, "": false} {
		vid, pid, ok := ids(path)
		if ok != want || ok && (vid != 0x0c2e || pid != 0x0b01) {
			t.Errorf("%s: %04x %04x %v", path, vid, pid, ok)
		}
	}
}

func TestKeyCodes(t *testing.T) {
	for k, want := range map[key]uint16{
		{make: 0x02}: 2, {make: 0x56}: 86, {make: 0x58}: 88, {make: 0x1c}: 28, {make: 0x1c, e0: true}: 96, {make: 0x38, e0: true}: 100,
		{make: 0x2a, e0: true}: 0, // the Shift that the keyboard itself makes up around some keys
		{make: 0x1d, e1: true}: 0, {make: 0x7f}: 0,
	} {
		if got := k.code(); got != want {
			t.Errorf("%+v: %d, want %d", k, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	d, err := New([]Config{{USB: "05e0:1200"}})
	if err != nil {
		t.Fatal(err)
	}
	infos := d.find([]string{`\\?\ACPI#PNP0303#4&1`, `\\?\HID#VID_046D&PID_C31C#7`, scannerPath, `\\?\HID#VID_0C2E&PID_0B01&MI_01#7`})
	if len(infos) != 2 || infos[0].ID != "wedge:usb-05e0-1200" || !strings.Contains(infos[0].Problem, "not plugged in") ||
		infos[1].ID != "wedge:usb-0c2e-0b01" || !strings.Contains(infos[1].Problem, `driver = "wedge" and usb = "0c2e:0b01"`) {
		t.Errorf("%+v", infos)
	}
	for _, i := range infos {
		if !strings.Contains(i.Mode, "typed into the window in front too") {
			t.Errorf("%s does not say what it can not do: %s", i.ID, i.Mode)
		}
	}
}

func TestConfigMistakes(t *testing.T) {
	_, err := New([]Config{{USB: "0c2e:0b01"}, {USB: "0c2e:0b01", ID: "second"}, {Setup: keyboard.Setup{Country: "xx"}}})
	want := `wedge scanner 2: usb: "0c2e:0b01" is wedge scanner 1 too; two scanners of one model can not be told apart in keyboard mode
wedge scanner 3: usb: missing; want vendor and product id, such as "0c2e:0b01"; "tillgate devices" shows them
wedge scanner 3: country: keyboard layout "xx" is not known: use one of de, es, fr, gb, it, ru, us`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestHub(t *testing.T) {
	h := newHub()
	h.stop = func() {}
	mine, leave, err := h.join(func(p string) bool { return p == "a" })
	if err != nil {
		t.Fatal(err)
	}
	other, leaveOther, err := h.join(func(p string) bool { return p == "b" })
	if err != nil {
		t.Fatal(err)
	}
	h.spread(key{path: "a", make: 2})
	h.spread(key{path: "c", make: 3})
	if len(mine) != 1 || len(other) != 0 {
		t.Errorf("%d keys, and %d for the other", len(mine), len(other))
	}
	leave()
	h.spread(key{path: "a", make: 2})
	if len(mine) != 1 {
		t.Error("keys after leaving")
	}
	leaveOther()
	if h.stop != nil {
		t.Error("window left open")
	}
}
