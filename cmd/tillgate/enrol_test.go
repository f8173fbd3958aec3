//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/ui/uitest"
)

var enrolCode = regexp.MustCompile(`TILLGATE[A-Z2-7]{8}`)

// newEnrolTill is a till with a second port, on which a scanner may be enrolled.
func newEnrolTill(t *testing.T) (*till, *drivertest.Pty) {
	x := newTill(t)
	second := newScanner(t, filepath.Join(x.dir, "second"))
	x.write(x.defaultConfig() + fmt.Sprintf("[scanner]\nenrol_ports = [%q]\n", second.Path()))
	return x, second
}

// enrol runs the command until a scanner is enrolled. read lets the one device that
// listens read the code.
func (x *till) enrol(read func(code string)) {
	x.t.Helper()
	cmd := x.command("enrol")
	out, err := cmd.StdoutPipe()
	if err != nil {
		x.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	code, said := "", ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		if m := enrolCode.FindString(lines.Text()); m != "" {
			code = m
		}
		if lines.Text() == "Devices that listen: 1" {
			read(code)
		}
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(said, "is this till's scanner") {
		x.t.Fatalf("%v:\n%s", err, said)
	}
}

// A scanner that is enrolled in a terminal is driven at once, while the others go
// on, and after a restart.
func TestEnrolInATerminal(t *testing.T) {
	x, second := newEnrolTill(t)
	x.start()
	x.filled()
	c := x.connect()

	cmd := x.command("enrol")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code, said := "", ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		if m := enrolCode.FindString(lines.Text()); m != "" {
			code = m
		}
		if lines.Text() == "Devices that listen: 1" {
			// What is no code and what the till's own scanner reads enrols nobody.
			x.scan(code)
			eventually(t, "the second port is open", func() bool { return second.Scan("4006381333931") == nil })
			second.Scan("]Q1" + code)
		}
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(said, "is this till's scanner") || !strings.Contains(said, "Leave it where it is plugged in") {
		t.Fatalf("%v:\n%s", err, said)
	}
	file, err := os.ReadFile(filepath.Join(x.dir, "data", enrolledName))
	if want := fmt.Sprintf("[[scanner.serial]]\npath = '%s'\n", second.Path()); err != nil || !strings.HasSuffix(string(file), want) {
		t.Errorf("%v: %s, want %s at its end", err, file, want)
	}
	id := "serial:" + second.Path()
	scanned := func() {
		t.Helper()
		eventually(t, "the new scanner is ready", func() bool {
			out, _, _ := x.tillgate("devices", "--json")
			for line := range strings.Lines(out) {
				if strings.Contains(line, fmt.Sprintf("%q", id)) && strings.Contains(line, `"state":"ready"`) {
					return true
				}
			}
			return false
		})
		if err := second.Scan("A1"); err != nil {
			t.Fatal(err)
		}
		scans, err := c.awaitScans(1, 10*time.Second)
		for err == nil && scans[len(scans)-1].Text != "A1" {
			scans, err = c.awaitScans(len(scans)+1, 10*time.Second)
		}
		if err != nil || scans[len(scans)-1].Scan.Device != id {
			t.Errorf("%v: %+v", err, scans)
		}
	}
	scanned()
	c.conn.Close()
	x.stop()
	x.start()
	c = x.connect()
	scanned()
	if out, _, code := x.tillgate("check"); code != exitOK || !strings.Contains(out, id) {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// Without a daemon the command listens itself.
func TestEnrolWithoutADaemon(t *testing.T) {
	x, second := newEnrolTill(t)
	x.enrol(func(code string) {
		go func() {
			for second.Scan(code) == nil && t.Context().Err() == nil {
				time.Sleep(100 * time.Millisecond)
			}
		}()
	})
	if out, _, _ := x.tillgate("devices"); !strings.Contains(out, "serial:"+second.Path()) {
		t.Error(out)
	}
}

// With nothing that could be enrolled the command says where to look.
func TestEnrolNothingPlugged(t *testing.T) {
	x := newTill(t)
	x.start()
	cmd := x.command("enrol")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "Devices that listen: 0" {
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), "tillgate doctor") {
		t.Errorf("it says %q", lines.Text())
	}
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
}

// On the page: the code is shown, and so is the scanner that has read it.
func TestEnrolOnThePage(t *testing.T) {
	x, second := newEnrolTill(t)
	x.start()
	b := uitest.Open(t, x.page, width, height)
	b.Click(`[data-do="enrol"]`)
	b.Until(`document.querySelector('.dialog.enrol svg')`)
	b.Until(`document.querySelector('[data-tried="1"]')`)
	b.Shot("1-code")
	code := uitest.Eval[string](b, `document.querySelector('[data-code]').dataset.code`)
	go func() {
		for second.Scan(code) == nil && t.Context().Err() == nil {
			time.Sleep(100 * time.Millisecond)
		}
	}()
	b.Until(`document.querySelector('[data-enrol="found"]')`)
	b.Shot("2-found")
	cfg, err := readEnrolled(filepath.Join(x.dir, "data"))
	if err != nil || len(cfg.Serial) != 1 || cfg.Serial[0].Path != second.Path() {
		t.Errorf("%+v %v", cfg, err)
	}
}

func TestEnrolledBesideTheConfiguration(t *testing.T) {
	dir := t.TempDir()
	for _, e := range []struct{ driver, entry string }{
		{"hid", `usb = "0c2e:0b01", serial_number = "17, \"x\""`},
		{"evdev", `usb = "05e0:1200", port = "1-2.3"`},
		{"serial", `path = "/dev/ttyS0"`},
	} {
		text, _, err := section(e.driver, e.entry)
		if err != nil {
			t.Fatal(err)
		}
		if err := remember(dir, text); err != nil {
			t.Fatal(err)
		}
	}
	enrolled, err := readEnrolled(dir)
	if err != nil || len(enrolled.HID) != 1 {
		t.Fatalf("%+v %v", enrolled, err)
	}
	cfg, err := ParseConfig("t.toml", []byte(good)) // it has /dev/ttyS0
	if err != nil {
		t.Fatal(err)
	}
	both, err := cfg.Scanner.with(enrolled)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	both.eachSource(func(s driver.Source) { ids = append(ids, s.Info().ID) })
	if got, want := strings.Join(ids, " "), `serial:/dev/ttyS0 hid:usb-0c2e-0b01-17, "x" evdev:usb-05e0-1200-port-1-2.3`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, _, err := section("camera", `path = "x"`); err == nil {
		t.Error("a camera was enrolled")
	}
	path := filepath.Join(dir, enrolledName)
	os.WriteFile(path, []byte("[[scanner.serial]]\nbuad = 3\n"), 0o600)
	if _, err := readEnrolled(dir); err == nil || !strings.HasPrefix(err.Error(), path+`:2: scanner.serial.buad: unknown key "buad": did you mean "baud"?`) || exitCode(err) != exitConfig {
		t.Error(err)
	}
}

// Who has a device keeps it from being a candidate, under whatever driver.
func TestSameDevice(t *testing.T) {
	pos := driver.Info{ID: "hid:usb-0c2e-0b01-A", Driver: "hid", Path: "1-2:1.1", VID: 0x0c2e, PID: 0x0b01, Serial: "A"}
	for _, c := range []struct {
		name      string
		had, here driver.Info
		want      bool
	}{
		{"the same", pos, pos, true},
		{"its keyboard", pos, driver.Info{ID: "evdev:usb-0c2e-0b01-A", VID: 0x0c2e, PID: 0x0b01, Serial: "A"}, true},
		{"another of the model", pos, driver.Info{ID: "hid:usb-0c2e-0b01-B", VID: 0x0c2e, PID: 0x0b01, Serial: "B"}, false},
		{"two without numbers", driver.Info{ID: "evdev:usb-0581-011c", Path: "1-1:1.0", VID: 0x0581, PID: 0x011c},
			driver.Info{ID: "evdev:usb-0581-011c-port-1-2", Path: "1-2", VID: 0x0581, PID: 0x011c}, false},
		{"ports", driver.Info{ID: "serial:/dev/ttyS0", Path: "/dev/ttyS0"}, driver.Info{ID: "serial:/dev/ttyS1", Path: "/dev/ttyS1"}, false},
	} {
		if got := sameDevice(c.had, c.here); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
