package cache

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Any bit that is flipped in a table, and any cut, is an error of opening it, of a
// lookup or of going through it, or changes nothing: never is an entry found that is
// not there, or not found that is.
func TestDamagedTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	key := newKey()
	r := rand.New(rand.NewPCG(3, 5))
	var entries []entry
	for i := range 4 * perPage {
		e := entry{r.Uint64(), newPlace(int64(i)*2048, i%11)}
		entries = append(entries, e)
	}
	for i := range 2 * perPage { // a hash of many
		entries = append(entries, entry{entries[99].hash, newPlace(int64(i), 200)})
	}
	slices.SortFunc(entries, compareEntries)
	w := must(newTableWriter(path, key, 7, 0))(t)
	for _, e := range entries {
		if err := w.add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := must(w.finish(tableFooter{}))(t).close(); err != nil {
		t.Fatal(err)
	}
	content := must(os.ReadFile(path))(t)
	whole := slices.Clone(content)

	// Looked for are the ends of the pages, what stands beside them, and some others.
	var sought []uint64
	for i := 0; i < len(entries); i += perPage {
		for _, e := range entries[max(i-1, 0):min(i+2, len(entries))] {
			sought = append(sought, e.hash-1, e.hash, e.hash+1)
		}
	}
	sought = append(sought, 0, ^uint64(0))
	is := func(found []entry, hash uint64) bool {
		from, _ := slices.BinarySearchFunc(entries, hash, func(e entry, h uint64) int { return cmp.Compare(e.hash, h) })
		to := from
		for to < len(entries) && entries[to].hash == hash {
			to++
		}
		return slices.Equal(found, entries[from:to])
	}
	damaged := filepath.Join(t.TempDir(), "index")
	var b buffers
	met, all := 0, 0
	try := func(content []byte, what string, at int) {
		all++
		if err := os.WriteFile(damaged, content, 0o600); err != nil {
			t.Fatal(err)
		}
		tab, err := openTable(damaged, key, 7)
		if err != nil {
			met++
			return
		}
		defer tab.close()
		bad := false
		for _, hash := range sought {
			found, err := tab.find(nil, hash, &b)
			bad = bad || err != nil
			if err == nil && !is(found, hash) {
				t.Fatalf("%s at %d: wrong answer", what, at)
			}
		}
		n := 0
		scan, err := newScan(tab)
		for ; err == nil && scan.ok; err = scan.step() {
			if n == len(entries) || scan.e != entries[n] {
				t.Fatalf("%s at %d: entry %d is %x", what, at, n, scan.e)
			}
			n++
		}
		if err == nil && n != len(entries) {
			t.Fatalf("%s at %d: %d entries, and no error", what, at, n)
		}
		if bad || err != nil {
			met++
		}
	}
	flip := func(at int) {
		content[at] ^= 1 << r.IntN(8)
		try(content, "a bit", at)
		content[at] = whole[at]
	}
	const page = 4096
	for start := 0; start < len(content); start += page {
		for at := start; at < start+72; at += 2 { // headers
			flip(at)
		}
		for range 5 {
			flip(start + r.IntN(page))
		}
		try(content[:start], "a cut", start)
		try(content[:start+r.IntN(page)], "a cut", start)
	}
	if met < all/4 {
		t.Errorf("of %d only %d were met", all, met)
	}
	t.Logf("%d times damaged, met %d times", all, met)
}
