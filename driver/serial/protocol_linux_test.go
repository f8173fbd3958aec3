package serial_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/serial"
)

// told waits until the scanner has been told what is wanted; what it was told
// besides does not matter.
func told(t *testing.T, heard <-chan string, want string) {
	t.Helper()
	var all []string
	deadline := time.After(10 * time.Second)
	for {
		select {
		case what := <-heard:
			if what == want {
				return
			}
			all = append(all, what)
		case <-deadline:
			t.Fatalf("never told %q, but %q", want, all)
		}
	}
}

func ssiScanner(t *testing.T) *drivertest.SSI {
	t.Helper()
	s, err := drivertest.OpenSSI(drivertest.Personality{Link: t.TempDir() + "/scanner"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.Timeout = 5 * time.Second // nothing here waits for it
	return s
}

var (
	shortCode = usb.Code{Data: []byte("2900000000018"), AIM: "]E0"}
	longCode  = usb.Code{Data: bytes.Repeat([]byte("0123456789"), 295), AIM: "]Q1"}
)

func TestSSI(t *testing.T) {
	t.Parallel()
	s := ssiScanner(t)
	b := run(t, serial.Config{Path: s.Path(), Protocol: "ssi", Phones: true}).ready()
	told(t, s.Heard(), "set 238=1")
	told(t, s.Heard(), "set 716=3")
	for _, c := range []usb.Code{shortCode, longCode, shortCode} {
		if err := s.Scan(c); err != nil {
			t.Fatal(err)
		}
		if got := b.next(); !bytes.Equal(got.Data, c.Data) || got.AIM != c.AIM || got.Vendor != driver.VendorZebra {
			t.Errorf("got %q %s", got.Data, got.AIM)
		}
	}
	id := b.Report()[0].Info.ID
	ctx := context.Background()
	for _, sig := range []struct {
		signal driver.Signal
		want   string
	}{{driver.SignalKnown, "beep 0"}, {driver.SignalUnknown, "beep 16"}} {
		if err := b.Signal(ctx, id, sig.signal); err != nil {
			t.Error(err)
		}
		told(t, s.Heard(), sig.want)
	}
	for _, c := range []struct {
		command driver.Command
		want    string
	}{{driver.TriggerOn, "start session"}, {driver.TriggerOff, "stop session"}, {driver.PhonesOff, "set 716=0"}, {driver.PhonesOn, "set 716=3"}} {
		if err := b.Command(ctx, id, c.command); err != nil {
			t.Errorf("%s: %v", c.command, err)
		}
		told(t, s.Heard(), c.want)
	}
	if r := b.Report()[0]; r.Info.Mode != "9600 8N1, SSI" || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
}

// What goes wrong on the line is mended by asking again, and nothing is lost or
// comes twice.
func TestSSIErrorsOnTheLine(t *testing.T) {
	t.Parallel()
	s := ssiScanner(t)
	s.Timeout = 2 * time.Second
	b := run(t, serial.Config{Path: s.Path(), Protocol: "ssi"}).ready()
	told(t, s.Heard(), "set 238=1")
	scan := func(c usb.Code) {
		t.Helper()
		if err := s.Scan(c); err != nil {
			t.Fatal(err)
		}
	}
	scan(shortCode)
	s.Garble(1)
	scan(shortCode) // the same code, and its first packet is broken: no repetition
	told(t, s.Heard(), "nak")
	s.Deafen(1)
	scan(longCode) // an acknowledgement is lost: the packet that comes again is one
	s.Garble(2)
	scan(longCode)
	b.want(string(shortCode.Data), string(shortCode.Data), string(longCode.Data), string(longCode.Data))
	select {
	case more := <-b.Scans():
		t.Errorf("%d bytes came twice", len(more.Data))
	case <-time.After(100 * time.Millisecond):
	}
}

func TestSSIUnpluggedInTheMiddle(t *testing.T) {
	t.Parallel()
	s := ssiScanner(t)
	b := run(t, serial.Config{Path: s.Path(), Protocol: "ssi"}).ready()
	told(t, s.Heard(), "set 238=1")
	packets := usb.SSI("").Reports(longCode)
	if err := s.Send(append(append([]byte(nil), packets[0]...), packets[1][:100]...)); err != nil {
		t.Fatal(err)
	}
	told(t, s.Heard(), "ack") // the first packet has been read
	if err := s.Unplug(); err != nil {
		t.Fatal(err)
	}
	b.until("absent, and a code lost", func(r []driver.Status) bool {
		return r[0].State == driver.Absent && r[0].LostWhy == "unplugged in the middle of a code or picture"
	})
	s.Factory(false)
	if err := s.Replug(); err != nil {
		t.Fatal(err)
	}
	b.ready()
	told(t, s.Heard(), "set 238=1")
	if err := s.Scan(shortCode); err != nil {
		t.Fatal(err)
	}
	b.want(string(shortCode.Data))
}

// A scanner that lost its power while the port stayed sends text again: it is
// asked for packets again.
func TestSSIScannerWithoutPower(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the time after which it is asked again")
	}
	s := ssiScanner(t)
	b := run(t, serial.Config{Path: s.Path(), Protocol: "ssi"}).ready()
	told(t, s.Heard(), "set 238=1")
	time.Sleep(5100 * time.Millisecond)
	s.Factory(false)
	if err := s.Scan(shortCode); err != nil {
		t.Fatal(err)
	}
	told(t, s.Heard(), "set 238=1")
	if err := s.Scan(shortCode); err != nil {
		t.Fatal(err)
	}
	b.want(string(shortCode.Data))
}

func TestSSIThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := ssiScanner(t)
	s.Mute(true)
	b := run(t, serial.Config{Path: s.Path(), Protocol: "ssi"}).ready()
	b.until("silence is said", func(r []driver.Status) bool { return r[0].Info.Mode == "9600 8N1, SSI, does not answer" })
	s.Mute(false)
	s.Factory(true)
	if err := s.Scan(shortCode); err != nil {
		t.Fatal(err)
	}
	b.want(string(shortCode.Data))
}

