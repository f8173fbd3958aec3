//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/ui/checkout"
)

// talker is a scanner that listens.
type talker interface {
	Scan(usb.Code) error
	Heard() <-chan string
	Path() string
	Close() error
}

// maker is a scanner's make, as a byte-level double of it, and what it hears.
type maker struct {
	protocol string
	open     func(drivertest.Personality) (talker, error)
	suffix   string
	known    string // what a known card sounds like
	unknown  string
	phones   string // what switches the reading of phones on
	trigger  string
}

func opens[T talker](open func(drivertest.Personality) (T, error)) func(drivertest.Personality) (talker, error) {
	return func(as drivertest.Personality) (talker, error) { return open(as) }
}

var makers = []maker{
	{"ssi", opens(drivertest.OpenSSI), "", "beep 0", "beep 16", "set 716=3", "start session"},
	{"honeywell", opens(drivertest.OpenHoneywell), "\r", "beep", "beep beep beep", "menu PAPHHC!", "trigger on"},
	{"newland", opens(drivertest.OpenNewland), "\r\n", "menu #BEEPON2000F100T20V", "menu #BEEPON400F400T20V", "menu #EXPLVL5", "menu #SCNTRG1"},
	{"datalogic", opens(drivertest.OpenDatalogic), "\r\n", "beep", "not on file", "phone mode", "enable"},
}

