package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCutFillLeavesOldCopy(t *testing.T) {
	p := path(t)
	c := open(t, p)
	fill(t, c, 5)
	cut := errors.New("connection reset")
	if err := c.Fill(context.Background(), &snapshot{n: 3, fail: cut}); !errors.Is(err, cut) {
		t.Errorf("cut fill: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err := c.Fill(ctx, &snapshot{n: 10, hook: func(i int) {
		if i == 4 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled fill: %v", err)
	}
	if c.Count() != 5 {
		t.Errorf("%d customers", c.Count())
	}
	fill(t, c, 7)
}

// A crash at any customer of a fill: what is on disk opens as the old copy.
func TestCrashDuringFill(t *testing.T) {
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "cache.db"))
	fill(t, c, 5)
	fill(t, c, 6) // now in the second place
	crashes := 0
	err := c.Fill(context.Background(), &snapshot{n: 8, hook: func(i int) {
		to := t.TempDir()
		if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		crashed := open(t, filepath.Join(to, "cache.db"))
		if crashed.Count() != 6 || crashed.Rebuilt() != "" {
			t.Errorf("crash at %d: %d customers, rebuilt: %s", i, crashed.Count(), crashed.Rebuilt())
		}
		closeChecked(t, crashed)
		crashes++
	}})
	if err != nil || crashes == 0 {
		t.Errorf("%d crashes, %v", crashes, err)
	}
}

// A crash after the new file was whole and before the old one was deleted.
func TestCrashAfterFill(t *testing.T) {
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "cache.db"))
	fill(t, c, 5)
	old := copyFiles(t, c)
	oldPath := c.cur.Load().path
	fill(t, c, 6)
	closeChecked(t, c)
	old.write(t, oldPath)
	c = open(t, filepath.Join(dir, "cache.db"))
	if c.Count() != 6 {
		t.Errorf("%d customers", c.Count())
	}
}

// files are what a copy consists of, by suffix.
type files map[string][]byte

func copyFiles(t testing.TB, c *Cache) files {
	t.Helper()
	f := files{}
	place := c.cur.Load().path
	f[""] = must(os.ReadFile(place))(t)
	for _, table := range c.cur.Load().tables {
		f[strings.TrimPrefix(table.path, place)] = must(os.ReadFile(table.path))(t)
	}
	return f
}

func (f files) write(t testing.TB, path string) {
	t.Helper()
	for suffix, content := range f {
		if err := os.WriteFile(path+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
