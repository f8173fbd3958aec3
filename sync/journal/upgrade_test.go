package journal

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// unpack puts a journal that an earlier version wrote into a folder.
func unpack(t testing.TB, name string) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(must[[]byte](t)(os.ReadFile(filepath.Join("testdata", name)))))
	if err != nil {
		t.Fatal(err)
	}
	p := path(t)
	if err := os.WriteFile(p, must[[]byte](t)(io.ReadAll(z)), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// upgraded says what of the golden journal is not there.
func upgraded(t testing.TB, p string) {
	t.Helper()
	var want []record
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile("testdata/v1.json")), &want); err != nil {
		t.Fatal(err)
	}
	j := must[*Journal](t)(Open(p, Options{}))
	defer closeChecked(t, j)
	for i, e := range must[[]Entry](t)(j.Entries(Filter{})) {
		if !reflect.DeepEqual(e, want[i].Entry) {
			t.Errorf("entry %d\nis   %+v\nwant %+v", i, e, want[i].Entry)
		}
		if r := must[record](t)(j.record(e.N)); r.Doubt != want[i].Doubt {
			t.Errorf("entry %d: in doubt %v", i, r.Doubt)
		}
	}
	n, people := j.Counts()
	if !reflect.DeepEqual(n, map[State]int{Done: 29, Pending: 18, Refused: 2, Resolved: 1, Unknown: 2}) || people != 2 {
		t.Errorf("counts %v, %d", n, people)
	}
	if _, till := j.Alone(time.Time{}, ""); till != 9400 || len(j.index.alone) != 4 {
		t.Errorf("given alone: %d in %v", till, j.index.alone)
	}
	for c, want := range map[loyalty.CustomerID]loyalty.Points{"ann": 15, "bob": 0, "dan": 44, "fay": 50, "gus": 0} {
		if got := j.Unreflected(c, 0); got != want {
			t.Errorf("%s: %d unreflected, want %d", c, got, want)
		}
	}
	if e, ok, err := j.OpenSale(); !ok || e.Op.Sale.Key != "in hand" {
		t.Errorf("in hand: %v, %v, %v", e.Op.Sale.Key, ok, err)
	}
	if es := must[[]Entry](t)(j.Receipt("R-done")); len(es) != 3 {
		t.Errorf("%d entries of the receipt", len(es))
	}
	last := want[len(want)-1].N
	if e := must[Entry](t)(j.Append(op("new", loyalty.Commit, 0), true)); e.N != last+1 {
		t.Errorf("the next is number %d", e.N)
	}
}

func TestUpgrade(t *testing.T) {
	for _, name := range []string{"v1.db.gz", "v1-without-alone.db.gz"} {
		t.Run(name, func(t *testing.T) {
			p := unpack(t, name)
			upgraded(t, p)
			files, _ := filepath.Glob(filepath.Join(filepath.Dir(p), "*"))
			for _, f := range files {
				if b := must[[]byte](t)(os.ReadFile(f)); bytes.Contains(b, []byte("79161234567")) || bytes.Contains(b, []byte(`"customer"`)) {
					t.Errorf("%s can be read", f)
				}
			}
			if len(files) != 3 { // journal, holder, key
				t.Errorf("left: %v", files)
			}
		})
	}
}

// A journal of before that is not sound is left as it is.
func TestUpgradeOfDamaged(t *testing.T) {
	p := unpack(t, "v1.db.gz")
	b := must[[]byte](t)(os.ReadFile(p))
	met := 0
	for at := 2 * 4096; at < len(b); at += 4096 {
		bad := bytes.Clone(b)
		fill(bad[at:at+4096], 0xa5)
		if err := os.WriteFile(p, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(p, Options{})
		if err == nil { // a free page
			closeChecked(t, j)
			continue
		}
		met++
		if now := must[[]byte](t)(os.ReadFile(p)); !bytes.Equal(now, bad) {
			t.Errorf("page %d: the file was written to", at/4096)
		}
	}
	if met == 0 {
		t.Error("no damage was met")
	}
}
