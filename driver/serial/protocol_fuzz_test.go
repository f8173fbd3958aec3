package serial

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// FuzzProtocol feeds a line to each protocol, in pieces, with silences and orders
// between them. The first byte is the size of the pieces; 0xff 0x00 in the input is
// a silence, 0xff 0x01 to 0x07 an order, 0xff 0xff the byte.
//
// What must hold: no code or picture is empty or too long; every order has one
// outcome, and nothing is held after the end; what is no answer to a command comes
// out as it does on a line without commands.
func FuzzProtocol(f *testing.F) {
	for _, p := range usb.Payloads() {
		for _, s := range serialScanners {
			f.Add(append([]byte{20}, bytes.Join(s.scanner.Reports(p.Code)[:1], nil)...))
		}
	}
	for _, s := range []string{
		"\x05DECHDR0\x06.2900000000018\r", "\x02DECH\xff\x00DR0\x06.", "\x09\x02\x010000#SCNMOD0\x06;\x032900000000018\r\n",
		"\x05\xff\x04PAPHHC\x06!4601234567893\r", "\x0929\xff\x0400\x02\x010000#EXPLVL5\x05;\x03", "\x05DECHDR0\x15.\xff\x01\xff\x02\xff\x07",
	} {
		f.Add([]byte(s))
	}
	for _, p := range usb.SSIPicture(0x31, 8, 8, append([]byte("\xff\xd8\xff\xff"), make([]byte, 300)...)) {
		f.Add(append([]byte{9}, p...))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 {
			return
		}
		plain := map[bool][]driver.Scan{}
		for _, s := range serialScanners {
			for _, obeys := range []bool{false, true} {
				scans := spoken(t, s.cfg, in, obeys)
				if s.cfg.Protocol == protoSSI || bytes.ContainsAny(in, "\x05\x06\x15\x12\x00\x01\x02\x03\x04\x07\x16\xf3\xff") || s.cfg.Suffix != "" {
					continue // answers may be among it, packets, silences and orders
				}
				if before, ok := plain[obeys]; ok && !slices.EqualFunc(scans, before, func(a, b driver.Scan) bool { return bytes.Equal(a.Data, b.Data) }) {
					t.Fatalf("%s: %v, and %v on a line of text", s.name, scans, before)
				}
				plain[obeys] = scans
			}
		}
	})
}

// spoken are the scans that a protocol makes of a line; obeys takes orders too.
func spoken(t *testing.T, cfg Config, in []byte, obeys bool) (scans []driver.Scan) {
	cfg.Path, cfg.Phones = "COM1", obeys && cfg.Protocol != "" && cfg.Protocol != protoDatalogic
	set, err := cfg.parse(0)
	if err != nil {
		t.Fatal(err)
	}
	set.enrolling = obeys
	var box tray
	p := newProtocol(&set, &box)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p.begin(at)
	outcomes, orders := 0, 0
	size, piece := max(1, int(in[0])), []byte(nil)
	flush := func() {
		if len(piece) > 0 {
			at = at.Add(time.Millisecond)
			p.feed(piece, at)
			piece = nil
		}
	}
	silence := func() {
		wait := p.patience()
		at = at.Add(max(wait, time.Millisecond))
		p.silent(at)
	}
	for i := 1; i < len(in); i++ {
		switch {
		case in[i] == 0xff && i+1 < len(in) && in[i+1] == 0:
			i++
			flush()
			silence()
		case in[i] == 0xff && i+1 < len(in) && in[i+1] < 8:
			i++
			flush()
			if obeys {
				orders++
				p.order(order(in[i]), at, func(error) { outcomes++ })
			}
		default:
			if in[i] == 0xff && i+1 < len(in) && in[i+1] == 0xff {
				i++
			}
			if piece = append(piece, in[i]); len(piece) >= size {
				flush()
			}
		}
	}
	flush()
	for range 60 {
		silence()
	}
	p.end(errClosed)
	if outcomes != orders {
		t.Fatalf("%d orders have %d outcomes", orders, outcomes)
	}
	if wait := p.patience(); wait != 0 && wait != pulse {
		t.Fatalf("waits %v for something after the end", wait)
	}
	found, _ := box.take()
	for _, f := range found {
		switch f := f.(type) {
		case driver.Scan:
			if len(f.Data) == 0 || len(f.Data) > driver.MaxScan {
				t.Fatalf("code of %d bytes", len(f.Data))
			}
			scans = append(scans, f)
		case driver.Picture:
			if len(f.Data) == 0 || len(f.Data) > driver.MaxPicture {
				t.Fatalf("picture of %d bytes", len(f.Data))
			}
		}
	}
	return scans
}
