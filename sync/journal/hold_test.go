package journal

import (
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
