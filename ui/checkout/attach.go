package checkout

import (
	"context"
	"errors"
	"slices"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// attaching is a card that nobody has and that a customer, found by phone, may be
// given. Nothing is promised before the provider has answered, so the journal has
// no part in it; to give a customer the same card again does nothing.
type attaching struct {
	card  card.ID
	stage attachStage
	code  *check // while attachCode
}

type attachStage uint8

const (
	attachOffer attachStage = iota
	attachCode              // the customer is to tell a code first
	attachSent              // the provider was asked and has not answered
	attachDoubt             // and did not answer
)

// askAttach: a card that nobody has, beside a customer found by phone. Enter
// leaves it: it is the customer who has to agree.
func askAttach(s Situation) (Prompt, bool) {
	if s.Who == nil || s.Who.Customer == nil || s.Who.Attach == nil || s.Deal != nil {
		return Prompt{}, false
	}
	a := s.Who.Attach
	p := Prompt{Kind: AskAttach, Scan: s.Who.Scan, Customer: s.Who.shown(), Card: card.Mask(string(a.card)), Text: s.Said}
	leave := Choice{ID: NoAttach}
	switch a.stage {
	case attachOffer:
		leave.Primary = true
		p.Choices = []Choice{{ID: Attach, Disabled: s.unreachable()}, leave}
	case attachCode:
		p.Kind, p.Text = AskCode, nil
		a.code.ask(&p, s.Now)
		p.Choices = append(p.Choices, leave)
	case attachSent:
		p.Text = text(SaidAttachSent)
		p.Choices = []Choice{leave}
	case attachDoubt:
		p.Text = text(SaidAttachUnknown)
		p.Choices = []Choice{{ID: Attach, Primary: true}, leave}
	}
	return p, true
}

// offerCard offers the customer a card that nobody has.
func (d *Desk) offerCard(s *Subject, c card.ID) {
	if d.o.Extras.Registrar == nil || s.Customer == nil || s.Customer.Blocked || slices.Contains(s.Customer.Cards, c) {
		return
	}
	s.Attach = &attaching{card: c}
}

// keepBefore is for an unknown card that came while a customer found by phone was
// on the screen: it may be that customer's new one.
func (d *Desk) keepBefore(who, s *Subject) {
	if who != nil && who.Customer != nil && who.Ident.Kind == loyalty.ByPhone &&
		s.Customer == nil && len(s.Rivals) == 0 && s.Ident.Kind == loyalty.ByCard {
		s.Before = who
	}
}

// back brings the customer back who was on the screen before the unknown card.
func (d *Desk) back() *Subject {
	who := d.sit.Who.Before
	d.leave(d.sit.Who)
	d.sit.Who, d.sit.Said, d.notice = who, nil, nil
	return who
}

// attachCard answers AskAttach: the customer agrees.
func (d *Desk) attachCard() {
	who := d.sit.Who
	a := who.Attach
	d.sit.Said = nil
	if a.stage == attachDoubt || !d.needsCode(loyalty.CodeToAttach) {
		d.askToAttach(who, a)
		return
	}
	a.stage, a.code = attachCode, &check{
		purpose: loyalty.CodeToAttach, to: who.Ident,
		still: func() bool { return d.attachingNow() == a && a.stage == attachCode },
		pass:  func() *Text { d.askToAttach(who, a); return nil },
		fail:  func() *Text { d.notAttached(who, loyalty.CodeWrong); return nil },
	}
	d.sendCode(a.code)
}

// attachingNow is the card on the screen that somebody may be given.
func (d *Desk) attachingNow() *attaching {
	if d.sit.Who == nil || d.sit.Deal != nil {
		return nil
	}
	return d.sit.Who.Attach
}

func (d *Desk) askToAttach(who *Subject, a *attaching) {
	a.stage, a.code = attachSent, nil
	id := loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(who.Customer.ID)}
	d.job(d.o.SpendTimeout, func(ctx context.Context) func() {
		c, err := d.o.Extras.Registrar.AttachCard(ctx, id, a.card)
		if err == nil && c.ID != who.Customer.ID {
			err = errors.New("the provider answers with another customer than was given the card")
		}
		return func() {
			if d.attachingNow() == a {
				d.attached(who, a, c, err)
			}
		}
	})
}

func (d *Desk) attached(who *Subject, a *attaching, c loyalty.Customer, err error) {
	if err == nil {
		if c.Version >= who.Customer.Version {
			who.Customer, who.Fresh = &c, true
		}
		who.Attach, d.sit.Said = nil, text(SaidAttached, "card", card.Mask(string(a.card)))
		d.refresh(who) // brings the card into the copy
		return
	}
	d.o.Log.Info("a card was not attached", "err", err)
	var refused *loyalty.Refusal
	switch v := loyalty.Judge(err); {
	case errors.As(err, &refused):
		d.notAttached(who, refused.Reason)
	case errors.Is(err, loyalty.ErrNotFound):
		d.notAttached(who, loyalty.CustomerUnknown)
	case v == loyalty.Later:
		a.stage, d.sit.Said = attachOffer, text(SaidAttachRefused, "reason", string(loyalty.NotReached))
	default:
		a.stage = attachDoubt
	}
}

func (d *Desk) notAttached(who *Subject, why loyalty.Reason) {
	who.Attach, d.sit.Said = nil, text(SaidAttachRefused, "reason", string(why))
}