func TestSSIPictures(t *testing.T) {
	t.Parallel()
	s := ssiScanner(t)
	b := run(t, serial.Config{Path: s.Path(), Protocol: "ssi"}).ready()
	id := b.Report()[0].Info.ID
	if err := b.Command(context.Background(), id, driver.TakePicture); err != nil {
		t.Fatal(err)
	}
	told(t, s.Heard(), "mode 1")
	told(t, s.Heard(), "start session")
	file := append([]byte("\xff\xd8\xff\xe0"), bytes.Repeat([]byte("picture"), 1000)...)
	if err := s.Picture(0x31, 640, 480, file); err != nil {
		t.Fatal(err)
	}
	p := <-b.Pictures()
	if p.Device != id || p.Format != driver.JPEG || !bytes.Equal(p.Data, file) || p.At.IsZero() {
		t.Errorf("picture of %d bytes: %+v", len(p.Data), p)
	}
	told(t, s.Heard(), "mode 0")
	if err := s.Picture(0x35, 640, 480, []byte("GIF89a and so on")); err != nil {
		t.Fatal(err)
	}
	b.until("a picture that is not known is said", func(r []driver.Status) bool {
		return r[0].Lost == 1 && strings.HasPrefix(r[0].LostWhy, "picture of a kind that is not known (0x35)")
	})
}

// A packet on a line of text is told apart from a code.
func TestSSIOnALineOfText(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{})
	b := run(t, serial.Config{Path: p.Path(), SilenceMS: 500}).ready()
	send(t, p, string(usb.SSI("").Reports(shortCode)[0]))
	b.until("the packet is named", func(r []driver.Status) bool {
		return r[0].LostWhy == `a packet of Zebra's SSI: set protocol = "ssi" for this scanner`
	})
	if err := b.Command(context.Background(), b.Report()[0].Info.ID, driver.PhonesOn); !errors.Is(err, driver.ErrCannot) {
		t.Errorf("%v", err)
	}
}

