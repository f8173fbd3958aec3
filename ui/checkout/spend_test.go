package checkout

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// spending puts 100 of Anna's points on a receipt of 1000.00.
func (s *stand) spending() {
	s.Helper()
	s.total(1000_00)
	s.card(anna.Cards[0])
	s.settle()
	s.ok(s.choice(SpendAmount, 100))
}

func TestAmounts(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		s.card(boris.Cards[0]) // gold: at least 10; has 40
		for _, a := range []int64{-1, 0, 9, 41, 1 << 62} {
			s.refused(AmountRange, s.choice(SpendAmount, a))
		}
		s.refused(AmountMissing, s.choice(SpendAmount))
		s.refused(AmountNotAsked, s.choice(SpendAll, 40))
		s.refused(AmountNotAsked, s.choice(SpendNone, 0))
		s.refused(ChoiceUnknown, s.choice(TakePaid))
		s.refused(PromptGone, Command{Do: Choose, Prompt: "run-1.9", Choice: SpendAll})
		s.wantOps("")
		s.want(AskSpend)
		s.ok(s.choice(SpendAmount, 10))
		s.wantOps("reserve 10/100000")
	})
}

func TestWhatMayBeSpent(t *testing.T) {
	for _, c := range []struct {
		name   string
		who    loyalty.Customer
		total  loyalty.Money
		max    loyalty.Points
		reason loyalty.Reason
	}{
		{"share of the receipt", anna, 1000_00, 300, loyalty.AboveShare},
		{"balance", anna, 10_000_00, 500, loyalty.NotEnoughPoints},
		{"nothing to pay", anna, 0, 0, loyalty.AboveShare},
		{"below the minimum", boris, 19_00, 0, loyalty.BelowMinimum},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, nil, func(s *stand) {
				s.total(c.total)
				p := s.card(c.who.Cards[0])
				if p.Quote.MaxSpend != c.max || p.Quote.Limit != c.reason {
					t.Errorf("%+v", p.Quote)
				}
				if c.max == 0 {
					s.refused(ChoiceDisabled, s.choice(SpendAll))
					s.refused(ChoiceDisabled, s.choice(SpendAmount, 1))
				}
			})
		})
	}
}

func TestBlockedCustomer(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.card(vera.Cards[0])
		if p := s.want(AskTotal); len(p.Choices) != 1 || p.Choices[0].ID != NotThis {
			t.Errorf("%+v", p.Choices)
		}
		s.total(100_00)
		s.refused(ChoiceUnknown, s.choice(SpendNone))
		s.ok(Command{Do: Paid}) // she earns nothing: it is a sale without a customer
		s.wantNotice(SalePlain)
		s.wantOps("")
	})
}

func TestTheProviderRefuses(t *testing.T) {
	scene(t, func(s *stand) { s.programme.refuse = loyalty.NotEnoughPoints }, func(s *stand) {
		s.spending()
		s.programme.set(func(p *programme) {
			c := p.customers[anna.ID]
			c.Balance, c.Version = 30, 20 // spent elsewhere
			p.customers[anna.ID] = c
		})
		s.settle()
		p := s.want(AskSpend)
		if p.Text == nil || p.Text.Code != SaidSpendRefused || p.Text.Args["reason"] != string(loyalty.NotEnoughPoints) {
			t.Errorf("%+v", p.Text)
		}
		if p.Quote.MaxSpend != 30 {
			t.Errorf("the quote is not fresh: %+v", p.Quote)
		}
		s.programme.set(func(p *programme) { p.refuse = "" })
		s.ok(s.choice(SpendAll))
		s.settle()
		s.ok(s.choice(TakePaid))
		s.wantOps("reserve 100/100000, reserve 30/100000, commit 30/100000")
		s.wantWellFormed()
	})
}

