package journal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// FuzzReadReport reads files that somebody brings.
func FuzzReadReport(f *testing.F) {
	f.Add([]byte(`{"format":"tillgate journal export 1","closing":3,"day":"2026-11-21","shop":"1","till":"2","totals":{"refused":1,"points_refused":12},"waiting":{"operations":1}}`))
	f.Add([]byte(`{"format":"tillgate journal export 2"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ReadReport(b); err != nil && r != (Report{}) {
			t.Errorf("%v, and %+v", err, r)
		}
	})
}

func TestLosses(t *testing.T) {
	no := &loyalty.Refusal{Reason: loyalty.CustomerUnknown}
	e := func(n uint64, k loyalty.Kind, late bool, refusal *loyalty.Refusal) Entry {
		return Entry{N: n, Op: loyalty.Operation{Kind: k, Sale: loyalty.Sale{Key: "s", Spend: 5, Worth: 500, Off: 20}}, State: Refused, Late: late, Refusal: refusal}
	}
	done := e(2, loyalty.Commit, true, nil)
	done.State, done.Outcome = Done, new(loyalty.Outcome)
	resolved := e(1, loyalty.Reserve, true, no)
	resolved.State = Resolved
	all := Loss{5, 520}
	for _, c := range []struct {
		name string
		es   []Entry
		want map[uint64]Loss
	}{
		{"refused later", []Entry{e(1, loyalty.Reserve, true, no), done}, map[uint64]Loss{1: all}},
		{"resolved since", []Entry{resolved, done}, map[uint64]Loss{1: all}},
		{"refused at once", []Entry{e(1, loyalty.Reserve, false, no)}, map[uint64]Loss{}},
		{"both", []Entry{e(1, loyalty.Reserve, true, no), e(2, loyalty.Commit, true, no)}, map[uint64]Loss{1: all}},
		{"both, in another order", []Entry{e(2, loyalty.Commit, true, no), e(1, loyalty.Reserve, true, no)}, map[uint64]Loss{1: all}},
		{"the hold had expired", []Entry{e(2, loyalty.Commit, true, no)}, map[uint64]Loss{2: all}},
		{"a return", []Entry{e(3, loyalty.Return, true, no)}, map[uint64]Loss{}},
	} {
		if got := Losses(c.es); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// What the programme refused is in the files of its own day, though nobody has
// decided yet and nothing else was sold; decided, it is in the lines of the day
// after that.
func TestRefusedIsToldOnItsDay(t *testing.T) {
	p, k := path(t), keeping(t)
	k.Export.LossADay = 5000_00
	synctest.Test(t, func(t *testing.T) {
		j := open(t, p)
		defer closeChecked(t, j)
		o := op("refused", loyalty.Reserve, 12)
		o.Sale.Worth, o.Sale.Receipt = 1200, "R-1"
		must[Entry](t)(j.Append(o, true))
		must[Entry](t)(j.Settle(o.Key, loyalty.Outcome{}, errNo))
		day := func(no uint64) exported {
			t.Helper()
			did := tidied(t, j, k)
			if len(did.Closed) != 1 || did.Closed[0].No != no {
				t.Fatalf("closed %+v, want closing %d", did.Closed, no)
			}
			var x exported
			b := must[[]byte](t)(os.ReadFile(filepath.Join(k.Export.Dir, k.Export.name(did.Closed[0])+".json")))
			if err := json.Unmarshal(b, &x); err != nil {
				t.Fatal(err)
			}
			if r := must[Report](t)(ReadReport(b)); r.Closing != no || r.LossADay != x.Limit || r.Lost.Points != x.Totals.RefusedSpent {
				t.Errorf("read as %+v", r)
			}
			return x
		}
		if did := tidied(t, j, k); len(did.Closed) > 0 {
			t.Errorf("on the same day: %+v", did)
		}
		time.Sleep(24 * time.Hour)
		x := day(1)
		if w := x.Waiting; w == nil || w.Operations != 1 || w.Refused != 1 || w.RefusedSpent != 12 || w.RefusedWorth != 1200 || w.Lines[0].Receipt != "R-1" ||
			len(x.Lines) != 0 || x.Totals.Refused != 0 || x.Limit != 5000_00 {
			t.Errorf("%+v, waiting %+v", x, x.Waiting)
		}
		time.Sleep(24 * time.Hour)
		if did := tidied(t, j, k); len(did.Closed) > 0 {
			t.Errorf("nothing new: %+v", did)
		}
		must[Entry](t)(j.Resolve(o.Key, "Olga", "written off"))
		time.Sleep(24 * time.Hour)
		if x = day(2); x.Waiting != nil || x.Totals.Refused != 1 || x.Totals.RefusedSpent != 12 || x.Totals.RefusedWorth != 1200 {
			t.Errorf("%+v, waiting %+v", x, x.Waiting)
		}
		if did := must[[]Closing](t)(j.ExportAgain(0, k.Export)); len(did) != 2 {
			t.Errorf("again: %+v", did)
		}
	})
}
