package serial

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Codes as scanners send them.
const (
	ean    = "4601234567893"
	cardEA = "2900000000018"
	// GS1 element string with GSRN and a second element behind a GS, AIM prefix of GS1-128.
	gs1 = "]C18018460123456789012349\x1d10AB"
	// "Петров" in CP1251.
	cp1251 = "\xcf\xe5\xf2\xf0\xee\xe2"
)

// silence in a feed stands for a line that is silent for the time of silence.
const silence = "<silence>"

// decodeHeader makes a Honeywell counted frame of a code with its suffix.
func decodeHeader(id, aim, data string) string {
	n := len(data)
	return fmt.Sprintf("\x16\xfe%c%c\x00\x00\rMSGGET%04d%s%s\x1d%s", byte(n+14), (n+14)>>8, n, id, aim, data)
}

// feed gives a framer pieces of input, and returns what comes out as text:
// codes, and losses in brackets.
func feed(f *framer, pieces ...string) []string {
	var out []string
	at := time.Unix(1_800_000_000, 0)
	for _, p := range pieces {
		var frames []frame
		if p == silence {
			frames = f.silent()
		} else {
			frames = f.push([]byte(p), at)
		}
		for _, fr := range frames {
			switch {
			case fr.lost != "":
				out = append(out, "<lost>")
			default:
				out = append(out, fr.aim+fr.codeID+string(fr.data))
			}
		}
		at = at.Add(time.Second)
	}
	return out
}

