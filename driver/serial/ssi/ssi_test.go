package ssi

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

type kept struct {
	scans    []driver.Scan
	lost     []string
	pictures []driver.Picture
}

func (k *kept) Scanned(s driver.Scan)     { k.scans = append(k.scans, s) }
func (k *kept) Lost(why string)           { k.lost = append(k.lost, why) }
func (k *kept) Pictured(p driver.Picture) { k.pictures = append(k.pictures, p) }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	noRead = "07 F3 00 00 01 4E 52 FE 65" // published test vector
	rsm    = "0A 80 04 00 00 06 20 00 FF FF FD 4E"
	ean    = "12 F3 00 00 0B 34 36 30 31 32 33 34 35 36 37 38 39 33 FC 46"
	qr     = "0A F3 00 00 1C 48 45 4C 4C 4F FD 73"
	ack    = "04d00400ff28"
	nak    = "05d1040001ff25"
)

func TestFrames(t *testing.T) {
	set := func(n, v int, permanent bool) Packet {
		p, err := Set(n, v, permanent)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for want, p := range map[string]Packet{
		ack: command(Ack), nak: command(Nak, nakResend),
		"05 E6 04 00 00 FF 11": Sound(0), "05 E6 04 00 10 FF 01": Sound(16),
		"05 E7 04 00 01 FF 0F": Light(true, 1), "05 E8 04 00 01 FF 0E": Light(false, 1),
		"04 E4 04 00 FF 14": Trigger(true), "04 E5 04 00 FF 13": Trigger(false),
		"04 E9 04 00 FF 0F": Enable(true), "04 EA 04 00 FF 0E": Enable(false),
		"04 A3 04 00 FF 55":          command(Revision),
		"07 C6 04 00 FF 8A 07 FD 9F": set(ParamTriggerMode, 7, false), "07 C6 04 08 FF 8A 07 FD 97": set(ParamTriggerMode, 7, true),
		"08 C6 04 00 FF F1 CC 03 FC 6F": set(ParamPhoneMode, 3, false), "07 C6 04 00 FF EE 01 FD 41": set(ParamPackets, 1, false),
	} {
		if got := p.Append(nil); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("% X, want %s", got, want)
		}
	}
	for _, s := range []string{noRead, rsm, ean, qr} {
		b := unhex(t, s)
		p, n, err := Parse(b)
		if err != nil || n != len(b) || !bytes.Equal(p.Append(nil), b) {
			t.Errorf("%s: %+v %d %v", s, p, n, err)
		}
	}
	for _, n := range []int{-1, 0xf0, 0xff, 1024} {
		if _, err := Set(n, 0, false); err == nil {
			t.Errorf("parameter %d taken", n)
		}
	}
}

func TestCodes(t *testing.T) {
	part := func(status byte, kind byte, text string) string {
		return hex.EncodeToString(Packet{Op: DecodeData, Status: status, Data: append([]byte{kind}, text...)}.Append(nil))
	}
	seg := func(n byte, data string) string {
		return hex.EncodeToString(Packet{Op: Segment, Data: append([]byte{n}, data...)}.Append(nil))
	}
	first := func(size byte) string { return "\xf3\x00\x00\x00\x00\x1c\x00\x00" + string(rune(size)) }
	for _, tt := range []struct {
		name, in    string
		scans, lost string
		out         string
	}{
		{"EAN-13", ean, "]E0 4601234567893", "", ack},
		{"QR", qr, "]Q1 HELLO", "", ack},
		{"nothing", "", "", "", ""},
		{"a label that says NR", noRead, "]A0 NR", "", ack}, // so is what a scanner says that is set to tell of no read
		{"two in one piece", ean + qr, "]E0 4601234567893|]Q1 HELLO", "", ack + ack},
		{"several packets", part(More, 0x1c, "HEL") + part(0, 0x1c, "LO"), "]Q1 HELLO", "", ack + ack},
		{"sent again", qr + part(Again, 0x1c, "HELLO"), "]Q1 HELLO", "", ack + ack},
		{"sent again, first lost", part(Again, 0x1c, "HELLO"), "]Q1 HELLO", "", ack},
		{"length before the code", part(0, 0x1c, "\x00\x00\x05HELLO"), "]Q1 HELLO", "", ack},
		{"segments", seg(0, first(6)+"HEL") + seg(1, "LO!"), "]Q1 HELLO!", "", ack + ack},
		{"a segment sent again", seg(0, first(5)+"HEL") + seg(1, "L") + seg(1, "L") + seg(2, "O"), "]Q1 HELLO", "", ack + ack + ack + ack},
		{"a segment is missing", seg(0, first(9)+"HEL") + seg(2, "LO!") + qr, "]Q1 HELLO", "a segment of a code is missing", ack + ack + ack},
		{"a code among segments", seg(0, first(9)+"HEL") + qr, "]Q1 HELLO", "another code began before the last one had ended", ack + ack},
		{"segments of something else", seg(0, "\xb1123456789"), "", "segment of something that is no code", ack},
		{"with add-on", part(0, 0x4b, "460123456789312"), "]E3 460123456789312", "", ack},
		{"unknown type", part(0, 0x99, "X"), " X", "", ack},
		{"wrong checksum", strings.Replace(qr, "FD 73", "FD 74", 1) + "010203", "", "packet with a wrong checksum", nak},
		{"noise before", "00 03" + qr, "]Q1 HELLO", "", ack},
		{"other code in the middle", part(More, 0x1c, "HEL") + ean, "]E0 4601234567893", "another code began before the last one had ended", ack + ack},
		{"nothing", part(0, 0x1c, ""), "", "empty code", ack},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, whole := range []bool{true, false} {
				var k kept
				s := NewSession(&k)
				b := unhex(t, tt.in)
				for len(b) > 0 {
					n := len(b)
					if !whole && tt.name != "wrong checksum" {
						n = 1
					}
					s.Feed(b[:n], start)
					b = b[n:]
				}
				var got []string
				for _, s := range k.scans {
					got = append(got, s.AIM+" "+string(s.Data))
				}
				if strings.Join(got, "|") != tt.scans || strings.Join(k.lost, "|") != tt.lost {
					t.Errorf("scans %q, lost %q", got, k.lost)
				}
				if out := hex.EncodeToString(s.Output()); out != tt.out {
					t.Errorf("answered %s, want %s", out, tt.out)
				}
			}
		})
	}
}

