package checkout

import (
	"testing"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func put(receipt string, total loyalty.Money) Command {
	return Command{Do: SetReceipt, Sale: &SaleInput{Receipt: receipt, Total: total}}
}

func ofReceipt(do Verb, receipt string) Command {
	return Command{Do: do, Sale: &SaleInput{Receipt: receipt}}
}

func TestSaleWithoutACustomer(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.refused(NothingInHand, Command{Do: Paid})
		s.refused(NothingInHand, Command{Do: Void})
		s.total(100_00)
		if a := s.ok(Command{Do: Paid}); a.Sale.Phase != Finished || a.Sale.Customer {
			t.Errorf("%+v", a.Sale)
		}
		s.wantNotice(SalePlain)
		s.refused(NothingInHand, Command{Do: Paid})
		s.total(100_00)
		s.ok(Command{Do: Void})
		s.wantOps("")
		s.ok(Command{Do: Dismiss})
		if n := s.State().Notice; n != nil {
			t.Errorf("%+v", n)
		}
	})
}

// A customer who has not answered is nobody's customer yet.
func TestPaidBeforeTheAnswer(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.card(anna.Cards[0])
		s.refused(AnswerFirst, Command{Do: Paid})
		s.total(1000_00)
		s.refused(AnswerFirst, Command{Do: Paid})
		s.want(AskSpend)
		s.wantOps("")
		s.ok(s.choice(SpendNone))
		s.ok(Command{Do: Paid})
		s.wantOps("commit 0/100000")
	})
}

func TestReceiptsOfThePOS(t *testing.T) {
	t.Run("the card comes first", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.card(anna.Cards[0])
			s.ok(put("R1", 100_00))
			s.want(AskSpend)
		})
	})
	t.Run("the next receipt before a decision", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.ok(put("R1", 100_00))
			s.card(anna.Cards[0])
			s.ok(put("R2", 200_00))
			s.wantNotice(ReceiptReplaced)
			s.want("")
		})
	})
	t.Run("the next receipt after a decision", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.ok(put("R1", 100_00))
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendNone))
			s.refused(SaleInHand, put("R2", 200_00))
			s.refused(ReceiptGone, ofReceipt(Paid, "R2"))
			s.refused(ReceiptGone, ofReceipt(Void, "R2"))
			s.ok(ofReceipt(Paid, "R1"))
			s.ok(ofReceipt(Paid, "R1")) // the answer was lost
			s.refused(ReceiptGone, ofReceipt(Void, "R1"))
			s.wantOps("commit 0/10000")
			s.refused(ReceiptDone, put("R1", 100_00))
			s.ok(put("R2", 200_00))
		})
	})
	t.Run("paid once more after a crash", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.ok(put("R1", 100_00))
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendNone))
			s.ok(ofReceipt(Paid, "R1"))
			s.crash()
			if a := s.ok(ofReceipt(Paid, "R1")); a.Sale.Phase != Finished || a.Sale.Receipt != "R1" {
				t.Errorf("%+v", a.Sale)
			}
			s.wantOps("commit 0/10000")
		})
	})
	t.Run("the cashier types another total", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.ok(put("R1", 100_00))
			s.refused(ReceiptFromPOS, Command{Do: SetReceipt, Sale: &SaleInput{Total: 5_00}})
			s.ok(Command{Do: SetReceipt, Sale: &SaleInput{Total: 100_00}})
		})
	})
	t.Run("the number comes after the decision", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.spending()
			s.settle()
			s.ok(put("R1", 1000_00))
			s.want(AskPay)
			s.ok(ofReceipt(Paid, "R1"))
			if l := s.State().Last; l.Receipt != "R1" {
				t.Errorf("%+v", l)
			}
		})
	})
	t.Run("void is said once more", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.ok(put("R1", 100_00))
			s.ok(ofReceipt(Void, "R1"))
			if a := s.ok(ofReceipt(Void, "R1")); a.Sale.Phase != Dropped {
				t.Errorf("%+v", a.Sale)
			}
			s.refused(ReceiptGone, ofReceipt(Paid, "R1"))
		})
	})
}