func TestFramerWithoutConfiguration(t *testing.T) {
	big := strings.Repeat("U", 64<<10)
	cases := []struct {
		name    string
		in      []string
		want    []string
		learned string
	}{
		{"CR", []string{"A\r", silence}, []string{"A"}, "CR"},
		{"LF", []string{"A\n", silence}, []string{"A"}, "LF"},
		{"CRLF", []string{"A\r\n", silence}, []string{"A"}, "CR LF"},
		{"CRLF torn", []string{"A\r", silence, "\nB\r\n", silence}, []string{"A", "B"}, "CR LF"},
		{"double CR", []string{"A\r\rB\r\r", silence}, []string{"A", "B"}, "CR CR"},
		{"ETX", []string{"A\x03", silence}, []string{"A"}, "ETX"},
		{"STX ETX", []string{"\x02A\x03\x02B\x03", silence}, []string{"A", "B"}, "ETX"},
		{"STX CR ETX (CUTE)", []string{"\x02A\r\x03\x02B\r\x03", silence}, []string{"A", "B"}, "CR ETX"},
		{"SOH id ETX", []string{"\x01d" + ean + "\x03", silence}, []string{"d" + ean}, "ETX"},
		{"STX alone", []string{"\x02A\x02B", silence}, []string{"A", "B"}, "none"},
		{"STX torn off", []string{"\x02", silence, "A\r", silence}, []string{"A"}, "CR"},
		{"STX inside", []string{"A\x02B\r"}, []string{"A\x02B"}, ""},
		{"no suffix", []string{"A", silence, "B", silence}, []string{"A", "B"}, "none"},
		{"two in one read", []string{"A\rB\r"}, []string{"A", "B"}, "CR"},
		{"CR then CRLF", []string{"A\rB\r\nC\r", silence}, []string{"A", "B", "C"}, "CR"},
		{"end in the next read", []string{"A\rB", "\r"}, []string{"A", "B"}, "CR"},
		{"GS and AIM survive", []string{gs1 + "\r"}, []string{gs1}, ""},
		{"eight bits survive", []string{cp1251 + "\r\xff\xfe\r"}, []string{cp1251, "\xff\xfe"}, "CR"},
		{"only separators", []string{"\r\n\r\n\x03\x00", silence, "\n"}, nil, ""},
		{"break on the line", []string{"\x00\x00A\r", silence}, []string{"A"}, "CR"},

		{"TAB and silence", []string{"A\t", silence}, []string{"A"}, "TAB"},
		{"TAB known, at once", []string{"A\t", silence, "B\tC\t"}, []string{"A", "B", "C"}, "TAB"},
		{"TAB burst, nothing known", []string{"A\tB\t", silence}, []string{"A", "B"}, "TAB"},
		{"TAB in text before CR", []string{"A\tB\r", silence}, []string{"A\tB"}, "CR"},
		{"TAB in text, then CR known", []string{"A\r", "B\tC\r", silence}, []string{"A", "B\tC"}, "CR"},
		{"TAB in text without suffix", []string{"A\tB", silence, "C\tD", silence}, []string{"A\tB", "C\tD"}, "none"},
		{"TAB CR", []string{"A\t\rB\t\r", silence}, []string{"A", "B"}, "TAB CR"},
		{"TAB leading, CR known", []string{"A\r\tB\r", silence}, []string{"A", "\tB"}, "CR"},
		{"TAB after CR: set anew", []string{"A\r", silence, "B\t", silence, "C\tD\t"}, []string{"A", "B", "C", "D"}, "TAB"},
		{"CR after TAB: set anew", []string{"A\t", silence, "B\r", "C\tD\r", silence}, []string{"A", "B", "C\tD"}, "CR"},
		{"STX TAB burst", []string{"\x02A\t\x02B\t", silence}, []string{"A", "B"}, "TAB"},
		{"NUL and silence", []string{"A\x00", silence}, []string{"A"}, "NUL"},
		{"NUL known, at once", []string{"A\x00", silence, "B\x00C\x00"}, []string{"A", "B", "C"}, "NUL"},
		{"NUL in code before CR", []string{"A\x00B\r", silence}, []string{"A\x00B"}, "CR"},
		{"TAB known, NUL is data", []string{"A\t", silence, "B\x00C\t"}, []string{"A", "B\x00C"}, "TAB"},
		{"a stall or two is not forgotten", []string{"A\r", "B", silence, "C", silence, "D\tE\r", silence}, []string{"A", "B", "C", "D\tE"}, "CR"},
		{"suffix switched off", []string{"A\r", "B", silence, "C", silence, "D", silence}, []string{"A", "B", "C", "D"}, "none"},
		{"long burst with TAB", []string{strings.Repeat("0123456789012\t", 100)}, slices.Repeat([]string{"0123456789012"}, 100), ""},
		{"long text with TAB, CR known", []string{"A\r" + strings.Repeat("x\ty", 900) + "\r"}, []string{"A", strings.Repeat("x\ty", 900)}, "CR"},

		{"garbage then CR", []string{big, "\r", "A\r", silence}, []string{"<lost>", "A"}, "CR"},
		{"garbage then silence", []string{big, silence, "A\r", silence}, []string{"<lost>", "A"}, "CR"},
		{"garbage twice", []string{big, silence, big, silence, "A", silence}, []string{"<lost>", "<lost>", "A"}, "none"},
		{"as long as allowed", []string{big[:driver.MaxScan] + "\r\n", silence}, []string{big[:driver.MaxScan]}, "CR LF"},
		{"one too long", []string{big[:driver.MaxScan+1] + "\r\nA\r", silence}, []string{"<lost>", "A"}, "CR"},

		{"counted", []string{decodeHeader("d", "E0", ean+"\r")}, []string{"]E0d" + ean}, nameCounted},
		{"counted, two at once", []string{decodeHeader("d", "E0", ean+"\r") + decodeHeader("s", "Q1", "a\r\nb\x00c\t\x16\r")},
			[]string{"]E0d" + ean, "]Q1sa\r\nb\x00c\t\x16"}, nameCounted},
		{"counted without suffix", []string{decodeHeader("s", "Q1", "x")}, []string{"]Q1sx"}, nameCounted},
		{"counted, then off", []string{decodeHeader("d", "E0", ean+"\r"), "A\r", silence}, []string{"]E0d" + ean, "A"}, "CR"},
		{"counted, cut short", []string{decodeHeader("d", "E0", ean+"\r")[:30], silence, "A\r", silence}, []string{"<lost>", "A"}, "CR"},
		{"counted, header cut short", []string{"\x16\xfe\x1c", silence, "A\r", silence}, []string{"\x16\xfe\x1c", "A"}, "CR"},
		{"not counted: other length", []string{"\x16\xfe\xff\x00\x00\x00\rMSGGET0014dE0\x1d" + ean + "\r"}, []string{"\x16\xfe\xff", "MSGGET0014dE0\x1d" + ean}, ""},
		{"not counted: SYN", []string{"\x16A\r"}, []string{"\x16A"}, ""},
		{"no AIM in the header", []string{decodeHeader("d", "\x00\x00", "1\r")}, []string{"d1"}, nameCounted},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFramer(rule{counted: true})
			if got := feed(f, c.in...); !slices.Equal(got, c.want) {
				t.Errorf("got %.200q, want %.200q", got, c.want)
			}
			if c.learned != "" && f.learned.name != c.learned && !(f.learned.name == "" && f.learned.unsettled()) {
				t.Errorf("learned %q, want %q", f.learned.name, c.learned)
			}
			if c.in[len(c.in)-1] == silence && f.waiting() {
				t.Error("still waits after silence")
			}
			// The same bytes one by one, with the same silences.
			var single []string
			for _, p := range c.in {
				if p == silence {
					single = append(single, p)
					continue
				}
				for i := range len(p) {
					single = append(single, p[i:i+1])
				}
			}
			if got := feed(newFramer(rule{counted: true}), single...); !slices.Equal(got, c.want) {
				t.Errorf("byte by byte: got %.200q, want %.200q", got, c.want)
			}
		})
	}
}