func TestWhatDoesNotCome(t *testing.T) {
	var k kept
	s := NewSession(&k)
	s.Feed(unhex(t, ean)[:5], start)
	s.Silent(start.Add(Gap))
	s.Feed(Packet{Op: DecodeData, Status: More, Data: []byte("\x1cHEL")}.Append(nil), start.Add(5*time.Second))
	s.Silent(start.Add(8 * time.Second))
	s.Feed(unhex(t, qr), start.Add(10*time.Second))
	if len(k.scans) != 1 || string(k.scans[0].Data) != "HELLO" || strings.Join(k.lost, "|") != "packet broke off|the rest of a long code did not come" {
		t.Errorf("%+v", k)
	}
}

func TestCommands(t *testing.T) {
	var k kept
	s := NewSession(&k)
	var got []string
	done := func(name string) func(error) {
		return func(err error) { got = append(got, name+": "+errText(err)) }
	}
	s.Send(Sound(0), start, done("beep"))
	s.Send(Light(true, 1), start, done("light"))
	if out := hex.EncodeToString(s.Output()); out != "05e6040000ff11" {
		t.Fatalf("%s: the second command must wait for the first one's answer", out)
	}
	s.Feed(unhex(t, "04 D0 00 00 FF 2C"), start) // from the scanner
	s.Feed(unhex(t, "05 D1 00 00 06 FF 24"), start)
	s.Send(Trigger(true), start, done("trigger"))
	s.Output()
	s.Feed(unhex(t, "05 D1 00 00 01 FF 29"), start)
	if out := s.Output(); len(out) < 4 || out[3] != Again {
		t.Errorf("% X is not marked as sent again", out)
	}
	for i := range 3 {
		s.Silent(start.Add(time.Duration(i+1) * (Timeout + time.Second)))
	}
	if s.Busy() {
		t.Error("still waits")
	}
	want := "beep: ok|light: scanner refused command 0xe7: it is set not to obey|trigger: scanner does not answer: is it set to SSI?"
	if strings.Join(got, "|") != want {
		t.Errorf("%q", got)
	}
}

func errText(err error) string {
	if err == nil {
		return "ok"
	}
	return err.Error()
}

