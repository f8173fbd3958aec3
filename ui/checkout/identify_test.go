package checkout

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestScanNeverWaitsForTheNetwork(t *testing.T) {
	scene(t, func(s *stand) { s.programme.delay = time.Hour }, func(s *stand) {
		before := time.Now()
		s.total(1000_00)
		s.card(anna.Cards[0])
		if p := s.want(AskSpend); p.Customer.Fresh {
			t.Error("fresh without an answer of the provider")
		}
		if took := time.Since(before); took != 0 {
			t.Errorf("the scan took %v", took)
		}
		time.Sleep(3 * time.Second) // the lookup has given up
		synctest.Wait()
		if s.want(AskSpend).Customer.Fresh {
			t.Error("fresh after a lookup that timed out")
		}
	})
}

// A fresher record goes into the same prompt; the prompt gets another ID only
// if an answer would come to something else.
func TestFresherRecord(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*loyalty.Customer)
		newID   bool
		balance loyalty.Points
		fresh   bool
	}{
		{"same", func(*loyalty.Customer) {}, false, 500, true},
		{"more than can be spent here", func(c *loyalty.Customer) { c.Balance, c.Version = 900, 9 }, false, 900, true},
		{"less", func(c *loyalty.Customer) { c.Balance, c.Version = 120, 9 }, true, 120, true},
		{"older than the copy", func(c *loyalty.Customer) { c.Balance, c.Version = 120, 6 }, true, 500, false}, // the record is not taken, but what may be spent is the provider's word
		{"other tier", func(c *loyalty.Customer) { c.Tier, c.Version = "gold", 9 }, true, 500, true},
		{"suspended", func(c *loyalty.Customer) { c.Blocked, c.Version = true, 9 }, true, 500, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, func(s *stand) {
				fresh := anna
				c.change(&fresh)
				s.programme.customers[anna.ID] = fresh
			}, func(s *stand) {
				s.total(1000_00)
				first := s.card(anna.Cards[0])
				then := s.settle()
				if then.Question != first.Question || (then.ID != first.ID) != c.newID {
					t.Errorf("%s %s became %s %s", first.Question, first.ID, then.Question, then.ID)
				}
				if then.Customer.Balance != c.balance || then.Customer.Fresh != c.fresh {
					t.Errorf("%+v", then.Customer)
				}
			})
		})
	}
}

func TestSameCardAgain(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		first := s.card(anna.Cards[0])
		again := s.code(anna.Cards[0])
		again.Again = true
		s.scanned(again)
		p := s.card(anna.Cards[0]) // and once more after the window has closed
		if p.Again != 2 || p.ID != first.ID || *p.Scan != *first.Scan {
			t.Errorf("%+v after %+v", p, first)
		}
		// Put away, and still in view of the scanner: no prompt.
		s.ok(s.choice(NotThis))
		again = s.code(anna.Cards[0])
		again.Again = true
		s.scanned(again)
		s.want("")
		// Shown anew: asked anew.
		s.card(anna.Cards[0])
		if p := s.want(AskSpend); p.Question == first.Question || p.Again != 0 {
			t.Errorf("%+v after %+v", p, first)
		}
	})
}

// Another card before a decision takes the prompt; an answer meant for the
// customer before is refused.
func TestAnotherCardBeforeTheDecision(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		s.card(anna.Cards[0])
		spendOfAnna := s.choice(SpendAll)
		s.card(boris.Cards[0])
		s.wantNotice(CustomerReplaced)
		s.refused(PromptGone, spendOfAnna)
		if p := s.want(AskSpend); p.Customer.Name != "Борис" || p.Quote.MaxSpend != 40 {
			t.Errorf("%+v %+v", p.Customer, p.Quote)
		}
		s.wantOps("")
	})
}