func TestFramerAsConfigured(t *testing.T) {
	big := strings.Repeat("U", driver.MaxScan+100)
	cases := []struct {
		name string
		cfg  Config
		in   []string
		want []string
	}{
		{"suffix TAB, CR is data", Config{Suffix: "TAB"}, []string{"A\rB\tC\t"}, []string{"A\rB", "C"}},
		{"suffix ETX, contact card", Config{Suffix: "etx"}, []string{"BEGIN:VCARD\r\nN:X\r\n\x03"}, []string{"BEGIN:VCARD\r\nN:X\r\n"}},
		{"suffix CR, scanner sends CRLF", Config{Suffix: "CR"}, []string{"A\r\nB\r\n", silence}, []string{"A", "B"}},
		{"suffix CRLF, scanner sends CR", Config{Suffix: "CRLF"}, []string{"A\r", silence, "B\r", silence}, []string{"A", "B"}},
		{"suffix CRLF torn", Config{Suffix: "CRLF"}, []string{"A\r", "\nB\r\n"}, []string{"A", "B"}},
		{"suffix of text", Config{Suffix: "##"}, []string{"A#B##C##"}, []string{"A#B", "C"}},
		{"suffix missing", Config{Suffix: "CR"}, []string{"A", silence, "B\r"}, []string{"A", "B"}},
		{"no suffix", Config{Suffix: "none"}, []string{"A\r\nB\t", silence, "\x00C", silence}, []string{"A\r\nB\t", "\x00C"}},
		{"prefix of text", Config{Prefix: "S"}, []string{"S123\rSS\r45\r"}, []string{"123", "S", "45"}},
		{"prefix keeps STX", Config{Prefix: "S"}, []string{"\x021\r"}, []string{"\x021"}},
		{"prefix STX", Config{Prefix: "STX", Suffix: "ETX"}, []string{"\x02A\x02B\x03"}, []string{"A\x02B"}},
		{"prefix none", Config{Prefix: "none"}, []string{"\x02A\r"}, []string{"\x02A"}},
		{"prefix dropped beside suffix", Config{Suffix: "ETX"}, []string{"\x02A\x03\x01B\x03"}, []string{"A", "B"}},
		{"garbage before suffix", Config{Suffix: "##"}, []string{big, "#", "#A##"}, []string{"<lost>", "A"}},
		{"garbage before silence", Config{Suffix: "none"}, []string{big, silence, "A", silence}, []string{"<lost>", "A"}},
		{"counted beside suffix", Config{Suffix: "TAB"}, []string{decodeHeader("d", "E0", ean+"\t")}, []string{"]E0d" + ean}},
		{"another maker: no counted frames", Config{Vendor: "zebra", Suffix: "none"}, []string{decodeHeader("d", "E0", "1"), silence},
			[]string{decodeHeader("d", "E0", "1")}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Path = "/dev/ttyS0"
			s, err := c.cfg.parse(0)
			if err != nil {
				t.Fatal(err)
			}
			if got := feed(newFramer(s.rule), c.in...); !slices.Equal(got, c.want) {
				t.Errorf("got %.200q, want %.200q", got, c.want)
			}
		})
	}
}

func TestFrameTimeIsThatOfItsLastByte(t *testing.T) {
	f := newFramer(rule{})
	at := time.Unix(1_800_000_000, 0)
	f.push([]byte("29000"), at)
	at = at.Add(10 * time.Millisecond)
	f.push([]byte("00018"), at)
	frames := f.silent()
	if len(frames) != 1 || !frames[0].at.Equal(at) {
		t.Errorf("frames %+v, want one at %v", frames, at)
	}
}

func TestFramesAreTheReceivers(t *testing.T) {
	f := newFramer(rule{})
	p := []byte("A\rB\r")
	frames := f.push(p, time.Now())
	copy(p, "zzzz")
	f.push([]byte("YYYY\r"), time.Now())
	if string(frames[0].data) != "A" || string(frames[1].data) != "B" {
		t.Errorf("frames changed: %q, %q", frames[0].data, frames[1].data)
	}
}

// A code that stalls is waited for longer where its suffix is expected.
func TestPatience(t *testing.T) {
	const silence = defaultSilence * time.Millisecond
	for _, tt := range []struct {
		name   string
		rule   rule
		before []string // each followed by silence
		half   string
		want   time.Duration
	}{
		{"nothing is known", rule{}, nil, "29", silence},
		{"nothing has come", rule{}, []string{"29\r"}, "", 0},
		{"codes ended in CR", rule{}, []string{"29\r"}, "29", stall * silence},
		{"the suffix was switched off, it seems", rule{}, []string{"29\r", "29"}, "29", silence},
		{"codes end in silence", rule{}, []string{"29"}, "29", silence},
		{"the configuration has a suffix", rule{suffix: []byte("#")}, nil, "29", stall * silence},
		{"it says there is none", rule{none: true}, []string{"29\r"}, "29", silence},
	} {
		f := newFramer(tt.rule)
		for _, b := range tt.before {
			f.push([]byte(b), time.Time{})
			f.silent()
		}
		f.push([]byte(tt.half), time.Time{})
		if got := f.patience(silence); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
