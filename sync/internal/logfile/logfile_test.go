package logfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func noHead([]byte) error { return nil }

// whole makes a log of three batches and returns the file.
func whole(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	l, err := Create(System{}, path, []byte("head"), []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{bytes.Repeat([]byte("two"), 3000), nil} {
		if _, err := l.Append(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reopen says how many batches a file has, and whether it is sound.
func reopen(t testing.TB, b []byte) (batches int, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(System{}, path, noHead, func(int64, []byte) error { batches++; return nil })
	if err != nil {
		if after, _ := os.ReadFile(path); !bytes.Equal(after, b) {
			t.Error("a file that is not sound was written to")
		}
		return batches, err
	}
	if _, err := l.Append([]byte("more")); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := l.Verify(func(int64, []byte) error { n++; return nil }); err != nil || n != batches+1 {
		t.Errorf("%d batches and one more are %d: %v", batches, n, err)
	}
	return batches, l.Close()
}

// Every sector of the last batch may be lost in a power cut, and of no other.
func TestTorn(t *testing.T) {
	b := whole(t)[:6*Block]
	if n, err := reopen(t, b); n != 3 || !errors.As(err, new(*BadError)) {
		t.Errorf("a file that is cut off: %d, %v", n, err)
	}
	b = whole(t)
	const last = 5 * Block // behind the head, one block and three
	for at := Block; at < last+Block; at += sector {
		torn := bytes.Clone(b)
		clear(torn[at : at+sector])
		n, err := reopen(t, torn)
		switch {
		case bytes.Equal(torn, b):
		case at >= last && (n != 2 || err != nil):
			t.Errorf("the last batch is torn at %d: %d batches, %v", at, n, err)
		case at < last && err == nil:
			t.Errorf("damage at %d is not noticed", at)
		}
	}
}

func FuzzOpen(f *testing.F) {
	b := whole(f)[:6*Block]
	f.Add(b, 5*Block, []byte("TGb\x01"))
	f.Add(b, 0, []byte{})
	f.Fuzz(func(t *testing.T, b []byte, at int, noise []byte) {
		if at >= 0 && at+len(noise) <= len(b) {
			b = bytes.Clone(b)
			copy(b[at:], noise)
		}
		reopen(t, b)
	})
}