type menuScanner interface {
	Scan(usb.Code) error
	Heard() <-chan string
}

func TestMakersCommands(t *testing.T) {
	t.Parallel()
	as := func(t *testing.T) drivertest.Personality {
		return drivertest.Personality{Suffix: "\r", Link: t.TempDir() + "/scanner"}
	}
	for _, c := range []struct {
		protocol string
		open     func(t *testing.T) (*drivertest.Pty, menuScanner)
		hello    string
		mode     string
		want     map[string][]string
	}{
		{"honeywell", func(t *testing.T) (*drivertest.Pty, menuScanner) {
			m, err := drivertest.OpenHoneywell(as(t))
			if err != nil {
				t.Fatal(err)
			}
			return m.Pty, m
		}, "menu DECHDR?!", "9600 8N1, Honeywell, suffix CR", map[string][]string{
			"known": {"beep"}, "unknown": {"beep", "beep", "beep"}, "trigger on": {"trigger on"}, "trigger off": {"trigger off"},
			"phones on": {"menu PAPHHC!"}, "phones off": {"menu PAPHHF!"},
		}},
		{"newland", func(t *testing.T) (*drivertest.Pty, menuScanner) {
			m, err := drivertest.OpenNewland(as(t))
			if err != nil {
				t.Fatal(err)
			}
			return m.Pty, m
		}, "menu #SCNMOD*", "9600 8N1, Newland, suffix CR", map[string][]string{
			"known": {"menu #BEEPON2000F100T20V"}, "unknown": {"menu #BEEPON400F400T20V"}, "trigger on": {"menu #SCNTRG1"},
			"trigger off": {"menu #SCNTRG0"}, "phones on": {"menu #EXPLVL5"}, "phones off": {"menu #EXPLVL0"},
		}},
		{"datalogic", func(t *testing.T) (*drivertest.Pty, menuScanner) {
			m, err := drivertest.OpenDatalogic(as(t))
			if err != nil {
				t.Fatal(err)
			}
			return m.Pty, m
		}, "", "9600 8N1, Datalogic, suffix CR", map[string][]string{
			"known": {"beep"}, "unknown": {"not on file"}, "trigger on": {"enable"}, "trigger off": {"disable"}, "phones on": {"phone mode"},
		}},
	} {
		t.Run(c.protocol, func(t *testing.T) {
			t.Parallel()
			p, s := c.open(t)
			t.Cleanup(func() { p.Close() })
			b := run(t, serial.Config{Path: p.Path(), Protocol: c.protocol, SilenceMS: 500}).ready()
			if c.hello != "" {
				told(t, s.Heard(), c.hello)
			}
			id := b.Report()[0].Info.ID
			for i := range 3 {
				if err := s.Scan(usb.Code{Data: []byte(card(i))}); err != nil {
					t.Fatal(err)
				}
				b.want(card(i))
			}
			b.until("the mode is known", func(r []driver.Status) bool { return r[0].Info.Mode == c.mode })
			ctx := context.Background()
			for what, want := range c.want {
				var err error
				switch what {
				case "known":
					err = b.Signal(ctx, id, driver.SignalKnown)
				case "unknown":
					err = b.Signal(ctx, id, driver.SignalUnknown)
				default:
					err = b.Command(ctx, id, driver.Command(what))
				}
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
				for _, w := range want {
					told(t, s.Heard(), w)
				}
			}
			if err := b.Command(ctx, id, driver.TakePicture); !errors.Is(err, driver.ErrCannot) {
				t.Errorf("picture: %v", err)
			}
			b.nothingMore(p)
		})
	}
}

