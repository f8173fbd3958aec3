package journal

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/journal/sshsig"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func keeping(t testing.TB) Keeping {
	return Keeping{Days: 3, Closings: 5, Export: Export{Dir: t.TempDir(), Shop: "1", Till: "2", Currency: "RUB", Digits: 2}}
}

// sells plays a sale that is done: of some points, at the moment.
func sells(t testing.TB, j *Journal, sale string, version uint64) {
	t.Helper()
	r, c := op(sale, loyalty.Reserve, 10), op(sale, loyalty.Commit, 10)
	for _, o := range []*loyalty.Operation{&r, &c} {
		o.At, o.Sale.At, o.Sale.Receipt = time.Now(), time.Now(), "R-"+sale
		o.Sale.Customer = "customer-4711"
		must[Entry](t)(j.Append(*o, true))
		must[Entry](t)(j.Sending(o.Key))
		must[Entry](t)(j.Settle(o.Key, loyalty.Outcome{Spent: 10, Worth: 1000, Earned: 3, Version: version, Ticket: "t-" + sale}, nil))
	}
}

func tidied(t testing.TB, j *Journal, k Keeping) Archived {
	t.Helper()
	return must[Archived](t)(j.Tidy(time.Now(), k))
}

func TestTidy(t *testing.T) {
	p, k := path(t), keeping(t)
	synctest.Test(t, func(t *testing.T) {
		j := open(t, p)
		sells(t, j, "done", 7)
		must[Entry](t)(j.Append(op("open", loyalty.Commit, 0), true))
		must[Entry](t)(j.Append(op("refused", loyalty.Reserve, 5), true))
		must[Entry](t)(j.Settle("refused/reserve", loyalty.Outcome{}, errNo))
		must[Entry](t)(j.Append(op("in hand", loyalty.Reserve, 5), false))
		must[Entry](t)(j.Settle("in hand/reserve", loyalty.Outcome{Spent: 5, Version: 9}, nil))

		if did := tidied(t, j, k); len(did.Closed) > 0 || did.Moved > 0 {
			t.Errorf("on the same day: %+v", did)
		}
		time.Sleep(24 * time.Hour)
		if did := tidied(t, j, k); len(did.Closed) != 1 || did.Closed[0].Entries != 2 || did.Moved > 0 {
			t.Errorf("on the next day: %+v", did)
		}
		if did := tidied(t, j, k); len(did.Closed) > 0 || did.Moved > 0 {
			t.Errorf("again: %+v", did)
		}
		time.Sleep(3 * 24 * time.Hour)
		if did := tidied(t, j, k); len(did.Closed) > 0 || did.Moved != 2 {
			t.Errorf("after three days more: %+v", did)
		}
		look := func(when string) {
			t.Helper()
			if es := must[[]Entry](t)(j.Entries(Filter{})); len(es) != 3 {
				t.Errorf("%s: %d entries", when, len(es))
			}
			if e := must[Entry](t)(j.Get("done/commit")); e.State != Done || e.Outcome.Earned != 3 {
				t.Errorf("%s: %+v", when, e)
			}
			for _, es := range [][]Entry{must[[]Entry](t)(j.Sale("done")), must[[]Entry](t)(j.Receipt("R-done"))} {
				if len(es) != 2 || es[0].Op.Kind != loyalty.Reserve {
					t.Errorf("%s: the sale has %d entries", when, len(es))
				}
			}
			if now, after := j.Unreflected("customer-4711", 6), j.Unreflected("customer-4711", 7); now != 10 || after != 0 {
				t.Errorf("%s: %d and %d points unreflected", when, now, after)
			}
			if e := must[Entry](t)(j.Append(must[Entry](t)(j.Get("done/commit")).Op, true)); e.State != Done {
				t.Errorf("%s: a key that comes again: %+v", when, e)
			}
			if _, err := j.Append(op("done", loyalty.Commit, 11), true); err == nil {
				t.Errorf("%s: other content under an archived key", when)
			}
		}
		look("tidied")
		closeChecked(t, j)
		j = open(t, p)
		look("after a restart")

		// A return of an archived sale has its ticket.
		ret := op("done", loyalty.Return, 0)
		ret.Sale.Customer, ret.Sale.Receipt = "customer-4711", "R-done"
		must[Entry](t)(j.Append(ret, true))
		if e := must[Entry](t)(j.Sending(ret.Key)); e.Op.Ticket != "t-done" {
			t.Errorf("the return goes out with ticket %q", e.Op.Ticket)
		}
		if es := must[[]Entry](t)(j.Sale("done")); len(es) != 3 || es[2].Op.Kind != loyalty.Return {
			t.Errorf("the sale with its return: %v", es)
		}
		closeChecked(t, j)
	})
}

