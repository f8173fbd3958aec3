package loyaltytest

import (
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

var batchParts = []part{
	{name: "batches are said", run: func(h *hand) {
		if _, is := h.Provider.(loyalty.Batcher); is != h.can(Batching) {
			h.Errorf("the provider is a loyalty.Batcher: %t; the fixture says: %t", is, h.can(Batching))
		}
	}},
	{name: "a batch", needs: []Ability{Batching, Holding, Remembering, ByOperation}, run: batch},
	{name: "a batch when nobody listens", needs: []Ability{Batching}, fault: Down, run: func(h *hand) { h.batchFails(Down, loyalty.Later, false) }},
	{name: "a batch and not now", needs: []Ability{Batching}, fault: NotNow, run: func(h *hand) { h.batchFails(NotNow, loyalty.Later, false) }},
	{name: "a batch without credentials", needs: []Ability{Batching}, fault: BadToken, run: func(h *hand) { h.batchFails(BadToken, loyalty.Later, false) }},
	{name: "a batch whose answer is lost", needs: []Ability{Batching}, fault: LostAnswer, run: func(h *hand) { h.batchFails(LostAnswer, loyalty.Unknown, true) }},
	{name: "a batch and a foreign page", needs: []Ability{Batching}, fault: ForeignOK, run: func(h *hand) { h.batchFails(ForeignOK, loyalty.Unknown, true) }},
	{name: "a batch and a gateway's error", needs: []Ability{Batching}, fault: ForeignBad, run: func(h *hand) { h.batchFails(ForeignBad, loyalty.Unknown, true) }},
}

// all applies a batch that is answered.
func (h *hand) all(ops []loyalty.Operation) []loyalty.Result {
	h.Helper()
	results, err := h.Provider.(loyalty.Batcher).ApplyAll(h.Context(), ops)
	if err != nil || len(results) != len(ops) {
		h.Fatalf("%d results for %d operations, %v", len(results), len(ops), err)
	}
	return results
}

// batch has one of everything in a batch: done, refused, known already, known with
// other content. Order counts where the customer is the same, and one after the
// other, again, and all together again they have the same outcomes.
func batch(h *hand) {
	rich, poor := h.customer(300), h.customer(60)
	bought := h.sale(rich, 100)
	h.do(loyalty.Reserve, bought)
	dropped := h.sale(rich, 50)
	h.do(loyalty.Reserve, dropped)
	known := op(loyalty.Commit, h.sale(rich, 0))
	h.done(known)
	other := known
	other.Sale = h.sale(rich, 0)
	first, second := h.sale(poor, 50), h.sale(poor, 50)
	ops := []loyalty.Operation{
		h.ticketed(op(loyalty.Commit, bought)),
		op(loyalty.Commit, h.sale(poor, 0)),
		h.ticketed(op(loyalty.Abort, dropped)),
		op(loyalty.Reserve, first),
		op(loyalty.Reserve, h.saleOf(poor, 10_000_000, 40_000)),
		known,
		other,
		op(loyalty.Commit, h.saleOf(poor, 100_000, 0)),
		op(loyalty.Reserve, second),
	}
	earned := h.earn(bought.Total, 0)
	want := []loyalty.Verdict{loyalty.Done, loyalty.Done, loyalty.Done, loyalty.Done, loyalty.Refused, loyalty.Done, loyalty.Refused, loyalty.Done, loyalty.Refused}
	if 60+2*earned >= 100 {
		want[8] = loyalty.Done // by what the sales before it have earned
	}
	results := h.all(ops)
	for i, r := range results {
		if v := loyalty.Judge(r.Err); v != want[i] {
			h.Errorf("%d, %s: %s, want %s (%v)", i, ops[i].Kind, v, want[i], r.Err)
		}
		if r.Err == nil {
			h.took(ops[i], r.Outcome)
		}
	}
	again := h.all(ops)
	for i := range ops {
		out, err := h.Provider.Apply(h.Context(), ops[i])
		for how, r := range map[string]loyalty.Result{"in the batch again": again[i], "alone": {Outcome: out, Err: err}} {
			if loyalty.Judge(r.Err) != want[i] || !h.same(r.Outcome, results[i].Outcome) {
				h.Errorf("%d, %s, %s: %+v, %v; first it was %+v", i, ops[i].Kind, how, r.Outcome, r.Err, results[i].Outcome)
			}
		}
	}
	h.balance(rich, 300-100+h.earn(bought.Total, 100)+h.earn(known.Sale.Total, 0))
	spent := loyalty.Points(50)
	if want[8] == loyalty.Done {
		spent = 100
	}
	h.balance(poor, 60-spent+2*earned)
}

// batchFails makes a fault that strikes a batch as a whole. Sent again it is done,
// once.
func (h *hand) batchFails(f Fault, want loyalty.Verdict, done bool) {
	c := h.customer(100)
	ops := make([]loyalty.Operation, 5)
	for i := range ops {
		ops[i] = op(loyalty.Commit, h.sale(c, 0))
	}
	end := h.Faults[f](h.T)
	results, err := h.Provider.(loyalty.Batcher).ApplyAll(h.Context(), ops)
	if v := loyalty.Judge(err); v != want {
		h.Errorf("%+v, %v is %s, want %s", results, err, v, want)
	}
	if u := new(loyalty.Unavailable); f == NotNow && (!errors.As(err, &u) || u.After != 7*time.Second) {
		h.Errorf("after %s, want 7 s", u.After)
	}
	end()
	all := 5 * h.earn(ops[0].Sale.Total, 0)
	if done {
		h.balance(c, 100+all)
	} else {
		h.balance(c, 100)
	}
	for i, r := range h.all(ops) {
		if r.Err != nil {
			h.Errorf("%d again: %v", i, r.Err)
		}
	}
	h.balance(c, 100+all)
}