// Answers to commands are no codes, wherever they come among them.
func TestAnswersAreNoCodes(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"honeywell", "newland"} {
		for _, suffix := range []string{"\r", "\r\n", ""} {
			t.Run(protocol+" "+suffix, func(t *testing.T) {
				t.Parallel()
				open := drivertest.OpenHoneywell
				if protocol == "newland" {
					open = drivertest.OpenNewland
				}
				m, err := open(drivertest.Personality{Suffix: suffix, Link: t.TempDir() + "/scanner"})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { m.Close() })
				b := run(t, serial.Config{Path: m.Path(), Protocol: protocol, SilenceMS: 300}).ready()
				id := b.Report()[0].Info.ID
				for i, command := range []driver.Command{driver.PhonesOn, driver.PhonesOff, driver.PhonesOn} {
					before, after := card(2*i), card(2*i+1)
					m.Around(before+suffix, after+suffix)
					if err := b.Command(context.Background(), id, command); err != nil {
						t.Fatal(err)
					}
					if suffix == "" && protocol == "honeywell" { // nothing tells these two codes apart but the answer
						b.want(before + after)
						continue
					}
					b.want(before, after)
				}
				b.nothingMore(m.Pty)
			})
		}
	}
}

func TestCommandThatIsRefused(t *testing.T) {
	t.Parallel()
	m, err := drivertest.OpenHoneywell(drivertest.Personality{Suffix: "\r", Link: t.TempDir() + "/scanner"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	m.Knows("DECHDR")
	b := run(t, serial.Config{Path: m.Path(), Protocol: "honeywell"}).ready()
	err = b.Command(context.Background(), b.Report()[0].Info.ID, driver.PhonesOn)
	if err == nil || !strings.HasSuffix(err.Error(), "scanner: PAPHHC: command not known to this scanner") {
		t.Errorf("%v", err)
	}
}

// Codes with a length before them may hold anything, and say what they are.
func TestHoneywellHeaders(t *testing.T) {
	t.Parallel()
	m, err := drivertest.OpenHoneywell(drivertest.Personality{Suffix: "\r", Link: t.TempDir() + "/scanner"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	b := run(t, serial.Config{Path: m.Path(), Protocol: "honeywell"}).ready()
	told(t, m.Heard(), "menu DECHDR?!")
	for _, c := range []usb.Code{
		{Data: []byte("a\x00b\rc\x16\xfe\n"), AIM: "]Q1", CodeID: 's'}, {Data: []byte("4601234567893"), AIM: "]E0", CodeID: 'd'},
	} {
		if err := m.Send(usb.HoneywellHeader(c, append(slices.Clone(c.Data), '\r'))); err != nil {
			t.Fatal(err)
		}
		if s := b.next(); !bytes.Equal(s.Data, c.Data) || s.AIM != c.AIM || s.CodeID != string(c.CodeID) || s.Vendor != driver.VendorHoneywell {
			t.Errorf("%q %s %s %s", s.Data, s.AIM, s.CodeID, s.Vendor)
		}
	}
}

func TestCommandWhileUnplugged(t *testing.T) {
	t.Parallel()
	s := ssiScanner(t)
	b := run(t, serial.Config{Path: s.Path(), Protocol: "ssi"}).ready()
	told(t, s.Heard(), "set 238=1")
	id := b.Report()[0].Info.ID
	s.Mute(true)
	done := make(chan error, 1)
	go func() { done <- b.Command(context.Background(), id, driver.TriggerOn) }()
	told(t, s.Heard(), "start session")
	if err := s.Unplug(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || !strings.HasSuffix(err.Error(), "scanner is not open") {
		t.Errorf("%v", err)
	}
	if err := b.Command(context.Background(), id, driver.TriggerOn); err == nil || !strings.HasSuffix(err.Error(), "scanner is not open") {
		t.Errorf("%v", err)
	}
}
