package serial

import (
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/serial/ssi"
)

// text is the protocol of scanners that are only listened to: codes as text, one
// after another. What its framer learned outlives a replug.
type text struct {
	set    *settings
	framer *framer
	tray   *tray
	speaks string // the protocol that was recognised while a scanner is being enrolled
}

func (l *text) begin(time.Time) { l.framer.forget() }

func (l *text) feed(b []byte, at time.Time) {
	switch {
	case l.framer.waiting() || !isSSI(b):
	case l.set.enrolling:
		s := ssi.NewSession(l.tray)
		s.Feed(b, at)
		l.tray.send(s.Output())
		l.speaks = protoSSI
		return
	default:
		l.tray.Lost(`a packet of Zebra's SSI: set protocol = "ssi" for this scanner`)
		return
	}
	l.keep(l.framer.push(b, at))
}

func (l *text) silent(time.Time) { l.keep(l.framer.silent()) }

// keep puts frames into the tray.
func (l *text) keep(frames []frame) {
	for _, f := range frames {
		if f.lost != "" {
			l.tray.Lost(f.lost)
			continue
		}
		vendor := f.vendor
		if vendor == driver.VendorUnknown {
			vendor = l.set.vendor
		}
		l.tray.Scanned(driver.Scan{At: f.at, Data: f.data, AIM: f.aim, CodeID: f.codeID, Vendor: vendor})
	}
}

func (l *text) patience() time.Duration {
	return l.framer.patience(l.set.silence)
}

func (l *text) order(_ order, _ time.Time, done func(error)) { done(cannot(protoText)) }

func (l *text) end(error) {
	if len(l.framer.buf) > 0 || l.framer.head.active() {
		l.tray.Lost("unplugged in the middle of a code")
	}
	l.framer.forget()
}

func (l *text) mode() string { return l.set.framing(l.framer.learned.name) }

// isSSI knows a code in a packet, which no scanner sends as text.
func isSSI(b []byte) bool {
	p, n, err := ssi.Parse(b)
	return err == nil && n == len(b) && p.Op == ssi.DecodeData && p.Source == 0
}
