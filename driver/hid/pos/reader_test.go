package pos

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
)

// kept is a Sink that keeps everything.
type kept struct {
	scans []driver.Scan
	lost  []string
}

func (k *kept) Scanned(s driver.Scan) { k.scans = append(k.scans, s) }
func (k *kept) Lost(why string)       { k.lost = append(k.lost, why) }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Reports captured from a Zebra DS2208 (05e0:2100) and a Honeywell Xenon 1900 (0c2e:1007).
const (
	zebraUPC      = "020c005d586733303630333032303932323300000000000000000000000000000000000000000000000000000000000000000000000000000000000000006300"
	zebraFirst    = "0238005d51314c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e73656374657475722061646970697363696e6720656c69742c7301"
	zebraLast     = "0235005d5131756c706120717569206f666669636961206465736572756e74206d6f6c6c697420616e696d20696420657374206c61626f72756d2e0000007300"
	honeyUPC      = "020c5d45303330363033303230393232330000000000000000000000000000000000000000000000000000000000000000000000000000000000000000634100"
	honeyFirst    = "02385d51314c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e73656374657475722061646970697363696e6720656c69742c733101"
	honeyLast     = "02355d5131756c706120717569206f666669636961206465736572756e74206d6f6c6c697420616e696d20696420657374206c61626f72756d2e000000733100"
	menuFirst     = "02385d583050726f64756374204e616d653a20566f79616765722031363032670d0a426f6f74205265766973696f6e3a203a20383939320d0a536f66743f0001"
	menuLast      = "02095d5830756d3a204e2f410d0a00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003f0000"
	menuEcho      = "02085d5a36524556494e46062e000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000360000"
	loremFirst    = "Lorem ipsum dolor sit amet, consectetur adipiscing elit,"
	loremLast     = "ulpa qui officia deserunt mollit anim id est laborum."
	otherReport   = "0402"
	zeroReport    = "02000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	countTooLarge = "02395d45303330363033303230393232330000000000000000000000000000000000000000000000000000000000000000000000000000000000000000634100"
)

func TestCaptures(t *testing.T) {
	for _, tt := range []struct {
		name    string
		vid     uint16
		reports []string
		data    string
		aim, id string
		mode    string
	}{
		{"Zebra UPC-A", 0x05e0, []string{zebraUPC}, "306030209223", "]Xg", "", "HID-POS (Zebra)"},
		{"Zebra QR", 0x05e0, []string{zebraFirst, zebraLast}, loremFirst + loremLast, "]Q1", "", "HID-POS (Zebra)"},
		{"Honeywell UPC-A", 0x0c2e, []string{honeyUPC}, "306030209223", "]E0", "c", "HID-POS (Honeywell)"},
		{"Honeywell QR", 0x0c2e, []string{honeyFirst, honeyLast}, loremFirst + loremLast, "]Q1", "s", "HID-POS (Honeywell)"},
		{"maker unknown, Zebra's order", 0xffff, []string{zebraUPC}, "306030209223", "]Xg", "", "HID-POS (Zebra)"},
		{"maker unknown, Honeywell's order", 0xffff, []string{honeyUPC}, "306030209223", "]E0", "c", "HID-POS (Honeywell)"},
		{"among others", 0x0c2e, []string{otherReport, honeyUPC, otherReport}, "306030209223", "]E0", "c", "HID-POS (Honeywell)"},
		{"after menu replies", 0x0c2e, []string{menuFirst, menuLast, menuEcho, honeyUPC}, "306030209223", "]E0", "c", "HID-POS (Honeywell)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var k kept
			r := NewProbing(tt.vid, &k)
			for i, s := range tt.reports {
				r.Feed(unhex(t, s), start.Add(time.Duration(i)*8*time.Millisecond))
			}
			if len(k.scans) != 1 || len(k.lost) != 0 {
				t.Fatalf("%d scans, lost %q", len(k.scans), k.lost)
			}
			s := k.scans[0]
			if string(s.Data) != tt.data || s.AIM != tt.aim || s.CodeID != tt.id {
				t.Errorf("%q AIM %q code id %q", s.Data, s.AIM, s.CodeID)
			}
			if r.Mode() != tt.mode {
				t.Errorf("mode %q", r.Mode())
			}
		})
	}
}

// payloads are the codes that every scanner must bring through.
var payloads = []string{
	"4006381333931", "0", "Карта лояльности № 7", "\x1d010460123456789321abc\x1d93dGVz", "with\x00zero", "1234567890\r2\n",
	strings.Repeat("x", 56), strings.Repeat("y", 57), strings.Repeat("0123456789", 45), strings.Repeat("я", 1476) + "1",
}

func TestPersonalities(t *testing.T) {
	for _, s := range []usb.Scanner{usb.HoneywellPOS(""), usb.ZebraPOS(""), usb.NewlandPOS("")} {
		d, err := descriptor.Parse(s.Descriptor)
		if err != nil {
			t.Fatal(err)
		}
		for _, described := range []bool{true, false} {
			for _, suffix := range []string{"", "\r", "\r\n", "\n"} {
				var k kept
				r := NewProbing(s.VID, &k)
				if described {
					r = NewFor(d, s.VID, &k)
				}
				at := start
				for _, p := range payloads {
					for _, rep := range s.Reports(usb.Code{Data: []byte(p + suffix), AIM: "]Q1", CodeID: 's'}) {
						at = at.Add(8 * time.Millisecond)
						r.Feed(rep, at)
					}
				}
				if len(k.scans) != len(payloads) || len(k.lost) > 0 {
					t.Fatalf("%s: %d scans, lost %q", s.Name, len(k.scans), k.lost)
				}
				for i, got := range k.scans {
					want := payloads[i]
					if suffix == "" {
						want = strings.TrimSuffix(strings.TrimSuffix(want, "\n"), "\r")
					}
					if string(got.Data) != want {
						t.Errorf("%s described %v suffix %q: %q, want %q", s.Name, described, suffix, got.Data, want)
					}
				}
			}
		}
	}
}

