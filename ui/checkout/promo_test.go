package checkout

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
)

const giftNumber = "7700000000001234"

// withCodes is a programme with promo codes and gift cards.
func withCodes(s *stand) {
	s.programme.promos = map[string]discount{
		"SPRING": {off: 150_00}, "POINTS": {}, "OLD": {no: loyalty.PromoExpired}, "USED": {no: loyalty.PromoUsed}, "ELSEWHERE": {no: loyalty.PromoNotHere},
		"WHO": {no: loyalty.PromoNeedsCustomer},
	}
	s.programme.gifts = map[string]loyalty.Money{giftNumber: 300_00, "7700000000000005": 0, "7700000000000777": 5000_00}
	s.beside = &extras{p: s.programme, rules: loyalty.Rules{PromoCodes: true, GiftCards: true}}
	s.extras = Extras{Rules: s.beside, GiftCards: s.beside, Preview: s.beside}
}

// enterCode types a promo code or the number of a gift card.
func (s *stand) enterCode(which, code string) Answer {
	s.Helper()
	s.ok(s.choice(which))
	id := TypePromo
	if which == EnterGift {
		id = TypeGift
	}
	c := s.choice(id)
	c.Promo, c.Gift = code, code
	if which == EnterGift {
		c.Promo = ""
	} else {
		c.Gift = ""
	}
	return s.send(c)
}

// begins has Anna before the desk with a receipt of 1,000.00.
func (s *stand) begins() {
	s.Helper()
	s.settle()
	s.ok(Command{Do: SetReceipt, Sale: &SaleInput{Receipt: "R1", Total: 1000_00, Lines: []loyalty.Line{
		{ID: "1", Qty: 1000, Price: 400_00, Total: 400_00}, {ID: "2", Qty: 1000, Price: 600_00, Total: 600_00}}}})
	s.card(anna.Cards[0])
	s.settle()
	s.want(AskSpend)
}

func (s *stand) wantCode(i int, id string, state CodeState, used loyalty.Money, why loyalty.Reason) {
	s.Helper()
	codes := s.State().Receipt.Codes
	if len(codes) <= i {
		s.Fatalf("%d codes on the receipt", len(codes))
	}
	if c := codes[i]; c.ID != id || c.State != state || c.Used != used || c.Reason != why {
		s.Errorf("%+v, want %s %s, %d off, %q", c, id, state, used, why)
	}
}

// A promo code and a gift card from the first key to the booking.
func TestPromoAndGiftCard(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.begins()
		if a := s.enterCode(EnterPromo, "SPRING"); !a.OK {
			t.Fatal(a.Error)
		}
		if p := s.want(AskSpend); p.Choices[2].Disabled != QuoteAsked {
			t.Errorf("before the programme has said what the code takes off: %+v", p.Choices[2])
		}
		s.settle()
		s.wantCode(0, "promo", CodeTaken, 150_00, "")
		if a := s.enterCode(EnterGift, " "+giftNumber); !a.OK {
			t.Fatal(a.Error)
		}
		time.Sleep(time.Second)
		s.settle()
		s.wantCode(1, "gift_card_1", CodeTaken, 300_00, "")
		c := s.State().Receipt.Codes[1]
		if c.Balance == nil || *c.Balance != 300_00 || strings.Contains(c.Text, "7700") || c.Until.IsZero() {
			t.Errorf("%+v", c)
		}
		p := s.want(AskSpend)
		if !p.Told || p.Quote.Off != 450_00 || p.Quote.Prepaid != 300_00 || p.Quote.ToPay != 550_00 {
			t.Errorf("%+v", p.Quote)
		}
		open := s.Sale()
		if open.Quote == nil || open.Quote.MaxSpend != p.Quote.MaxSpend || open.ToPay != 550_00 || len(open.Codes) != 2 {
			t.Errorf("the POS sees %+v", open)
		}
		a := s.ok(s.choice(SpendAmount, 100))
		if r := a.Sale; r.ToPay != 450_00 || r.Off != 450_00 || r.Prepaid != 300_00 || r.Discounts[0]+r.Discounts[1] != 250_00 {
			t.Errorf("%+v", r)
		}
		s.settle()
		s.want(AskPay)
		if left := s.programme.gifts[giftNumber]; left != 0 {
			t.Errorf("%d left on the gift card while it is held", left)
		}
		s.ok(s.choice(TakePaid))
		s.drain()
		s.wantOps("reserve 100/100000, commit 100/100000")
		s.wantConserved()
		if len(s.State().Receipt.Codes) != 0 {
			t.Error("the codes stay on the screen")
		}
	})
}

