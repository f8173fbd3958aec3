package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// batcher is a programme that takes batches.
type batcher struct {
	*programme
	sizes  []int
	loses  int                       // so many answers to batches, after the work was done
	fails  error                     // the next batch, before
	breaks loyalty.Key               // a batch with an operation of this sale gets no clear answer, and does nothing
	not    map[loyalty.Key]error     // by sale: its operation in a batch ends with this
	seen   func([]loyalty.Operation) // looked at before the work
}

func (b *batcher) ApplyAll(ctx context.Context, ops []loyalty.Operation) ([]loyalty.Result, error) {
	var fails error
	broken := false
	b.set(func() {
		b.sizes = append(b.sizes, len(ops))
		fails, b.fails = b.fails, nil
		broken = slices.ContainsFunc(ops, func(o loyalty.Operation) bool { return o.Sale.Key == b.breaks })
		if fails == nil {
			fails = b.down
		}
	})
	switch {
	case fails != nil:
		return nil, fails
	case broken:
		return nil, errors.New("500")
	case b.seen != nil:
		b.seen(ops)
	}
	results := make([]loyalty.Result, len(ops))
	for i, o := range ops {
		if results[i].Err = b.not[o.Sale.Key]; results[i].Err == nil {
			results[i].Outcome, results[i].Err = b.Apply(ctx, o)
		}
	}
	lost := false
	b.set(func() {
		if lost = b.loses > 0; lost {
			b.loses--
		}
	})
	if lost {
		return nil, errLost
	}
	return results, nil
}

// backOnline appends sales while there is no link, and gives it back.
func backOnline(x *till, b *batcher, sales func()) {
	synctest.Wait()
	b.set(func() { b.down = &loyalty.Unavailable{Err: errors.New("no route to host")} })
	sales()
	wait(10 * time.Minute)
	b.set(func() { b.down, b.sizes, b.calls = nil, nil, nil })
	wait(5 * time.Minute)
}

