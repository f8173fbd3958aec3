package maxma_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
	"github.com/tillgate/tillgate/sync/maxma/fake"
)

func sale(c loyalty.Customer, spend loyalty.Points) loyalty.Sale {
	now := time.Now()
	return loyalty.Sale{Key: loyalty.NewKey(now), Receipt: "417", Shop: "7", Till: "2", Customer: c.ID, At: now, Total: 100_000,
		Lines: []loyalty.Line{{ID: "1", SKU: "A-1", Title: "Чай", Qty: 4000, Price: 25_000, Total: 100_000}}, Spend: spend, Worth: terms.Worth(spend)}
}

func op(kind loyalty.Kind, s loyalty.Sale) loyalty.Operation {
	now := time.Now()
	return loyalty.Operation{Key: loyalty.NewKey(now), Kind: kind, Sale: s, At: now}
}

// settled applies an operation until there is a clear answer, as the relay does.
func settled(t testing.TB, c *maxma.Client, o loyalty.Operation) (loyalty.Outcome, error) {
	t.Helper()
	for range 20 {
		out, err := c.Apply(t.Context(), o)
		if v := loyalty.Judge(err); v == loyalty.Done || v == loyalty.Refused {
			return out, err
		}
	}
	t.Fatalf("%s: no clear answer after 20 tries", o.Kind)
	return loyalty.Outcome{}, nil
}

// TestLostAnywhere takes a sale through each fault of each call, against each
// way in which MAXMA may treat a repetition: it ends with the points moved once.
func TestLostAnywhere(t *testing.T) {
	for _, repeat := range []fake.Repeat{fake.SameTicket, fake.NewTicket, fake.Refuse} {
		for _, noHold := range []bool{false, true} {
			for _, method := range []string{"set-purchase", "confirm-ticket", "discard-ticket", "get-purchase-history", "apply-return", "revert-purchase", "get-bonus-history"} {
				for _, kind := range []fake.FaultKind{fake.Cut, fake.LostAnswer, fake.HalfAnswer, fake.Broken, fake.BrokenDone, fake.BadGateway, fake.Portal, fake.NotNow} {
					name := fmt.Sprintf("%s/%v/%s/%s", repeat, noHold, method, kind)
					d := start(t, fake.Options{Repeat: repeat, NoHold: noHold})
					c := d.client(t, nil)
					who := d.add(1, 300)
					balance := func(what string, want loyalty.Points) {
						t.Helper()
						if p, _ := d.Find(string(who.Phone)); p.Bonuses != int64(want) {
							t.Fatalf("%s: %s: %d points, want %d", name, what, p.Bonuses, want)
						}
					}
					done := func(o loyalty.Operation) loyalty.Outcome {
						t.Helper()
						out, err := settled(t, c, o)
						if err != nil {
							t.Fatalf("%s: %s: %v", name, o.Kind, err)
						}
						return out
					}
					d.Faults.Set(fake.Fault{Kind: kind, Method: method, Times: 1})

					s := sale(who, 100)
					o := op(loyalty.Commit, s)
					o.Ticket = done(op(loyalty.Reserve, s)).Ticket
					if out := done(o); out.Spent != 100 || out.Worth != 10_000 || out.Earned != 45 {
						t.Fatalf("%s: commit: %+v", name, out)
					}
					if repeat == fake.Refuse && method == "set-purchase" {
						d.Expire() // the draft whose ticket was lost: nobody can drop it
					}
					balance("paid", 245)
					back := op(loyalty.Return, s)
					back.Ticket, back.Refund = o.Ticket, &loyalty.Refund{Amount: 50_000}
					if out := done(back); out.Restored != 50 || out.Cancelled != 22 || out.Worth != 5000 {
						t.Fatalf("%s: return: %+v", name, out)
					}
					balance("returned", 273)
					undo := op(loyalty.Revert, s)
					undo.Ticket = o.Ticket
					if out := done(undo); out.Restored != 50 || out.Cancelled != 23 {
						t.Fatalf("%s: revert: %+v", name, out)
					}
					balance("reverted", 300)

					earning := sale(who, 0)
					if out := done(op(loyalty.Commit, earning)); out.Earned != 50 {
						t.Fatalf("%s: accrual: %+v", name, out)
					}
					balance("earned", 350)

					dropped := sale(who, 50)
					o = op(loyalty.Abort, dropped)
					if method == "set-purchase" { // dropped without its ticket
						d.Faults.Set(fake.Fault{Kind: kind, Method: method, Times: 1})
						if _, err := c.Apply(t.Context(), op(loyalty.Reserve, dropped)); err == nil {
							t.Fatalf("%s: the fault did not strike", name)
						}
					} else {
						o.Ticket = done(op(loyalty.Reserve, dropped)).Ticket
					}
					done(o)
					if repeat != fake.Refuse || method != "set-purchase" {
						balance("dropped", 350)
						if _, err := c.Apply(t.Context(), op(loyalty.Reserve, dropped)); loyalty.Judge(err) != loyalty.Refused {
							t.Fatalf("%s: a reserve after its abort: %v", name, err)
						}
					}
				}
			}
		}
	}
}

