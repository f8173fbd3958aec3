package checkout

import (
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// sold is a sale of three lines, 1,000.00 in all, of which 100 points paid 100.00.
func (s *stand) sold(receipt string) {
	s.Helper()
	s.settle()
	s.ok(Command{Do: SetReceipt, Sale: &SaleInput{Receipt: receipt, Total: 1000_00, Lines: []loyalty.Line{
		{ID: "1", Title: "Хлеб", Qty: 3000, Price: 33_33, Total: 100_00},
		{ID: "2", Title: "Сыр", Qty: 1500, Price: 400_00, Total: 600_00},
		{ID: "3", Title: "Чай", Qty: 1000, Price: 300_00, Total: 300_00},
	}}})
	s.card(anna.Cards[0])
	s.settle()
	s.ok(s.choice(SpendAmount, 100))
	s.settle()
	s.ok(s.choice(TakePaid))
	s.drain()
}

func (s *stand) returned() *Return {
	s.Helper()
	r := s.State().Return
	if r == nil {
		s.Fatal("no sale is looked at")
	}
	return r
}

// Lines come back one by one, in parts, and in all exactly what was sold; what a
// line has no more of is refused in words, as is more than the sale.
func TestReturnByLines(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.sold("R1")
		s.refused(NoSuchSale, Command{Do: OpenReturn, Sale: &SaleInput{Receipt: "R9"}})
		s.refused(NoSuchSale, Command{Do: PreviewReturn, Items: []ReturnItem{{0, 1000}}})
		s.ok(Command{Do: OpenReturn, Sale: &SaleInput{Receipt: "R1"}})
		r := s.returned()
		if len(r.Lines) != 3 || r.Left != 1000_00 || r.Customer != "Анна" || !r.CanUndo || r.Spent != 100 {
			t.Errorf("%+v", r)
		}
		key := r.Sale
		s.ok(Command{Do: PreviewReturn, Items: []ReturnItem{{0, 1000}, {1, 500}}})
		p := s.returned().Preview
		if p == nil || p.Amount != 233_33 || p.Back != 209_99 || p.Restored != 23 || p.Cancelled != 10 || p.Told {
			t.Errorf("%+v", p)
		}
		back := func(items ...ReturnItem) loyalty.Money {
			before := s.State().Last.Left
			s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Sale: key}, Items: items})
			if s.State().Return != nil {
				t.Error("still looked at")
			}
			return before - s.State().Last.Left
		}
		var sum loyalty.Money
		for i, want := range []loyalty.Money{33_33, 33_33, 33_34} {
			got := back(ReturnItem{0, 1000})
			if sum += got; got != want {
				t.Errorf("loaf %d: %d, want %d", i+1, got, want)
			}
		}
		if sum != 100_00 {
			t.Errorf("all the bread: %d", sum)
		}
		s.refused(LineReturned, Command{Do: ReturnSale, Sale: &SaleInput{Sale: key}, Items: []ReturnItem{{0, 1}}})
		s.refused(LineReturned, Command{Do: ReturnSale, Sale: &SaleInput{Sale: key}, Items: []ReturnItem{{1, 1501}}})
		for _, bad := range [][]ReturnItem{{{3, 1}}, {{-1, 1}}, {{1, 0}}, {{1, 1}, {1, 1}}} {
			s.refused(BadCommand, Command{Do: ReturnSale, Sale: &SaleInput{Sale: key}, Items: bad})
		}
		s.refused(NothingToReturn, Command{Do: ReturnSale, Sale: &SaleInput{Sale: key, Total: 900_01}})
		s.ok(Command{Do: OpenReturn, Sale: &SaleInput{Sale: key}})
		if r := s.returned(); r.CanUndo || r.Lines[0].Left != 0 || r.Lines[1].Left != 1500 {
			t.Errorf("%+v", r)
		}
		s.refused(NothingToReturn, Command{Do: PreviewReturn, Sale: &SaleInput{Sale: key, Total: 900_01}})
		if s.returned().Preview != nil {
			t.Error("a preview of what can not be")
		}
		s.ok(Command{Do: CloseReturn})
		if got := back(ReturnItem{2, 1000}, ReturnItem{1, 1500}); got != 900_00 {
			t.Errorf("the rest: %d", got)
		}
		s.refused(NothingToReturn, Command{Do: ReturnSale, Sale: &SaleInput{Sale: key, Total: 1}})
		s.drain()
		s.wantWellFormed()
	})
}

