package cache

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
)

func TestDamagedAtOpening(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 300)
	closeChecked(t, c)
	whole := copyFiles(t, c)
	tests := map[string]func([]byte) []byte{
		"empty":        func(b []byte) []byte { return nil },
		"text":         func(b []byte) []byte { return []byte("hello") },
		"zeros":        func(b []byte) []byte { return make([]byte, len(b)) },
		"cut off":      func(b []byte) []byte { return b[:3*4096] },
		"all but meta": func(b []byte) []byte { clear(b[2*4096:]); return b },
	}
	for name, damage := range tests {
		for suffix := range whole {
			t.Run(name+suffix, func(t *testing.T) {
				p := path(t)
				for range 2 { // of two damaged ones the later is kept
					f := maps.Clone(whole)
					f[suffix] = damage(slices.Clone(f[suffix]))
					f.write(t, p)
					c := open(t, p)
					if c.Rebuilt() == "" || c.Cursor() != "" || c.Count() != 0 {
						t.Errorf("rebuilt %q, cursor %q, %d customers", c.Rebuilt(), c.Cursor(), c.Count())
					}
					fill(t, c, 3)
					if c.Rebuilt() != "" {
						t.Errorf("filled, and still %q", c.Rebuilt())
					}
					closeChecked(t, c)
					for _, place := range c.places() {
						removeFiles(place)
					}
				}
			})
		}
	}
}

func TestBaseOfAnotherCopy(t *testing.T) {
	p := path(t)
	c := open(t, p)
	fill(t, c, 3)
	other := copyFiles(t, c)
	fill(t, c, 4)
	closeChecked(t, c)
	mixed := copyFiles(t, c)
	mixed[suffixBase] = other[suffixBase]
	for name, f := range map[string]files{"another's": mixed, "none": {"": mixed[""]}} {
		p := path(t)
		f.write(t, p)
		c := open(t, p)
		if c.Rebuilt() == "" || c.Count() != 0 {
			t.Errorf("%s: rebuilt %q, %d customers", name, c.Rebuilt(), c.Count())
		}
	}
}

func TestSealedUnderAnotherKey(t *testing.T) {
	p := path(t)
	c := open(t, p)
	fill(t, c, 3)
	closeChecked(t, c)
	c, err := Open(p, newKey(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer closeChecked(t, c)
	if !strings.Contains(c.Rebuilt(), "another key") || c.Count() != 0 || c.Cursor() != "" {
		t.Errorf("rebuilt %q, %d customers", c.Rebuilt(), c.Count())
	}
}

func TestDamagedInside(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 300)
	for i := range 30 {
		if err := c.Put(customerN(i*10, 2)); err != nil {
			t.Fatal(err)
		}
	}
	closeChecked(t, c)
	whole := copyFiles(t, c)
	for suffix, content := range whole {
		met := 0
		for at := 2 * 4096; at+4096 <= len(content); at += 4096 {
			for _, v := range []byte{0, 0xa5} {
				p := path(t)
				f := maps.Clone(whole)
				f[suffix] = slices.Clone(content)
				for i := range 4096 {
					f[suffix][at+i] = v
				}
				f.write(t, p)
				c, err := Open(p, tillKey, quiet)
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
			t.Errorf("no damage was met in %q", suffix)
		}
	}
}

// A bit that flips in a record or in the index never gives another customer.
func TestFlippedBits(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 40)
	closeChecked(t, c)
	whole := copyFiles(t, c)
	wrong, met := 0, 0
	for at := 2 * 4096; at < len(whole[suffixBase]); at += 397 {
		p := path(t)
		f := maps.Clone(whole)
		f[suffixBase] = slices.Clone(f[suffixBase])
		f[suffixBase][at] ^= 1 << (at % 8)
		f.write(t, p)
		c, err := Open(p, tillKey, quiet)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			want := customerN(i, 1)
			got, err := c.Find(byCard(want))
			want.AsOf = got.AsOf
			if err == nil && !reflect.DeepEqual(got, want) {
				wrong++
			}
		}
		if c.Rebuilt() != "" {
			met++
		}
		c.Close()
	}
	if wrong > 0 || met == 0 {
		t.Errorf("%d wrong answers, %d met", wrong, met)
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
