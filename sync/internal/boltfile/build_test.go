package boltfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

const testFormat = "test 1"

// build writes a file of buckets whose keys are counted, and checks it.
func build(t *testing.T, sizes map[string]int, value func(i int) []byte) *bbolt.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "built.db")
	b, err := NewBuild(path, testFormat)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"i", "a", "h"} {
		if err := b.Bucket(name); err != nil {
			t.Fatal(err)
		}
		for i := range sizes[name] {
			if err := b.Put(fmt.Appendf(nil, "key %08d", i), value(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
	db, err := OpenReadOnly(path, testFormat, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := Check(path, db); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestBuildReadsAsBbolt(t *testing.T) {
	long := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, i*977%20_000) }
	tests := map[string]struct {
		sizes map[string]int
		value func(i int) []byte
	}{
		"empty":         {nil, nil},
		"one":           {map[string]int{"a": 1, "i": 1}, long},
		"a page":        {map[string]int{"h": 30}, func(int) []byte { return []byte("v") }},
		"two levels":    {map[string]int{"a": 3_000, "h": 7, "i": 150}, func(i int) []byte { return fmt.Append(nil, i) }},
		"three levels":  {map[string]int{"h": 60_000}, func(i int) []byte { return make([]byte, 100) }},
		"long values":   {map[string]int{"a": 500, "i": 499}, long},
		"empty values":  {map[string]int{"a": 500}, func(int) []byte { return nil }},
		"a page's size": {map[string]int{"a": 50}, func(i int) []byte { return make([]byte, pageSize-pageHeader-leafHeader-12-1+i%3) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db := build(t, test.sizes, test.value)
			err := db.View(func(tx *bbolt.Tx) error {
				for _, name := range []string{"i", "a", "h"} {
					b, n := tx.Bucket([]byte(name)), 0
					err := b.ForEach(func(k, v []byte) error {
						if string(k) != fmt.Sprintf("key %08d", n) || !bytes.Equal(v, test.value(n)) {
							t.Fatalf("%s has at %d %q, %d bytes", name, n, k, len(v))
						}
						if got := b.Get(k); !bytes.Equal(got, v) {
							t.Fatalf("%s gives for %q %d bytes", name, k, len(got))
						}
						n++
						return nil
					})
					if err != nil || n != test.sizes[name] {
						t.Errorf("%s has %d keys, want %d (%v)", name, n, test.sizes[name], err)
					}
					if b.Get([]byte("key")) != nil || b.Get([]byte("z")) != nil {
						t.Errorf("%s finds what is not there", name)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// What was built can be written to through bbolt as any other file.
func TestBuildTakesTransactions(t *testing.T) {
	path := build(t, map[string]int{"a": 5_000}, func(i int) []byte { return make([]byte, i%200) }).Path()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, testFormat, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for round := range 3 {
		err = db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("a"))
			for i := round; i < 5_000; i += 7 {
				if err := errors.Join(b.Delete(fmt.Appendf(nil, "key %08d", i)), b.Put(fmt.Appendf(nil, "new %08d", i), make([]byte, 50))); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, Check(path, db)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBuildRefusesDisorder(t *testing.T) {
	dir := t.TempDir()
	b, err := NewBuild(filepath.Join(dir, "x"), testFormat)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Bucket("a"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		key string
		ok  bool
	}{{"b", true}, {"b", false}, {"a", false}, {"", false}, {"c", true}} {
		if err := b.Put([]byte(step.key), nil); errors.Is(err, ErrOrder) == step.ok {
			t.Errorf("%q: %v", step.key, err)
		}
	}
	if err := b.Abort(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A file that was not finished is no bbolt file.
func TestBuildCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	b, err := NewBuild(path, testFormat)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Abort()
	b.Bucket("a")
	for i := range 50_000 {
		if err := b.Put(fmt.Appendf(nil, "%08d", i), make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
	var d *Damage
	if _, err := OpenReadOnly(path, testFormat, time.Second); !errors.As(err, &d) {
		t.Errorf("opens with %v", err)
	}
}
