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
		{"version", []string{"version"}, exitOK, "tillgate " + version, ""},
		{"sample", []string{"check", "--sample"}, exitOK, "[[scanner.serial]]", ""},
		{"check", []string{"check", "-c", config}, exitOK, "serial:/dev/ttyS0", ""},
		{"check without a file", []string{"check", "-c", filepath.Join(dir, "none.toml")}, exitConfig, "", "there is no configuration file here"},
		{"run without a file", []string{"run", "-c", filepath.Join(dir, "none.toml")}, exitConfig, "", "there is no configuration file here"},
		{"devices without a daemon", []string{"devices", "-c", config}, exitOK, "not running", ""},
		{"journal without a daemon", []string{"journal", "-c", config}, exitUnavailable, "", "no tillgate is running"},
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
