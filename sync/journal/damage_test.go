package journal

import (
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

func TestDamagedInside(t *testing.T) {
	p := path(t)
	j := open(t, p)
	for i := range 20 {
		must[Entry](t)(j.Append(op(fmt.Sprint(i), loyalty.Commit, 0), true))
	}
	closeChecked(t, j)
	whole := must[[]byte](t)(os.ReadFile(p))
	met := 0
	for at := 4096; at <= 30*4096; at += 4096 { // behind are zeros
		b := slices.Clone(whole)
		fill(b[at:at+4096], 0xa5)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(p, Options{Key: tillKey})
		if err == nil {
			err = j.Check()
			if cerr := j.Close(); cerr != nil {
				t.Fatal(cerr)
			}
		}
		if err == nil {
			continue // a free page
		}
		met++
		var d *DamagedError
		if !errors.As(err, &d) {
			t.Errorf("page %d: %v", at/4096, err)
		}
	}
	if met == 0 {
		t.Error("no damage was met")
	}
}
