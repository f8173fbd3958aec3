package checkout

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// joining is the registration of somebody whom nobody knows. Nothing is promised
// before the provider has answered, so the journal has no part in it: the form
// is in memory, goes to the provider under one key, and again under the same key
// after an answer that was lost. A crash forgets the form; whether the provider
// has the customer shows when the phone is looked up again.
type joining struct {
	form  loyalty.NewCustomer
	key   loyalty.Key // of this form as it stands
	stage joinStage
	code  *check // while joinCode

	later     bool // it was begun while the provider could not be asked: to be kept as a draft
	unreached bool // the provider could not be asked at the last try
}

type joinStage uint8

const (
	joinName    joinStage = iota
	joinConsent           // name known: consent, a card if one is given out
	joinCode              // the phone's owner is to tell a code
	joinSent              // the provider was asked and has not answered
	joinDoubt             // and did not answer: it may have the customer or not
)

// maxName is the longest name, in characters.
const maxName = 60

// newPhone is the phone of s if the provider has said that nobody has it.
func (s *Subject) newPhone() card.Phone {
	if s.Ident.Kind == loyalty.ByPhone && s.Gone {
		return card.Phone(s.Ident.Value)
	}
	return s.Phone
}

// askRegister: somebody becomes a customer, one question after the other.
func askRegister(s Situation) (Prompt, bool) {
	if s.Who == nil || s.Who.Join == nil || s.Deal != nil {
		return Prompt{}, false
	}
	j := s.Who.Join
	p := Prompt{
		Kind: AskRegister, Scan: s.Who.Scan, Text: s.Said,
		Form: &Form{Phone: card.Mask(string(j.form.Phone)), Name: strings.TrimSpace(j.form.Name + " " + j.form.Surname)},
	}
	if j.form.Card != "" {
		p.Form.Card = card.Mask(string(j.form.Card))
	}
	leave := Choice{ID: CancelRegister}
	switch j.stage {
	case joinName:
		p.Choices = []Choice{{ID: TypeName, Input: InputName, Primary: true}, leave}
	case joinConsent:
		agree, letters := Choice{ID: Agree}, Choice{ID: AgreeLetters}
		if s.Rules.CardRequired && j.form.Card == "" {
			agree.Disabled, letters.Disabled = loyalty.CardMissing, loyalty.CardMissing
		}
		attach := Choice{ID: AttachCard, Input: InputCard}
		if j.form.Card != "" {
			attach = Choice{ID: NoCard}
		}
		p.Choices = []Choice{agree, letters, attach, leave}
		if j.later && p.Text == nil {
			p.Text = text(SaidDraftHow)
		}
		if j.unreached && s.Drafts {
			p.Choices = append(p.Choices, Choice{ID: ToDraft})
		}
	case joinCode:
		p.Kind, p.Text = AskCode, nil
		j.code.ask(&p, s.Now)
		p.Choices = append(p.Choices, leave)
	case joinSent:
		p.Text = text(SaidJoinSent)
		p.Choices = []Choice{leave}
	case joinDoubt:
		p.Text = text(SaidJoinUnknown)
		p.Choices = []Choice{{ID: RegisterAgain, Primary: true}, leave}
		if s.Drafts {
			p.Choices = append(p.Choices, Choice{ID: ToDraft})
		}
	}
	return p, true
}

// joiningNow is the registration on the screen; nil if there is none.
func (d *Desk) joiningNow() *joining {
	if d.sit.Who == nil || d.sit.Deal != nil {
		return nil
	}
	return d.sit.Who.Join
}

// register answers AskUnknown: this phone is to become a customer's.
func (d *Desk) register() *Text {
	who := d.sit.Who
	j := &joining{form: loyalty.NewCustomer{
		Phone: cmp.Or(who.newPhone(), who.typedPhone()), Shop: d.o.Shop, Till: d.o.Till, Cashier: d.sit.Receipt.Cashier,
	}}
	if who.Seen.Kind == loyalty.ByCard {
		j.form.Card = card.ID(who.Seen.Value) // the card that nobody has
	}
	j.later = !d.sit.Online || who.typedPhone() != ""
	who.Join, d.sit.Said = j, nil
	return nil
}

// named answers AskRegister.
func (d *Desk) named(typed string) *Text {
	words := strings.Fields(typed)
	switch {
	case len(words) == 0 || utf8.RuneCountInString(typed) > maxName:
		return text(BadName, "max", maxName)
	case len(words) == 1 && d.book.rules.SurnameRequired:
		return text(SurnameMissing)
	}
	j := d.sit.Who.Join
	j.form.Name, j.form.Surname = words[0], strings.Join(words[1:], " ")
	j.stage, d.sit.Said = joinConsent, nil
	return nil
}