// The answer is lost: it is never shown as done or as failed.
func TestDoubt(t *testing.T) {
	doubt := func(s *stand) {
		s.spending()
		s.want(AskWait)
		time.Sleep(4 * time.Second)
		s.settle()
		s.want(AskWait)
		time.Sleep(time.Second)
		s.settle()
		if p := s.want(AskDoubt); p.Text.Code != SaidNoAnswer {
			s.Errorf("%+v", p.Text)
		}
		s.refused(NotSettled, Command{Do: Paid})
	}
	mute := func(s *stand) { s.programme.mute = true }
	t.Run("wait on", func(t *testing.T) {
		scene(t, mute, func(s *stand) {
			doubt(s)
			s.programme.set(func(p *programme) { p.mute = false })
			s.ok(s.choice(WaitOn))
			s.want(AskWait)
			s.settle()
			s.want(AskPay)
			s.wantOps("reserve 100/100000")
		})
	})
	t.Run("wait on, in vain", func(t *testing.T) {
		scene(t, mute, func(s *stand) {
			doubt(s)
			s.ok(s.choice(WaitOn))
			time.Sleep(6 * time.Second)
			s.settle()
			s.want(AskDoubt)
		})
	})
	t.Run("without points", func(t *testing.T) {
		scene(t, mute, func(s *stand) {
			doubt(s)
			s.ok(s.choice(WithoutPoints))
			if p := s.want(AskPay); p.Quote.ToPay != 1000_00 || p.Text.Code != SaidWithoutPoints {
				t.Errorf("%+v %+v", p.Quote, p.Text)
			}
			s.ok(s.choice(TakePaid))
			s.wantOps("reserve 100/100000, abort 100/100000, commit 0/100000")
			s.wantWellFormed()
			s.programme.set(func(p *programme) { p.mute = false })
			s.drain()
			if c := s.programme.customers[anna.ID]; c.Balance != 500 || c.Pending != 50 {
				t.Errorf("%+v", c)
			}
		})
	})
	t.Run("the relay gets the answer later", func(t *testing.T) {
		scene(t, mute, func(s *stand) {
			doubt(s)
			s.programme.set(func(p *programme) { p.mute = false })
			s.drain()
			s.want(AskPay)
		})
	})
	t.Run("void", func(t *testing.T) {
		scene(t, mute, func(s *stand) {
			doubt(s)
			s.ok(s.choice(TakeVoid))
			s.want("")
			s.wantNotice(SaleVoid)
			s.wantOps("reserve 100/100000, abort 100/100000")
		})
	})
	t.Run("not reached", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.programme.set(func(p *programme) { p.online = false }) // and the link does not know yet
			s.spending()
			s.settle()
			if p := s.want(AskDoubt); p.Text.Code != SaidNotReached {
				t.Errorf("%+v", p.Text)
			}
		})
	})
	t.Run("resolved by hand", func(t *testing.T) {
		scene(t, mute, func(s *stand) {
			doubt(s)
			if _, err := s.ledger.Resolve(s.ledger.all()[0].Op.Key, "support", "looked at the server"); err != nil {
				s.Fatal(err)
			}
			s.Refresh()
			synctest.Wait()
			if p := s.want(AskSpend); p.Text.Code != SaidResolved {
				t.Errorf("%+v", p.Text)
			}
		})
	})
}

func TestVoidWhileWaiting(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.spending()
		s.ok(s.choice(TakeVoid))
		s.settle() // the answer comes, and is nobody's
		s.want("")
		s.wantOps("reserve 100/100000, abort 100/100000")
		s.drain()
		if c := s.programme.customers[anna.ID]; c.Balance != 500 {
			t.Errorf("%+v", c)
		}
	})
}

func TestOffline(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.link(false)
		s.total(1000_00)
		p := s.card(anna.Cards[0])
		if p.Choices[0].Disabled != loyalty.Offline || p.Choices[1].Disabled != loyalty.Offline || p.Quote.Limit != loyalty.Offline {
			t.Errorf("%+v", p.Choices)
		}
		s.refused(ChoiceDisabled, s.choice(SpendAll))
		s.ok(s.choice(SpendNone))
		s.ok(s.choice(TakePaid))
		s.wantNotice(SaleQueued)
		s.wantOps("commit 0/100000")
		if st := s.State(); st.Journal.Pending != 1 || st.Last.State != "pending" {
			t.Errorf("%+v %+v", st.Journal, st.Last)
		}
		s.link(true)
		s.drain()
		if st := s.State(); st.Journal.Pending != 0 || st.Last.State != "done" || st.Last.Earned != 50 {
			t.Errorf("%+v %+v", st.Journal, st.Last)
		}
	})
}

