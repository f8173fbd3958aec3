package hid

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/usb"
)

// What is recorded of a scanner gives the same codes when it is played.
func TestRecordAndPlay(t *testing.T) {
	for _, s := range []vusb.Scanner{vusb.HoneywellPOS("1"), vusb.OEMTable("1"), vusb.WedgeAlt("1")} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{}
			w.plug("1-1", s)
			var file bytes.Buffer
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- record(ctx, w, usb.Selector{VID: s.VID, PID: s.PID}, &file) }()
			time.Sleep(time.Second)
			long := strings.Repeat("0123456789", 40)
			for aim, data := range map[string]string{"]E0": "4006381333931", "]Q1": long} {
				w.at("1-1").send(s.Reports(vusb.Code{Data: []byte(data), AIM: aim})...)
				time.Sleep(time.Second)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			rec, err := vusb.ReadRecording(&file)
			if err != nil {
				t.Fatal(err)
			}
			var got till
			if err := play(rec, &got); err != nil {
				t.Fatal(err)
			}
			codes := map[string]bool{}
			for _, scan := range got.scans {
				codes[string(scan.Data)] = true
			}
			if len(got.scans) != 2 || !codes["4006381333931"] || !codes[long] {
				t.Errorf("%s: %d codes, lost %q", s.Name, len(got.scans), got.lost)
			}
		})
	}
}

func FuzzRecording(f *testing.F) {
	// A Honeywell Xenon's UPC-A and a Zebra DS2208's, as their makers' programs were shown them.
	f.Add("# device 0c2e:1007 \"1900\"\n12 020c5d45303330363033303230393232330000000000000000000000000000000000000000000000000000000000000000000000000000000000000000634100\n")
	f.Add("# device 05e0:2100 \"DS2208\"\n12 020c005d586733303630333032303932323300000000000000000000000000000000000000000000000000000000000000000000000000000000000000006300\n")
	f.Add("# device 05e0:1300 \"Symbol Bar Code Scanner::EA\"\n12 11100300303731303132313037303138" + strings.Repeat("00", 47) + "\n")
	f.Add("# device 0c2e:1007 \"x\"\n# descriptor 058c0902a101c0\n5 0200\n")
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := vusb.ReadRecording(strings.NewReader(text))
		if err != nil {
			return
		}
		var got till
		play(rec, &got)
	})
}

// play lets the driver read a recording's reports, and reports to t.
func play(rec vusb.Recording, t driver.Till) error {
	c, err := choose([]node{{Interface: usb.Interface{Path: "1-1:1.0", VID: rec.Scanner.VID, PID: rec.Scanner.PID, Class: 3, Descriptor: rec.Scanner.Descriptor}}},
		settings{trust: true})
	if err != nil {
		return err
	}
	set, err := Config{Naming: usb.Naming{USB: usb.Interface{VID: rec.Scanner.VID, PID: rec.Scanner.PID}.IDs()}}.parse(0)
	if err != nil {
		return err
	}
	opened := time.Now()
	r := newReader(c, set, t, opened.Add(-time.Minute))
	at := opened
	for _, e := range rec.Pieces {
		next := opened.Add(e.At)
		silence(r, at, next)
		r.Feed(e.Data, next)
		at = next
	}
	silence(r, at, at.Add(time.Minute))
	return nil
}

// silence lets a reader hear of silence as often as it would have; more than some
// seconds of it make no difference.
func silence(r reader, from, to time.Time) {
	for range 200 {
		if from = from.Add(awake * time.Millisecond); !from.Before(to) {
			return
		}
		r.Tick(from)
	}
}
