package usb

import (
	"testing"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// FuzzWords: a device says what it is called in its own words. Whatever they are, the
// lines that name it in the configuration are read back as the same device.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"17123B4567", "S/N:8B5A\x01\x1f", "A\a\v1", "\xff\xfe", "a\"b\\c\nd", "\u202eABC", "  ", "\x7f\u0085"} {
		f.Add(s, "Symbol Bar Code Scanner::EA", "0c2e\n")
	}
	f.Fuzz(func(t *testing.T, serial, product, vid string) {
		root := sysfs(t, map[string]string{
			"1-2/idVendor": vid, "1-2/idProduct": "0b01\n", "1-2/serial": serial, "1-2/product": product, "1-2/bNumInterfaces": " 1\n",
			"1-2:1.0/bInterfaceClass": "03\n", "1-2:1.0/bInterfaceNumber": "00\n",
		})
		all, err := list(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range all {
			if !utf8.ValidString(i.Serial) || !utf8.ValidString(i.Name()) {
				t.Fatalf("%q %q is no text", i.Serial, i.Name())
			}
			sel := Selects(i, all)
			var entry struct{ Keys Naming }
			if err := toml.Unmarshal([]byte("keys = {"+sel.TOML()+"}"), &entry); err != nil {
				t.Fatalf("%s: %v", sel.TOML(), err)
			}
			if back := entry.Keys.Selector(func(_, problem string) { t.Error(problem) }); back != sel || !back.Matches(i) {
				t.Fatalf("%+v read back as %+v", sel, back)
			}
		}
	})
}

// FuzzIDs: ids are as they are written in the configuration, in lower case.
func FuzzIDs(f *testing.F) {
	for _, s := range []string{"0c2e:0b01", "0x05E0:0x1300", "0c2e", ":", "0c2e:0b011"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pair string) {
		vid, pid, err := ParseIDs(pair)
		if err != nil {
			return
		}
		if v, p, err := ParseIDs((Interface{VID: vid, PID: pid}).IDs()); v != vid || p != pid || err != nil {
			t.Fatalf("%q: %04x:%04x", pair, vid, pid)
		}
	})
}
