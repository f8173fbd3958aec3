package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
)

// say runs the command line in this process.
func say(args ...string) (stdout, stderr string, code int) {
	var o, e bytes.Buffer
	code = run(context.Background(), args, &o, &e)
	return o.String(), e.String(), code
}

func TestCommandLine(t *testing.T) {
	t.Setenv("CLI_TEST_TOKEN", "x")
	dir := t.TempDir()
	config := filepath.Join(dir, "t.toml")
	text := strings.NewReplacer("env:TOKEN", "env:CLI_TEST_TOKEN", "/var/lib/tillgate", filepath.ToSlash(dir)).Replace(good)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stdout string // a part of it
		stderr string
	}{
		{"help", []string{"--help"}, exitOK, "Run the daemon.", ""},
		{"nothing", nil, exitUsage, "", "expected one of"},
		{"unknown command", []string{"frobnicate"}, exitUsage, "", "unexpected argument frobnicate"},
		{"help of a command", []string{"help", "journal"}, exitOK, "journal resolve", ""},
		{"help of nothing", []string{"help"}, exitOK, "Run the daemon.", ""},
		{"--version", []string{"--version"}, exitOK, "tillgate " + version, ""},
		{"neither on nor off", []string{"devices", "--phones", "maybe"}, exitUsage, "", `--phones: "maybe": on or off`},
		{"no such picture", []string{"decode", filepath.Join(dir, "nope.jpg")}, exitFailure, "", "nope.jpg: no such file or directory\n"},
		{"version", []string{"version"}, exitOK, "tillgate " + version, ""},
		{"sample", []string{"check", "--sample"}, exitOK, "[[scanner.serial]]", ""},
		{"check", []string{"check", "-c", config}, exitOK, "serial:/dev/ttyS0", ""},
		{"check without a file", []string{"check", "-c", filepath.Join(dir, "none.toml")}, exitConfig, "", "there is no configuration file here"},
		{"run without a file", []string{"run", "-c", filepath.Join(dir, "none.toml")}, exitConfig, "", "there is no configuration file here"},
		{"devices without a daemon", []string{"devices", "-c", config}, exitOK, "not running", ""},
		{"devices of nobody", []string{"devices", "--data", filepath.Join(dir, "nope"), "-c", config}, exitOK, "not running", "No tillgate is running with its data in " + filepath.Join(dir, "nope") + "."},
		{"devices without a file", []string{"devices", "-c", filepath.Join(dir, "none.toml")}, exitOK, "", "No tillgate is running: nothing is configured."},
		{"export of nobody", []string{"journal", "export", "--to", dir, "--data", filepath.Join(dir, "nope"), "-c", config}, exitUnavailable, "", "no tillgate is running"},
		{"journal without a daemon", []string{"journal", "-c", config}, exitUnavailable, "", "no tillgate is running with its data in " + dir + ", and there is no journal\n"},
		{"unsealed without a journal", []string{"journal", "unsealed", "-c", config}, exitUnavailable, "", "journal.db: there is no journal\n"},
		{"wipe of nothing", []string{"wipe", "--yes", "--data", filepath.Join(dir, "nope")}, exitUnavailable, "", "there is nothing to destroy"},
		{"pair without a daemon", []string{"pair", "-c", config}, exitUnavailable, "", "no tillgate is running"},
		{"scan without a demo", []string{"scan", "--data", dir, "123"}, exitUnavailable, "", "no tillgate is running"},
		{"scan without a code", []string{"scan", ""}, exitUsage, "", "the code is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, code := say(c.args...)
			if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
				t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", code, c.code, stdout, stderr)
			}
		})
	}
}

// The configuration that is recommended, in a shell: what only the service is given is
// not looked at, and the rest is said.
func TestCheckOutsideTheService(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	text := strings.NewReplacer("#spending = \"never\"", "spending = \"limited\"", "#per_till_day = 0", "per_till_day = 3000", "#tills = 1", "tills = 50",
		"#pin_above = 0", "pin_above = 500", `#pin = "file:/etc/tillgate/supervisor-pin"`, `pin = "credential:supervisor-pin"`,
		"#data_dir = \"/var/lib/tillgate\"", "data_dir = '"+t.TempDir()+"'").Replace(string(sample))
	text += "[[card]]\nname = \"rotating\"\nkind = \"rotating\"\nvalue_pattern = \"{id}-{totp_value_0}\"\ndigits = 8\nkey = \"credential:rotating-key\"\n"
	config := filepath.Join(t.TempDir(), "t.toml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := say("check", "-c", config)
	if code != exitOK {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	for _, want := range []string{
		"credential:central-token, which systemd gives the service when it starts: not looked at here",
		"credential:rotating-key, which", "credential:supervisor-pin, which",
		"at most 3000 RUB a day can be lost at this till", "at most 150000 RUB a day at all 50 tills",
		"hid:usb-0c2e-0907: in the mode that the scanner offers", "rotating: rotating",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not said:\n%s", want, stdout)
		}
	}
	// In the service they are looked at.
	t.Setenv("CREDENTIALS_DIRECTORY", t.TempDir())
	if _, stderr, code := say("check", "-c", config); code != exitConfig || !strings.Contains(stderr, "central-token") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestDevicesAsJSON(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "t.toml")
	if err := os.WriteFile(config, []byte(strings.Replace(good, "/var/lib/tillgate", filepath.ToSlash(dir), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := say("devices", "--json", "-c", config)
	var s driver.Status
	first, _, _ := strings.Cut(stdout, "\n")
	if err := json.Unmarshal([]byte(first), &s); err != nil || code != exitOK || s.Info.ID != "serial:/dev/ttyS0" {
		t.Errorf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
}
