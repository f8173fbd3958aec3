package cache

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

func TestDamagedAtOpening(t *testing.T) {
	p := path(t)
	c := open(t, p)
	fill(t, c, 300)
	closeChecked(t, c)
	whole := must(os.ReadFile(c.cur.Load().path))(t)
	tests := map[string]func([]byte) []byte{
		"empty":        func(b []byte) []byte { return nil },
		"text":         func(b []byte) []byte { return []byte("hello") },
		"zeros":        func(b []byte) []byte { return make([]byte, len(b)) },
		"cut off":      func(b []byte) []byte { return b[:3*4096] },
		"all but meta": func(b []byte) []byte { clear(b[2*4096:]); return b },
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			p := path(t)
			for range 2 { // of two damaged ones the later is kept
				if err := os.WriteFile(p, damage(slices.Clone(whole)), 0o600); err != nil {
					t.Fatal(err)
				}
				c := open(t, p)
				if c.Rebuilt() == "" || c.Cursor() != "" || c.Count() != 0 {
					t.Errorf("rebuilt %q, cursor %q, %d customers", c.Rebuilt(), c.Cursor(), c.Count())
				}
				fill(t, c, 3)
				if c.Rebuilt() != "" {
					t.Errorf("filled, and still %q", c.Rebuilt())
				}
				closeChecked(t, c)
				os.Remove(p)
				os.Remove(p + ".2")
			}
		})
	}
}

func TestDamagedInside(t *testing.T) {
	p := path(t)
	c := open(t, p)
	fill(t, c, 300)
	closeChecked(t, c)
	whole := must(os.ReadFile(c.cur.Load().path))(t)
	met := 0
	for at := 2 * 4096; at+4096 <= len(whole); at += 4096 {
		for _, v := range []byte{0, 0xa5} {
			p := path(t)
			b := slices.Clone(whole)
			for i := range 4096 {
				b[at+i] = v
			}
			if err := os.WriteFile(p, b, 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Open(p, quiet)
			if err != nil {
				t.Errorf("page %d: %v", at/4096, err)
				continue
			}
			for i := range 300 {
				if _, err := c.Find(byCard(customerN(i, 1))); err != nil {
					break
				}
			}
			c.Put(customerN(400, 1))
			if c.Rebuilt() != "" {
				met++
				if c.Cursor() != "" {
					t.Errorf("page %d: rebuilt, but cursor %q", at/4096, c.Cursor())
				}
				fill(t, c, 2)
				closeChecked(t, c)
			} else if err := c.Close(); err != nil {
				t.Errorf("page %d: %v", at/4096, err)
			}
		}
	}
	if met == 0 {
		t.Error("no damage was met")
	}
}

func TestDamageDuringFill(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 5)
	b := c.cur.Load()
	err := c.Fill(context.Background(), &snapshot{n: 6, hook: func(i int) {
		if i == 3 {
			c.fail(b, &boltfile.Damage{Path: b.path, Err: errors.New("test")})
		}
	}})
	if err != nil || c.Count() != 6 || c.Rebuilt() != "" {
		t.Errorf("%d customers, rebuilt %q, %v", c.Count(), c.Rebuilt(), err)
	}
}