// The link comes back while the cashier looks at the prompt: what may be spent
// changes, and with it the prompt's ID.
func TestBackOnline(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.link(false)
		s.total(1000_00)
		s.card(anna.Cards[0])
		old := s.choice(SpendNone)
		s.link(true)
		if p := s.want(AskSpend); p.Choices[0].Disabled != "" {
			t.Errorf("%+v", p.Choices)
		}
		s.refused(PromptGone, old)
	})
}

// A chain may let the till decide alone within limits.
func TestPolicy(t *testing.T) {
	upTo50 := func(w Wish) (loyalty.Points, loyalty.Reason) { return min(50, w.Spendable), loyalty.Offline }
	alone := func(s *stand) {
		s.link(false)
		s.total(1000_00)
		p := s.card(anna.Cards[0])
		if p.Quote.MaxSpend != 50 || p.Quote.Limit != loyalty.Offline {
			s.Errorf("%+v", p.Quote)
		}
		s.ok(s.choice(SpendAll))
		s.want(AskPay)
		if e := s.ledger.all()[0]; !e.Late {
			s.Error("the cashier was told that it holds, and nobody would hear of a refusal")
		}
	}
	with := func(s *stand) { s.policy = upTo50 }
	t.Run("paid", func(t *testing.T) {
		scene(t, with, func(s *stand) {
			alone(s)
			s.ok(s.choice(TakePaid))
			s.link(true)
			s.drain()
			if c := s.programme.customers[anna.ID]; c.Balance != 450 {
				t.Errorf("%+v", c)
			}
		})
	})
	t.Run("refused before it is paid", func(t *testing.T) {
		scene(t, with, func(s *stand) {
			alone(s)
			s.programme.set(func(p *programme) { p.refuse = loyalty.CustomerBlocked })
			s.link(true)
			s.drain()
			if p := s.want(AskSpend); p.Text.Code != SaidSpendRefused {
				t.Errorf("%+v", p.Text)
			}
			s.wantOps("reserve 50/100000, abort 50/100000")
		})
	})
	t.Run("refused after a crash", func(t *testing.T) {
		scene(t, with, func(s *stand) {
			alone(s)
			s.programme.set(func(p *programme) { p.refuse = loyalty.CustomerBlocked })
			s.link(true)
			s.crash()
			s.drain()
			if p := s.want(AskUnfinished); p.Text.Code != SaidUnfinishedRefused {
				t.Errorf("%+v", p.Text)
			}
			s.ok(s.choice(TakeVoid))
			s.crash()
			s.want("")
		})
	})
}

// What can not be written is not acknowledged.
func TestDiskFull(t *testing.T) {
	for _, c := range []struct {
		name string
		to   func(*stand)
		do   func(*stand) Command
		kind PromptKind
	}{
		{"spend", func(s *stand) { s.total(1000_00); s.card(anna.Cards[0]) }, func(s *stand) Command { return s.choice(SpendAll) }, AskSpend},
		{"paid", func(s *stand) { s.spending(); s.settle() }, func(s *stand) Command { return s.choice(TakePaid) }, AskPay},
		{"void", func(s *stand) { s.spending(); s.settle() }, func(s *stand) Command { return s.choice(TakeVoid) }, AskPay},
		{"another total", func(s *stand) { s.spending(); s.settle() }, func(s *stand) Command {
			return Command{Do: SetReceipt, Sale: &SaleInput{Total: 500_00}}
		}, AskPay},
		{"change of customer", func(s *stand) { s.spending(); s.settle(); s.card(boris.Cards[0]) }, func(s *stand) Command { return s.choice(ChangeTo) }, AskOther},
		{"undo", func(s *stand) { s.spending(); s.settle(); s.ok(s.choice(TakePaid)) }, func(s *stand) Command { return Command{Do: Undo} }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, nil, func(s *stand) {
				c.to(s)
				s.settle()
				before, ops := s.State(), s.ledger.ops()
				s.ledger.full.Store(true)
				a := s.refused(DiskError, c.do(s))
				if a.Sale != nil && a.Sale.Phase == Finished && c.kind != "" {
					t.Errorf("acknowledged: %+v", a.Sale)
				}
				s.want(c.kind)
				after := s.State()
				if before.Prompt != nil && after.Prompt.ID != before.Prompt.ID {
					t.Errorf("%+v became %+v", before.Prompt, after.Prompt)
				}
				if after.Receipt.Total != before.Receipt.Total {
					t.Errorf("%+v became %+v", before.Receipt, after.Receipt)
				}
				s.wantOps(ops)
				if len(after.Conditions) != 1 || after.Conditions[0].Code != Disk {
					t.Errorf("%+v", after.Conditions)
				}
				s.ledger.full.Store(false)
				s.ok(c.do(s))
				if cs := s.State().Conditions; len(cs) != 0 {
					t.Errorf("%+v", cs)
				}
				s.wantWellFormed()
			})
		})
	}
}

