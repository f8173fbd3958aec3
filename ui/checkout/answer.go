package checkout

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// do carries out a command, once: the same ID of the same client again has the
// same answer.
func (d *Desk) do(c Command) Answer {
	if a, ok := d.memory.recall(c); ok {
		return a
	}
	d.result = nil
	err := c.Validate()
	if err == nil {
		err = d.carryOut(c)
	}
	a := Answer{ID: c.ID, OK: err == nil, Error: err, Sale: d.result}
	if a.Sale == nil {
		a.Sale = d.inHand()
	}
	d.memory.keep(c, a)
	return a
}

func (d *Desk) carryOut(c Command) *Text {
	switch c.Do {
	case Choose:
		return d.choose(c)
	case SetReceipt:
		return d.setReceipt(*c.Sale)
	case Identify:
		return d.identify(c)
	case Paid:
		return d.paidCommand(c)
	case Void:
		return d.voidCommand(c)
	case Undo:
		return d.undo(c)
	case ReturnSale:
		return d.returnSale(c)
	case AskHistory:
		return d.history()
	case OpenReturn:
		return d.openReturn(c)
	case PreviewReturn:
		return d.previewReturn(c)
	case CloseReturn:
		d.returning = nil
		return nil
	case DropDraft:
		return d.dropDraft(loyalty.Key(c.Draft))
	case Dismiss:
		d.notice = nil
		return nil
	}
	return text(BadCommand, "detail", "do")
}

// choose answers the prompt, if it is still the one on the screen.
func (d *Desk) choose(c Command) *Text {
	p := d.prompt
	if p == nil || p.ID != c.Prompt {
		return text(PromptGone)
	}
	i := slices.IndexFunc(p.Choices, func(o Choice) bool { return o.ID == c.Choice })
	if i < 0 {
		return text(ChoiceUnknown, "choice", c.Choice)
	}
	choice := p.Choices[i]
	if choice.Disabled != "" {
		return text(ChoiceDisabled, "choice", choice.ID, "reason", string(choice.Disabled))
	}
	amount, err := choice.amount(c)
	if err != nil {
		return err
	}
	// What was asked is what is answered: the situation may have moved on since
	// the prompt was published only by what look has just taken in.
	if now := ask(d.sit); now == nil || now.Kind != p.Kind || !sameOffer(now, p) {
		return text(PromptGone)
	}
	d.notice = nil
	if err := d.take(choice, amount, c); err != nil {
		return err
	}
	d.namer.spent = true
	return nil
}

// take does what a choice says.
func (d *Desk) take(choice Choice, amount int64, c Command) *Text {
	switch choice.ID {
	case SpendAll:
		return d.spend(choice.Offer.Spend)
	case SpendAmount:
		return d.spend(loyalty.Points(amount))
	case SpendNone:
		return d.earnOnly()
	case NotThis, Without:
		d.leave(d.sit.Who)
		d.sit.Who, d.sit.Said = nil, nil
	case Total:
		return d.setReceipt(SaleInput{Total: loyalty.Money(amount)})
	case GivePIN:
		return d.givePIN(c.PIN)
	case Back:
		d.sit.Wanted = nil
	case Attach:
		d.attachCard()
	case NoAttach:
		d.sit.Who.Attach, d.sit.Said = nil, nil
	case KeepBefore:
		d.back()
	case ToDraft:
		if j := d.joiningNow(); j != nil {
			return d.keepDraft()
		}
		return d.register()
	case Leave:
		d.sit.Entering, d.sit.Differs, d.sit.Said = "", nil, nil
	case EnterPromo:
		d.sit.Entering, d.sit.Said = promoCode, nil
	case EnterGift:
		d.sit.Entering, d.sit.Said = giftCard, nil
	case TypePromo:
		return d.enter(promoCode, c.Promo, false)
	case TypeGift:
		return d.enter(giftCard, c.Gift, false)
	case SpendTold:
		if choice.Offer.Spend == 0 {
			return d.earnOnly()
		}
		return d.spend(choice.Offer.Spend)
	case ByPhone:
		return d.byPhone(c.Phone)
	case ChangeTo:
		return d.changeCustomer()
	case Keep:
		d.leave(d.sit.Other)
		d.sit.Other, d.sit.Said = nil, nil
	case TakePaid:
		return d.paid()
	case TakeVoid:
		return d.void()
	case WaitOn:
		d.waitOn()
	case WithoutPoints:
		return d.withoutPoints()
	case TypeCode:
		return d.typedCode(c.Code)
	case Resend:
		d.sendCode(d.codeNow())
	case Register:
		return d.register()
	case TypeName:
		return d.named(c.Name)
	case AttachCard:
		return d.attach(c.Card)
	case NoCard:
		d.detach()
	case Agree, AgreeLetters:
		return d.agreed(choice.ID == AgreeLetters)
	case RegisterAgain:
		d.enrol(d.sit.Who, d.sit.Who.Join)
	case CancelRegister:
		d.cancelRegister()
	default:
		if id, ok := strings.CutPrefix(choice.ID, dropCode); ok {
			d.dropCode(id)
			return nil
		}
		return d.pickRival(choice.ID)
	}
	return nil
}

// amount checks what was typed with a choice.
func (o Choice) amount(c Command) (int64, *Text) {
	switch {
	case o.Input == InputPhone && c.Phone == "", o.Input == InputCode && c.Code == "", o.Input == InputPIN && c.PIN == "",
		o.Input == InputName && c.Name == "", o.Input == InputCard && c.Card == "",
		o.Input == InputPromo && c.Promo == "", o.Input == InputGift && c.Gift == "":
		return 0, text(AmountMissing, "choice", o.ID)
	case o.Input == InputPhone, o.Input == InputCode, o.Input == InputPIN, o.Input == InputName, o.Input == InputCard, o.Input == InputPromo, o.Input == InputGift:
	case o.Input == "":
		if c.Amount != nil {
			return 0, text(AmountNotAsked, "choice", o.ID)
		}
	case c.Amount == nil:
		return 0, text(AmountMissing, "choice", o.ID)
	case *c.Amount < o.Min || *c.Amount > o.Max:
		return 0, text(AmountRange, "amount", *c.Amount, "min", o.Min, "max", o.Max)
	default:
		return *c.Amount, nil
	}
	return 0, nil
}

// pickRival answers AskChoose.
func (d *Desk) pickRival(choice string) *Text {
	n, err := strconv.Atoi(strings.TrimPrefix(choice, pick))
	if err != nil || n < 1 || n > len(d.sit.Who.Rivals) {
		return text(ChoiceUnknown, "choice", choice)
	}
	c := d.sit.Who.Rivals[n-1]
	s := &Subject{
		Ident: loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(c.ID)},
		Seen:  d.sit.Who.Seen, Scan: d.sit.Who.Scan, Customer: &c,
	}
	d.reflect(s)
	d.sit.Who, d.sit.Said = s, nil
	d.refresh(s)
	return nil
}
