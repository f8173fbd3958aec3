package keyboard

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

type kept struct {
	scans []string
	lost  []string
}

func (k *kept) Scanned(s driver.Scan) { k.scans = append(k.scans, string(s.Data)) }
func (k *kept) Lost(why string)       { k.lost = append(k.lost, why) }

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// reports reads space-separated reports in hex; ".." stands for zeros to the end.
func reports(t testing.TB, s string) (rs [][]byte) {
	t.Helper()
	for _, w := range strings.Fields(s) {
		b, err := hex.DecodeString(strings.TrimSuffix(w, ".."))
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, append(b, make([]byte, max(0, 8-len(b)))...))
	}
	return rs
}

// play feeds reports 8 ms apart, beginning a second after the opening, and lets silence follow.
func play(t testing.TB, o Options, rs [][]byte) kept {
	t.Helper()
	var k kept
	o.Raw = true
	d := New(o, &k, start)
	at := start.Add(time.Second)
	d.Tick(at)
	for _, r := range rs {
		d.Report(r, at)
		at = at.Add(8 * time.Millisecond)
	}
	d.Tick(at.Add(time.Second))
	return k
}

func layout(t testing.TB, name string) *Layout {
	t.Helper()
	l, err := LayoutNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Captured streams: node-hid issues 323 and 228, and an Alt+keypad scanner.
const (
	crThenLF    = "000023.. 00.. 000026.. 00.. 000022.. 00.. 000024.. 00.. 000025.. 00.. 000021.. 00.. 00001f.. 00.. 00001f.. 00.. 000027.. 00.. 000025.. 00.. 000025.. 00.. 000022.. 00.. 000023.. 00.. 000028.. 00.. 03.. 03000d.. 03.. 00.."
	shiftFramed = "000021.. 00.. 02.. 020025.. 02.. 00.. 000026.. 00.. 000028.. 00.."
	altDigits   = "040062605b.. 00.. 0400625f5b.. 00.. 0400626062.. 00.. 0400625c5d.. 00.. 0400625d5a.. 00.. 0400625c5d.. 00.. 0400625c61.. 00.. 000028.. 00.."
)

var typed = []struct {
	name    string
	options Options
	reports string
	scan    string
}{
	{"CR, then LF as Ctrl+Shift+J", Options{}, crThenLF, "6957842208856"},
	{"modifier in a report of its own", Options{}, shiftFramed, "4*9"},
	{"Alt and digits in one report", Options{}, altDigits, "SIP-4-1"},
	{"Alt+0NNN", Options{}, "0400625d5b.. 00.. 040062625960.. 00.. 000028..", "5\x12"},
	{"Alt digit by digit", Options{}, "04.. 040062.. 04.. 04005e.. 04.. 04005d.. 04.. 00.. 000028..", "A"},
	{"Alt beyond a byte is Unicode", Options{}, "040059625d5f.. 00.. 000028..", "С"},
	{"keypad Enter", Options{}, "00001e.. 00.. 000058..", "1"},
	{"Tab", Options{}, "00001e.. 00.. 00002b..", "1"},
	{"Ctrl+M", Options{}, "00001e.. 00.. 010010..", "1"},
	{"no suffix", Options{}, "00001e.. 00.. 00001f.. 00..", "12"},
	{"Enter within the code", Options{Suffix: Silence}, "00001e.. 00.. 000028.. 00.. 00001f.. 00.. 000028..", "1\r2"},
	{"keypad digits", Options{}, "000059.. 00.. 000062.. 00.. 000063.. 00.. 000056.. 00.. 000028..", "10.-"},
	{"no report of release between keys", Options{}, "00001e.. 00001f.. 000020.. 00.. 000028..", "123"},
	{"several keys in one report", Options{}, "00001e1f20.. 00.. 000028..", "123"},
	{"a key held on", Options{}, "00001e.. 00001e1f.. 00001f20.. 00.. 000028..", "123"},
	{"GS as Ctrl+]", Options{}, "00001e.. 00.. 010030.. 00.. 00001f.. 00.. 000028..", "1\x1d2"},
	{"GS as Alt+029", Options{}, "00001e.. 00.. 0400625a61.. 00.. 00001f.. 00.. 000028..", "1\x1d2"},
	{"GS as Alt+0029", Options{}, "00001e.. 00.. 040062625a61.. 00.. 00001f.. 00.. 000028..", "1\x1d2"},
	{"GS as F8", Options{}, "00001e.. 00.. 000041.. 00.. 00001f.. 00.. 000028..", "1\x1d2"},
	{"GS as F9, configured", Options{Keys: map[uint8]byte{0x42: 0x1d}}, "00001e.. 00.. 000042.. 00.. 000041.. 00.. 00001f.. 00.. 000028..", "1\x1d2"},
	{"GS as ^]", Options{GS: "^]"}, "00001e.. 00.. 020023.. 00.. 000030.. 00.. 00001f.. 00.. 000028..", "1\x1d2"},
	{"RS US FS ESC", Options{}, "030023.. 00.. 03002d.. 00.. 010031.. 00.. 01002f.. 00.. 00001e.. 00.. 000028..", "\x1e\x1f\x1c\x1b1"},
	{"Caps Lock pressed around", Options{}, "000039.. 00.. 000004.. 00.. 020004.. 00.. 000039.. 00.. 000028..", "aA"},
	{"menu and system keys are no characters", Options{}, "040004.. 00.. 080015.. 00.. 00001e.. 00.. 000028..", "1"},
	{"prefix", Options{Prefix: "a"}, "000004.. 00.. 00001e.. 00.. 000004.. 00.. 000028..", "1a"},
	{"STX before", Options{}, "010005.. 00.. 00001e.. 00.. 000028..", "1"},
	{"US: \\|#~", Options{}, "000031.. 00.. 020031.. 00.. 020020.. 00.. 020035.. 00.. 000028..", "\\|#~"},
}

func TestReports(t *testing.T) {
	for _, tt := range typed {
		t.Run(tt.name, func(t *testing.T) {
			k := play(t, tt.options, reports(t, tt.reports))
			if len(k.scans) != 1 || k.scans[0] != tt.scan || len(k.lost) != 0 {
				t.Errorf("scans %q, want %q; lost %q", k.scans, tt.scan, k.lost)
			}
		})
	}
}

func TestCountries(t *testing.T) {
	for _, tt := range []struct{ country, reports, scan string }{
		{"fr", "02001e.. 00.. 02001f.. 00.. 000014.. 00.. 000004.. 00.. 00001d.. 00.. 000033.. 00.. 020036.. 00.. 40002d.. 00..", "12aqwm.]"},
		{"fr", "000030.. 00.. 40002e.. 00.. 00002f.. 00.. 000008.. 00.. 020028..", "$}ê"},
		{"fr", "00002f.. 00.. 00002c.. 00.. 400026.. 00.. 400021.. 00..", "^^{"},
		{"fr", "00001f.. 00.. 000027.. 00..", "éà"},
		{"de", "00001c.. 00.. 00001d.. 00.. 020024.. 00.. 000038.. 00.. 020038.. 00.. 400025.. 00.. 40002d.. 00..", "zy/-_[\\"},
		{"de", "050025.. 00.. 000035.. 00.. 000004.. 00.. 00002e.. 00.. 00001e.. 00..", "[â´1"},
		{"gb", "02001f.. 00.. 020034.. 00.. 000032.. 00.. 000031.. 00..", "\"@##"},
		{"it", "400033.. 00.. 400034.. 00.. 600030.. 00..", "@#}"},
		{"es", "40001f.. 00.. 400034.. 00.. 000033.. 00..", "@{ñ"},
		{"ru", "000015.. 00.. 020004.. 00.. 020024.. 00..", "кФ?"},
	} {
		k := play(t, Options{Layout: layout(t, tt.country)}, reports(t, tt.reports+" 000028.."))
		if len(k.scans) != 1 || k.scans[0] != tt.scan {
			t.Errorf("%s: %q, want %q", tt.country, k.scans, tt.scan)
		}
	}
	if _, err := LayoutNamed("klingon"); err == nil || err.Error() != `keyboard layout "klingon" is not known: use one of de, es, fr, gb, it, ru, us` {
		t.Errorf("%v", err)
	}
}

// What Strokes types, the decoder reads back, in every layout.
func TestStrokesReadBack(t *testing.T) {
	for name := range layouts {
		l := layout(t, name)
		for c := range l.keys {
			if c < 0x20 || spacing[c] != 0 {
				continue
			}
			readBack(t, l, c)
		}
		for c := rune(0x20); c < 0x7f && name != "ru" && name != "it"; c++ {
			readBack(t, l, c)
		}
	}
}

func readBack(t *testing.T, l *Layout, c rune) {
	t.Helper()
	ks, ok := l.Strokes(c)
	var rs [][]byte
	for _, k := range ks {
		rs = append(rs, []byte{k.Modifiers, 0, k.Usage, 0, 0, 0, 0, 0}, make([]byte, 8))
	}
	rs = append(rs, []byte{0, 0, 0x28, 0, 0, 0, 0, 0})
	if k := play(t, Options{Layout: l}, rs); !ok || len(k.scans) != 1 || k.scans[0] != string(c) {
		t.Errorf("%s: %q read as %q", l.Name, c, k.scans)
	}
}

// A scanner that typed UTF-8 byte for byte gives UTF-8; one that typed letters does too.
func TestLettersBeyondASCII(t *testing.T) {
	chars := func(s string) (items []item) {
		for _, c := range s {
			items = append(items, item{char: c})
		}
		return items
	}
	for in, want := range map[string]string{"é": "é", "Ã©": "é", "Карта": "Карта", "ÃB": "ÃB"} {
		if got := text(chars(in)); got != want {
			t.Errorf("%q read as %q, want %q", in, got, want)
		}
	}
	cp866 := []item{{char: 0x8a, byte: true}, {char: 0xa0, byte: true}}
	if got := text(cp866); got != "\x8a\xa0" {
		t.Errorf("bytes given by number changed: %q", got)
	}
}

func TestWedgePersonalities(t *testing.T) {
	ascii := []string{"4006381333931", "https://example.test/?a=b&c=[d]~#\\|`^_{}", "\x1d010460123456789321abc\x1d93dGVz", strings.Repeat("Aa0-", 200)}
	bytes := append([]string{"Карта лояльности № 7", "with\x00zero", "\xaa\xe0\xa5\xa4", strings.Repeat("z", 2953)}, ascii...)
	for s, payloads := range map[*usb.Scanner][]string{ptr(usb.Wedge("")): ascii, ptr(usb.WedgeAlt("")): bytes} {
		for _, p := range payloads {
			if k := play(t, Options{}, s.Send(p)); len(k.scans) != 1 || k.scans[0] != p || len(k.lost) != 0 {
				t.Errorf("%s: %q, want %q, lost %q", s.Name, k.scans, p, k.lost)
			}
		}
	}
}

func ptr[T any](v T) *T { return &v }

func FuzzReport(f *testing.F) {
	for _, tt := range typed {
		var b []byte
		for _, r := range reports(f, tt.reports) {
			b = append(b, r...)
		}
		f.Add("us", b)
		f.Add("fr", b)
	}
	f.Fuzz(func(t *testing.T, country string, stream []byte) {
		l, err := LayoutNamed(country)
		if err != nil {
			return
		}
		var k kept
		d := New(Options{Layout: l, Raw: true}, &k, start)
		at := start.Add(time.Second)
		d.Tick(at)
		for ; len(stream) > 0; stream = stream[min(8, len(stream)):] {
			d.Report(stream[:min(8, len(stream))], at)
			if stream[0] >= 128 {
				d.Tick(at)
			}
			at = at.Add(time.Duration(stream[0]%128) * time.Millisecond)
		}
		for _, s := range k.scans {
			if s == "" {
				t.Fatal("empty scan")
			}
		}
	})
}
