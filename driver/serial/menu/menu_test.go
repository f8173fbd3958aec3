package menu

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	newlandCommand = "7E 01 30 30 30 30 40 43 31 31 45 4E 41 31 2C 4D 49 4E 31 32 2C 4D 41 58 32 32 3B 03"
	newlandAnswer  = "02 01 30 30 30 30 40 43 31 31 45 4E 41 31 06 2C 4D 49 4E 31 32 06 2C 4D 41 58 32 32 06 3B 03"
	honeyAnswer    = "CBRENA1\x06,SSX0\x06,CK20\x06,CCT1\x06,MIN2\x06,MAX60\x06,DFT\x06."
)

func TestCommand(t *testing.T) {
	for want, got := range map[string][]byte{
		newlandCommand: Newland.Command("C11ENA1,MIN12,MAX22", true),
		"7E 01 30 30 30 30 23 53 43 4E 54 52 47 31 3B 03": Newland.Command(NewlandTriggerOn, false),
		"16 4D 0D 52 45 56 49 4E 46 2E":                   Honeywell.Command(HoneywellRevision, true),
		"16 4D 0D 53 43 4E 4C 45 44 30 21":                Honeywell.Command(HoneywellLightOff, false),
		"16 54 0D":                                        TriggerOn,
	} {
		if !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("% X, want %s", got, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		d      Dialect
		in     []byte
		want   string
		failed string
	}{
		{Newland, unhex(t, newlandAnswer), "[{C11ENA1 done} {MIN12 done} {MAX22 done}]", ""},
		{Honeywell, []byte(honeyAnswer), "[{CBRENA1 done} {SSX0 done} {CK20 done} {CCT1 done} {MIN2 done} {MAX60 done} {DFT done}]", ""},
		{Honeywell, []byte("0401D01\x06."), "[{0401D01 done}]", ""}, // Mindeo
		{Honeywell, []byte("XXXYYY1\x05."), "[{XXXYYY1 command not known to this scanner}]", "scanner: XXXYYY1: command not known to this scanner"},
		{Honeywell, []byte("CBRENA7\x15!"), "[{CBRENA7 value not possible}]", "scanner: CBRENA7: value not possible"},
	} {
		as, err := tt.d.Answers(tt.in)
		if err != nil || fmt.Sprint(as) != tt.want {
			t.Errorf("%v %v", as, err)
		}
		if err := Failed(as); fmt.Sprint(err) != tt.failed && (err != nil || tt.failed != "") {
			t.Errorf("%v", err)
		}
	}
	for _, b := range []string{"", "4006381333931"} {
		for _, d := range []Dialect{Honeywell, Newland} {
			if as, err := d.Answers([]byte(b)); err == nil {
				t.Errorf("%q taken for %v", b, as)
			}
		}
	}
}

func TestTunnel(t *testing.T) {
	for begin, command := range map[string][]byte{
		"FD 03 16 07 0D": Beep, "FD 03 16 54 0D": TriggerOn, "FD 03 16 55 0D": TriggerOff,
		"FD 0A 16 4D 0D 52 45 56 49 4E 46 2E": Honeywell.Command(HoneywellRevision, true),
	} {
		r, err := Tunnel(command)
		want := unhex(t, begin)
		if want = append(want, make([]byte, 64-len(want))...); err != nil || !bytes.Equal(r, want) {
			t.Errorf("% X %v, want % X", r, err, want)
		}
	}
	if _, err := Tunnel(make([]byte, 63)); err == nil {
		t.Error("63 bytes fit")
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(unhex(f, newlandAnswer))
	f.Add([]byte(honeyAnswer))
	f.Add([]byte("0401D01\x06.")) // Mindeo, whose answers look like Honeywell's
	f.Add([]byte("REVINF\x06."))  // the echo behind a report on the revision
	f.Add([]byte("XXXYYY1\x05."))
	f.Add([]byte("CBRENA7\x15!"))
	f.Add(unhex(f, newlandCommand)) // a command is no answer
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range []Dialect{Honeywell, Newland} {
			if as, err := d.Answers(b); err == nil && len(as) == 0 {
				t.Fatal("no answer and no error")
			}
		}
	})
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		d    Dialect
		text string
		in   string
		n    int
		v    Verdict
		a    string
	}{
		{Honeywell, "PAPHHC", "PAPHHC\x06!4006381333931\r", 8, Yes, "{PAPHHC done}"},
		{Honeywell, "paphhc", "PapHHC\x15.", 8, Yes, "{PapHHC value not possible}"},
		{Honeywell, "DECHDR?", "DECHDR1\x06.", 9, Yes, "{DECHDR1 done}"},
		{Honeywell, "DECHDR?", "DECHDR1", 0, Partial, "{ status 0x00}"},
		{Honeywell, "DECHDR?", "D", 0, Partial, "{ status 0x00}"},
		{Honeywell, "DECHDR?", "", 0, Partial, "{ status 0x00}"},
		{Honeywell, "DECHDR?", "DECHDR1\r", 0, No, "{ status 0x00}"},
		{Honeywell, "DECHDR?", "4006381333931", 0, No, "{ status 0x00}"},
		{Newland, "SCNMOD*", "\x02\x010000#SCNMOD0\x06;\x03", 17, Yes, "{SCNMOD0 done}"},
		{Newland, "SCNMOD*", "\x02\x010000@SCNMOD0\x05;\x03\r", 17, Yes, "{SCNMOD0 command not known to this scanner}"},
		{Newland, "SCNMOD*", "\x02\x010000#SCNMOD0\x06;", 0, Partial, "{SCNMOD0 done}"},
		{Newland, "SCNMOD*", "\x02", 0, Partial, "{ status 0x00}"},
		{Newland, "SCNMOD*", "\x0229000", 0, No, "{ status 0x00}"},
		{Newland, "SCNMOD*", "\x02\x010000#SCNTRG1\x06;\x03", 0, No, "{ status 0x00}"},
	} {
		if n, a, v := tt.d.Match(tt.text, []byte(tt.in)); n != tt.n || v != tt.v || fmt.Sprint(a) != tt.a {
			t.Errorf("%q for %s: %d %v %v", tt.in, tt.text, n, a, v)
		}
	}
}

// FuzzMatch: what begins an answer is called so from its first byte on, and nothing
// is longer than it.
func FuzzMatch(f *testing.F) {
	f.Add([]byte("PAPHHC\x06!4006381333931\r"))
	f.Add([]byte("\x02\x010000#PAPHHC0\x06;\x03"))
	f.Add([]byte("PapHHC\x15.PAPHHC\x06!"))
	f.Add(unhex(f, newlandAnswer))
	f.Add([]byte(honeyAnswer))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range []Dialect{Honeywell, Newland} {
			n, _, v := d.Match("PAPHHC", b)
			if v != Yes {
				continue
			}
			if n <= 0 || n > len(b) {
				t.Fatalf("answer of %d bytes in %d", n, len(b))
			}
			for i := range n {
				if _, _, v := d.Match("PAPHHC", b[:i]); v != Partial {
					t.Fatalf("%q is the beginning of %q and not called so", b[:i], b[:n])
				}
			}
		}
	})
}