// The same code again is a repetition only if the packet that was taken is what
// comes again, and not one that was lost.
func TestRepetitions(t *testing.T) {
	again := Packet{Op: DecodeData, Status: Again, Data: []byte("\x1cHELLO")}.Append(nil)
	broken := unhex(t, strings.Replace(qr, "FD 73", "FD 74", 1))
	for name, tt := range map[string]struct {
		scans int
		play  func(*Session)
	}{
		"acknowledgement lost": {1, func(s *Session) { s.Feed(again, start) }},
		"packet broken":        {2, func(s *Session) { s.Feed(broken, start); s.Feed(again, start) }},
		"packet broke off": {2, func(s *Session) {
			s.Feed(unhex(t, qr)[:6], start)
			s.Silent(start.Add(Gap))
			s.Feed(again, start.Add(Timeout))
		}},
		"long ago":             {2, func(s *Session) { s.Feed(again, start.Add(time.Minute)) }},
		"twice lost":           {1, func(s *Session) { s.Feed(again, start); s.Feed(again, start.Add(Timeout)) }},
		"echo of what we sent": {1, func(s *Session) { s.Feed(s.Output(), start) }},
	} {
		var k kept
		s := NewSession(&k)
		s.Feed(unhex(t, qr), start)
		tt.play(s)
		if len(k.scans) != tt.scans {
			t.Errorf("%s: %d scans, want %d", name, len(k.scans), tt.scans)
		}
	}
}

func TestPictures(t *testing.T) {
	jpeg, bmp := "\xff\xd8\xff"+strings.Repeat("x", 600), "BM"+strings.Repeat("y", 249)
	resize := func(packets [][]byte, by int) [][]byte {
		p, _, err := Parse(packets[0])
		if err != nil {
			t.Fatal(err)
		}
		p.Data[3] += byte(by)
		return append([][]byte{p.Append(nil)}, packets[1:]...)
	}
	for _, tt := range []struct {
		name    string
		packets [][]byte
		want    driver.Format
		data    string
		lost    string
	}{
		{"JPEG", usb.SSIPicture(0x31, 640, 480, []byte(jpeg)), driver.JPEG, jpeg, ""},
		{"BMP in one packet and a byte", usb.SSIPicture(0x33, 16, 16, []byte(bmp)), driver.BMP, bmp, ""},
		{"TIFF", usb.SSIPicture(0x34, 1, 1, []byte("II*\x00")), driver.TIFF, "II*\x00", ""},
		{"TIFF, the other way round", usb.SSIPicture(0x34, 1, 1, []byte("MM\x00*")), driver.TIFF, "MM\x00*", ""},
		{"the file says what it is", usb.SSIPicture(0x34, 1, 1, []byte(jpeg)), driver.JPEG, jpeg, ""},
		{"size with the preamble", resize(usb.SSIPicture(0x31, 1, 1, []byte(jpeg)), 10), driver.JPEG, jpeg, ""},
		{"sent again", slices.Insert(usb.SSIPicture(0x31, 1, 1, []byte(jpeg)), 2, usb.SSIAgain(usb.SSIPicture(0x31, 1, 1, []byte(jpeg))[1])), driver.JPEG, jpeg, ""},
		{"without preamble, JPEG", [][]byte{usb.SSIPacket(0xb1, 2, []byte(jpeg[:200])...), usb.SSIPacket(0xb1, 0, []byte(jpeg[200:400])...)}, driver.JPEG, jpeg[:400], ""},
		{"too short", resize(usb.SSIPicture(0x31, 1, 1, []byte(jpeg)), 20), "", "", "picture of 603 bytes where 623 were announced"},
		{"too long", resize(usb.SSIPicture(0x31, 1, 1, []byte(jpeg)), -1), "", "", "picture longer than it said"},
		{"unknown", usb.SSIPicture(0x35, 1, 1, []byte("GIF89a")), "", "", "picture of a kind that is not known (0x35): want JPEG, BMP or TIFF"},
		{"without preamble", [][]byte{usb.SSIPacket(0xb1, 0, 1, 2, 3)}, "", "", "picture of 0 bytes: more than 1376256, or not understood"},
		{"too large", [][]byte{usb.SSIPacket(0xb1, 2, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x31, 2, 7), usb.SSIPacket(0xb1, 0, 7)}, "", "", "picture of 1073741824 bytes: more than 1376256, or not understood"},
		{"a code in it", append(usb.SSIPicture(0x31, 1, 1, []byte(jpeg))[:1], unhex(t, qr)), "", "", "a code came before a picture had ended"},
		{"a picture in a code", append([][]byte{usb.SSIPacket(0xf3, 2, 0x1c, 'A')}, usb.SSIPicture(0x33, 1, 1, []byte(bmp))...), driver.BMP, bmp, "a picture came before a code had ended"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var k kept
			s := NewSession(&k)
			for _, p := range tt.packets {
				s.Feed(p, start)
				if out := hex.EncodeToString(s.Output()); out != ack {
					t.Fatalf("answered %q", out)
				}
			}
			if strings.Join(k.lost, "|") != tt.lost {
				t.Errorf("lost %q", k.lost)
			}
			if (len(k.pictures) == 1) != (tt.want != "") {
				t.Fatalf("%d pictures", len(k.pictures))
			}
			if tt.want != "" && (k.pictures[0].Format != tt.want || string(k.pictures[0].Data) != tt.data || k.pictures[0].At != start) {
				t.Errorf("%+v", k.pictures[0])
			}
			if s.view.open || s.open {
				t.Error("something is open still")
			}
		})
	}
}

