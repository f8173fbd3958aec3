package cache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestDamagedAtOpening(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 300)
	closeChecked(t, c)
	whole := copyFiles(t, c)
	tests := map[string]func([]byte) []byte{
		"empty":   func(b []byte) []byte { return nil },
		"text":    func(b []byte) []byte { return []byte("hello") },
		"zeros":   func(b []byte) []byte { return make([]byte, len(b)) },
		"cut off": func(b []byte) []byte { return b[:len(b)/2] },
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

func TestIndexOfAnotherCopy(t *testing.T) {
	p := path(t)
	c := open(t, p)
	fill(t, c, 3)
	other := copyFiles(t, c)
	fill(t, c, 4)
	closeChecked(t, c)
	mixed := copyFiles(t, c)
	mixed[suffixTable+"1"] = other[suffixTable+"1"]
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

// A byte that is flipped anywhere, and a cut, is met by opening, a lookup or a merge,
// or it takes away the newest changes and the cursor with them. It never gives another
// customer than was asked for, nor one that never was so, nor nobody for one who is
// there. In a table it may do nothing at all: bbolt leaves the ends of its pages empty.
func TestFlippedBytes(t *testing.T) {
	c := open(t, path(t))
	c.merge.tail = 50
	fill(t, c, 300)
	for i := range 90 { // 50 of them in a table
		if err := c.Apply(loyalty.Changes{Customers: []loyalty.Customer{customerN(i*3, 2)}, Cursor: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	closeChecked(t, c)
	whole := copyFiles(t, c)
	if len(whole) < 3 {
		t.Fatalf("%d files", len(whole))
	}
	for suffix, content := range whole {
		met, back, healed, unread, all := 0, 0, 0, 0, 0
		for at := 0; at < len(content); at += 1609 {
			all++
			p := path(t)
			f := maps.Clone(whole)
			if all%4 == 0 {
				f[suffix] = content[:at]
			} else {
				f[suffix] = slices.Clone(content)
				f[suffix][at] ^= 1 << (at % 8)
			}
			f.write(t, p)
			c, err := Open(p, tillKey, quiet)
			if err != nil {
				t.Fatalf("byte %d: %v", at, err)
			}
			opened := c.Rebuilt() == ""
			switch {
			case opened && c.Cursor() != "89":
				back++
			case opened && len(c.cur.Load().tables) < len(whole)-1: // made again of the roll
				healed++
			}
			last, found := -1, 0
			fmt.Sscan(c.Cursor(), &last)
			for i := range 300 {
				want := customerN(i, 1)
				if i%3 == 0 && i/3 <= last {
					want.Version = 2
				}
				ways := append(idents(want), by(loyalty.ByCustomer, want.ID))
				got, err := c.Find(ways[i%len(ways)])
				if err == nil && i%10 == 0 {
					_, other := c.Find(byCard(customerN(1000+i, 1)))
					if other == nil || c.Rebuilt() == "" && !errors.Is(other, loyalty.ErrNotFound) {
						t.Fatalf("byte %d of %q: somebody who is not there: %v", at, suffix, other)
					}
				}
				if err != nil {
					if c.Rebuilt() == "" {
						t.Fatalf("byte %d of %q: %v, and nothing said", at, suffix, err)
					}
					break
				}
				found++
				want.AsOf = got.AsOf
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("byte %d of %q: %+v, want %+v", at, suffix, got, want)
				}
			}
			if c.Rebuilt() == "" {
				c.Merge()
			}
			if c.Rebuilt() != "" {
				met++
				if c.Cursor() != "" || c.Count() != 0 {
					t.Fatalf("byte %d of %q: rebuilt, but cursor %q", at, suffix, c.Cursor())
				}
				fill(t, c, 2)
			} else if opened && suffix != "" && c.Cursor() == "89" && found == 300 && c.Count() == 300 {
				unread++
			}
			closeChecked(t, c)
		}
		if met+back+healed+unread < all || unread == all {
			t.Errorf("%q: of %d bytes %d were met, %d took changes back, %d were mended, %d are empty", suffix, all, met, back, healed, unread)
		}
	}
}

// A power cut in the middle of a transaction: what is on the disk of it, whole,
// cut off or not written at all, takes nothing with it of what was there before.
func TestTornTransaction(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 20)
	apply := func(i int) {
		page := loyalty.Changes{Cursor: fmt.Sprint(i), Gone: []loyalty.Gone{{ID: customerN(i+10, 1).ID, Version: 3}}}
		for k := range 5 { // more than one frame
			cust := customerN(k, uint64(i+2))
			cust.Name = strings.Repeat("Анна ", 100)
			page.Customers = append(page.Customers, cust)
		}
		if err := c.Apply(page); err != nil {
			t.Fatal(err)
		}
	}
	apply(0)
	before := c.cur.Load().roll.size
	apply(1)
	closeChecked(t, c)
	whole := copyFiles(t, c)
	for at := before; at < int64(len(whole[""])); at += 113 {
		for name, torn := range map[string][]byte{
			"cut off": whole[""][:at],
			"holes":   append(slices.Clone(whole[""][:at]), make([]byte, int64(len(whole[""]))-at)...),
		} {
			p := path(t)
			f := maps.Clone(whole)
			f[""] = torn
			f.write(t, p)
			c := open(t, p)
			got, err := c.Find(byCard(customerN(3, 1)))
			if c.Rebuilt() != "" || c.Cursor() != "0" || c.Count() != 19 || err != nil || got.Version != 2 {
				t.Fatalf("%s at %d: rebuilt %q, cursor %q, %d customers, version %d, %v", name, at, c.Rebuilt(), c.Cursor(), c.Count(), got.Version, err)
			}
			if err := c.Put(customerN(50, 1)); err != nil { // over what is torn
				t.Fatal(err)
			}
			closeChecked(t, c)
			if c = open(t, p); c.Count() != 20 {
				t.Fatalf("%s at %d: %d customers after a change", name, at, c.Count())
			}
			closeChecked(t, c)
		}
	}
}

func TestDamageDuringFill(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 5)
	b := c.cur.Load()
	err := c.Fill(context.Background(), &snapshot{n: 6, hook: func(i int) {
		if i == 3 {
			c.fail(b, &Damage{Path: b.path, Err: errors.New("test")})
		}
	}})
	if err != nil || c.Count() != 6 || c.Rebuilt() != "" {
		t.Errorf("%d customers, rebuilt %q, %v", c.Count(), c.Rebuilt(), err)
	}
}
