package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// TestSimulation does everything in any order: operations of several sales,
// duplicates, time that passes, restarts, people who leave. The books must be
// in order throughout, the same key must get the same answer, and versions must
// only rise.
func TestSimulation(t *testing.T) {
	done := map[string]int{}
	for seed := range uint64(6) {
		simulate(t, seed, done)
	}
	for _, kind := range []loyalty.Kind{loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Return, loyalty.Revert} {
		if done[string(kind)] < 20 || done["refused "+string(kind)] < 5 {
			t.Errorf("%s was done %d times and refused %d times: the simulation proves little", kind, done[string(kind)], done["refused "+string(kind)])
		}
	}
	for _, reason := range []loyalty.Reason{loyalty.NotEnoughPoints, loyalty.AboveShare, loyalty.CustomerBlocked, loyalty.CustomerUnknown, loyalty.SaleUnknown,
		loyalty.AboveSale, loyalty.AlreadyAborted, loyalty.AlreadyCommitted, loyalty.HoldExpired, loyalty.KeyReused} {
		if done[string(reason)] == 0 {
			t.Errorf("nothing was refused for %s", reason)
		}
	}
	t.Logf("%v", done)
}

func simulate(t *testing.T, seed uint64, done map[string]int) {
	r := rand.New(rand.NewPCG(seed, 9))
	c := newClock()
	path := filepath.Join(t.TempDir(), "central.db")
	s := open(t, path, c)
	people := []loyalty.CustomerID{"a", "b", "c", "d"}
	for _, id := range people {
		enrol(t, s, id, loyalty.Points(r.IntN(500)), loyalty.Expiring{Points: 40, At: in(c, 100*time.Hour)}, loyalty.Expiring{Points: 30, At: in(c, 200*time.Hour)})
	}
	var sales []loyalty.Sale
	type answer struct {
		op  loyalty.Operation
		out string
	}
	var answers []answer
	versions := map[loyalty.CustomerID]uint64{}
	for step := range 400 {
		switch n := r.IntN(100); {
		case n < 2:
			must(t, s.Close())
			s = open(t, path, c)
		case n < 10:
			c.pass(time.Duration(r.IntN(40)) * time.Hour)
		case n < 11:
			x, err := s.Customer(people[r.IntN(len(people))])
			if err == nil {
				x.Blocked = !x.Blocked
				must(t, s.Upsert(x))
			}
		case n < 12 && step > 300:
			if err := s.Remove(people[3]); err != nil && !errors.Is(err, loyalty.ErrNotFound) {
				t.Fatal(err)
			}
		case n < 20 && len(answers) > 0:
			a := answers[r.IntN(len(answers))]
			if got := say(s.Apply(a.op)); got != a.out {
				t.Fatalf("seed %d: %s again: %s, first it was %s", seed, a.op.Kind, got, a.out)
			}
		default:
			if len(sales) == 0 || r.IntN(4) == 0 {
				sales = append(sales, sold(c, people[r.IntN(len(people))], loyalty.Money(1+r.Int64N(100_000)), 0))
			}
			op := do(c, []loyalty.Kind{loyalty.Reserve, loyalty.Commit, loyalty.Abort, loyalty.Return, loyalty.Revert}[r.IntN(5)], sales[len(sales)-1-r.IntN(min(8, len(sales)))])
			if r.IntN(3) > 0 && op.Kind != loyalty.Abort {
				op.Sale.Spend = 1 + loyalty.Points(r.Int64N(max(1, int64(op.Sale.Total)/200+20)))
				op.Sale.Worth = min(100*loyalty.Money(op.Sale.Spend), op.Sale.Total)
			}
			if op.Kind == loyalty.Reserve && op.Sale.Spend == 0 {
				op.Sale.Spend, op.Sale.Worth = 1, min(100, op.Sale.Total)
			}
			if op.Kind == loyalty.Return {
				op.Refund = &loyalty.Refund{Amount: 1 + loyalty.Money(r.Int64N(int64(op.Sale.Total)))}
			}
			out, err := s.Apply(op)
			answers = append(answers, answer{op, say(out, err)})
			var no *loyalty.Refusal
			switch {
			case err == nil:
				done[string(op.Kind)]++
			case errors.As(err, &no):
				done["refused "+string(op.Kind)]++
				done[string(no.Reason)]++
			default:
				t.Fatalf("seed %d: %s: %v", seed, op.Kind, err)
			}
			if out.Customer != nil {
				if out.Version < versions[out.Customer.ID] {
					t.Fatalf("seed %d: version fell from %d to %d", seed, versions[out.Customer.ID], out.Version)
				}
				versions[out.Customer.ID] = out.Version
			}
		}
		if step%20 == 0 {
			if audit(t, s); t.Failed() {
				t.Fatalf("seed %d, step %d", seed, step)
			}
		}
	}
}

func say(out loyalty.Outcome, err error) string {
	c := out.Customer
	out.Customer = nil
	return fmt.Sprintf("%+v %+v %v", out, c, err)
}
