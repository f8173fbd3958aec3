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

// Whatever the scanner and its mode, the same code means the same. Package serial
// has the other half of this test.
func TestSameCodeFromEveryScanner(t *testing.T) {
	d, err := decode.New(decode.Config{})
	if err != nil {
		t.Fatal(err)
	}
	scanners := []vusb.Scanner{vusb.HoneywellPOS(""), vusb.ZebraPOS(""), vusb.NewlandPOS(""), vusb.OEM(""), vusb.OEMTable(""),
		vusb.Wedge(""), vusb.WedgeAlt("")}
	for _, p := range vusb.Payloads() {
		first := d.Decode(driver.Scan{Data: p.Code.Data, AIM: p.Code.AIM})
		for _, s := range scanners {
			if s.Name == "wedge-us" && !p.Typed {
				continue
			}
			t.Run(p.Name+"/"+s.Name, func(t *testing.T) {
				scans := read(t, s, s.Reports(p.Code))
				if len(scans) != 1 {
					t.Fatalf("%d scans", len(scans))
				}
				c := d.Decode(scans[0])
				if !bytes.Equal(c.Raw, p.Code.Data) {
					t.Errorf("raw %q", c.Raw)
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
