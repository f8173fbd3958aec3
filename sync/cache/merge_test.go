package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// model is what a copy should hold.
type model map[loyalty.CustomerID]loyalty.Customer

// page makes a page of random changes and applies it to the model. Versions
// only grow.
func (m model) page(r *rand.Rand, version uint64, n int) loyalty.Changes {
	ch := loyalty.Changes{Cursor: fmt.Sprint(version)}
	for range n {
		cust := customerN(r.IntN(400), version)
		switch r.IntN(4) {
		case 0:
			ch.Gone = append(ch.Gone, loyalty.Gone{ID: cust.ID, Version: version + 1})
			continue
		case 1: // a card that another may have too
			cust.Cards = append(cust.Cards, card.ID(fmt.Sprintf("77%d", r.IntN(5))))
		case 2:
			cust.Phone = ""
		}
		ch.Customers = append(ch.Customers, cust)
	}
	for _, cust := range ch.Customers {
		m[cust.ID] = cust
	}
	for _, g := range ch.Gone {
		delete(m, g.ID)
	}
	return ch
}

// compare looks every customer up by everything, and those that are not there.
func (m model) compare(t *testing.T, c *Cache) {
	t.Helper()
	claim := map[loyalty.Ident][]string{}
	for i := range 400 {
		id := customerN(i, 1).ID
		claim[by(loyalty.ByCustomer, id)], claim[byCard(customerN(i, 1))], claim[by(loyalty.ByPhone, string(customerN(i, 1).Phone))] = nil, nil, nil
	}
	for id, cust := range m {
		claim[by(loyalty.ByCustomer, id)] = []string{string(id)}
		for _, k := range cust.Cards {
			claim[by(loyalty.ByCard, string(k))] = append(claim[by(loyalty.ByCard, string(k))], string(id))
		}
		if cust.Phone != "" {
			claim[by(loyalty.ByPhone, string(cust.Phone))] = []string{string(id)}
		}
	}
	for id, want := range claim {
		got, err := c.Find(id)
		var several *loyalty.Ambiguous
		var ids []string
		switch {
		case errors.As(err, &several):
			for _, a := range several.Customers {
				ids = append(ids, string(a.ID))
			}
		case err == nil:
			ids = []string{string(got.ID)}
			if got.Version != m[got.ID].Version {
				t.Errorf("%v has version %d, want %d", id.Kind, got.Version, m[got.ID].Version)
			}
		case !errors.Is(err, loyalty.ErrNotFound):
			t.Fatal(err)
		}
		slices.Sort(want)
		if !slices.Equal(ids, want) {
			t.Errorf("%v leads to %v, want %v", id, ids, want)
		}
	}
	if c.Count() != len(m) {
		t.Errorf("%d customers, want %d", c.Count(), len(m))
	}
}

// merged waits for the end of a merge under way.
func merged(c *Cache) {
	c.write.Lock()
	done := c.merge.done
	c.write.Unlock()
	if done != nil {
		<-done
	}
}

// Merges go on under random changes and change nothing that can be seen.
func TestMerge(t *testing.T) {
	p := path(t)
	c := open(t, p)
	m := model{}
	r := rand.New(rand.NewPCG(1, 2))
	version, merges, tables := uint64(1), uint64(0), 0
	for round := range 6 {
		c.merge.atLeast, c.merge.tail = 10_000, 50
		if round == 3 {
			fill(t, c, 200)
			clear(m)
			for i := range 200 {
				m[customerN(i, 1).ID] = customerN(i, 1)
			}
		}
		before := c.cur.Load().generation
		for range 24 {
			version += 2
			if err := c.Apply(m.page(r, version, 20)); err != nil {
				t.Fatal(err)
			}
			if r.IntN(2) == 0 {
				merged(c)
			}
		}
		m.compare(t, c)
		merged(c)
		m.compare(t, c)
		merges += c.cur.Load().generation - before
		tables = max(tables, len(c.cur.Load().tables))
		if c.Cursor() != fmt.Sprint(version) || c.Programme().Name != map[bool]string{true: "club"}[round >= 3] {
			t.Errorf("cursor %q, programme %q", c.Cursor(), c.Programme().Name)
		}
		closeChecked(t, c)
		c = open(t, p)
		m.compare(t, c)
	}
	if merges < 4 || tables < 3 {
		t.Errorf("%d merges, %d tables", merges, tables)
	}
}

// A merge comes when the changes are as long as the rest.
func TestMergeIsWorthIt(t *testing.T) {
	c := open(t, path(t))
	c.merge.atLeast = 10
	fill(t, c, 400)
	generation := c.cur.Load().generation
	for version := uint64(2); c.cur.Load().generation == generation; version++ {
		s := c.cur.Load()
		before := s.changes()
		if version > 1000 || before > s.base {
			t.Fatalf("%d bytes of changes, %d of the rest", before, s.base)
		}
		if err := c.Apply(loyalty.Changes{Customers: []loyalty.Customer{customerN(int(version), version)}, Cursor: "x"}); err != nil {
			t.Fatal(err)
		}
		merged(c)
		if now := c.cur.Load(); now != s && before < s.base*9/10 {
			t.Errorf("merged after %d bytes, with %d of the rest", before, s.base)
		}
	}
	if c.cur.Load().changes() > 1000 || c.Count() != 400 {
		t.Errorf("%d bytes of changes, %d customers", c.cur.Load().changes(), c.Count())
	}
}