func TestDiscountsPerLine(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.ok(Command{Do: SetReceipt, Sale: &SaleInput{Receipt: "R1", Total: 1000_00, Lines: []loyalty.Line{
			{ID: "a", Total: 333_33}, {ID: "b", Total: 466_67}, {ID: "tobacco", Total: 200_00, NoPoints: true},
		}}})
		s.card(anna.Cards[0])
		s.settle()
		s.ok(s.choice(SpendAmount, 100))
		s.settle()
		r := s.Sale()
		if r.Phase != Held || len(r.Discounts) != 3 || r.Discounts[2] != 0 || r.Discounts[0]+r.Discounts[1] != r.Worth || r.Worth != 100_00 {
			t.Errorf("%+v", r)
		}
	})
}

// The same command again has the same answer and does nothing; two pages that
// answer one prompt: one wins.
func TestOneAnswerWins(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		s.card(anna.Cards[0])
		first, second := s.choice(SpendNone), s.choice(SpendAll)
		first.ID, first.Client = "1", "page a"
		second.ID, second.Client = "1", "page b"
		s.ok(first)
		s.refused(PromptGone, second)
		s.ok(first)
		s.want(AskPay)
		paid := s.choice(TakePaid)
		paid.ID, paid.Client = "2", "page a"
		s.ok(paid)
		if a := s.ok(paid); a.Sale == nil || a.Sale.Phase != Finished {
			t.Errorf("%+v", a.Sale)
		}
		s.refused(PromptGone, Command{ID: "2", Client: "page b", Do: Choose, Prompt: paid.Prompt, Choice: TakePaid})
		s.wantOps("commit 0/100000")
	})
}

func TestUndo(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.refused(NothingToUndo, Command{Do: Undo})
		s.spending()
		s.settle()
		s.ok(s.choice(TakePaid))
		s.card(boris.Cards[0]) // the next customer's prompt is not touched
		if a := s.ok(Command{Do: Undo}); a.Sale.Phase != Undone || a.Sale.Spend != 100 {
			t.Errorf("%+v", a.Sale)
		}
		s.want(AskTotal)
		s.wantOps("reserve 100/100000, commit 100/100000, revert 100/100000")
		s.refused(NothingToUndo, Command{Do: Undo})
		s.drain()
		if c := s.programme.customers[anna.ID]; c.Balance != 500 || c.Pending != 0 {
			t.Errorf("%+v", c)
		}
		s.crash()
		if l := s.State().Last; l == nil || l.CanUndo {
			t.Errorf("%+v", l)
		}
		s.refused(NothingToUndo, Command{Do: Undo})
	})
}

func TestUndoAfterARestart(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.ok(put("R1", 1000_00))
		s.card(anna.Cards[0])
		s.settle()
		s.ok(s.choice(SpendNone))
		s.ok(s.choice(TakePaid))
		s.crash()
		if l := s.State().Last; l == nil || !l.CanUndo || l.Customer != "Анна" || l.Earned != 50 {
			t.Errorf("%+v", l)
		}
		s.ok(Command{Do: Undo})
		s.ok(put("R1", 900_00)) // the POS does it again, right this time
	})
}

// What the provider refuses later stands where people see it.
func TestRefusedLater(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.link(false)
		s.total(1000_00)
		s.card(anna.Cards[0])
		s.ok(s.choice(SpendNone))
		s.ok(s.choice(TakePaid))
		s.programme.set(func(p *programme) { p.refuse = loyalty.CustomerUnknown })
		s.link(true)
		s.drain()
		st := s.State()
		if st.Journal.People != 1 || len(st.Conditions) != 1 || st.Conditions[0].Code != JournalRefused {
			t.Errorf("%+v %+v", st.Journal, st.Conditions)
		}
		if st.Last.CanUndo || st.Last.State != string(journal.Refused) {
			t.Errorf("%+v", st.Last)
		}
		if _, err := s.ledger.Resolve(s.ledger.all()[0].Op.Key, "manager", "gave a voucher"); err != nil {
			s.Fatal(err)
		}
		s.Refresh()
		s.settle()
		if st := s.State(); len(st.Conditions) != 0 {
			t.Errorf("%+v", st.Conditions)
		}
	})
}

