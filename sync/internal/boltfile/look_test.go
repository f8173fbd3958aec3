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

// written is a file that bbolt itself wrote: buckets in buckets, small ones within
// their page, long values, a free list.
func written(t testing.TB) []byte {
	path := filepath.Join(t.TempDir(), "written.db")
	db, err := Create(path, testFormat)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		err = db.Update(func(tx *bbolt.Tx) error {
			for _, name := range []string{"small", "large"} {
				b, err := tx.CreateBucketIfNotExists([]byte(name))
				if err != nil {
					return err
				}
				for i := range map[string]int{"small": 3, "large": 90}[name] {
					if err := b.Put(fmt.Appendf(nil, "%d", i*7+round), make([]byte, i*i%97+i/80*500)); err != nil {
						return err
					}
				}
				if _, err := b.CreateBucketIfNotExists([]byte("within")); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var used int64 // the rest is room
	db.View(func(tx *bbolt.Tx) error { used = tx.Size(); return nil })
	if err := errors.Join(Check(path, db), db.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content[:used]
}

// openAll opens a file of that content, and reads and checks all of it.
func openAll(t testing.TB, path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := OpenReadOnly(path, testFormat, time.Second)
	if err != nil {
		return err
	}
	return errors.Join(Check(path, db), View(path, db, func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error { return nil })
		})
	}), db.Close())
}

// A bit that is flipped in what makes a page a page, and a cut, is an error, or
// nothing: never the end of the program, and never a lock that stays.
func TestDamagedFile(t *testing.T) {
	content, path := written(t), filepath.Join(t.TempDir(), "damaged.db")
	if err := openAll(t, path, content); err != nil {
		t.Fatal(err)
	}
	met, all := 0, 0
	try := func(content []byte) {
		all++
		var d *Damage
		if err := openAll(t, path, content); errors.As(err, &d) {
			met++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for start := 0; start < len(content); start += os.Getpagesize() {
		for at := start; at < start+80; at += 3 {
			content[at] ^= 1 << (at / 3 % 8)
			try(content)
			content[at] ^= 1 << (at / 3 % 8)
		}
		try(content[:start])
		try(content[:start+100])
	}
	if met < all/4 {
		t.Errorf("of %d only %d were met", all, met)
	}
}

func FuzzDamagedFile(f *testing.F) {
	content := written(f)
	f.Add(content, 0, byte(0))
	for page := range len(content) / os.Getpagesize() {
		for _, at := range []int{8, 10, 12, 20, 24, 28} {
			f.Add(content, page*os.Getpagesize()+at, byte(0xFF))
		}
	}
	f.Fuzz(func(t *testing.T, given []byte, at int, to byte) {
		content := bytes.Clone(given) // the fuzzer's own: what it was stays what it was
		if at >= 0 && at < len(content) {
			content[at] ^= to
		}
		began := time.Now()
		openAll(t, filepath.Join(t.TempDir(), "fuzzed.db"), content)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%d bytes took %v", len(content), took)
		}
	})
}