// The provider's answer on the customer before must not touch the prompt of the
// customer after.
func TestLateAnswerOfTheProvider(t *testing.T) {
	scene(t, func(s *stand) {
		fresh := anna
		fresh.Balance, fresh.Version = 1, 99
		s.programme.customers[anna.ID] = fresh
	}, func(s *stand) {
		s.total(1000_00)
		s.card(anna.Cards[0])
		s.card(boris.Cards[0])
		p := s.settle()
		if p.Customer.Name != "Борис" || p.Customer.Balance != 40 || !p.Customer.Fresh {
			t.Errorf("%+v", p.Customer)
		}
	})
}

func TestScansThatCameTooLate(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		time.Sleep(time.Minute)

		stale := s.code(boris.Cards[0])
		time.Sleep(6 * time.Second)
		s.scanned(stale)
		s.want("")
		s.wantNotice(ScanStale)

		earlier := s.code(boris.Cards[0])
		earlier.Scan.Device, earlier.Scan.Seq = "serial:b", 1
		time.Sleep(time.Second)
		s.card(anna.Cards[0])
		s.scanned(earlier)
		s.wantNotice(ScanLate)
		if p := s.want(AskSpend); p.Customer.Name != "Анна" {
			t.Errorf("%+v", p.Customer)
		}

		repeated := s.code(boris.Cards[0])
		repeated.Scan.Seq -= 2
		s.scanned(repeated)
		s.wantNotice(ScanLate)
		if p := s.want(AskSpend); p.Customer.Name != "Анна" {
			t.Errorf("%+v", p.Customer)
		}
	})
}

func TestProductsPassOn(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		before := s.card(anna.Cards[0])
		for _, k := range []decode.Kind{decode.Product, decode.Unknown, decode.Reply} {
			c := s.code("")
			c.Kind = k
			c.Scan.At = time.Now().Add(-time.Hour) // age is the POS's own business
			s.scanned(c)
		}
		if len(s.forwarded) != 2 || s.forwarded[0].Kind != decode.Product || s.forwarded[1].Kind != decode.Unknown {
			t.Errorf("forwarded %v", s.forwarded)
		}
		if p := s.want(AskSpend); p.ID != before.ID {
			t.Errorf("%s became %s", before.ID, p.ID)
		}
	})
}

func TestUnknownCard(t *testing.T) {
	const nobodys card.ID = "2900000009998"
	phone := func(s *stand, typed string) Command {
		c := s.choice(ByPhone)
		c.Phone = typed
		return c
	}
	text := func(t *testing.T, p *Prompt, code string) {
		t.Helper()
		if p.Text == nil || p.Text.Code != code {
			t.Errorf("says %+v, want %s", p.Text, code)
		}
	}
	t.Run("nobody has it", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			text(t, s.card(nobodys), SaidSearching)
			text(t, s.settle(), SaidNobody)
			s.ok(s.choice(Without))
			s.want("")
		})
	})
	t.Run("the provider knows it", func(t *testing.T) {
		scene(t, func(s *stand) { s.programme.cards[byCard(nobodys)] = anna.ID }, func(s *stand) {
			s.card(nobodys)
			s.want(AskUnknown)
			s.settle()
			if p := s.want(AskTotal); p.Customer.Name != "Анна" || !p.Customer.Fresh {
				t.Errorf("%+v", p.Customer)
			}
		})
	})
	t.Run("found by phone", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			asked := s.card(nobodys)
			s.refused(BadPhone, phone(s, "12"))
			s.refused(AmountMissing, s.choice(ByPhone))
			s.ok(phone(s, "8 (999) 000-00-01"))
			p := s.want(AskTotal)
			if p.Customer.Name != "Анна" || *p.Scan != *asked.Scan {
				t.Errorf("%+v", p)
			}
			again := s.code(nobodys)
			again.Again = true
			s.scanned(again)
			s.want(AskTotal)
			s.settle()
			s.want(AskTotal)
		})
	})
	t.Run("the provider knows the phone", func(t *testing.T) {
		scene(t, func(s *stand) {
			s.programme.cards[loyalty.Ident{Kind: loyalty.ByPhone, Value: "+79995555555"}] = anna.ID
		}, func(s *stand) {
			s.card(nobodys)
			s.settle()
			s.ok(phone(s, "89995555555"))
			text(t, s.want(AskUnknown), SaidPhoneSearching)
			s.settle()
			s.want(AskTotal)
		})
	})
	t.Run("nobody has the phone", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.card(nobodys)
			s.settle()
			s.ok(phone(s, "89995555555"))
			text(t, s.settle(), SaidPhoneNobody)
		})
	})
	t.Run("the phone answer comes after the next card", func(t *testing.T) {
		scene(t, func(s *stand) {
			s.programme.cards[loyalty.Ident{Kind: loyalty.ByPhone, Value: "+79995555555"}] = anna.ID
		}, func(s *stand) {
			s.card(nobodys)
			s.settle()
			s.ok(phone(s, "89995555555"))
			s.card(boris.Cards[0])
			if p := s.settle(); p.Customer.Name != "Борис" {
				t.Errorf("%+v", p.Customer)
			}
		})
	})
	t.Run("offline", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.link(false)
			text(t, s.card(nobodys), SaidNotInCopy)
			s.ok(phone(s, "89995555555"))
			text(t, s.want(AskUnknown), SaidPhoneNotInCopy)
			s.ok(phone(s, "89990000001"))
			s.want(AskTotal)
		})
	})
}