// By sum first, then by lines: never more than the sale.
func TestReturnBySumAndLines(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.sold("R1")
		s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Receipt: "R1", Total: 500_00}})
		a := s.refused(NothingToReturn, Command{Do: ReturnSale, Sale: &SaleInput{Receipt: "R1"}, Items: []ReturnItem{{1, 1500}}})
		if a.Error.Args["max"] != loyalty.Money(500_00) {
			t.Errorf("%+v", a.Error)
		}
		s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Receipt: "R1"}, Items: []ReturnItem{{2, 1000}}})
	})
}

// The answer to a return by lines is lost, the daemon is killed, the POS asks
// again: once.
func TestReturnByLinesAgain(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.sold("R1")
		c := Command{ID: "ret-1", Client: "pos", Do: ReturnSale, Sale: &SaleInput{Receipt: "R1"}, Items: []ReturnItem{{2, 1000}}}
		s.ok(c)
		s.crash()
		s.ok(c)
		if left := s.State().Last.Left; left != 700_00 {
			t.Errorf("%d left", left)
		}
	})
}

// The programme's word on the points follows the till's; a refusal is said.
func TestPreviewIsTheProgrammes(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.sold("R1")
		s.ok(Command{Do: OpenReturn, Sale: &SaleInput{Receipt: "R1"}})
		s.ok(Command{Do: PreviewReturn, Sale: &SaleInput{Total: 300_00}})
		if p := s.returned().Preview; p.Told || p.Restored != 30 {
			t.Errorf("at once: %+v", p)
		}
		s.settle()
		if p := s.returned().Preview; !p.Told || p.Restored != 7 || p.Cancelled != 3 || p.Amount != 300_00 {
			t.Errorf("%+v", p)
		}
		s.beside.refuse = &loyalty.Refusal{Reason: loyalty.AboveSale}
		s.ok(Command{Do: PreviewReturn, Sale: &SaleInput{Total: 200_00}})
		s.settle()
		if p := s.returned().Preview; p.Refused != loyalty.AboveSale {
			t.Errorf("%+v", p)
		}
		s.link(false)
		s.ok(Command{Do: PreviewReturn, Sale: &SaleInput{Total: 200_00}})
		s.settle()
		if p := s.returned().Preview; p.Told || p.Restored != 20 {
			t.Errorf("offline: %+v", p)
		}
	})
}

// Not only the last sale is rolled back: the one that is named, once, and not
// after goods of it have come back.
func TestRollBackAnEarlierSale(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.sold("R1")
		s.sold("R2")
		undo := Command{Do: Undo, Sale: &SaleInput{Receipt: "R1"}}
		a := s.ok(undo)
		if a.Sale.Phase != Undone || a.Sale.Receipt != "R1" {
			t.Errorf("%+v", a.Sale)
		}
		s.refused(NoSuchSale, undo)
		if last := s.State().Last; last.Receipt != "R2" || !last.CanUndo {
			t.Errorf("%+v", last)
		}
		s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Receipt: "R2", Total: 100_00}})
		s.refused(NothingToUndo, Command{Do: Undo, Sale: &SaleInput{Receipt: "R2"}})
		s.refused(NothingToUndo, Command{Do: Undo})
		s.refused(NoSuchSale, Command{Do: Undo, Sale: &SaleInput{Receipt: "R9"}})
		s.drain()
	})
}
