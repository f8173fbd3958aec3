package journal

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// TestUnreflected walks the table of type hold: each step is appended, and then
// settled as it says.
func TestUnreflected(t *testing.T) {
	type step struct {
		kind    loyalty.Kind
		version uint64 // of the outcome, if done
		cause   error  // of the attempt
		sent    bool   // false: stays pending
		resolve bool
	}
	const (
		r, c, a, ret, rev = loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Return, loyalty.Revert
	)
	done := func(k loyalty.Kind, v uint64) step { return step{kind: k, version: v, sent: true} }
	not := func(k loyalty.Kind, cause error) step { return step{kind: k, cause: cause, sent: true} }
	pending := func(k loyalty.Kind) step { return step{kind: k} }
	tests := []struct {
		name  string
		steps []step
		want  map[uint64]loyalty.Points // by version of the record
	}{
		{"reserve pending", []step{pending(r)}, map[uint64]loyalty.Points{0: 10, 5: 10, 99: 10}},
		{"reserve unknown", []step{not(r, errUnclear)}, map[uint64]loyalty.Points{0: 10, 99: 10}},
		{"reserve turned away", []step{not(r, errLater)}, map[uint64]loyalty.Points{0: 10, 99: 10}},
		{"reserve refused", []step{not(r, errNo)}, map[uint64]loyalty.Points{0: 0, 99: 0}},
		{"reserve done", []step{done(r, 5)}, map[uint64]loyalty.Points{0: 10, 4: 10, 5: 0, 6: 0}},
		{"reserve done, no versions", []step{done(r, 0)}, map[uint64]loyalty.Points{0: 0}},
		{"reserve resolved", []step{{kind: r, resolve: true}}, map[uint64]loyalty.Points{0: 0, 9: 0}},
		{"commit pending", []step{done(r, 5), pending(c)}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"commit done", []step{done(r, 5), done(c, 6)}, map[uint64]loyalty.Points{4: 10, 5: 0, 6: 0}},
		{"commit refused", []step{done(r, 5), not(c, errNo)}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"both offline", []step{pending(r), pending(c)}, map[uint64]loyalty.Points{0: 10, 9: 10}},
		{"reserve refused, commit pending", []step{not(r, errNo), pending(c)}, map[uint64]loyalty.Points{0: 0, 9: 0}},
		{"commit alone pending", []step{pending(c)}, map[uint64]loyalty.Points{0: 10, 9: 10}},
		{"commit alone done", []step{done(c, 7)}, map[uint64]loyalty.Points{6: 10, 7: 0}},
		{"commit alone refused", []step{not(c, errNo)}, map[uint64]loyalty.Points{0: 0}},
		{"abort pending", []step{done(r, 5), pending(a)}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"abort unknown", []step{done(r, 5), not(a, errUnclear)}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"abort done", []step{done(r, 5), done(a, 6)}, map[uint64]loyalty.Points{0: 0, 5: 0, 6: 0}},
		{"abort refused", []step{done(r, 5), not(a, errNo)}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"abort resolved", []step{done(r, 5), {kind: a, resolve: true}}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"all offline", []step{pending(r), pending(a)}, map[uint64]loyalty.Points{0: 10, 9: 10}},
		{"return done", []step{done(r, 5), done(c, 6), done(ret, 7)}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"revert pending", []step{done(r, 5), done(c, 6), pending(rev)}, map[uint64]loyalty.Points{4: 10, 5: 0}},
		{"revert done", []step{done(r, 5), done(c, 6), done(rev, 7)}, map[uint64]loyalty.Points{0: 0, 5: 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := open(t, path(t))
			for _, s := range tt.steps {
				key := must[Entry](t)(j.Append(op("s", s.kind, 10), true)).Op.Key
				if s.resolve {
					must[Entry](t)(j.Resolve(key, "Ivanova", "test"))
				}
				if s.sent {
					must[Entry](t)(j.Sending(key))
					must[Entry](t)(j.Settle(key, loyalty.Outcome{Version: s.version}, s.cause))
				}
			}
			for v, want := range tt.want {
				if got := j.Unreflected("ann", v); got != want {
					t.Errorf("record of version %d: %d, want %d", v, got, want)
				}
			}
			if got := j.Unreflected("anna", 0) + j.Unreflected("an", 0); got != 0 {
				t.Errorf("another customer's: %d", got)
			}
		})
	}
}

