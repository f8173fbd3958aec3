package hid

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/usb"
)

// read plays reports into the reader of a scanner.
func read(t *testing.T, s vusb.Scanner, rs [][]byte) []driver.Scan {
	t.Helper()
	c, err := choose([]node{{Interface: usb.Interface{Path: "1-1:1.0", VID: s.VID, PID: s.PID, Class: 3, Subclass: s.Subclass,
		Protocol: s.Protocol, Descriptor: s.Descriptor}}}, settings{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := Config{Naming: named("0000:0000")}.parse(0)
	if err != nil {
		t.Fatal(err)
	}
	var k keeper
	opened := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	r := newReader(c, set, &k, opened)
	at := opened.Add(time.Second)
	r.Tick(at)
	for _, b := range rs {
		at = at.Add(time.Millisecond)
		r.Feed(b, at)
	}
	r.Tick(at.Add(time.Minute))
	if len(k.lost) > 0 {
		t.Errorf("lost %q", k.lost)
	}
	return k.scans
}

type keeper struct {
	scans []driver.Scan
	lost  []string
}

func (k *keeper) Scanned(s driver.Scan) { k.scans = append(k.scans, s) }
func (k *keeper) Lost(why string)       { k.lost = append(k.lost, why) }

// Whatever the scanner and its mode, the same code means the same.
func TestSameCodeFromEveryScanner(t *testing.T) {
	d, err := decode.New(decode.Config{})
	if err != nil {
		t.Fatal(err)
	}
	payloads := []struct {
		name  string
		code  vusb.Code
		typed bool // a keyboard with the US layout has all its characters
	}{
		{"EAN-13", vusb.Code{Data: []byte("4006381333931"), AIM: "]E0", CodeID: 'd'}, true},
		{"EAN-8", vusb.Code{Data: []byte("96385074"), AIM: "]E4", CodeID: 'D'}, true},
		{"UPC-A", vusb.Code{Data: []byte("036000291452"), AIM: "]E0", CodeID: 'c'}, true},
		{"card number", vusb.Code{Data: []byte("2900000000017"), AIM: "]C0", CodeID: 'j'}, true},
		{"QR, link", vusb.Code{Data: []byte("https://example.test/c/Ab3_-~?x=[1]&y={2}|^`"), AIM: "]Q1", CodeID: 's'}, true},
		{"QR, Cyrillic", vusb.Code{Data: []byte("Карта № 4717 Анна"), AIM: "]Q1", CodeID: 's'}, false},
		{"QR, long", vusb.Code{Data: bytes.Repeat([]byte("Lorem ipsum "), 37), AIM: "]Q1", CodeID: 's'}, true},
		{"QR, longest", vusb.Code{Data: bytes.Repeat([]byte("7"), 2953), AIM: "]Q1", CodeID: 's'}, true},
		{"GS1 Data Matrix", vusb.Code{Data: []byte("010460123456789321abcDEF\x1d93dGVz"), AIM: "]d2", CodeID: 'w'}, true},
		{"GS1-128", vusb.Code{Data: []byte("01046012345678931725123110LOT\x1d21S1"), AIM: "]C1", CodeID: 'I'}, true},
		{"bytes of cp866", vusb.Code{Data: []byte("\x8a\xa0\xe0\xe2\xa0"), AIM: "]Q1", CodeID: 's'}, false},
		{"a single character", vusb.Code{Data: []byte("0"), AIM: "]z0", CodeID: 'z'}, true},
	}
	scanners := []vusb.Scanner{vusb.HoneywellPOS(""), vusb.ZebraPOS(""), vusb.NewlandPOS(""), vusb.OEM(""), vusb.OEMTable(""),
		vusb.Wedge(""), vusb.WedgeAlt("")}
	for _, p := range payloads {
		var first decode.Code
		for _, s := range scanners {
			if s.Name == "wedge-us" && !p.typed {
				continue
			}
			t.Run(p.name+"/"+s.Name, func(t *testing.T) {
				scans := read(t, s, s.Reports(p.code))
				if len(scans) != 1 {
					t.Fatalf("%d scans", len(scans))
				}
				c := d.Decode(scans[0])
				if !bytes.Equal(c.Raw, p.code.Data) {
					t.Errorf("raw %q", c.Raw)
				}
				if first.Raw == nil {
					first = c
				}
				if c.Kind != first.Kind || c.Text != first.Text || c.Charset != first.Charset || c.GTIN != first.GTIN {
					t.Errorf("%+v\nwant %+v", c, first)
				}
				if scans[0].AIM != "" && c.Symbology != first.Symbology {
					t.Errorf("symbology %v, want %v", c.Symbology, first.Symbology)
				}
			})
		}
	}
	for _, s := range scanners {
		if scans := emptyScan(t, s); len(scans) != 0 {
			t.Errorf("%s makes a code of nothing: %q", s.Name, scans[0].Data)
		}
	}
}

// emptyScan is what comes of a report without data.
func emptyScan(t *testing.T, s vusb.Scanner) []driver.Scan {
	t.Helper()
	if strings.HasPrefix(s.Name, "wedge") {
		return read(t, s, s.Send(""))
	}
	c, err := choose([]node{{Interface: usb.Interface{VID: s.VID, PID: s.PID, Class: 3, Descriptor: s.Descriptor}}}, settings{})
	if err != nil {
		t.Fatal(err)
	}
	var k keeper
	r := newReader(c, settings{}, &k, time.Now())
	for _, b := range s.Send("") {
		r.Feed(b, time.Now())
	}
	if len(k.lost) != 1 {
		t.Errorf("%s: lost %q", s.Name, k.lost)
	}
	return k.scans
}
