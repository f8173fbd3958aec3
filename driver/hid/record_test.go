package hid

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
			rec, err := ReadRecording(&file)
			if err != nil {
				t.Fatal(err)
			}
			var got till
			if err := Play(rec, &got); err != nil {
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

func TestDamagedRecordings(t *testing.T) {
	for text, want := range map[string]string{
		"# device 0c2e":       "line 1",
		"# descriptor xx":     "line 1",
		"\n12 0g":             "line 2",
		"12":                  "line 1: \"12\" is no time and report",
		"-5 00":               "line 1",
		"99999999999999 0000": "line 1",
	} {
		if _, err := ReadRecording(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRecording(f *testing.F) {
	f.Add("# device 0c2e:1007 \"x\"\n# descriptor 058c0902a101c0\n5 0200\n")
	f.Fuzz(func(t *testing.T, text string) {
		rec, err := ReadRecording(strings.NewReader(text))
		if err != nil {
			return
		}
		var got till
		Play(rec, &got)
	})
}
