package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestDamaged(t *testing.T) {
	p := path(t)
	j := open(t, p)
	for i := range 50 {
		must[Entry](t)(j.Append(op(fmt.Sprint(i), loyalty.Commit, 0), true))
	}
	closeChecked(t, j)
	whole := must[[]byte](t)(os.ReadFile(p))
	tests := map[string]func([]byte) []byte{
		"empty":            func(b []byte) []byte { return nil },
		"text":             func(b []byte) []byte { return []byte("hello") },
		"zeros":            func(b []byte) []byte { return make([]byte, len(b)) },
		"cut off":          func(b []byte) []byte { return b[:3*4096] },
		"meta zeroed":      func(b []byte) []byte { clear(b[:2*4096]); return b },
		"all but the head": func(b []byte) []byte { clear(b[4096:]); return b },
		"pages of noise":   func(b []byte) []byte { fill(b[2*4096:], 0xa5); return b },
		"another's file":   func(b []byte) []byte { return otherFile(t) },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			p := path(t)
			bad := damage(slices.Clone(whole))
			if err := os.WriteFile(p, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := Open(p, Options{Key: tillKey})
			var d *DamagedError
			if !errors.As(err, &d) || d.Path != p {
				t.Fatalf("opened: %v, %v", j, err)
			}
			if !strings.Contains(err.Error(), "move it aside only after") {
				t.Errorf("does not say what to do: %v", err)
			}
			if after := must[[]byte](t)(os.ReadFile(p)); !slices.Equal(after, bad) {
				t.Error("the damaged file was written to")
			}
			// The lock is free again.
			if err := os.WriteFile(p, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			closeChecked(t, open(t, p))
		})
	}
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

func otherFile(t *testing.T) []byte {
	p := filepath.Join(t.TempDir(), "other.db")
	db := must[*bbolt.DB](t)(bbolt.Open(p, 0o600, nil))
	db.Close()
	return must[[]byte](t)(os.ReadFile(p))
}

// A bit that is flipped anywhere in a journal, and a cut, is noticed: it is not
// opened, and not written to; or nothing was lost by it.
func TestDamagedInside(t *testing.T) {
	p := path(t)
	j := open(t, p)
	keys := map[loyalty.Key]State{}
	for i := range 20 {
		o := op(fmt.Sprint(i), loyalty.Commit, 0)
		must[Entry](t)(j.Append(o, true))
		keys[o.Key] = Pending
	}
	closeChecked(t, j)
	whole := must[[]byte](t)(os.ReadFile(p))
	used := len(bytes.TrimRight(whole, "\x00"))
	met, all := 0, 0
	try := func(what string, at int, b []byte) {
		t.Helper()
		all++
		write(t, p, b)
		j, err := Open(p, Options{Key: tillKey})
		var d *DamagedError
		var k *KeyError
		switch {
		case errors.As(err, &d), errors.As(err, &k):
			met++
			if now := must[[]byte](t)(os.ReadFile(p)); !bytes.Equal(now, b) {
				t.Errorf("%s at %d: the damaged file was written to", what, at)
			}
			return
		case err != nil:
			t.Fatalf("%s at %d: %v", what, at, err)
		}
		for key, s := range keys {
			if e, err := j.Get(key); err != nil || e.State != s {
				t.Errorf("%s at %d: %s is %s, %v, and nothing was said", what, at, key, e.State, err)
			}
		}
		if n := len(must[[]Entry](t)(j.Entries(Filter{}))); n != len(keys) {
			t.Errorf("%s at %d: %d entries", what, at, n)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for at := 0; at < used; at += 743 {
		b := slices.Clone(whole)
		b[at] ^= 1 << (at % 8)
		try("a bit", at, b)
		if at%5 == 0 {
			try("a cut", at, whole[:at])
		}
	}
	if met < all/8 { // batches end with a block: much is empty
		t.Errorf("of %d only %d were met", all, met)
	}
	t.Logf("%d times damaged, met %d times", all, met)
}
