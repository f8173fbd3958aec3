package oem

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
	"github.com/tillgate/tillgate/driver/hid/segments"
)

type kept struct {
	scans []driver.Scan
	lost  []string
}

func (k *kept) Scanned(s driver.Scan) { k.scans = append(k.scans, s) }
func (k *kept) Lost(why string)       { k.lost = append(k.lost, why) }

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func report(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return append(b, make([]byte, max(0, 64-len(b)))...)
}

// captured from a Symbol scanner in IBM hand-held mode, a UPC-A label.
const symbolUPC = "11 10 03 00 30 37 31 30 31 32 31 30 37 30 31 38 0D"

// feeds are labels and status reports; those that are not captured are made from the
// descriptions in Datalogic's JavaPOS driver.
var feeds = []struct {
	name    string
	table   bool
	reports []string
	data    string
	aim     string
	lost    string
}{
	{"captured UPC-A", false, []string{symbolUPC}, "071012107018", "]E0", ""},
	{"QR, three bytes", false, []string{"0F 10 03 00 48 45 4C 4C 4F 2D 51 52 00 33 0B"}, "HELLO-QR", "]Q1", ""},
	{"unknown symbology", false, []string{"0F 10 03 00 48 45 4C 4C 4F 2D 51 52 00 FF 0B"}, "HELLO-QR", "", ""},
	{"four bytes", false, []string{"0C 10 03 00 31 32 33 34 00 00 00 00"}, "1234", "", ""},
	{"table-top digits", true, []string{"0D 10 03 00 04 00 00 06 03 08 01 03 0C"}, "40063813", "]E4", ""},
	{"table-top EAN-13 with add-on", true, []string{"0B 10 03 00 01 02 03 04 00 13 0B"}, "1234", "]E3", ""},
	{"table-top Code 128", true, []string{"0A 10 03 00 41 42 43 00 18 0B"}, "ABC", "]C0", ""},
	{"segments", false, []string{"0A 10 03 00 41 42 43 10 33 0B", "0A 10 03 00 44 45 46 00 33 0B"}, "ABCDEF", "]Q1", ""},
	{"segments, four bytes", false, []string{"0A 10 03 00 41 42 10 00 00 00", "0A 10 03 00 43 44 00 00 00 00"}, "ABCD", "", ""},
	{"status before", false, []string{"04 00 03 00", symbolUPC}, "071012107018", "]E0", ""},
	{"configuration read", false, []string{"0D 02 03 00 01 02 03 04 05 06 07 08 09", symbolUPC}, "071012107018", "]E0", ""},
	{"direct I/O answer", false, []string{"08 40 03 00 31 32 33 34", symbolUPC}, "071012107018", "]E0", ""},
	{"command rejected", false, []string{"05 00 83 00 16", symbolUPC}, "071012107018", "]E0", ""},
	{"hardware error", false, []string{"04 20 03 00"}, "", "", "scanner reports: hardware error"},
	{"not ready in mid-label", false, []string{"0A 10 03 00 41 42 43 10 33 0B", "04 80 01 00", "0A 10 03 00 44 45 46 00 33 0B"}, "", "", "scanner reports: not ready|the beginning of a label was lost"},
	{"check digit", false, []string{"11 10 07 00 30 37 31 30 31 32 31 30 37 30 31 38 0D"}, "", "", "scanner reports: check digit of a label is wrong"},
	{"no label", false, []string{"05 10 03 00 16"}, "", "", "empty label"},
	{"shorter than its identifier", false, []string{"06 10 03 00 33 0B"}, "", "", "label of 2 bytes is shorter than its symbology"},
	{"length zero", false, []string{"00"}, "", "", "report with an impossible length"},
	{"length beyond", false, []string{"41 10 03 00"}, "", "", "report with an impossible length"},
}

func TestFeed(t *testing.T) {
	for _, tt := range feeds {
		t.Run(tt.name, func(t *testing.T) {
			var k kept
			r := NewReader(tt.table, &k)
			for _, s := range tt.reports {
				r.Feed(report(t, s), start)
			}
			got, aim, lost := "", "", strings.Join(k.lost, "|")
			if len(k.scans) > 0 {
				got, aim = string(k.scans[0].Data), k.scans[0].AIM
			}
			if got != tt.data || aim != tt.aim || lost != tt.lost || len(k.scans) > 1 {
				t.Errorf("%q AIM %q lost %q; all: %+v", got, aim, lost, k)
			}
		})
	}
}

func TestSegmentThatNeverComes(t *testing.T) {
	var k kept
	r := NewReader(false, &k)
	r.Feed(report(t, "0A 10 03 00 41 42 43 10 33 0B"), start)
	r.Feed(report(t, symbolUPC), start.Add(segments.Timeout+1))
	if len(k.scans) != 1 || string(k.scans[0].Data) != "071012107018" || len(k.lost) != 1 {
		t.Errorf("%+v", k)
	}
	if !r.Status().Enabled() {
		t.Error("scanner said it was enabled")
	}
}

func TestPersonalities(t *testing.T) {
	payloads := []usb.Code{
		{Data: []byte("4006381333931"), AIM: "]E0"}, {Data: []byte("306030209223"), AIM: "]E0"}, {Data: []byte("96385074"), AIM: "]E4"},
		{Data: []byte("Карта лояльности № 7"), AIM: "]Q1"}, {Data: []byte("with\x00zero and \x0b"), AIM: "]Q1"},
		{Data: bytes.Repeat([]byte("0123456789"), 45), AIM: "]Q1"}, {Data: bytes.Repeat([]byte("z"), 2953), AIM: "]z0"},
		{Data: []byte("010460123456789321abc\x1d93dGVz"), AIM: "]d2"},
	}
	for _, s := range []usb.Scanner{usb.OEM(""), usb.OEMTable("")} {
		d, err := descriptor.Parse(s.Descriptor)
		if err != nil {
			t.Fatal(err)
		}
		yes, table := IsScanner(d)
		if !yes {
			t.Fatalf("%s is not known for what it is", s.Name)
		}
		var k kept
		r := NewReader(table, &k)
		for _, p := range payloads {
			for _, rep := range s.Reports(p) {
				r.Feed(rep, start)
			}
		}
		if len(k.scans) != len(payloads) || len(k.lost) > 0 {
			t.Fatalf("%s: %d scans, lost %q", s.Name, len(k.scans), k.lost)
		}
		for i, got := range k.scans {
			if !bytes.Equal(got.Data, payloads[i].Data) || got.AIM != payloads[i].AIM {
				t.Errorf("%s: %q %s, want %q", s.Name, got.Data, got.AIM, payloads[i].Data)
			}
		}
	}
}

func FuzzFeed(f *testing.F) {
	for _, tt := range feeds {
		var stream []byte
		for _, r := range tt.reports {
			stream = append(stream, report(f, r)...)
		}
		f.Add(tt.table, stream)
	}
	f.Fuzz(func(t *testing.T, table bool, stream []byte) {
		var k kept
		r := NewReader(table, &k)
		sum := len(stream)
		for len(stream) > 0 {
			n := min(64, len(stream))
			r.Feed(bytes.Clone(stream[:n]), start)
			stream = stream[n:]
		}
		for _, s := range k.scans {
			if sum -= len(s.Data); len(s.Data) == 0 || sum < 0 {
				t.Fatalf("scan of %d bytes out of nothing", len(s.Data))
			}
		}
	})
}
