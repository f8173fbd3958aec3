package keyboard

import (
	"testing"
	"time"
)

// typist presses Linux key codes, 4 ms apart.
type typist struct {
	d  *Decoder
	at time.Time
}

func (y *typist) press(codes ...uint16) {
	for _, c := range codes {
		y.at = y.at.Add(2 * time.Millisecond)
		y.d.Key(c, true, y.at)
		y.at = y.at.Add(2 * time.Millisecond)
		y.d.Key(c, false, y.at)
	}
}

func (y *typist) pause(d time.Duration) {
	y.at = y.at.Add(d)
	y.d.Tick(y.at)
}

const enter, one, two, three = 28, 2, 3, 4

func newTypist(k *kept, o Options) *typist {
	return &typist{New(o, k, start), start.Add(time.Second)}
}

func check(t *testing.T, k kept, scans, lost []string) {
	t.Helper()
	if len(k.scans) != len(scans) || len(k.lost) != len(lost) {
		t.Fatalf("scans %q, lost %q; want %q, %q", k.scans, k.lost, scans, lost)
	}
	for i := range scans {
		if k.scans[i] != scans[i] {
			t.Errorf("scan %d: %q, want %q", i, k.scans[i], scans[i])
		}
	}
	for i := range lost {
		if k.lost[i] != lost[i] {
			t.Errorf("lost %d: %q, want %q", i, k.lost[i], lost[i])
		}
	}
}

func TestKeys(t *testing.T) {
	var k kept
	y := newTypist(&k, Options{})
	y.press(one, two, three, enter)
	y.d.Key(42, true, y.at) // Shift
	y.press(30)
	y.d.Key(42, false, y.at)
	y.press(30, 96)         // keypad Enter
	y.d.Key(29, true, y.at) // Ctrl
	y.press(27)
	y.d.Key(29, false, y.at)
	y.press(43, 86, 71, 113, enter) // \\ twice, keypad 7, Mute, which is no key of ours
	check(t, k, []string{"123", "Aa", "\x1d\\\\7"}, nil)
}

func TestEveryKeyHasItsCode(t *testing.T) {
	for _, u := range append(rows[:], 0x28, 0x2b, 0x2c, 0x31, 0x41, 0x58, 0x59, 0x62, 0x63, 0xe0, 0xe1, 0xe2, 0xe6) {
		c := CodeOf(u)
		if back := UsageOf(c); c == 0 || back != u && u != 0x32 {
			t.Errorf("usage %02x: code %d, back %02x", u, c, back)
		}
	}
	if UsageOf(5000) != 0 {
		t.Error("code beyond the table")
	}
}

func TestOverflow(t *testing.T) {
	var k kept
	y := newTypist(&k, Options{})
	y.press(one, two)
	y.d.Overflow(y.at)
	y.press(three, enter) // the rest of the damaged code
	y.press(one, one, enter)
	y.press(one)
	y.d.Overflow(y.at)
	y.d.Overflow(y.at)
	y.pause(lull * DefaultSilence) // the Enter was among what was lost
	y.press(two, two, enter)
	lost := "keys were lost in the kernel"
	check(t, k, []string{"11", "22"}, []string{lost, lost})
}

func TestOpenedInMidCode(t *testing.T) {
	var k kept
	y := &typist{New(Options{}, &k, start), start}
	y.press(one, two, enter, one, three, enter)
	check(t, k, []string{"13"}, []string{"code had begun before the device was opened"})
}

func TestSilence(t *testing.T) {
	var k kept
	y := newTypist(&k, Options{})
	y.press(one)
	y.pause(2 * DefaultSilence) // nothing is known of its suffix yet
	y.press(two)
	y.pause(caution * DefaultSilence)
	y.press(one, three)
	y.pause(DefaultSilence) // no suffix: silence it is
	y.press(one, enter)
	odd := "code ended without the suffix of the codes before it"
	y.press(two)
	y.pause(DefaultSilence)
	y.press(two, enter) // the rest of a code that stalled
	y.press(one, enter)
	for range 3 {
		y.press(two)
		y.pause(DefaultSilence)
		y.pause(lull * DefaultSilence)
	}
	y.press(three)
	y.pause(caution * DefaultSilence)
	check(t, k, []string{"12", "13", "1", "1", "3"}, []string{odd, odd, odd, odd})
}

