package serial

import (
	"bytes"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
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
	d, err := decode.New(decode.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range usb.Payloads() {
		want := d.Decode(driver.Scan{Data: p.Code.Data, AIM: p.Code.AIM})
		for _, s := range serialScanners {
			t.Run(p.Name+"/"+s.name, func(t *testing.T) {
				scans, lost := played(t, s.cfg, s.scanner.Reports(p.Code))
				if len(scans) != 1 || len(lost) != 0 {
					t.Fatalf("%d scans, lost %q", len(scans), lost)
				}
				c := d.Decode(scans[0])
				if !bytes.Equal(c.Raw, p.Code.Data) {
					t.Errorf("raw %q", c.Raw)
				}
				if c.Kind != want.Kind || c.Text != want.Text || c.Charset != want.Charset || c.GTIN != want.GTIN {
					t.Errorf("%+v\nwant %+v", c, want)
				}
				if c.AIM != "" && c.Symbology != want.Symbology {
					t.Errorf("symbology %v, want %v", c.Symbology, want.Symbology)
				}
			})
		}
	}
	for _, s := range serialScanners {
		if scans, _ := played(t, s.cfg, s.scanner.Send("")); len(scans) != 0 {
			t.Errorf("%s makes a code of nothing: %q", s.name, scans[0].Data)
		}
	}
}