// A sale that spends no points but money of a gift card is held before it is
// paid, and dropped it gives the money back.
func TestGiftCardAlone(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.begins()
		s.enterCode(EnterGift, "7700000000000777")
		s.settle()
		if p := s.want(AskSpend); p.Quote.ToPay != 0 {
			t.Errorf("%+v", p.Quote)
		}
		s.ok(s.choice(SpendNone))
		s.want(AskWait)
		s.settle()
		s.want(AskPay)
		if left := s.programme.gifts["7700000000000777"]; left != 4000_00 {
			t.Errorf("%d left", left)
		}
		s.ok(s.choice(TakeVoid))
		s.drain()
		if left := s.programme.gifts["7700000000000777"]; left != 5000_00 {
			t.Errorf("%d left", left)
		}
		s.wantConserved()
	})
}

// Points leave less to a gift card to pay.
func TestPointsBeforeGiftCard(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.begins()
		s.enterCode(EnterGift, "7700000000000777")
		s.settle()
		s.ok(s.choice(SpendAmount, 100))
		s.settle()
		if p := s.want(AskPay); p.Quote.ToPay != 0 || p.Quote.Prepaid != 900_00 {
			t.Errorf("%+v", p.Quote)
		}
		s.ok(s.choice(TakePaid))
		s.drain()
		if left := s.programme.gifts["7700000000000777"]; left != 4100_00 {
			t.Errorf("%d left", left)
		}
	})
}

// Every refusal of a code, in words, and the sale without it.
func TestRefusedCodes(t *testing.T) {
	for _, c := range []struct {
		which, code string
		why         loyalty.Reason
	}{
		{EnterPromo, "NOBODY", loyalty.PromoUnknown},
		{EnterPromo, "OLD", loyalty.PromoExpired},
		{EnterPromo, "USED", loyalty.PromoUsed},
		{EnterPromo, "ELSEWHERE", loyalty.PromoNotHere},
		{EnterPromo, "WHO", loyalty.PromoNeedsCustomer},
		{EnterGift, "123", loyalty.GiftUnknown},
		{EnterGift, "7700000000000005", loyalty.GiftEmpty},
	} {
		t.Run(c.code, func(t *testing.T) {
			scene(t, withCodes, func(s *stand) {
				s.begins()
				s.enterCode(c.which, c.code)
				s.settle()
				s.settle()
				if code := s.State().Receipt.Codes[0]; code.State != CodeRefused || code.Reason != c.why || code.Used != 0 {
					t.Errorf("%+v", code)
				}
				s.checkText(&Text{Code: string(c.why)}, ReasonCode)
				p := s.want(AskSpend)
				if p.Quote.ToPay != 1000_00 || p.Choices[2].Disabled != "" {
					t.Errorf("%+v %+v", p.Quote, p.Choices[2])
				}
				s.ok(s.choice(SpendNone))
				s.want(AskPay)
				s.ok(s.choice(TakePaid))
				for _, e := range s.ledger.all() {
					if e.Op.Sale.Promo != "" || len(e.Op.Sale.GiftCards) > 0 {
						t.Errorf("%+v", e.Op.Sale)
					}
				}
			})
		})
	}
}

// A promo code that takes nothing off is used all the same: it may give points.
func TestPromoWithoutDiscount(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.begins()
		s.enterCode(EnterPromo, "POINTS")
		s.settle()
		s.wantCode(0, "promo", CodeTaken, 0, "")
		s.ok(s.choice(SpendNone))
		s.settle()
		s.ok(s.choice(TakePaid))
		s.drain()
		if got := s.ledger.all()[0].Op; got.Kind != loyalty.Reserve || got.Sale.Promo != "POINTS" {
			t.Errorf("%+v", got)
		}
	})
}

// Used up between the quote and the reservation: the code goes, the sale stays.
func TestCodeUsedMeanwhile(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.begins()
		s.enterCode(EnterPromo, "SPRING")
		s.settle()
		s.programme.set(func(p *programme) { p.promos["SPRING"] = discount{no: loyalty.PromoUsed} })
		s.ok(s.choice(SpendNone))
		s.settle()
		p := s.want(AskSpend)
		if p.Text == nil || p.Text.Args["reason"] != string(loyalty.PromoUsed) {
			t.Errorf("%+v", p.Text)
		}
		s.wantCode(0, "promo", CodeRefused, 0, loyalty.PromoUsed)
		s.settle()
		s.ok(s.choice(SpendNone))
		s.want(AskPay)
	})
}