// TestHistoryLags: a sale that MAXMA has processed and does not show yet is not
// booked a second time.
func TestHistoryLags(t *testing.T) {
	d := start(t, fake.Options{Repeat: fake.Refuse})
	c := d.client(t, func(cfg *maxma.Config) { cfg.HistoryLag = time.Hour })
	who := d.add(1, 0)
	o := op(loyalty.Commit, sale(who, 0))
	d.Faults.Set(fake.Fault{Kind: fake.LostAnswer, Method: "set-purchase", Times: 1})
	for range 3 {
		if _, err := c.Apply(t.Context(), o); loyalty.Judge(err) != loyalty.Unknown {
			t.Fatalf("%v is %s, want unknown", err, loyalty.Judge(err))
		}
	}
	if n := d.Calls("confirm-ticket"); n != 0 {
		t.Errorf("%d confirmations", n)
	}
	c = d.client(t, nil) // the hour has passed
	if out, err := settled(t, c, o); err != nil || out.Earned != 50 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestSchedules runs sales with random faults and keeps the books: at the end
// every client has what was booked, to the point.
func TestSchedules(t *testing.T) {
	kinds := []fake.FaultKind{fake.Cut, fake.LostAnswer, fake.HalfAnswer, fake.Broken, fake.BrokenDone, fake.BadGateway, fake.NotNow}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		d := start(t, fake.Options{Repeat: []fake.Repeat{fake.SameTicket, fake.NewTicket}[r.IntN(2)], Quoted: r.IntN(2) == 0})
		c := d.client(t, nil)
		who := d.add(1, 1000)
		want := loyalty.Points(1000)
		for range 12 {
			if r.IntN(2) == 0 {
				d.Faults.Set(fake.Fault{Kind: kinds[r.IntN(len(kinds))], Times: 1 + r.IntN(3)})
			}
			s := sale(who, loyalty.Points(r.IntN(3)*50))
			ticket := ""
			if s.Spend > 0 {
				out, err := settled(t, c, op(loyalty.Reserve, s))
				if err != nil {
					var no *loyalty.Refusal
					if errors.As(err, &no) && no.Reason == loyalty.NotEnoughPoints && want < s.Spend {
						continue
					}
					t.Fatalf("seed %d: reserve of %d of %d: %v", seed, s.Spend, want, err)
				}
				ticket = out.Ticket
			}
			o := op(loyalty.Commit, s)
			if s.Spend > 0 && r.IntN(3) == 0 {
				o.Kind = loyalty.Abort
			}
			o.Ticket = ticket
			out, err := settled(t, c, o)
			if err != nil {
				t.Fatalf("seed %d: %s: %v", seed, o.Kind, err)
			}
			if o.Kind == loyalty.Commit {
				want += out.Earned - out.Spent
				if out.Ticket != "" {
					ticket = out.Ticket
				}
				if r.IntN(2) == 0 {
					o := op(loyalty.Return, s)
					o.Ticket, o.Refund = ticket, &loyalty.Refund{Amount: loyalty.Money(1 + r.IntN(100_000))}
					if out, err = settled(t, c, o); err != nil {
						t.Fatalf("seed %d: return: %v", seed, err)
					}
					want += out.Restored - out.Cancelled
				}
			}
			if p, _ := d.Find(string(who.Phone)); p.Bonuses != int64(want) {
				t.Fatalf("seed %d: after %s of %d: %d points, want %d", seed, o.Kind, s.Spend, p.Bonuses, want)
			}
		}
	}
}