func TestBatches(t *testing.T) {
	b := &batcher{programme: newProgramme(2)}
	inBubbleOf(t, b, b.programme, func(x *till) {
		backOnline(x, b, func() {
			for i := range 250 {
				sale := fmt.Sprintf("s%03d", i)
				if i%10 == 0 {
					x.append(op(sale, loyalty.Reserve, 1))
					x.append(op(sale, loyalty.Commit, 1))
					continue
				}
				x.append(op(sale, loyalty.Commit, 0))
			}
		})
		if n, people := x.j.Counts(); n[journal.Done] != 275 || people > 0 {
			t.Errorf("counts %v, %d for people", n, people)
		}
		b.set(func() {
			if len(b.sizes) > 4 || b.sizes[0] != loyalty.MostInBatch {
				t.Errorf("batches of %v", b.sizes)
			}
		})
		// Oldest first, after those that look for the link; a sale's second operation as
		// soon as the first is done.
		if got := b.applied(); !slices.IsSortedFunc(got[3:100], strings.Compare) || slices.Index(got, "s000/commit") > 110 {
			t.Errorf("sent: %v", got)
		}
		if x.balance() != 1000-25+225*100+25*99 {
			t.Errorf("balance %d", x.balance())
		}
		es, err := x.j.Entries(journal.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range es {
			if e.Attempts != 1 && e.N > 6 { // the oldest sales find out whether there is a link
				t.Errorf("%s was sent %d times", e.Op.Key, e.Attempts)
			}
		}
	})
}

func TestBatchMarksFirst(t *testing.T) {
	b := &batcher{programme: newProgramme(2)}
	inBubbleOf(t, b, b.programme, func(x *till) {
		b.seen = func(ops []loyalty.Operation) {
			for _, o := range ops {
				x.state(o.Key, journal.Unknown)
			}
		}
		backOnline(x, b, func() {
			for i := range 20 {
				x.append(op(fmt.Sprint("s", i), loyalty.Commit, 0))
			}
		})
		if len(b.sizes) == 0 {
			t.Error("there was no batch")
		}
	})
}

// What comes of one operation of a batch is its own affair.
func TestBatchInPart(t *testing.T) {
	b := &batcher{programme: newProgramme(2), not: map[loyalty.Key]error{
		"s4": &loyalty.Refusal{Reason: loyalty.CustomerUnknown},
		"s5": errors.New("500"),
		"s6": &loyalty.Unavailable{Err: errors.New("503"), After: 2 * time.Minute},
	}}
	inBubbleOf(t, b, b.programme, func(x *till) {
		backOnline(x, b, func() {
			for i := range 10 {
				x.append(op(fmt.Sprint("s", i), loyalty.Commit, 0))
			}
		})
		if e := x.state("s4/commit", journal.Refused); !e.NeedsPerson() {
			t.Error("no person is asked about what was refused")
		}
		// What had no clear answer goes alone in the end, and is done.
		for _, sale := range []string{"s0", "s5", "s6", "s9"} {
			x.state(loyalty.Key(sale+"/commit"), journal.Done)
		}
		if n := b.count("s5/commit"); n != 1 {
			t.Errorf("s5 came through %d times", n)
		}
	})
}

func TestBatchAnswerLost(t *testing.T) {
	b := &batcher{programme: newProgramme(2), loses: 1}
	inBubbleOf(t, b, b.programme, func(x *till) {
		backOnline(x, b, func() {
			for i := range 40 {
				x.append(op(fmt.Sprint("s", i), loyalty.Commit, 0))
			}
		})
		if n, _ := x.j.Counts(); n[journal.Done] != 40 || x.balance() != 1000+40*100 {
			t.Errorf("counts %v, balance %d", n, x.balance())
		}
		if b.sizes[0] < 39 || slices.Max(b.sizes[1:]) != 10 { // one may have found the link
			t.Errorf("batches of %v", b.sizes)
		}
	})
}

// An operation that no batch survives blocks nobody else.
func TestPoisonInABatch(t *testing.T) {
	b := &batcher{programme: newProgramme(2), breaks: "s7"}
	b.poison["s7"] = errors.New("500")
	inBubbleOf(t, b, b.programme, func(x *till) {
		backOnline(x, b, func() {
			for i := range 200 {
				x.append(op(fmt.Sprint("s", i), loyalty.Commit, 0))
			}
		})
		if n, _ := x.j.Counts(); n[journal.Done] != 199 {
			t.Errorf("counts %v, batches of %v", n, b.sizes)
		}
		x.state("s7/commit", journal.Unknown)
	})
}

func TestServerWithoutBatches(t *testing.T) {
	b := &batcher{programme: newProgramme(2)}
	inBubbleOf(t, b, b.programme, func(x *till) {
		synctest.Wait()
		b.fails = fmt.Errorf("404: %w", errors.ErrUnsupported)
		b.set(func() { b.down = nil })
		for i := range 30 {
			x.append(op(fmt.Sprint("s", i), loyalty.Commit, 0))
		}
		wait(time.Minute)
		if n, _ := x.j.Counts(); n[journal.Done] != 30 || len(b.sizes) > 1 {
			t.Errorf("counts %v, batches of %v", n, b.sizes)
		}
		if !x.r.Link().Online {
			t.Error("a server that answers counts as offline")
		}
	})
}

// Receipts of a thousand lines do not become a request that nobody takes.
func TestBatchOfLongReceipts(t *testing.T) {
	b := &batcher{programme: newProgramme(2)}
	most := 0
	b.seen = func(ops []loyalty.Operation) {
		lines := 0
		for _, o := range ops {
			lines += o.Lines()
		}
		most = max(most, lines)
	}
	inBubbleOf(t, b, b.programme, func(x *till) {
		backOnline(x, b, func() {
			for i := range 12 {
				o := op(fmt.Sprint("s", i), loyalty.Commit, 0)
				o.Sale.Lines = make([]loyalty.Line, 1000)
				x.append(o)
			}
		})
		if n, _ := x.j.Counts(); n[journal.Done] != 12 || most != loyalty.MostLinesInBatch {
			t.Errorf("counts %v, %d lines", n, most)
		}
	})
}

// What the cashier waits for goes alone, at once.
func TestNobodyWaitsForABatch(t *testing.T) {
	b := &batcher{programme: newProgramme(2)}
	b.seen = func(ops []loyalty.Operation) {
		if slices.ContainsFunc(ops, func(o loyalty.Operation) bool { return o.Sale.Key == "now" }) {
			t.Error("it was in a batch")
		}
	}
	inBubbleOf(t, b, b.programme, func(x *till) {
		backOnline(x, b, func() {
			for i := range 5 {
				x.append(op(fmt.Sprint("s", i), loyalty.Commit, 0))
			}
			if _, err := x.j.Append(op("now", loyalty.Reserve, 1), false); err != nil {
				t.Fatal(err)
			}
		})
		if len(b.sizes) == 0 {
			t.Error("there was no batch")
		}
		x.state("now/reserve", journal.Done)
	})
}