func TestTheProviderContradictsTheCopy(t *testing.T) {
	t.Run("another customer's", func(t *testing.T) {
		scene(t, func(s *stand) { s.programme.cards[byCard(anna.Cards[0])] = boris.ID }, func(s *stand) {
			s.total(1000_00)
			old := s.card(anna.Cards[0])
			spend := s.choice(SpendAll)
			p := s.settle()
			if p.Customer.Name != "Борис" || p.Question == old.Question || p.Text == nil || p.Text.Code != SaidCorrected {
				t.Errorf("%+v", p)
			}
			s.refused(PromptGone, spend)
		})
	})
	t.Run("another customer's, after the decision", func(t *testing.T) {
		scene(t, func(s *stand) { s.programme.cards[byCard(anna.Cards[0])] = boris.ID }, func(s *stand) {
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendNone))
			s.settle()
			if p := s.want(AskOther); p.Customer.Name != "Борис" || p.Text.Code != SaidCorrected {
				t.Errorf("%+v %+v", p.Customer, p.Text)
			}
			s.ok(Command{Do: Paid})
			s.want("") // it was one card: there is no next customer
		})
	})
	t.Run("nobody's", func(t *testing.T) {
		scene(t, func(s *stand) { delete(s.programme.cards, byCard(anna.Cards[0])) }, func(s *stand) {
			s.total(1000_00)
			s.card(anna.Cards[0])
			if p := s.settle(); p.Kind != AskUnknown || p.Text.Code != SaidNobody {
				t.Errorf("%+v", p)
			}
		})
	})
	t.Run("nobody's, after the decision", func(t *testing.T) {
		scene(t, func(s *stand) { delete(s.programme.cards, byCard(anna.Cards[0])) }, func(s *stand) {
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendNone))
			s.settle()
			s.want(AskPay)
		})
	})
}

func TestTwoCustomersClaimACard(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.link(false)
		s.total(100_00)
		p := s.card(twin1.Cards[0])
		if p.Kind != AskChoose || len(p.Choices) != 3 || p.Choices[1].Customer != "Павел" || p.Choices[1].Hint != "…05" {
			s.Fatalf("%+v", p)
		}
		s.refused(ChoiceUnknown, s.choice("pick_3"))
		s.refused(ChoiceUnknown, s.choice("pick_"))
		s.ok(s.choice("pick_2"))
		if p := s.want(AskSpend); p.Customer.Name != "Павел" {
			t.Errorf("%+v", p.Customer)
		}
		s.card(twin1.Cards[0]) // held in view: asked already
		if p := s.want(AskSpend); p.Customer.Name != "Павел" || p.Again != 1 {
			t.Errorf("%+v", p)
		}
	})
	scene(t, func(s *stand) { s.programme.cards[byCard(twin1.Cards[0])] = twin1.ID }, func(s *stand) {
		s.card(twin1.Cards[0])
		s.want(AskChoose)
		if p := s.settle(); p.Kind != AskTotal || p.Customer.Name != "Пётр" {
			t.Errorf("the provider knows whose it is: %+v", p)
		}
	})
}