// Codes are scanned while one is waited for, whatever they look like, and no
// sooner; a customer's card is a customer's card.
func TestScannedCodes(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		scan := func(k decode.Kind, content string) {
			s.seq++
			if err := s.Scan(s.ctx, decode.Code{Scan: driver.Ref{Device: "serial:a", Seq: s.seq, At: time.Now()}, Kind: k, Text: content, Raw: []byte(content)}); err != nil {
				t.Fatal(err)
			}
		}
		s.begins()
		scan(decode.Product, "4600000000015")
		if len(s.forwarded) != 1 || len(s.State().Receipt.Codes) != 0 {
			t.Errorf("%d forwarded", len(s.forwarded))
		}
		s.ok(s.choice(EnterGift))
		s.want(AskGift)
		scan(decode.Unknown, "a\x1db")
		s.wantNotice(CodeOdd)
		scan(decode.Product, giftNumber)
		s.settle()
		s.want(AskSpend)
		s.wantCode(0, "gift_card_1", CodeTaken, 300_00, "")
		s.ok(s.choice(EnterPromo))
		s.scanned(s.code("2900000009998")) // looks like a card, and is nobody's
		s.settle()
		s.wantCode(1, "promo", CodeRefused, 0, loyalty.PromoUnknown)
		s.ok(s.choice(dropCode + "promo"))
		s.ok(s.choice(EnterGift))
		s.card(boris.Cards[0])
		s.settle()
		if p := s.want(AskSpend); p.Customer.Name != "Борис" || len(s.State().Receipt.Codes) != 0 {
			t.Errorf("%+v, and codes %+v: what Anna brought is not Boris's", p.Customer, s.State().Receipt.Codes)
		}
		if len(s.forwarded) != 1 {
			t.Errorf("%d forwarded", len(s.forwarded))
		}
	})
}

func TestDropCode(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.begins()
		s.enterCode(EnterPromo, "SPRING")
		s.settle()
		s.enterCode(EnterGift, giftNumber)
		s.settle()
		if a := s.enterCode(EnterGift, giftNumber); a.OK || a.Error.Code != CodeTwice {
			t.Errorf("%+v", a)
		}
		s.ok(s.choice(Leave))
		s.ok(s.choice(dropCode + "gift_card_1"))
		s.settle()
		s.settle()
		if p := s.want(AskSpend); p.Quote.Off != 150_00 || p.Quote.Prepaid != 0 {
			t.Errorf("%+v", p.Quote)
		}
		s.ok(s.choice(dropCode + "promo"))
		s.settle()
		s.settle()
		if p := s.want(AskSpend); p.Quote.Off != 0 || p.Quote.ToPay != 1000_00 {
			t.Errorf("%+v", p.Quote)
		}
	})
}

// Without the programme codes are neither entered nor taken on trust.
func TestCodesOffline(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.begins()
		s.enterCode(EnterPromo, "SPRING")
		s.settle()
		s.link(false)
		s.wantCode(0, "promo", CodeAsked, 0, loyalty.NotReached)
		p := s.want(AskSpend)
		if p.Quote.Off != 0 || p.Told {
			t.Errorf("%+v", p.Quote)
		}
		for _, c := range p.Choices {
			if c.ID == EnterGift && c.Disabled != loyalty.NotReached {
				t.Errorf("%+v", c)
			}
		}
		s.ok(s.choice(SpendNone))
		s.ok(s.choice(TakePaid))
		if op := s.ledger.all()[0].Op; op.Sale.Promo != "" || op.Sale.Off != 0 {
			t.Errorf("%+v", op.Sale)
		}
	})
}

// The POS gives codes with the receipt, before anybody is known.
func TestCodesFromThePOS(t *testing.T) {
	scene(t, withCodes, func(s *stand) {
		s.settle()
		spring, none := "SPRING", ""
		put := func(promo *string, gifts []string) {
			s.ok(Command{Do: SetReceipt, Sale: &SaleInput{Receipt: "R1", Total: 1000_00, Promo: promo, GiftCards: gifts}})
		}
		put(&spring, []string{giftNumber})
		s.wantCode(0, "promo", CodeAsked, 0, "")
		s.card(anna.Cards[0])
		s.settle()
		if p := s.want(AskSpend); p.Quote.Off != 450_00 {
			t.Errorf("%+v", p.Quote)
		}
		s.card(boris.Cards[0])
		s.settle()
		s.settle()
		if p := s.want(AskSpend); p.Customer.Name != "Борис" || p.Quote.Off != 450_00 {
			t.Errorf("%+v: the receipt's codes are the receipt's", p.Quote)
		}
		put(nil, nil)
		if n := len(s.State().Receipt.Codes); n != 2 {
			t.Errorf("%d codes: what is left out stays", n)
		}
		s.ok(s.choice(SpendNone))
		s.settle()
		s.want(AskPay)
		put(&none, []string{})
		s.want(AskSpend)
		s.settle()
		s.settle()
		if p := s.want(AskSpend); p.Quote.Off != 0 || p.Text.Code != SaidTotalChanged {
			t.Errorf("%+v %+v", p.Quote, p.Text)
		}
		s.drain()
		s.wantConserved()
		if left := s.programme.gifts[giftNumber]; left != 300_00 {
			t.Errorf("%d left", left)
		}
	})
}

func (x *extras) PreviewReturn(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	if err := x.p.travel(ctx); err != nil {
		return loyalty.Outcome{}, err
	}
	return loyalty.Outcome{Restored: 7, Cancelled: 3}, x.refuse
}