// Whatever stops it, the next time goes on: nothing is missing, nothing twice.
func TestTidyIsStopped(t *testing.T) {
	p, k := path(t), keeping(t)
	synctest.Test(t, func(t *testing.T) {
		want := map[loyalty.Key]bool{}
		j := open(t, p)
		day := func(n int) {
			for i := range 3 {
				sale := fmt.Sprint(n, "-", i)
				sells(t, j, sale, uint64(n))
				want[loyalty.Key(sale+"/reserve")], want[loyalty.Key(sale+"/commit")] = true, true
			}
			time.Sleep(24 * time.Hour)
		}
		day(1)
		bad := k
		bad.Export.Dir = filepath.Join(p, "no folder") // p is a file
		if _, err := j.Tidy(time.Now(), bad); err == nil {
			t.Fatal("exported into a file")
		}
		// Archived and not exported: nothing may leave the journal.
		time.Sleep(10 * 24 * time.Hour)
		if _, err := j.Tidy(time.Now(), bad); err == nil {
			t.Fatal("exported into a file")
		}
		if es := must[[]Entry](t)(j.Entries(Filter{})); len(es) != len(want) {
			t.Fatalf("%d of %d entries", len(es), len(want))
		}
		closeChecked(t, j)
		j = open(t, p)
		day(2)
		// Archived, exported, and stopped before anything left.
		a := must[*archive](t)(j.archived())
		due, items, holds, err := j.settledBefore(time.Now())
		if err == nil {
			err = j.closeDay(a, Closing{At: time.Now(), Day: "x"}, items, holds, 0)
		}
		if err == nil {
			_, err = j.exportDue(a, k.Export)
		}
		if err != nil || len(due) != len(want) {
			t.Fatal(len(due), err)
		}
		closeChecked(t, j)
		j = open(t, p)
		day(3)
		time.Sleep(5 * 24 * time.Hour)
		tidied(t, j, k)
		if es := must[[]Entry](t)(j.Entries(Filter{})); len(es) != 0 {
			t.Errorf("%d entries are left", len(es))
		}
		closeChecked(t, j)

		files := must[[]string](t)(filepath.Glob(filepath.Join(k.Export.Dir, "*.json")))
		slices.Sort(files)
		var last *exported
		for _, f := range files {
			var x exported
			if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(f)), &x); err != nil {
				t.Fatal(err)
			}
			if last != nil && (x.Previous == nil || x.Previous.Closing != last.Closing) {
				t.Errorf("%s follows %+v, not %d", f, x.Previous, last.Closing)
			}
			last = &x
			for _, l := range x.Lines {
				if !want[l.Key] {
					t.Errorf("%s is exported twice", l.Key)
				}
				delete(want, l.Key)
			}
		}
		if len(want) > 0 {
			t.Errorf("not exported: %v", want)
		}
	})
}

func TestTidyKeepsSoMany(t *testing.T) {
	p, k := path(t), keeping(t)
	synctest.Test(t, func(t *testing.T) {
		j := open(t, p)
		var size int64
		for n := range 12 {
			for i := range 20 {
				sells(t, j, fmt.Sprint(n, "-", i), 1)
			}
			time.Sleep(24 * time.Hour)
			did := tidied(t, j, k)
			if did.Archives > k.Closings {
				t.Errorf("%+v", did)
			}
			if es := must[[]Entry](t)(j.Entries(Filter{})); len(es) > 4*40 {
				t.Errorf("day %d: %d entries", n, len(es))
			}
			if n == 8 {
				size = must[os.FileInfo](t)(os.Stat(archivePath(p))).Size()
			}
		}
		if now := must[os.FileInfo](t)(os.Stat(archivePath(p))).Size(); now > 2*size {
			t.Errorf("the archive grows: %d, then %d bytes", size, now)
		}
		if _, err := j.Get("0-0/commit"); err != ErrNotFound {
			t.Errorf("what should be forgotten: %v", err)
		}
		if files, _ := filepath.Glob(filepath.Join(k.Export.Dir, "*.json")); len(files) != k.Closings {
			t.Errorf("%d files", len(files))
		}
		// A clock that jumps ahead deletes nothing more.
		if did := must[Archived](t)(j.Tidy(time.Now().AddDate(50, 0, 0), k)); did.Forgot > 1 {
			t.Errorf("%+v", did)
		}
		// One that is set back closes no day twice and goes on.
		sells(t, j, "late", 1)
		if did := must[Archived](t)(j.Tidy(time.Now().AddDate(0, 0, -3), k)); len(did.Closed) > 1 {
			t.Errorf("%+v", did)
		}
		closeChecked(t, j)
	})
}