// tillWith is a till whose one scanner is s.
func tillWith(t *testing.T, m maker, more string) (*till, talker) {
	t.Helper()
	x := newTill(t)
	s, err := m.open(drivertest.Personality{Suffix: m.suffix, Link: filepath.Join(x.dir, "talker")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	config := strings.Replace(x.defaultConfig(), fmt.Sprintf("path = %q\n", x.scanner.Path()),
		fmt.Sprintf("path = %q\nprotocol = %q\n%s", s.Path(), m.protocol, more), 1)
	x.write(config)
	return x, s
}

// hears waits until the scanner was told these, in this order and nothing of
// beeping in between.
func hears(t *testing.T, s talker, want ...string) {
	t.Helper()
	var all []string
	deadline := time.After(20 * time.Second)
	for _, w := range want {
		for {
			select {
			case what := <-s.Heard():
				all = append(all, what)
				if what != w {
					continue
				}
			case <-deadline:
				t.Fatalf("never told %q, but %q", w, all)
			}
			break
		}
	}
}

// quiet checks that the scanner was told none of these, and forgets what it was
// told.
func quiet(t *testing.T, s talker, never ...string) {
	t.Helper()
	for {
		select {
		case what := <-s.Heard():
			if slices.Contains(never, what) {
				t.Errorf("told %q", what)
			}
		default:
			return
		}
	}
}

// A scanner of each make, at the level of bytes, at the real program: it is greeted,
// a card becomes a prompt, and the scanner says whether the card is known.
func TestScannersThatAreSpokenTo(t *testing.T) {
	const nobody = "2900000009998"
	for _, m := range makers {
		t.Run(m.protocol, func(t *testing.T) {
			x, s := tillWith(t, m, "")
			x.start()
			x.filled()
			c := x.connect()
			c.await(t, "the scanner is ready", func(st checkout.State) bool {
				return len(st.Devices) == 1 && st.Devices[0].State == driver.Ready
			})
			if m.protocol == "ssi" {
				hears(t, s, "set 238=1") // before it, codes come as text
			}
			scan := func(code string) {
				t.Helper()
				if err := s.Scan(usb.Code{Data: []byte(code), AIM: "]E0", CodeID: 'd'}); err != nil {
					t.Fatal(err)
				}
			}
			scan(card1)
			c.awaitPrompt(t, checkout.AskTotal)
			hears(t, s, m.known)
			quiet(t, s, m.unknown)
			scan(nobody)
			c.awaitPrompt(t, checkout.AskUnknown)
			if m.unknown == "beep beep beep" {
				hears(t, s, strings.Fields(m.unknown)...)
			} else {
				hears(t, s, m.unknown)
			}
			scan(product(1)) // a product: nothing to say about it
			scans, err := c.awaitScans(1, 20*time.Second)
			if err != nil || scans[len(scans)-1].Text != product(1) {
				t.Fatalf("%v; got %+v", err, scans)
			}
			for args, want := range map[string]string{"--phones=on": m.phones, "--trigger=on": m.trigger} {
				out, why, code := x.tillgate("devices", args)
				if code != 0 || !strings.HasPrefix(out, "serial:counter: ") || !strings.HasSuffix(out, ": done\n") {
					t.Errorf("%s: code %d, %q, %q", args, code, out, why)
				}
				hears(t, s, want)
			}
			// The answers to all that were no codes.
			scan(product(2))
			scans, err = c.awaitScans(2, 20*time.Second)
			if err != nil || len(scans) != 2 || scans[1].Text != product(2) {
				t.Errorf("%v; got %+v", err, scans)
			}
			if st := c.state(); st.Devices[0].Lost != 0 {
				t.Errorf("lost: %+v", st.Devices[0])
			}
		})
	}
}

// SSI on a bad line, and pulled out in the middle: a code comes whole and once, or
// not at all.
func TestSSIThroughTheProgram(t *testing.T) {
	x, ts := tillWith(t, makers[0], "phones = true\n")
	s := ts.(*drivertest.SSI)
	x.start()
	x.filled()
	c := x.connect()
	hears(t, s, "set 238=1", "set 716=3")
	scan := func(text string) {
		t.Helper()
		if err := s.Scan(usb.Code{Data: []byte(text), AIM: "]Q1"}); err != nil {
			t.Fatal(err)
		}
	}
	long := strings.Repeat("Lorem ipsum ", 60)
	scan(product(1))
	s.Garble(1)
	scan(product(1)) // the same again, its first packet broken
	hears(t, s, "nak")
	s.Deafen(1)
	scan(product(2)) // the acknowledgement gets lost, the packet comes twice
	s.Garble(2)
	scan(long)
	scan(product(3))
	want := []string{product(1), product(1), product(2), long, product(3)}
	scans, err := c.awaitScans(len(want), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if i >= len(scans) || scans[i].Text != strings.TrimSpace(w) && scans[i].Text != w {
			t.Fatalf("scan %d is not %q: %+v", i, w, scans)
		}
	}
	// The plug is pulled between two packets of a code.
	packets := usb.SSI("").Reports(usb.Code{Data: []byte(long), AIM: "]Q1"})
	quiet(t, s) // forgets the acknowledgements so far
	if err := s.Send(packets[0]); err != nil {
		t.Fatal(err)
	}
	hears(t, s, "ack")
	if err := s.Unplug(); err != nil {
		t.Fatal(err)
	}
	c.await(t, "the scanner is lost", func(st checkout.State) bool { return st.Devices[0].State == driver.Absent })
	if out, why, _ := x.tillgate("devices", "--json"); !strings.Contains(out, `"lost":4,"lost_why":"unplugged in the middle of a code or picture"`) {
		t.Errorf("%s%s", out, why)
	}
	s.Factory(false) // what was in its memory is gone
	if err := s.Replug(); err != nil {
		t.Fatal(err)
	}
	c.await(t, "the scanner is back", func(st checkout.State) bool { return st.Devices[0].State == driver.Ready })
	hears(t, s, "set 238=1", "set 716=3")
	scan(product(4))
	if scans, err = c.awaitScans(len(want)+1, 20*time.Second); err != nil || len(scans) != len(want)+1 || scans[len(want)].Text != product(4) {
		t.Errorf("%v: %d scans, the last %+v", err, len(scans), scans[len(scans)-1])
	}
}

// What can not go together is said before anything runs.
func TestProtocolMistakes(t *testing.T) {
	x := newTill(t)
	for more, want := range map[string]string{
		"protocol = \"zebra\"\n":                       `scanner.serial[0].protocol: "zebra" is no protocol; want "text", "ssi", "honeywell", "newland" or "datalogic"; "ssi" is meant`,
		"protocol = \"ssi\"\nsuffix = \"CR\"\n":        `scanner.serial[0].suffix: "CR" given beside protocol = "ssi"`,
		"protocol = \"ssi\"\nvendor = \"honeywell\"\n": `scanner.serial[0].vendor: "honeywell" given beside protocol = "ssi"`,
		"phones = true\n":                              `scanner.serial[0].phones: can not be set with protocol = "text"`,
	} {
		x.write(strings.Replace(x.defaultConfig(), "id = \"counter\"\n", "id = \"counter\"\n"+more, 1))
		out, stderr, code := x.tillgate("run")
		line := 1 + strings.Count(strings.Split(x.defaultConfig(), "id = \"counter\"")[0], "\n") + strings.Count(more, "\n")
		if code != exitConfig || !strings.Contains(stderr, want) || !strings.Contains(stderr, fmt.Sprintf("tillgate.toml:%d", line)) {
			t.Errorf("%s: code %d\n%s%s\nwant line %d: %s", more, code, out, stderr, line, want)
		}
	}
}

// A command that nobody can obey is refused with the reason.
func TestCommandsThatCanNotBe(t *testing.T) {
	x := newTill(t)
	_, stderr, code := x.tillgate("devices", "--phones=on")
	if code != exitUnavailable || !strings.Contains(stderr, "no tillgate is running") {
		t.Errorf("code %d, %s", code, stderr)
	}
	x.start()
	_, stderr, code = x.tillgate("devices", "--phones=on")
	if code == 0 || !strings.Contains(stderr, `serial:counter: phones on: can not be done by a scanner with protocol "text"`) {
		t.Errorf("code %d, %s", code, stderr)
	}
	_, stderr, code = x.tillgate("devices", "--trigger=on", "--device=serial:nobody")
	if code == 0 || !strings.Contains(stderr, `there is no scanner "serial:nobody"`) {
		t.Errorf("code %d, %s", code, stderr)
	}
	_, stderr, code = x.tillgate("devices", "--trigger=on", "--record=x")
	if code != exitUsage || !strings.Contains(stderr, "--record and a command at once") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

// The scanner of the command line, and the daemon at its port.
func TestFakeScanner(t *testing.T) {
	x := newTill(t)
	port := filepath.Join(x.dir, "fake")
	cmd := x.command("fake", "scanner", "honeywell", "--link", port)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	says := func(want string) {
		t.Helper()
		deadline := time.After(20 * time.Second)
		for {
			select {
			case line, ok := <-lines:
				if line == want {
					return
				}
				if !ok {
					t.Fatalf("never said %q", want)
				}
			case <-deadline:
				t.Fatalf("never said %q", want)
			}
		}
	}
	says("port:     " + port)
	x.write(strings.Replace(x.defaultConfig(), fmt.Sprintf("path = %q\n", x.scanner.Path()), fmt.Sprintf("path = %q\nprotocol = \"honeywell\"\n", port), 1))
	x.start()
	x.filled()
	says("told:     menu DECHDR?!")
	fmt.Fprintln(in, "]E0"+card1)
	says("scanned")
	x.connect().awaitPrompt(t, checkout.AskTotal)
	says("told:     beep")
}

// A scanner that sends packets is enrolled with its protocol.
func TestEnrolSSI(t *testing.T) {
	x := newTill(t)
	s, err := drivertest.OpenSSI(drivertest.Personality{Link: filepath.Join(x.dir, "ssi")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.Factory(true)
	x.write(x.defaultConfig() + fmt.Sprintf("[scanner]\nenrol_ports = [%q]\n", s.Path()))
	x.start()
	x.enrol(func(code string) {
		go func() {
			for s.Scan(usb.Code{Data: []byte(code), AIM: "]C0"}) != nil && t.Context().Err() == nil {
				time.Sleep(100 * time.Millisecond)
			}
		}()
	})
	file, err := os.ReadFile(filepath.Join(x.dir, "data", enrolledName))
	if want := fmt.Sprintf("[[scanner.serial]]\npath = '%s'\nprotocol = 'ssi'\n", s.Path()); err != nil || !strings.HasSuffix(string(file), want) {
		t.Errorf("%v: %s, want %s at its end", err, file, want)
	}
	hears(t, s, "set 238=1") // it is driven, in its protocol
}
