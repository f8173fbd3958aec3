package checkout

import "testing"

// The whole way: scan, total, spend, paid.
func TestSpendAndPay(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.card(anna.Cards[0])
		if p := s.want(AskTotal); p.Customer.Name != "Анна" || p.Customer.Fresh || p.Customer.Balance != 500 {
			t.Errorf("from the copy: %+v", p.Customer)
		}
		if p := s.settle(); !p.Customer.Fresh {
			t.Errorf("after the provider's answer: %+v", p.Customer)
		}
		s.ok(s.choice(Total, 1000_00))
		p := s.want(AskSpend)
		if p.Quote.MaxSpend != 300 || p.Quote.Earn != 50 || p.Quote.ToPay != 1000_00 {
			t.Errorf("quote: %+v", p.Quote)
		}
		s.ok(s.choice(SpendAmount, 100))
		if p := s.want(AskWait); p.Quote.Worth != 100_00 {
			t.Errorf("quote while waiting: %+v", p.Quote)
		}
		s.settle()
		if p := s.want(AskPay); p.Quote.ToPay != 900_00 || p.Quote.Earn != 45 || p.Customer.Spendable != 400 {
			t.Errorf("to pay: %+v of %+v", p.Quote, p.Customer)
		}
		a := s.ok(s.choice(TakePaid))
		if a.Sale == nil || a.Sale.Phase != Finished || a.Sale.Spend != 100 {
			t.Errorf("result: %+v", a.Sale)
		}
		s.want("")
		s.wantNotice(SaleDone)
		s.wantOps("reserve 100/100000, commit 100/100000")
		if l := s.State().Last; l == nil || !l.CanUndo || l.Spent != 100 || l.Customer != "Анна" {
			t.Errorf("last: %+v", l)
		}
	})
}
