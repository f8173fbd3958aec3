package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// usedTill makes a data folder with customers in it and, if one is owed, an
// operation that was not sent.
func usedTill(t *testing.T, owed bool) string {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if owed {
		now := time.Now()
		sale := loyalty.Sale{Key: loyalty.NewKey(now), Shop: "1", Till: "1", Customer: "c1", At: now, Total: 100}
		op := loyalty.Operation{Key: loyalty.NewKey(now), Kind: loyalty.Commit, Sale: sale, At: now}
		if _, err := j.Append(op, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	key, c := openCopy(t, dir)
	if err := c.Put(loyalty.Customer{ID: "c1", Name: "Анна"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	drafts, _, err := draft.Open(filepath.Join(dir, "drafts"), key)
	if err != nil {
		t.Fatal(err)
	}
	if err := drafts.Add(draft.Draft{Key: "1", State: draft.Waiting}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "somebody's"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// openCopy opens the copy of the customers under the till's key.
func openCopy(t *testing.T, dir string) (*seal.Key, *cache.Cache) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	key, _, err := seal.Load(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(filepath.Join(dir, "cache.db"), key, log)
	if err != nil {
		t.Fatal(err)
	}
	return key, c
}

func TestWipe(t *testing.T) {
	for _, c := range []struct {
		name   string
		owed   bool
		args   []string
		code   int
		stderr string
	}{
		{"without yes", false, nil, exitUsage, "say --yes"},
		{"yes", false, []string{"--yes"}, exitOK, ""},
		{"promises", true, []string{"--yes"}, exitFailure, "1 operations are not settled"},
		{"promises lost", true, []string{"--yes", "--lose-promises"}, exitOK, ""},
		{"promises lost, without yes", true, []string{"--lose-promises"}, exitUsage, "say --yes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := usedTill(t, c.owed)
			stdout, stderr, code := say(append([]string{"wipe", "--data", dir}, c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.stderr) {
				t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", code, c.code, stdout, stderr)
			}
			left, err := os.ReadDir(dir)
			if err != nil || (code == exitOK) != (len(left) == 1) {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// A wipe that was cut short after the key was destroyed goes on; what is owed can
// be told without the key.
func TestWipeThatWasCut(t *testing.T) {
	for _, owed := range []bool{false, true} {
		dir := usedTill(t, owed)
		if err := seal.Wipe(dir); err != nil {
			t.Fatal(err)
		}
		want := exitOK
		if owed {
			want = exitFailure
		}
		if _, stderr, code := say("wipe", "--yes", "--data", dir); code != want || owed && !strings.Contains(stderr, "1 operations are not settled") {
			t.Errorf("owed %v: exit code %d: %s", owed, code, stderr)
		}
	}
}

func TestWipeOfARunningTill(t *testing.T) {
	dir := usedTill(t, false)
	j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, stderr, code := say("wipe", "--yes", "--data", dir); code != exitBusy {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, _, err := seal.Load(dir, slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}

// A till that was wiped starts as a new one.
func TestWipedTillStarts(t *testing.T) {
	dir := usedTill(t, false)
	if _, stderr, code := say("wipe", "--yes", "--data", dir); code != exitOK {
		t.Fatal(stderr)
	}
	cfg := defaults()
	cfg.Till.DataDir = dir
	g := &gateway{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	defer g.close()
	if err := g.openStorage(); err != nil {
		t.Fatal(err)
	}
	if g.cache.Count() != 0 {
		t.Errorf("%d customers", g.cache.Count())
	}
}
