package hid

import (
	"bytes"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/usb"
)

// FuzzReader lets a device say what it is, by its ids and its report descriptor, and
// feeds reports to the reader that is chosen for it. The first byte of the stream is
// the size of its reports.
//
// What must hold: nothing is delivered that did not come in, no code is empty or too
// long, and after silence nothing is held.
func FuzzReader(f *testing.F) {
	scanners := []vusb.Scanner{vusb.HoneywellPOS(""), vusb.ZebraPOS(""), vusb.NewlandPOS(""), vusb.OEM(""), vusb.OEMTable(""), vusb.Wedge(""), vusb.WedgeAlt("")}
	for _, s := range scanners {
		for _, p := range vusb.Payloads() {
			stream := bytes.Join(s.Reports(p.Code), nil)
			f.Add(s.VID, s.PID, s.Protocol, s.Descriptor, append([]byte{byte(s.Packet)}, stream[:min(len(stream), 1<<10)]...))
		}
	}
	f.Add(uint16(0x0c2e), uint16(0x0b01), uint8(1), withVolume, []byte{6, 1, 2, 4, 0, 0, 0, 3, 1, 0, 0, 0, 0, 1, 0, 0x28, 0, 0, 0})
	f.Fuzz(func(t *testing.T, vid, pid uint16, protocol uint8, desc, stream []byte) {
		c, err := choose([]node{{Interface: usb.Interface{Path: "1-1:1.0", VID: vid, PID: pid, Class: 3, Subclass: 1, Protocol: protocol, Descriptor: desc}}}, settings{trust: true})
		if err != nil || len(stream) == 0 {
			return
		}
		set, err := Config{Naming: named("0000:0000")}.parse(0)
		if err != nil {
			t.Fatal(err)
		}
		var k keeper
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		r := newReader(c, set, &k, at)
		at = at.Add(time.Second)
		r.Tick(at)
		size, sum := max(1, int(stream[0])), 0
		for rest := stream[1:]; len(rest) > 0; {
			n := min(size, len(rest))
			at = at.Add(time.Millisecond)
			r.Feed(bytes.Clone(rest[:n]), at)
			rest, sum = rest[n:], sum+n
		}
		r.Mode()
		for range 8 {
			at = at.Add(time.Minute)
			r.Tick(at)
		}
		if r.Busy() {
			t.Fatal("something is held after silence")
		}
		for _, s := range k.scans {
			if len(s.Data) == 0 || len(s.Data) > 4*driver.MaxScan || len(s.Data) > 8*sum*4 {
				t.Fatalf("code of %d bytes out of %d", len(s.Data), sum)
			}
		}
	})
}
