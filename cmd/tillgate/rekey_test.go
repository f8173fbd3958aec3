package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

func TestRekey(t *testing.T) {
	dir := usedTill(t, true)
	file := filepath.Join(dir, "seal.key")
	if key, _, err := seal.Load(dir, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	} else if l, _, err := draft.Open(filepath.Join(dir, "drafts"), key); err != nil {
		t.Fatal(err)
	} else if err := l.Add(draft.Draft{Key: "d", State: draft.Waiting, Form: loyalty.NewCustomer{Phone: "+79161234567"}}); err != nil {
		t.Fatal(err)
	}
	read := func() []byte {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := read()
	if _, stderr, code := say("rekey", "--data", dir); code != exitOK {
		t.Fatal(stderr)
	}
	if bytes.Equal(read(), first) || seal.Rotating(dir) {
		t.Error("the key is the same, or the old one is still there")
	}
	look := func() {
		t.Helper()
		j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := j.Counts(); n[journal.Pending] != 1 {
			t.Errorf("counts %v", n)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		key, c := openCopy(t, dir)
		if who, err := c.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: "c1"}); err != nil || who.Name != "Анна" {
			t.Errorf("%+v, %v", who, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if l, damage, err := draft.Open(filepath.Join(dir, "drafts"), key); err != nil || damage != nil || len(l.All()) != 2 {
			t.Errorf("drafts: %v, %v", damage, err)
		}
	}
	look()
	// Killed after the keys were changed and before anything was sealed anew: the
	// till starts with both, and the next rekey goes on.
	if err := seal.Rotate(dir); err != nil {
		t.Fatal(err)
	}
	look()
	if _, stderr, code := say("rekey", "--data", dir); code != exitOK || seal.Rotating(dir) {
		t.Fatal(stderr)
	}
	look()
	if err := seal.Rotate(dir); err != nil {
		t.Fatal(err)
	}
	cfg := defaults()
	cfg.Till.DataDir = dir
	g := &gateway{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	if err := g.openStorage(); err != nil || seal.Rotating(dir) {
		t.Errorf("the daemon does not finish it: %v", err)
	}
	g.close()
	look()
	// A stolen key of before opens nothing.
	if err := os.WriteFile(file, first, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := say("journal", "--data", dir)
	if code != exitFailure || !strings.Contains(stderr, "is sealed") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
}

// A till that never was is not made by giving it another key.
func TestRekeyWithoutATill(t *testing.T) {
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "nope")} {
		if stdout, stderr, code := say("rekey", "--data", dir); code != exitUnavailable || !strings.Contains(stderr, "nothing to give another key to") {
			t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
		}
	}
	if made, _ := os.ReadDir(empty); len(made) > 0 {
		t.Errorf("it made %v", made)
	}
}

// What a till owes whose key is lost.
func TestKeyLost(t *testing.T) {
	dir := usedTill(t, true)
	if err := os.Remove(filepath.Join(dir, "seal.key")); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := say("journal", "unsealed", "--data", dir); code != exitOK || !strings.Contains(stdout, "1 of 1 operations are not settled") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	cfg := defaults()
	cfg.Till.DataDir = dir
	start := func() error {
		g := &gateway{cfg: cfg, log: slog.New(slog.DiscardHandler)}
		defer g.close()
		return g.openStorage()
	}
	if err := start(); exitCode(err) != exitDamaged {
		t.Errorf("it started: %v", err)
	}
	if _, stderr, code := say("journal", "set-aside", "--data", dir); code != exitUsage {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	stdout, stderr, code := say("journal", "set-aside", "--yes", "--data", dir)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if err := start(); err != nil {
		t.Error(err)
	}
	aside := strings.Fields(strings.TrimPrefix(stdout, "The journal is "))[0]
	if stdout, _, code := say("journal", "unsealed", "--file", aside); code != exitOK || !strings.Contains(stdout, "1 of 1") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
}