// joinScan takes a card that is scanned during a registration: it is the new
// customer's, unless somebody has it.
func (d *Desk) joinScan(j *joining, id loyalty.Ident) {
	switch {
	case j.stage > joinConsent || id.Kind != loyalty.ByCard:
		d.say(ScanJoinFirst)
	case d.attach(id.Value) != nil:
		d.say(ScanJoinFirst)
		d.sit.Said = text(string(loyalty.CardTaken))
	}
}

// attach puts a card into the form.
func (d *Desk) attach(value string) *Text {
	c := card.ID(strings.TrimSpace(value))
	s := d.find(loyalty.Ident{Kind: loyalty.ByCard, Value: string(c)})
	if c == "" {
		return text(AmountMissing, "choice", AttachCard)
	}
	if s.Customer != nil || len(s.Rivals) > 0 {
		return text(ChoiceDisabled, "choice", AttachCard, "reason", string(loyalty.CardTaken))
	}
	d.sit.Who.Join.form.Card, d.sit.Said = c, nil
	return nil
}

// detach takes the card out of the form.
func (d *Desk) detach() { d.sit.Who.Join.form.Card, d.sit.Said = "", nil }

// agreed answers AskRegister: the customer consents.
func (d *Desk) agreed(letters bool) *Text {
	who := d.sit.Who
	j := who.Join
	j.form.Consent, j.form.Letters = true, letters
	j.key = loyalty.NewKey(d.sit.Now)
	if !d.sit.Online && j.later && d.sit.Drafts {
		return d.keepDraft()
	}
	if !d.needsCode(loyalty.CodeToRegister) {
		d.enrol(who, j)
		return nil
	}
	j.stage, j.code = joinCode, &check{
		purpose: loyalty.CodeToRegister, to: loyalty.Ident{Kind: loyalty.ByPhone, Value: string(j.form.Phone)},
		still: func() bool { return d.joiningNow() == j && j.stage == joinCode },
		pass:  func() *Text { d.enrol(who, j); return nil },
		fail:  func() *Text { d.refusedToJoin(j, loyalty.CodeWrong); return nil },
	}
	d.sendCode(j.code)
	return nil
}

// enrol asks the provider to take the customer.
func (d *Desk) enrol(who *Subject, j *joining) {
	j.stage, d.sit.Said = joinSent, nil
	form, key := j.form, j.key
	d.job(d.o.SpendTimeout, func(ctx context.Context) func() {
		c, err := d.o.Extras.Registrar.Register(ctx, key, form)
		if err == nil && (c.ID == "" || c.Phone != "" && c.Phone != form.Phone) {
			err = errors.New("the provider answers with another customer than was registered")
		}
		return func() {
			if d.joiningNow() != j {
				return // cancelled: the phone, looked up again, shows what became of it
			}
			d.enrolled(who, j, c, err)
		}
	})
}

func (d *Desk) enrolled(who *Subject, j *joining, c loyalty.Customer, err error) {
	if err == nil {
		s := &Subject{
			Ident: loyalty.Ident{Kind: loyalty.ByPhone, Value: string(j.form.Phone)},
			Seen:  who.Seen, Scan: who.Scan, Customer: &c, Fresh: true,
		}
		d.reflect(s)
		d.sit.Who, d.sit.Said = s, text(SaidJoined)
		d.refresh(s) // brings the customer into the copy
		d.askWallet(s)
		return
	}
	d.o.Log.Info("a customer was not registered", "key", j.key, "err", err)
	var refused *loyalty.Refusal
	switch v := loyalty.Judge(err); {
	case errors.As(err, &refused):
		if refused.Reason == loyalty.CardTaken {
			j.form.Card = ""
		}
		d.refusedToJoin(j, refused.Reason)
	case v == loyalty.Later:
		j.unreached = true
		d.refusedToJoin(j, loyalty.NotReached)
		if j.later && d.sit.Drafts && d.keepDraft() != nil {
			d.o.Log.Warn("a registration could be neither made nor kept for later", "key", j.key)
		}
	default:
		j.stage = joinDoubt
	}
}

// refusedToJoin brings the form back: nothing was done.
func (d *Desk) refusedToJoin(j *joining, why loyalty.Reason) {
	j.stage, j.code = joinConsent, nil
	d.sit.Said = text(SaidJoinRefused, "reason", string(why))
}

// cancelRegister forgets the form.
func (d *Desk) cancelRegister() {
	who := d.sit.Who
	doubt := who.Join.stage >= joinSent
	who.Join, d.sit.Said = nil, nil
	if doubt {
		d.refresh(who)
	}
}
