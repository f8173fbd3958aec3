package hid

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
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

// Whatever the scanner and its mode, the same code means the same. Package serial has
// the serial half of this test, package vm plays it through a real kernel; the table of
// all is in the guide to the virtual scanners.
func TestSameCodeFromEveryScanner(t *testing.T) {
	d, err := decode.New(decode.Config{Cards: []card.Config{{Name: "plastic", Kind: card.Pattern, Pattern: "(29[0-9]{11})"}}})
	if err != nil {
		t.Fatal(err)
	}
	cells := 0
	for _, s := range vusb.Scanners() {
		if s.Descriptor == nil {
			continue
		}
		for _, p := range vusb.Payloads() {
			if s.Lacks(p.Code) != "" {
				continue
			}
			cells++
			t.Run(p.Name+"/"+s.Name, func(t *testing.T) {
				if len(p.Code.Data) == 0 {
					if scans := emptyScan(t, s); len(scans) != 0 {
						t.Errorf("a code of nothing: %q", scans[0].Data)
					}
					return
				}
				scans := read(t, s, s.Reports(p.Code))
				if len(scans) != 1 {
					t.Fatalf("%d scans", len(scans))
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
	if cells < 85 {
		t.Errorf("only %d codes were tried", cells)
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