func TestConfiguredSuffix(t *testing.T) {
	var k kept
	y := newTypist(&k, Options{Suffix: Tab, Silence: time.Second})
	y.press(one, enter, two, 15)
	y.press(three)
	y.pause(900 * time.Millisecond)
	y.press(15)
	y.press(three)
	y.pause(time.Second)
	check(t, k, []string{"1\r2", "3"}, []string{"code ended without the suffix of the codes before it"})
}

func TestAltCodesWithoutRawReports(t *testing.T) {
	alt := func(y *typist, at []uint16, together bool) {
		y.d.Key(56, true, y.at)
		if together {
			for _, c := range at {
				y.d.Key(c, true, y.at)
			}
			for _, c := range at {
				y.d.Key(c, false, y.at)
			}
		} else {
			y.press(at...)
		}
		y.d.Key(56, false, y.at)
	}
	const kp0, kp1, kp3, kp6, kp8 = 82, 79, 81, 77, 72
	refused := `Alt codes are typed all digits at once, which only raw reports show: set driver = "hid" for this scanner`

	var k kept
	y := newTypist(&k, Options{})
	alt(y, []uint16{kp0, kp8, kp3}, false)
	alt(y, []uint16{kp0, kp0, kp6, kp6}, false)
	y.press(enter)
	check(t, k, []string{"SB"}, nil)

	k = kept{}
	alt(y, []uint16{kp0, kp8, kp3}, true)
	y.press(enter)
	alt(y, []uint16{kp1}, true) // Alt+111, of which the kernel made one press
	y.press(enter, one, enter)
	check(t, k, []string{"1"}, []string{refused, refused})
}

// What was captured as reports means the same as the keys that the kernel makes of it,
// where the kernel leaves enough of it over.
func TestCapturesAsKeys(t *testing.T) {
	for in, want := range map[string]string{crThenLF: "6957842208856", shiftFramed: "4*9", altDigits: ""} {
		var k kept
		y := newTypist(&k, Options{})
		for _, b := range keysOf(reports(t, in)) {
			y.at = y.at.Add(2 * time.Millisecond)
			y.d.Key(uint16(b&0x7f), b < 0x80, y.at)
		}
		y.pause(time.Second)
		switch {
		case want != "":
			check(t, k, []string{want}, nil)
		case len(k.scans) != 0 || len(k.lost) == 0:
			t.Errorf("scans %q, lost %q", k.scans, k.lost)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add([]byte{2, 3, 4, 28, 56, 82, 72, 81, 56 | 0x80, 28})
	f.Add([]byte{42, 30, 42 | 0x80, 28, 29, 27})
	for _, s := range []string{crThenLF, shiftFramed, altDigits} {
		f.Add(keysOf(reports(f, s)))
	}
	f.Fuzz(func(t *testing.T, keys []byte) {
		var k kept
		y := newTypist(&k, Options{})
		for _, b := range keys {
			y.at = y.at.Add(time.Duration(b) * time.Millisecond)
			y.d.Key(uint16(b&0x7f), b < 0x80, y.at)
		}
		for _, s := range k.scans {
			if s == "" || len(s) > 4*len(keys) {
				t.Fatalf("scan of %d bytes from %d keys", len(s), len(keys))
			}
		}
	})
}

// keysOf are the keys that the kernel makes of reports: the codes of those that go
// down, and with the highest bit set of those that come up.
func keysOf(rs [][]byte) (keys []byte) {
	down := map[uint8]bool{}
	for _, r := range rs {
		now := map[uint8]bool{}
		for bit := range uint8(8) {
			if r[0]&(1<<bit) != 0 {
				now[0xe0+bit] = true
			}
		}
		for _, u := range r[2:] {
			if u != 0 {
				now[u] = true
			}
		}
		for k := range 256 {
			u := uint8(k) + 0xe0 // modifiers first
			c := byte(CodeOf(u))
			switch {
			case down[u] && !now[u]:
				keys = append(keys, c|0x80)
			case now[u] && !down[u]:
				keys = append(keys, c)
			}
		}
		down = now
	}
	return keys
}