func TestExport(t *testing.T) {
	p, k := path(t), keeping(t)
	k.Export.Semicolon = true
	var files []string
	synctest.Test(t, func(t *testing.T) {
		j := open(t, p)
		sells(t, j, "=HYPERLINK(1)", 7)
		o := op("lost", loyalty.Reserve, 12)
		o.Sale.Ident = loyalty.Ident{Kind: loyalty.ByPhone, Value: "+79161234567"}
		must[Entry](t)(j.Append(o, true))
		must[Entry](t)(j.Settle(o.Key, loyalty.Outcome{}, errNo))
		must[Entry](t)(j.Resolve(o.Key, "Anna", "written off; told the \"office\""))
		time.Sleep(24 * time.Hour)
		tidied(t, j, k)
		again := t.TempDir()
		x := k.Export
		x.Dir = again
		if did := must[[]Closing](t)(j.ExportAgain(0, x)); len(did) != 1 {
			t.Errorf("again: %v", did)
		}
		files = must[[]string](t)(filepath.Glob(filepath.Join(k.Export.Dir, "*")))
		public := must[[]byte](t)(os.ReadFile(filepath.Join(k.Export.Dir, "journal.pub")))
		want, err := sshsig.ParsePublic(string(public))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b := must[[]byte](t)(os.ReadFile(f))
			if same := must[[]byte](t)(os.ReadFile(filepath.Join(again, filepath.Base(f)))); !bytes.Equal(b, same) {
				t.Errorf("%s is another when it is written again", f)
			}
			for _, secret := range []string{"9161234567", "customer-47", "bread"} {
				if bytes.Contains(b, []byte(secret)) {
					t.Errorf("%s tells %s", f, secret)
				}
			}
			if sig, ok := strings.CutSuffix(f, ".sig"); ok {
				who, err := sshsig.Verify(b, SignaturePurpose, must[[]byte](t)(os.ReadFile(sig)))
				if err != nil || !who.Equal(want) {
					t.Errorf("%s: %v", f, err)
				}
			}
		}
		closeChecked(t, j)
	})
	if len(files) != 5 {
		t.Fatalf("files: %v", files)
	}
	i := slices.IndexFunc(files, func(f string) bool { return strings.HasSuffix(f, ".csv") })
	b, ok := bytes.CutPrefix(must[[]byte](t)(os.ReadFile(files[i])), []byte("\uFEFF"))
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = ';'
	rows := must[[][]string](t)(r.ReadAll())
	if !ok || len(rows) != 5 {
		t.Fatalf("%d rows", len(rows))
	}
	cell := func(row int, column string) string { return rows[row][slices.Index(rows[0], column)] }
	for _, c := range []struct {
		row          int
		column, want string
	}{
		{2, "receipt", "R-=HYPERLINK(1)"}, {2, "key", "'=HYPERLINK(1)/commit"}, {2, "discount", "10,00"}, {2, "points earned", "3"}, {2, "customer", "…11"},
		{3, "state", "resolved"}, {3, "resolved why", "written off; told the \"office\""}, {3, "refusal", "not_enough_points"}, {3, "total", "1000,00"},
		{3, "points asked", "12"}, {3, "points spent", "0"}, {1, "operation", "reserve"}, {1, "points spent", "0"}, {1, "total", "0,00"}, {2, "total", "1000,00"}, {2, "currency", "RUB"},
		{3, "points refused", "12"}, {3, "discount refused", "12,00"}, {2, "points refused", "0"},
		{4, "operation", "total"}, {4, "state", "3 operations, 1 refused"}, {4, "n", ""}, {4, "points spent", "10"}, {4, "discount", "10,00"},
		{4, "points earned", "3"}, {4, "points refused", "12"}, {4, "discount refused", "12,00"},
	} {
		if got := cell(c.row, c.column); got != c.want {
			t.Errorf("row %d, %s: %q, want %q", c.row, c.column, got, c.want)
		}
	}
	var x exported
	i = slices.IndexFunc(files, func(f string) bool { return strings.HasSuffix(f, ".json") })
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(files[i])), &x); err != nil {
		t.Fatal(err)
	}
	want := exportTotals{Operations: 3, Spent: 10, Discount: 1000, Earned: 3, Refused: 1, RefusedSpent: 12, RefusedWorth: 1200}
	if !reflect.DeepEqual(x.Totals, want) {
		t.Errorf("totals %+v, want %+v", x.Totals, want)
	}
}
