package server

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestCommitBeyondTheHold(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 100)
	sale := sold(c, "a", 100_000, 40)
	apply(t, s, do(c, loyalty.Reserve, sale))
	apply(t, s, do(c, loyalty.Reserve, sold(c, "a", 100_000, 30))) // another till
	sale.Spend, sale.Worth = 71, 7100
	refused(t, s, do(c, loyalty.Commit, sale), loyalty.NotEnoughPoints)
	balance(t, s, "a", 30)
	sale.Spend, sale.Worth = 70, 7000
	if out := apply(t, s, do(c, loyalty.Commit, sale)); out.Spent != 70 {
		t.Errorf("commit: %+v", out)
	}
}

func TestTermsChangeDuringASale(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 1000)
	sale := sold(c, "a", 100_000, 40)
	late := sold(c, "a", 100_000, 40)
	apply(t, s, do(c, loyalty.Reserve, sale))
	p := DefaultProgramme()
	p.Tiers[1].Terms = loyalty.Terms{PointValue: 50, MaxShare: 5000, MinSpend: 10, EarnShare: 1000}
	must(t, s.SetProgramme(p))
	if out := apply(t, s, do(c, loyalty.Commit, sale)); out.Worth != 4000 || out.Earned != 192 {
		t.Errorf("commit: %+v, want the held points at their old worth and the new terms for what is earned", out)
	}
	refused(t, s, do(c, loyalty.Reserve, late), loyalty.BadRequest) // the till has the old terms
	late.Worth = 2000
	apply(t, s, do(c, loyalty.Reserve, late))
	few := sold(c, "a", 100_000, 9)
	refused(t, s, do(c, loyalty.Reserve, few), loyalty.BelowMinimum)
	p.Tiers[0].Terms.PointValue = 0
	if err := s.SetProgramme(p); err == nil {
		t.Error("a programme of worthless points was taken")
	}
}

func TestBadOperations(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 100)
	for name, spoil := range map[string]func(*loyalty.Operation){
		"key":                func(o *loyalty.Operation) { o.Key = "1" },
		"kind":               func(o *loyalty.Operation) { o.Kind = "steal" },
		"at":                 func(o *loyalty.Operation) { o.At = time.Time{} },
		"refund in a commit": func(o *loyalty.Operation) { o.Refund = &loyalty.Refund{Amount: 1} },
		"return of nothing":  func(o *loyalty.Operation) { o.Kind, o.Refund = loyalty.Return, &loyalty.Refund{} },
		"return without":     func(o *loyalty.Operation) { o.Kind = loyalty.Return },
		"reserve of nothing": func(o *loyalty.Operation) { o.Kind = loyalty.Reserve },
		"sale key":           func(o *loyalty.Operation) { o.Sale.Key = "" },
		"customer":           func(o *loyalty.Operation) { o.Sale.Customer = "" },
		"shop":               func(o *loyalty.Operation) { o.Sale.Shop = "" },
		"total":              func(o *loyalty.Operation) { o.Sale.Total = -1 },
		"huge total":         func(o *loyalty.Operation) { o.Sale.Total = 1 << 53 },
		"spend":              func(o *loyalty.Operation) { o.Sale.Spend = -1 },
		"worth":              func(o *loyalty.Operation) { o.Sale.Worth = o.Sale.Total + 1 },
		"worth of nothing":   func(o *loyalty.Operation) { o.Sale.Spend, o.Sale.Worth = 5, 499 },
		"earn":               func(o *loyalty.Operation) { o.Sale.Earn = -1 },
		"lines":              func(o *loyalty.Operation) { o.Sale.Lines = make([]loyalty.Line, maxLines+1) },
		"line":               func(o *loyalty.Operation) { o.Sale.Lines = []loyalty.Line{{Total: 1 << 60}} },
		"another's sale": func(o *loyalty.Operation) {
			o.Kind = loyalty.Abort
			o.Sale = sold(c, "a", 5, 0)
			o.Sale.Key = taken(t, s, c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			op := do(c, loyalty.Commit, sold(c, "a", 1000, 0))
			spoil(&op)
			refused(t, s, op, loyalty.BadRequest)
		})
	}
	balance(t, s, "a", 100)
}

// taken is the key of a sale of somebody else.
func taken(t *testing.T, s *Server, c *clock) loyalty.Key {
	enrol(t, s, "b", 100)
	sale := sold(c, "b", 1000, 5)
	apply(t, s, do(c, loyalty.Reserve, sale))
	return sale.Key
}

func TestAbortForNobody(t *testing.T) {
	s, c := fresh(t)
	sale := sold(c, "nobody", 1000, 5)
	if out := apply(t, s, do(c, loyalty.Abort, sale)); out.Version != 0 || out.Customer != nil {
		t.Errorf("abort: %+v", out)
	}
	enrol(t, s, "nobody", 100) // the customer comes, and the reserve after its abort
	refused(t, s, do(c, loyalty.Reserve, sale), loyalty.AlreadyAborted)
}

func TestRemove(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 100)
	sale, held := sold(c, "a", 100_000, 10), sold(c, "a", 100_000, 10)
	apply(t, s, do(c, loyalty.Commit, sale))
	apply(t, s, do(c, loyalty.Reserve, held))
	must(t, s.Remove("a"))
	audit(t, s)
	refused(t, s, goods(c, sale, 100), loyalty.CustomerUnknown)
	refused(t, s, do(c, loyalty.Commit, held), loyalty.CustomerUnknown)
	enrol(t, s, "a", 7) // the same id, later
	balance(t, s, "a", 7)
	audit(t, s)
}

func TestAdjust(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 100, loyalty.Expiring{Points: 50, At: in(c, 1<<50)})
	must(t, s.Adjust("a", -70))
	x, err := s.Customer("a")
	must(t, err)
	if x.Balance != 30 || len(x.Expiring) != 1 || x.Expiring[0].Points != 30 {
		t.Errorf("after: %+v", x)
	}
	if err := s.Adjust("nobody", 1); err == nil {
		t.Error("nobody's balance was changed")
	}
}