// A fill or the end of the program does not wait for a merge.
func TestMergeGivenUp(t *testing.T) {
	for _, end := range []string{"fill", "close", "damage"} {
		t.Run(end, func(t *testing.T) {
			p := path(t)
			c := open(t, p)
			fill(t, c, 400)
			generation := c.cur.Load().generation
			c.merge.atLeast = 1
			ch := loyalty.Changes{Cursor: "x"}
			for i := range 400 {
				ch.Customers = append(ch.Customers, customerN(i, 2))
			}
			if err := c.Apply(ch); err != nil {
				t.Fatal(err)
			}
			switch end {
			case "fill":
				fill(t, c, 3)
				if c.Count() != 3 {
					t.Errorf("%d customers", c.Count())
				}
			case "close":
				closeChecked(t, c)
				c = open(t, p)
				if got, err := c.Find(byCard(customerN(199, 2))); err != nil || got.Version != 2 || c.Count() != 400 {
					t.Errorf("%v, %v, %d customers", got.Version, err, c.Count())
				}
			case "damage":
				c.fail(c.cur.Load(), &Damage{Path: p, Err: errors.New("test")})
				merged(c)
				if c.Count() != 0 || c.Rebuilt() == "" {
					t.Errorf("%d customers, rebuilt %q", c.Count(), c.Rebuilt())
				}
			}
			if c.cur.Load().generation < generation {
				t.Error("an old copy is in use")
			}
		})
	}
}

// A merge that can not be written is tried again later, and the copy goes on.
func TestMergeFails(t *testing.T) {
	p := path(t)
	c := open(t, p)
	fill(t, c, 10)
	c.merge.atLeast = 10
	free := p // a fill takes the second place of an empty copy in the first
	if c.cur.Load().path == p {
		t.Fatal("the copy is in the first place")
	}
	if err := os.MkdirAll(free+"/in the way", 0o700); err != nil {
		t.Fatal(err)
	}
	generation := c.cur.Load().generation
	for i := range 10 {
		if err := c.Put(customerN(i, 2)); err != nil {
			t.Fatal(err)
		}
	}
	merged(c)
	if c.merge.retry == 0 {
		t.Fatal("no merge was tried")
	}
	if c.cur.Load().generation != generation {
		t.Fatal("merged")
	}
	if err := os.RemoveAll(free); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := c.Put(customerN(i, 3)); err != nil {
			t.Fatal(err)
		}
		merged(c)
	}
	if c.cur.Load().generation == generation || c.Count() != 10 {
		t.Errorf("not merged; %d customers", c.Count())
	}
}

// Damage of any record is met by a merge.
func TestMergeMeetsDamage(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 300)
	closeChecked(t, c)
	whole := copyFiles(t, c)
	end := c.cur.Load().base
	for at := headSize; at < end; at += 3001 {
		p := path(t)
		f := maps.Clone(whole)
		f[""] = slices.Clone(f[""])
		f[""][at] ^= 4
		f.write(t, p)
		c := open(t, p)
		if c.Rebuilt() != "" {
			t.Fatalf("byte %d: opening has met it", at)
		}
		if err := c.Merge(); err == nil || c.Rebuilt() == "" || c.Count() != 0 {
			t.Errorf("byte %d: %v, rebuilt %q, %d customers", at, err, c.Rebuilt(), c.Count())
		}
		closeChecked(t, c)
	}
}

// Of several records of one customer in a snapshot the newest counts.
func TestSnapshotRepeatsCustomers(t *testing.T) {
	c := open(t, path(t))
	records := []loyalty.Customer{customerN(1, 5), customerN(2, 1), customerN(1, 7), customerN(1, 6), customerN(2, 1)}
	for i := range records {
		records[i].Cards = []card.ID{card.ID(fmt.Sprint(i))}
	}
	if err := c.Fill(context.Background(), &snapshot{n: len(records), at: func(i int) loyalty.Customer { return records[i] }}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []loyalty.CustomerID{"", "", records[2].ID, "", records[4].ID} {
		if got, err := c.Find(by(loyalty.ByCard, fmt.Sprint(i))); got.ID != want {
			t.Errorf("card %d: %q, %v, want %q", i, got.ID, err, want)
		}
	}
	if c.Count() != 2 {
		t.Errorf("%d customers", c.Count())
	}
}

// Nothing that a person could be known by is in the files, nor in what a fill
// puts there meanwhile.
func TestNothingInTheClear(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir+"/cache.db")
	secrets := []string{"Анна", "290000000", "+7900000", "ext-", "c00000"}
	look := func() {
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content := string(must(os.ReadFile(dir + "/" + name))(t))
			for _, s := range secrets {
				if strings.Contains(content, s) {
					t.Errorf("%q is in %s", s, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Fill(context.Background(), &snapshot{n: 6_000, hook: func(i int) {
		if i == 6_000 {
			look()
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(customerN(7, 2)); err != nil {
		t.Fatal(err)
	}
	look()
}