func TestReturn(t *testing.T) {
	back := func(receipt string, amount loyalty.Money) Command {
		return Command{Do: ReturnSale, Sale: &SaleInput{Receipt: receipt, Total: amount}}
	}
	sell := func(s *stand, receipt string) loyalty.Key {
		s.ok(put(receipt, 1000_00))
		s.card(anna.Cards[0])
		s.settle()
		s.ok(s.choice(SpendNone))
		return s.ok(s.choice(TakePaid)).Sale.Sale
	}
	scene(t, nil, func(s *stand) {
		s.refused(NoSuchSale, back("R1", 1))
		key := sell(s, "R1")
		sell(s, "R2")
		s.refused(NothingToReturn, back("R1", 0))
		s.refused(NothingToReturn, back("R1", 1000_01))
		if a := s.ok(back("R1", 400_00)); a.Sale.Phase != Returned || a.Sale.Sale != key {
			t.Errorf("%+v", a.Sale)
		}
		s.wantNotice(ReturnDone)
		a := s.refused(NothingToReturn, back("R1", 600_01))
		if a.Error.Args["max"] != loyalty.Money(600_00) {
			t.Errorf("%+v", a.Error)
		}
		s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Sale: key, Total: 600_00}})
		s.refused(NothingToReturn, back("R1", 1))

		s.crash()
		sell(s, "R3")
		sell(s, "R2") // a new shift: the numbers begin anew
		s.refused(SeveralSales, back("R2", 1))
		if l := s.State().Last; !l.CanUndo {
			t.Errorf("%+v", l)
		}
		s.ok(Command{Do: ReturnSale, Sale: &SaleInput{Sale: s.State().Last.Sale, Total: 1}})
		s.refused(NothingToUndo, Command{Do: Undo})
		s.refused(NoSuchSale, Command{Do: ReturnSale, Sale: &SaleInput{Sale: "no such key", Total: 1}})
	})
}

// The daemon is killed before the POS has the answer, and the POS tries again.
func TestReturnOnce(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.ok(put("R1", 1000_00))
		s.card(anna.Cards[0])
		s.ok(s.choice(SpendNone))
		s.ok(s.choice(TakePaid))
		back := Command{ID: "intent 1", Client: "http", Do: ReturnSale, Sale: &SaleInput{Receipt: "R1", Total: 1000_00}}
		s.ok(back)
		s.ok(back)
		s.crash()
		if a := s.ok(back); a.Sale.Phase != Returned {
			t.Errorf("%+v", a.Sale)
		}
		s.wantOps("commit 0/100000, return 0/100000")
		back.ID = "intent 2"
		s.refused(NothingToReturn, back)
	})
}

// What was refused is tried again when it comes again.
func TestRefusalsAreNotRemembered(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(100_00)
		s.card(anna.Cards[0])
		paid := Command{ID: "intent 1", Client: "http", Do: Paid}
		s.refused(AnswerFirst, paid)
		s.ok(s.choice(SpendNone))
		s.ok(paid)
		s.ok(paid)
		s.wantOps("commit 0/10000")
	})
}

func TestResult(t *testing.T) {
	scene(t, nil, func(s *stand) {
		result := func(receipt string) (SaleResult, bool) {
			t.Helper()
			r, ok, err := s.Result(s.ctx, receipt)
			if err != nil {
				s.Fatal(err)
			}
			return r, ok
		}
		want := func(receipt string, p Phase, spend loyalty.Points) {
			t.Helper()
			if r, ok := result(receipt); !ok || r.Phase != p || r.Spend != spend || r.Receipt != receipt {
				t.Errorf("%s: %+v %v", receipt, r, ok)
			}
		}
		if _, ok := result("R1"); ok || s.Sale() != nil {
			t.Error("a result of nothing")
		}
		s.ok(put("R1", 1000_00))
		want("R1", Open, 0)
		s.card(anna.Cards[0])
		s.settle()
		s.ok(s.choice(SpendAmount, 100))
		want("R1", Waiting, 100)
		s.settle()
		want("R1", Held, 100)
		s.ok(s.choice(TakePaid))
		want("R1", Finished, 100)
		s.ok(put("R2", 1000_00))
		s.card(boris.Cards[0])
		s.settle()
		s.ok(s.choice(SpendAll))
		s.ok(s.choice(TakeVoid))
		s.crash()
		want("R1", Finished, 100)
		want("R2", Dropped, 40)
		s.ok(Command{Do: Undo})
		want("R1", Undone, 100)
		s.crash()
		want("R1", Undone, 100)
	})
}