// TestNeverMoreThanThereIs plays random sales against a model of a provider
// that loses answers, and looks at every record that the till could have had
// so far: what its balance leaves after Unreflected is never more than what the
// provider will have when everything that was promised is booked. At random
// steps the till crashes and goes on from what is on disk.
func TestNeverMoreThanThereIs(t *testing.T) {
	steps, crashes := 0, 0
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		p := path(t)
		j := open(t, p)
		truth := []loyalty.Points{1000} // balance by version
		held := map[loyalty.Key]loyalty.Points{}
		known := map[loyalty.Key]loyalty.Outcome{}
		stage := map[string]int{} // of a sale: 1 reserved, 2 finished
		promised := map[loyalty.Key]loyalty.Points{}
		apply := func(o loyalty.Operation) loyalty.Outcome {
			if out, ok := known[o.Key]; ok {
				return out
			}
			now := truth[len(truth)-1]
			var out loyalty.Outcome
			switch o.Kind {
			case loyalty.Reserve:
				now -= o.Sale.Spend
				out.Spent = o.Sale.Spend
				held[o.Sale.Key] = o.Sale.Spend
				delete(promised, o.Sale.Key)
			case loyalty.Commit:
				out.Spent = held[o.Sale.Key]
				delete(held, o.Sale.Key)
			case loyalty.Abort:
				out.Restored = held[o.Sale.Key]
				now += out.Restored
				delete(held, o.Sale.Key)
			}
			truth = append(truth, now)
			out.Version = uint64(len(truth) - 1)
			known[o.Key] = out
			return out
		}
		for range 60 {
			steps++
			sale := fmt.Sprint(rnd.IntN(8))
			switch {
			case rnd.IntN(8) == 0:
				closeChecked(t, j)
				j = open(t, p)
				crashes++
			case rnd.IntN(2) == 0 && stage[sale] == 0:
				o := op(sale, loyalty.Reserve, loyalty.Points(1+rnd.IntN(50)))
				must[Entry](t)(j.Append(o, true))
				promised[o.Sale.Key] = o.Sale.Spend
				stage[sale] = 1
			case rnd.IntN(2) == 0 && stage[sale] == 1:
				rs := must[[]Entry](t)(j.Sale(loyalty.Key(sale)))
				kind := []loyalty.Kind{loyalty.Commit, loyalty.Abort}[rnd.IntN(2)]
				must[Entry](t)(j.Append(op(sale, kind, rs[0].Op.Sale.Spend), true))
				stage[sale] = 2
			default:
				h, ok := j.Next(nil)
				if !ok {
					continue
				}
				e := must[Entry](t)(j.Sending(h.Key))
				switch rnd.IntN(4) {
				case 0: // turned away
					must[Entry](t)(j.Settle(h.Key, loyalty.Outcome{}, errLater))
				case 1: // done, the answer is lost
					apply(e.Op)
					must[Entry](t)(j.Settle(h.Key, loyalty.Outcome{}, errUnclear))
				case 2: // done, and the till dies before it has read the answer
					apply(e.Op)
				default:
					must[Entry](t)(j.Settle(h.Key, apply(e.Op), nil))
				}
			}
			left := truth[len(truth)-1]
			for _, p := range promised {
				left -= p
			}
			for v, balance := range truth {
				if got := balance - j.Unreflected("ann", uint64(v)); got > left {
					t.Fatalf("seed %d: by the record of version %d %d can be spent, there are %d", seed, v, got, left)
				}
			}
		}
	}
	if steps == 0 || crashes == 0 {
		t.Error("nothing was shown")
	}
}
