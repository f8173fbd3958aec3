package checkout

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// The daemon is killed between each two steps of a sale that spends. Whatever
// the cashier says afterwards, no point is lost or doubled.
func TestCrash(t *testing.T) {
	steps := []struct {
		name  string
		play  func(*stand)
		after PromptKind // what is asked after the restart
		text  string
	}{
		{"before anything", func(s *stand) { s.total(1000_00); s.card(anna.Cards[0]) }, "", ""},
		{"durable, not sent", func(s *stand) {
			s.programme.delay = time.Hour
			s.total(1000_00)
			s.card(anna.Cards[0])
			s.ok(s.choice(SpendAmount, 100))
		}, AskUnfinished, SaidUnfinishedUnknown},
		{"not reached", func(s *stand) {
			s.programme.set(func(p *programme) { p.online = false })
			s.spending()
			s.settle()
			s.want(AskDoubt)
		}, AskUnfinished, SaidUnfinishedPending},
		{"done, answer lost", func(s *stand) {
			s.programme.mute = true
			s.spending()
			time.Sleep(6 * time.Second)
			s.settle()
			s.want(AskDoubt)
		}, AskUnfinished, SaidUnfinishedUnknown},
		{"held", func(s *stand) { s.spending(); s.settle(); s.want(AskPay) }, AskUnfinished, SaidUnfinishedHeld},
		{"refused", func(s *stand) {
			s.programme.refuse = loyalty.NotEnoughPoints
			s.spending()
			s.settle()
		}, "", ""},
		{"paid", func(s *stand) { s.spending(); s.settle(); s.ok(s.choice(TakePaid)) }, "", ""},
		{"void", func(s *stand) { s.spending(); s.settle(); s.ok(s.choice(TakeVoid)) }, "", ""},
	}
	for _, step := range steps {
		for _, say := range []string{TakePaid, TakeVoid} {
			if step.after == "" && say == TakeVoid {
				continue
			}
			t.Run(step.name+", "+say, func(t *testing.T) {
				scene(t, nil, func(s *stand) {
					step.play(s)
					s.programme.set(func(p *programme) { p.delay, p.mute, p.online, p.refuse = 50*time.Millisecond, false, true, "" })
					s.crash()
					p := s.want(step.after)
					if step.after != "" {
						if p.Text.Code != step.text || p.Customer.Name != "Анна" || p.Quote.ToPay != 900_00 {
							t.Errorf("%+v %+v %+v", p.Text, p.Customer, p.Quote)
						}
						if p.Choices[0].Primary || p.Choices[1].Primary {
							t.Error("Enter must not decide what nobody has looked at")
						}
						s.card(boris.Cards[0]) // the next one is impatient
						s.wantNotice(ScanFinishFirst)
						s.refused(SaleInHand, put("R9", 5_00))
						s.refused(FinishFirst, Command{Do: Identify, Phone: "89990000002"})
						s.want(AskUnfinished)
						s.crash() // once more
						s.ok(s.choice(say))
					}
					s.want("")
					s.crash()
					s.want("")
					s.wantWellFormed()
					s.drain()
					s.wantConserved()
				})
			})
		}
	}
}

// A sale that points, a promo code and a gift card pay for comes back with all of
// them, and is finished or undone as one; what was only entered is forgotten.
func TestCrashWithCodes(t *testing.T) {
	for _, say := range []string{TakePaid, TakeVoid} {
		t.Run(say, func(t *testing.T) {
			scene(t, withCodes, func(s *stand) {
				s.begins()
				s.enterCode(EnterPromo, "SPRING")
				s.settle()
				s.crash()
				if s.want(""); len(s.State().Receipt.Codes) != 0 {
					t.Errorf("%+v", s.State().Receipt.Codes)
				}
				s.begins()
				s.enterCode(EnterPromo, "SPRING")
				s.settle()
				s.enterCode(EnterGift, giftNumber)
				s.settle()
				s.settle()
				s.ok(s.choice(SpendAmount, 100))
				s.settle()
				s.want(AskPay)
				s.crash()
				p := s.want(AskUnfinished)
				if p.Quote.ToPay != 450_00 || p.Quote.Off != 450_00 || p.Quote.Prepaid != 300_00 {
					t.Errorf("%+v", p.Quote)
				}
				s.wantCode(0, "promo", CodeTaken, 150_00, "")
				s.wantCode(1, "gift_card_1", CodeTaken, 300_00, "")
				s.ok(s.choice(say))
				s.drain()
				s.wantWellFormed()
				s.wantConserved()
				s.wantGiftsConserved()
				if left := s.programme.gifts[giftNumber]; (left == 0) != (say == TakePaid) {
					t.Errorf("%d left on the gift card after %s", left, say)
				}
			})
		})
	}
}

// While the question is on the screen the relay finds out what became of it.
func TestUnfinishedFindsOut(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.programme.set(func(p *programme) { p.online = false })
		s.spending()
		s.settle()
		s.crash()
		s.programme.set(func(p *programme) { p.online = true })
		s.drain()
		if p := s.want(AskUnfinished); p.Text.Code != SaidUnfinishedHeld {
			t.Errorf("%+v", p.Text)
		}
	})
	scene(t, nil, func(s *stand) {
		s.programme.set(func(p *programme) { p.online = false })
		s.spending()
		s.settle()
		s.crash()
		s.programme.set(func(p *programme) { p.online, p.refuse = true, loyalty.NotEnoughPoints })
		s.drain()
		s.want("")
		s.wantNotice(HoldRefused)
	})
}

// An unfinished sale whose customer the copy does not have any more.
func TestUnfinishedOfNobodyKnown(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.spending()
		s.settle()
		if err := s.cache.Apply(loyalty.Changes{Gone: []loyalty.Gone{{ID: anna.ID, Version: 99}}, Cursor: "1"}); err != nil {
			s.Fatal(err)
		}
		s.crash()
		s.want(AskUnfinished)
		s.ok(s.choice(TakePaid))
		s.drain()
		s.wantConserved()
	})
}
