package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The real program at a till: all is well while it runs; then the scanner is
// unplugged, another program has it, the token is another's, the folder is open.
func TestDoctorAtATill(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	out, stderr, code := x.tillgate("doctor")
	if code != exitOK || strings.Contains(out, "PROBLEM") {
		t.Errorf("exit code %d:\n%s%s", code, out, stderr)
	}
	for _, want := range []string{"OK       scanner serial:counter: 9600 8N1", "OK       programme central http://", "OK       service: tillgate ", " goroutines and ", "is served"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	x.scan(card1)
	x.scan(card1)
	eventually(t, "the devices say what was read", func() bool {
		out, _, _ := x.tillgate("devices", "--json")
		return strings.Contains(out, `"scans":2,`) && strings.Contains(out, `"repeats":1,`) && strings.Contains(out, `"last_scan":"`)
	})
	if out, _, _ := x.tillgate("devices"); !strings.Contains(out, "LAST SCAN") || !strings.Contains(out, "REPEATS") {
		t.Error(out)
	}
	x.stop()

	ill := func(want ...string) {
		t.Helper()
		out, _, code := x.tillgate("doctor")
		if code != exitFailure {
			t.Errorf("exit code %d", code)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%q is not said:\n%s", w, out)
			}
		}
	}
	held, err := os.OpenFile(x.scanner.Port(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	ill("PROBLEM  scanner serial:counter", "in use by another program: ")
	held.Close()
	token := x.token
	x.token = "tg_wrong"
	os.Chmod(filepath.Join(x.dir, "data"), 0o755)
	ill("NOTE     service: tillgate is not running", "credentials not accepted", "chmod 700 ")
	x.token = token
	os.Chmod(filepath.Join(x.dir, "data"), 0o700)
	x.scanner.Close()
	x.link.Cut()
	ill("PROBLEM  scanner serial:counter", "not plugged in", "Plug it in. ", "/dev/serial/by-id", "PROBLEM  programme central")
	if out, _, _ := x.tillgate("doctor"); strings.Contains(out, token) {
		t.Error("the token is in the report")
	}
}

// As it is recommended: the service alone is given the token. What it meets is asked of
// it, and what can not be looked at is no problem.
func TestDoctorOutsideTheService(t *testing.T) {
	x := newTill(t)
	creds := t.TempDir()
	if err := os.WriteFile(filepath.Join(creds, "central-token"), []byte(x.token), 0o400); err != nil {
		t.Fatal(err)
	}
	x.write(strings.Replace(x.defaultConfig(), "env:TILLGATE_TEST_TOKEN", "credential:central-token", 1))
	x.env = []string{"CREDENTIALS_DIRECTORY=" + creds}
	x.start()
	x.filled()
	x.env = []string{"CREDENTIALS_DIRECTORY="}
	doctor := func(want int, parts ...string) {
		t.Helper()
		out, stderr, code := x.tillgate("doctor")
		if code != want || want == exitOK && strings.Contains(out, "PROBLEM") {
			t.Errorf("exit code %d, want %d:\n%s%s", code, want, out, stderr)
		}
		for _, p := range parts {
			if !strings.Contains(out, p) {
				t.Errorf("%q is not said:\n%s", p, out)
			}
		}
	}
	doctor(exitOK, "OK       programme central http://", ": answers")
	x.link.Cut()
	doctor(exitFailure, "PROBLEM  programme central http://", "connection refused", "Check the network")
	if err := x.link.Restore(); err != nil {
		t.Fatal(err)
	}
	if err := x.central.Revoke(x.token); err != nil {
		t.Fatal(err)
	}
	doctor(exitFailure, "PROBLEM  programme central http://", "credentials not accepted", "get a new one")
	x.stop()
	doctor(exitOK, "NOTE     programme central http://", "systemd gives credential:central-token to the service alone", "systemctl start tillgate")
}
