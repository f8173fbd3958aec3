package hid

import (
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/hid/oem"
	"github.com/tillgate/tillgate/driver/hid/pos"
)

// reader turns input reports into scans.
type reader interface {
	Feed(report []byte, at time.Time)
	Tick(at time.Time) // ends what the passing of time ends
	Busy() bool        // a code has begun and is not complete
	Mode() string
}

// sink is what readers report to.
type sink interface {
	Scanned(driver.Scan)
	Lost(reason string)
}

func newReader(c choice, s settings, to sink, opened time.Time) reader {
	switch {
	case c.mode == keyboardMode:
		return newKeys(c.desc, keyboard.New(s.keys, to, opened))
	case c.mode == oemMode:
		return oem.NewReader(c.table, to)
	case s.layout != nil:
		return pos.NewReader(*s.layout, to)
	}
	return pos.NewFor(c.desc, c.VID, to)
}
