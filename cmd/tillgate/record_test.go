//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// A recording of the real program: refused while the daemon has the scanner,
// complete once it has stopped, limited in time.
func TestRecordAScanner(t *testing.T) {
	x := newTill(t)
	file := filepath.Join(x.dir, "recording.txt")
	x.start()
	eventually(t, "the daemon has the scanner", func() bool {
		out, _, _ := x.tillgate("devices")
		return strings.Contains(out, "ready")
	})
	if _, stderr, code := x.tillgate("devices", "--record", file, "--device", "serial:counter"); code != exitBusy || !strings.Contains(stderr, "the running tillgate has this scanner") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	x.stop()

	cmd := x.command("devices", "--record", file, "--device", "serial:counter", "--for", "10s")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := func() string { b, _ := os.ReadFile(file); return string(b) }
	eventually(t, "the recording begins", func() bool { return strings.HasPrefix(read(), "# serial ") })
	x.scan("A1")
	eventually(t, "the scan is recorded", func() bool { return strings.HasSuffix(read(), " 41310d\n") })
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: others can read what customers showed", info.Mode(), err)
	}

	// A recording ends by itself.
	short := filepath.Join(x.dir, "short.txt")
	if stdout, stderr, code := x.tillgate("devices", "--record", short, "--device", "serial:counter", "--for", "200ms"); code != exitOK || !strings.Contains(stdout, "short.txt: 0 reports") || !strings.Contains(stderr, "sent nothing") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}

	// What was recorded there is played here.
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rec, err := usb.ReadRecording(f)
	if err != nil {
		t.Fatal(err)
	}
	x.start()
	c := x.connect()
	eventually(t, "the daemon has the scanner", func() bool {
		out, _, _ := x.tillgate("devices")
		return strings.Contains(out, "ready")
	})
	if err := x.scanner.Play(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
	if scans, err := c.awaitScans(1, 10*time.Second); err != nil || scans[0].Text != "A1" {
		t.Errorf("%v: %+v", err, scans)
	}
	x.stop()

	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--device", "serial:counter"}, "is there already"},
		{nil, "which scanner?"},
		{[]string{"--device", "serial:other"}, "there is no scanner"},
		{[]string{"--device", "serial:counter", "--for", "1h"}, "at most 10m"},
	} {
		if _, stderr, code := x.tillgate(append([]string{"devices", "--record", file}, c.args...)...); code == exitOK || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit code %d: %s", c.args, code, stderr)
		}
	}
}