func TestIdentifyByHand(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.refused(BadPhone, Command{Do: Identify, Phone: "x"})
		s.ok(Command{Do: Identify, Phone: "+7 999 000 00 01"})
		if p := s.want(AskTotal); p.Scan != nil || p.Customer.Name != "Анна" {
			t.Errorf("%+v", p)
		}
		s.ok(Command{Do: Identify, Card: " 2900000000025 "})
		if p := s.want(AskTotal); p.Customer.Name != "Борис" {
			t.Errorf("%+v", p)
		}
		s.wantNotice(CustomerReplaced)
	})
}

// Somebody else's card after the decision.
func TestAnotherCardAfterTheDecision(t *testing.T) {
	held := func(s *stand) {
		s.total(1000_00)
		s.card(anna.Cards[0])
		s.settle()
		s.ok(s.choice(SpendAmount, 100))
		s.settle()
		s.want(AskPay)
		s.card(boris.Cards[0])
		s.settle()
		if p := s.want(AskOther); p.Customer.Name != "Борис" || p.Text.Args["customer"] != "Анна" || p.Quote.Spend != 100 {
			s.Errorf("%+v", p)
		}
	}
	t.Run("keep", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			held(s)
			s.ok(s.choice(Keep))
			if p := s.want(AskPay); p.Customer.Name != "Анна" {
				t.Errorf("%+v", p.Customer)
			}
			again := s.code(boris.Cards[0])
			again.Again = true
			s.scanned(again)
			s.want(AskPay)
			s.ok(s.choice(TakePaid))
			s.want("")
			s.wantOps("reserve 100/100000, commit 100/100000")
		})
	})
	t.Run("change", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			held(s)
			s.ok(s.choice(ChangeTo))
			if p := s.want(AskSpend); p.Customer.Name != "Борис" {
				t.Errorf("%+v", p.Customer)
			}
			s.wantOps("reserve 100/100000, abort 100/100000")
			s.ok(s.choice(SpendNone))
			s.ok(s.choice(TakePaid))
			s.drain()
			if a, b := s.programme.customers[anna.ID], s.programme.customers[boris.ID]; a.Balance != 500 || a.Pending != 0 || b.Pending != 100 {
				t.Errorf("%+v %+v", a, b)
			}
		})
	})
	t.Run("the next customer's", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			held(s)
			s.ok(Command{Do: Paid}) // the POS says so
			s.wantNotice(SaleDone)
			if p := s.want(AskTotal); p.Customer.Name != "Борис" {
				t.Errorf("%+v", p.Customer)
			}
			if l := s.State().Last; l.Customer != "Анна" {
				t.Errorf("%+v", l)
			}
		})
	})
	t.Run("the same customer's other card", func(t *testing.T) {
		scene(t, func(s *stand) {
			c := anna
			c.Cards = append(c.Cards, "2900000000117")
			s.enrol(c)
		}, func(s *stand) {
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.settle()
			s.ok(s.choice(SpendNone))
			s.card("2900000000117")
			if p := s.want(AskPay); p.Again != 1 {
				t.Errorf("%+v", p)
			}
		})
	})
	t.Run("unknown", func(t *testing.T) {
		scene(t, nil, func(s *stand) {
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendNone))
			s.card("2900000009998")
			s.settle()
			s.want(AskOther)
			s.ok(s.choice(ChangeTo))
			s.want(AskUnknown)
		})
	})
}

func TestSignalsToTheScanner(t *testing.T) {
	var got chan driver.Signal
	scene(t, func(s *stand) {
		got = make(chan driver.Signal, 4)
		s.signals = got
	}, func(s *stand) {
		s.card(anna.Cards[0])
		if g := <-got; g != driver.SignalKnown {
			t.Error(g)
		}
		s.card("2900000009998")
		if g := <-got; g != driver.SignalUnknown {
			t.Error(g)
		}
	})
}