func TestPictureThatStops(t *testing.T) {
	var k kept
	s := NewSession(&k)
	s.Shoot(start, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	yes := unhex(t, "04 D0 00 00 FF 2C")
	s.Feed(yes, start)
	s.Feed(yes, start)
	s.Feed(usb.SSIPicture(0x31, 1, 1, make([]byte, 600))[0], start)
	s.Output()
	for at := Timeout; at < 20*time.Second; at += Timeout / 4 {
		s.Silent(start.Add(at))
	}
	if out := hex.EncodeToString(s.Output()); !strings.HasPrefix(out, hex.EncodeToString(Mode(false).Append(nil))) {
		t.Errorf("sent %s: the imager stays in picture mode", out)
	}
	if strings.Join(k.lost, "|") != "the rest of a picture did not come" {
		t.Errorf("%q", k.lost)
	}
	s.Send(Sound(0), start, nil)
	s.End(errFull)
	if s.Busy() || s.Patience() != 0 {
		t.Error("not ended")
	}
}

// FuzzFeed feeds what may come, in pieces and with silences.
func FuzzFeed(f *testing.F) {
	for _, s := range []string{noRead, rsm, ean, qr, ack, nak} {
		f.Add(unhex(f, s), byte(0))
	}
	for _, p := range usb.Payloads() {
		stream := bytes.Join(usb.SSI("").Reports(p.Code), nil)
		f.Add(stream[:min(len(stream), 1<<10)], byte(63))
	}
	for _, p := range usb.SSIPicture(0x31, 8, 8, append([]byte("\xff\xd8\xff"), make([]byte, 300)...)) {
		f.Add(p, byte(3))
	}
	f.Add(Packet{Op: Segment, Data: []byte("\x01LLO")}.Append(Packet{Op: Segment, Data: []byte("\x00\xf3\x00\x00\x00\x00\x1c\x00\x00\x05HE")}.Append(nil)), byte(9))
	f.Fuzz(func(t *testing.T, b []byte, size byte) {
		var k kept
		s := NewSession(&k)
		s.Send(Sound(0), start, nil)
		s.Shoot(start, func(error) {})
		now := start
		for rest := b; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			s.Feed(rest[:n], now)
			rest = rest[n:]
			now = now.Add(time.Millisecond)
		}
		for range 40 {
			now = now.Add(Timeout)
			s.Silent(now)
		}
		s.Feed(b, now)
		s.End(errFull)
		for _, c := range k.scans {
			if len(c.Data) == 0 || len(c.Data) > 2*len(b) {
				t.Fatalf("code of %d bytes out of %d", len(c.Data), len(b))
			}
		}
		for _, p := range k.pictures {
			if len(p.Data) == 0 || len(p.Data) > 2*len(b) || len(p.Data) > driver.MaxPicture {
				t.Fatalf("picture of %d bytes out of %d", len(p.Data), len(b))
			}
		}
		for out := s.Output(); len(out) > 0; {
			_, n, err := Parse(out)
			if err != nil {
				t.Fatalf("sent % X: %v", out, err)
			}
			out = out[n:]
		}
		if s.Busy() {
			t.Fatal("something is held after the end")
		}
	})
}

// A scanner that sends the next packet when the last one was acknowledged.
func TestPersonality(t *testing.T) {
	var k kept
	s := NewSession(&k)
	scanner := usb.SSI("")
	payloads := []usb.Code{{Data: []byte("4006381333931"), AIM: "]E0"}, {Data: []byte("Карта\x00\x1d№ 7"), AIM: "]Q1"},
		{Data: bytes.Repeat([]byte("0123456789"), 295), AIM: "]z0"}}
	for _, p := range payloads {
		for _, packet := range scanner.Reports(p) {
			s.Feed(packet, start)
			if out := hex.EncodeToString(s.Output()); out != ack {
				t.Fatalf("answered %q", out)
			}
		}
	}
	if len(k.scans) != len(payloads) || len(k.lost) != 0 {
		t.Fatalf("%d codes, lost %q", len(k.scans), k.lost)
	}
	for i, got := range k.scans {
		if !bytes.Equal(got.Data, payloads[i].Data) || got.AIM != payloads[i].AIM {
			t.Errorf("%q %s, want %q", got.Data, got.AIM, payloads[i].Data)
		}
	}
}