// Without a maker's name and without AIM identifier it is Newland's order if the rest of the report is empty.
func TestNewlandByItsLook(t *testing.T) {
	var k kept
	r := NewProbing(0xffff, &k)
	r.Feed(usb.NewlandPOS("").Send("4006381333931")[0], start)
	if len(k.scans) != 1 || string(k.scans[0].Data) != "4006381333931" {
		t.Errorf("%+v", k)
	}
}

func TestFaults(t *testing.T) {
	later := func(d time.Duration) time.Time { return start.Add(d) }
	type step struct {
		report string
		at     time.Time
	}
	for _, tt := range []struct {
		name  string
		steps []step
		scans []string
		lost  string // of the last loss, "" for none
	}{
		{"rest never comes", []step{{honeyFirst, start}, {honeyUPC, later(501 * time.Millisecond)}}, []string{"306030209223"}, "the rest of a long code did not come"},
		{"rest comes late but in time", []step{{honeyFirst, start}, {honeyLast, later(500 * time.Millisecond)}}, []string{loremFirst + loremLast}, ""},
		{"another code in the middle", []step{{honeyFirst, start}, {honeyUPC, later(8 * time.Millisecond)}}, []string{"306030209223"}, "another code began before the last one had ended"},
		{"count beyond the room", []step{{honeyUPC, start}, {countTooLarge, start}}, []string{"306030209223"}, "report counts 57 bytes of data and has room for 56"},
		{"nothing in it", []step{{zeroReport, start}}, nil, "empty report"},
		{"cut short", []step{{honeyUPC, start}, {honeyUPC[:100], start}}, []string{"306030209223"}, "report of 50 bytes where 64 were announced"},
		{"only menu replies", []step{{menuFirst, start}, {menuLast, start}, {menuEcho, start}}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var k kept
			r := NewProbing(0x0c2e, &k)
			for _, s := range tt.steps {
				r.Feed(unhex(t, s.report), s.at)
			}
			var got []string
			for _, s := range k.scans {
				got = append(got, string(s.Data))
			}
			if strings.Join(got, "|") != strings.Join(tt.scans, "|") {
				t.Errorf("scans %q", got)
			}
			last := ""
			if len(k.lost) > 0 {
				last = k.lost[len(k.lost)-1]
			}
			if last != tt.lost {
				t.Errorf("lost %q, want %q", k.lost, tt.lost)
			}
		})
	}
}

func TestCodeWithoutEnd(t *testing.T) {
	var k kept
	r := NewReader(Honeywell, &k)
	rep := unhex(t, honeyFirst)
	for i := range 400 {
		r.Feed(rep, start.Add(time.Duration(i)*time.Millisecond))
	}
	if len(k.scans) != 0 || len(k.lost) != 1 {
		t.Errorf("%d scans, lost %q", len(k.scans), k.lost)
	}
}

func TestSilenceEndsWhatWillNotBeEnded(t *testing.T) {
	var k kept
	r := NewReader(Honeywell, &k)
	r.Feed(unhex(t, honeyFirst), start)
	r.Tick(start.Add(499 * time.Millisecond))
	if len(k.lost) != 0 {
		t.Fatal("dropped before its time")
	}
	r.Tick(start.Add(501 * time.Millisecond))
	if len(k.lost) != 1 || r.Reset() {
		t.Errorf("lost %q", k.lost)
	}
}

func FuzzFeed(f *testing.F) {
	for _, s := range []usb.Scanner{usb.HoneywellPOS(""), usb.ZebraPOS(""), usb.NewlandPOS("")} {
		for _, p := range usb.Payloads() {
			stream := bytes.Join(s.Reports(p.Code), nil)
			f.Add(s.VID, stream[:min(len(stream), 1<<10)])
		}
	}
	for _, s := range []string{zebraUPC, zebraFirst + zebraLast, honeyUPC, honeyFirst + honeyLast, menuFirst + menuLast + menuEcho, zeroReport, countTooLarge} {
		f.Add(uint16(0x0c2e), unhex(f, s))
		f.Add(uint16(0x05e0), unhex(f, s))
		f.Add(uint16(0xffff), unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, vid uint16, stream []byte) {
		var k kept
		r := NewProbing(vid, &k)
		sum := 0
		for i := 0; len(stream) > 0; i++ {
			n := min(64, len(stream))
			r.Feed(bytes.Clone(stream[:n]), start.Add(time.Duration(i)*time.Millisecond))
			stream = stream[n:]
			sum += n
		}
		for _, s := range k.scans {
			if sum -= len(s.Data); len(s.Data) == 0 || len(s.Data) > driver.MaxScan || sum < 0 {
				t.Fatalf("scan of %d bytes, %d left", len(s.Data), sum)
			}
		}
	})
}