func TestTheTotalChanges(t *testing.T) {
	t.Run("before the decision", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.total(1000_00)
			first := s.card(anna.Cards[0])
			old := s.choice(SpendAll)
			s.total(500_00)
			p := s.want(AskSpend)
			if p.Quote.MaxSpend != 150 || p.ID == first.ID || p.Question != first.Question {
				t.Errorf("%+v %+v", p, p.Quote)
			}
			s.refused(PromptGone, old)
		})
	})
	t.Run("held", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.spending()
			s.settle()
			s.total(1000_00) // the same once more
			s.want(AskPay)
			s.total(200_00)
			if p := s.want(AskSpend); p.Text.Code != SaidTotalChanged || p.Quote.MaxSpend != 60 {
				t.Errorf("%+v %+v", p.Text, p.Quote)
			}
			s.wantOps("reserve 100/100000, abort 100/100000")
		})
	})
	t.Run("while waiting", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.spending()
			s.total(200_00)
			s.settle()
			s.want(AskSpend)
			s.ok(s.choice(SpendAll))
			s.settle()
			s.ok(s.choice(TakePaid))
			s.wantOps("reserve 100/100000, abort 100/100000, reserve 60/20000, commit 60/20000")
			s.wantWellFormed()
		})
	})
	t.Run("earning only", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendNone))
			s.total(500_00)
			if p := s.want(AskPay); p.Quote.ToPay != 500_00 || p.Quote.Earn != 25 {
				t.Errorf("%+v", p.Quote)
			}
			s.wantOps("")
		})
	})
}

// Points that were spent a moment ago are not offered again, though the copy
// still has the old balance.
func TestSpentPointsAreNotOfferedAgain(t *testing.T) {
	scene(t, func(s *stand) { s.programme.terse = true }, func(s *stand) {
		s.total(10_000_00)
		s.card(anna.Cards[0])
		s.settle()
		s.ok(s.choice(SpendAmount, 450))
		s.settle()
		s.ok(s.choice(TakePaid))
		s.programme.set(func(p *programme) { p.delay = time.Hour })
		s.total(10_000_00)
		if p := s.card(anna.Cards[0]); p.Customer.Balance != 500 || p.Customer.Spendable != 50 || p.Quote.MaxSpend != 50 {
			t.Errorf("%+v %+v", p.Customer, p.Quote)
		}
	})
}

// The provider's figures count, not the till's.
func TestTheProviderHoldsAnotherAmount(t *testing.T) {
	scene(t, func(s *stand) { s.programme.cut = 20 }, func(s *stand) {
		s.spending()
		s.settle()
		if p := s.want(AskPay); p.Quote.Spend != 80 || p.Quote.ToPay != 920_00 {
			t.Errorf("%+v", p.Quote)
		}
		if a := s.ok(s.choice(TakePaid)); a.Sale.Spend != 80 || a.Sale.Worth != 80_00 {
			t.Errorf("%+v", a.Sale)
		}
	})
}

// A card that waits for the decision takes the prompt when the decision falls.
func TestRefusedWhileAnotherCardWaits(t *testing.T) {
	scene(t, func(s *stand) { s.programme.refuse = loyalty.NotEnoughPoints }, func(s *stand) {
		s.spending()
		s.card(boris.Cards[0])
		s.want(AskOther)
		s.settle()
		if p := s.want(AskSpend); p.Customer.Name != "Борис" {
			t.Errorf("%+v", p.Customer)
		}
		s.wantNotice(CustomerReplaced)
	})
}
