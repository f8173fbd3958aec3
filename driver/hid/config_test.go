package hid

import (
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/hid/pos"
)

// Every key of the configuration, as it stands in the file.
func TestConfigFile(t *testing.T) {
	var file struct {
		HID []Config `toml:"hid"`
	}
	d := toml.NewDecoder(strings.NewReader(`
[[hid]]
id = "counter"
usb = "0c2e:0b01"
serial_number = "17123B4567"
port = "1-2.3"
mode = "keyboard"
layout = "zebra"
trust = true
country = "de"
prefix = "%"
suffix = "tab"
silence_ms = 250
gs = "^]"
gs_key = 9
`))
	if err := d.DisallowUnknownFields().Decode(&file); err != nil {
		t.Fatal(err)
	}
	s, err := file.HID[0].parse(0)
	if err != nil {
		t.Fatal(err)
	}
	k := s.keys
	if s.id != "hid:counter" || s.sel.ID() != "usb-0c2e-0b01-17123B4567-port-1-2.3" || s.mode != keyboardMode || *s.layout != pos.Zebra || !s.trust ||
		k.Layout.Name != "de" || k.Prefix != "%" || k.Suffix != keyboard.Tab || k.Silence.Milliseconds() != 250 || k.GS != "^]" || k.Keys[0x42] != 0x1d || !k.Raw {
		t.Errorf("%+v", s)
	}
}
