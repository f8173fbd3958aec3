package serial

import (
	"reflect"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// played are the scans that a protocol makes of what a scanner sends.
func played(t *testing.T, cfg Config, chunks [][]byte) (scans []driver.Scan, lost []string) {
	t.Helper()
	cfg.Path = "COM1"
	set, err := cfg.parse(0)
	if err != nil {
		t.Fatal(err)
	}
	var box tray
	p := newProtocol(&set, &box)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p.begin(at)
	for _, c := range chunks {
		p.feed(c, at)
	}
	for range 10 {
		at = at.Add(time.Second)
		p.silent(at)
	}
	p.end(errClosed)
	found, _ := box.take()
	for _, f := range found {
		switch f := f.(type) {
		case driver.Scan:
			scans = append(scans, f)
		case string:
			lost = append(lost, f)
		}
	}
	return scans, lost
}

// serialScanners are the virtual scanners with what they need in the configuration.
var serialScanners = []struct {
	name    string
	scanner usb.Scanner
	cfg     Config
}{
	{"cdc", usb.CDC(""), Config{}},
	{"cdc, suffix given", usb.CDC(""), Config{Suffix: "CR"}},
	{"ssi", usb.SSI(""), Config{Protocol: protoSSI}},
	{"honeywell", usb.CDC(""), Config{Protocol: protoHoneywell}},
	{"honeywell, decode headers", usb.HoneywellSerial(""), Config{Protocol: protoHoneywell}},
	{"honeywell, decode headers, text", usb.HoneywellSerial(""), Config{}},
	{"newland", usb.NewlandSerial(""), Config{Protocol: protoNewland}},
	{"newland, text", usb.NewlandSerial(""), Config{}},
	{"datalogic", usb.CDC(""), Config{Protocol: protoDatalogic}},
}

// Whatever the scanner and its mode, the same code means the same. Package hid has
// the other half of this test.
func TestSameCodeFromEveryScanner(t *testing.T) {
	d, err := decode.New(decode.Config{Cards: []card.Config{{Name: "plastic", Kind: card.Pattern, Pattern: "(29[0-9]{11})"}}})
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, s := range serialScanners {
		tried[s.scanner.Name] = true
		for _, p := range usb.Payloads() {
			t.Run(p.Name+"/"+s.name, func(t *testing.T) {
				if why := s.scanner.Lacks(p.Code); why != "" {
					t.Fatal(why)
				}
				scans, lost := played(t, s.cfg, s.scanner.Reports(p.Code))
				if len(p.Code.Data) == 0 {
					for _, x := range scans { // the identifier alone may be one
						if c := d.Decode(x); len(c.Raw) > 0 || c.Kind != decode.Unknown {
							t.Errorf("a code of nothing: %q: %+v", x.Data, c)
						}
					}
					return
				}
				if len(scans) != 1 || len(lost) != 0 {
					t.Fatalf("%d scans, lost %q", len(scans), lost)
				}
				got, want := d.Decode(scans[0]), d.Decode(driver.Scan{Data: p.Code.Data, AIM: p.Code.AIM, At: scans[0].At})
				if got.AIM == "" { // the scanner does not say what it was
					got.Symbology, want.Symbology, want.AIM = 0, 0, ""
				}
				if want.Scan = got.Scan; !reflect.DeepEqual(got, want) {
					t.Errorf("%+v\nwant %+v", got, want)
				}
			})
		}
	}
	for _, s := range usb.Scanners() {
		if s.Descriptor == nil && !tried[s.Name] {
			t.Errorf("%s was not tried", s.Name)
		}
	}
}
