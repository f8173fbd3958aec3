package hid

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/usb"
)

type nobody struct{}

func (nobody) Scanned(driver.Scan) {}
func (nobody) Lost(string)         {}

// What a code of 13 digits costs, from its reports to the scan.
func BenchmarkReader(b *testing.B) {
	for _, s := range []vusb.Scanner{vusb.HoneywellPOS(""), vusb.OEM(""), vusb.Wedge(""), vusb.WedgeAlt("")} {
		b.Run(s.Name, func(b *testing.B) {
			c, err := choose([]node{{Interface: usb.Interface{VID: s.VID, PID: s.PID, Class: 3, Subclass: s.Subclass, Protocol: s.Protocol,
				Descriptor: s.Descriptor, Product: "scanner"}}}, settings{})
			if err != nil {
				b.Fatal(err)
			}
			set, err := Config{Naming: named("0000:0000")}.parse(0)
			if err != nil {
				b.Fatal(err)
			}
			rs := s.Reports(vusb.Code{Data: []byte("4006381333931"), AIM: "]E0"})
			now := time.Now()
			r := newReader(c, set, nobody{}, now.Add(-time.Minute))
			r.Tick(now)
			b.ReportAllocs()
			for b.Loop() {
				for _, rep := range rs {
					r.Feed(rep, now)
				}
			}
		})
	}
}
