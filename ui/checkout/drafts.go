package checkout

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/draft"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Drafts is the list of registrations that wait for the link; a *draft.List. An
// error says that nothing was written.
type Drafts interface {
	All() []draft.Draft
	Add(d draft.Draft) error
	End(key loyalty.Key, why loyalty.Reason, now time.Time) error
	Remove(key loyalty.Key) error
}

// Draft is a registration that could not be made, as a screen shows it.
type Draft struct {
	ID     loyalty.Key    `json:"id"`
	Name   string         `json:"name"`
	Phone  string         `json:"phone"`          // masked
	Card   string         `json:"card,omitempty"` // masked
	At     time.Time      `json:"at"`
	State  draft.State    `json:"state"`
	Reason loyalty.Reason `json:"reason,omitempty"` // why it was refused
}

// CodeNeeded says that a phone has to be confirmed by a code, which its owner,
// who is gone, can not tell.
const CodeNeeded loyalty.Reason = "code_needed"

// draftAgain is how long after a try without an answer the next one comes.
const draftAgain = 30 * time.Second

// drafting is the sending of drafts, one at a time.
type drafting struct {
	busy bool
	next time.Time
	back bool // the link came back while one was on its way
}

// later puts the next try off after one that had no answer, unless the link has
// come back since that one began.
func (d *Desk) later() {
	back := d.drafting.back
	d.drafting = drafting{next: d.sit.Now.Add(draftAgain)}
	if back {
		d.sendDrafts(true)
	}
}

// typedPhone is the phone that the provider could not be asked about; "" if it
// could, or none was typed.
func (s *Subject) typedPhone() card.Phone {
	switch {
	case s.Gone || s.Phone != "":
		return ""
	case s.Typed != "":
		return s.Typed
	case s.Ident.Kind == loyalty.ByPhone && s.Unreached && !s.Asking:
		return card.Phone(s.Ident.Value)
	}
	return ""
}

// keepDraft answers AskRegister: what is known is kept and sent later. Nobody is
// a customer yet, so this receipt goes on without one.
func (d *Desk) keepDraft() *Text {
	who := d.sit.Who
	j := who.Join
	if j.key == "" {
		j.key = loyalty.NewKey(d.sit.Now)
	}
	err := d.o.Drafts.Add(draft.Draft{Key: j.key, Form: j.form, At: d.sit.Now, State: draft.Waiting})
	switch {
	case errors.Is(err, draft.ErrSame):
		return text(DraftTwice)
	case errors.Is(err, draft.ErrFull):
		return text(DraftsFull, "max", draft.Most)
	case err != nil:
		d.o.Log.Error("a draft of a registration was not kept", "err", err)
		return d.notWritten(err)
	}
	d.leave(who)
	d.sit.Who, d.sit.Said = nil, nil
	d.say(DraftKept)
	return nil
}

// sendDrafts registers those whose drafts wait, when the provider can be asked.
func (d *Desk) sendDrafts(back bool) {
	d.drafting.back = d.drafting.busy && (d.drafting.back || back)
	if d.o.Drafts == nil || d.o.Extras.Registrar == nil || d.drafting.busy ||
		!back && d.sit.Now.Before(d.drafting.next) || d.o.Extras.Rules != nil && !d.book.known {
		return
	}
	online := d.sit.Online
	for _, x := range d.o.Drafts.All() {
		if x.State != draft.Waiting || d.onScreen(x.Key) {
			continue
		}
		if d.book.rules.CodeToRegister {
			d.endDraft(x.Key, CodeNeeded)
			continue
		}
		d.drafting.busy = true
		d.job(d.o.SpendTimeout, func(ctx context.Context) func() {
			phone := loyalty.Ident{Kind: loyalty.ByPhone, Value: string(x.Form.Phone)}
			if !online { // only a call shows whether the link is up again
				if _, err := d.o.Programme.Lookup(ctx, phone); loyalty.Judge(err) == loyalty.Later || ctx.Err() != nil {
					return d.later
				}
			}
			c, err := d.o.Extras.Registrar.Register(ctx, x.Key, x.Form)
			if err == nil && (c.ID == "" || c.Phone != "" && c.Phone != x.Form.Phone) {
				err = errors.New("the provider answers with another customer than was registered")
			}
			if err == nil {
				// Brings the customer into the copy; one who is not there is found at
				// the provider.
				_, _ = d.o.Programme.Lookup(ctx, phone)
			}
			return func() {
				var refused *loyalty.Refusal
				switch {
				case err == nil:
					d.endDraft(x.Key, "")
				case errors.As(err, &refused):
					d.endDraft(x.Key, refused.Reason)
				default:
					d.o.Log.Info("a draft of a registration was not sent", "key", x.Key, "err", err)
					d.later()
					return
				}
				d.drafting.busy, d.drafting.back = false, false
				d.sendDrafts(true) // the next one
			}
		})
		return
	}
}

// onScreen says that the draft's form is still before the cashier.
func (d *Desk) onScreen(key loyalty.Key) bool {
	j := d.joiningNow()
	return j != nil && j.key == key
}

func (d *Desk) endDraft(key loyalty.Key, why loyalty.Reason) {
	if err := d.o.Drafts.End(key, why, d.sit.Now); err != nil && !errors.Is(err, draft.ErrNone) {
		d.notWritten(err)
		d.drafting.next = d.sit.Now.Add(draftAgain) // it is sent again, under the same key
		d.o.Log.Error("what became of a draft was not noted", "err", err)
		return
	}
	d.o.Log.Info("a draft of a registration has ended", "key", key, "refused", string(why))
}

// dropDraft is the command: somebody has seen to it.
func (d *Desk) dropDraft(key loyalty.Key) *Text {
	if d.o.Drafts == nil {
		return text(NotOffered)
	}
	switch err := d.o.Drafts.Remove(key); {
	case errors.Is(err, draft.ErrNone):
		return text(DraftGone)
	case err != nil:
		d.o.Log.Error("a draft was not taken off the list", "err", err)
		return d.notWritten(err)
	}
	return nil
}

// draftsShown is the list as a screen shows it, and how many of them people have
// to look at.
func (d *Desk) draftsShown() (all []Draft, refused int) {
	all = []Draft{}
	if d.o.Drafts == nil {
		return all, 0
	}
	for _, x := range d.o.Drafts.All() {
		if x.State == draft.Refused {
			refused++
		}
		all = append(all, DraftOf(x))
	}
	return all, refused
}

// DraftOf is a draft as it may be shown.
func DraftOf(x draft.Draft) Draft {
	shown := Draft{
		ID: x.Key, Name: strings.TrimSpace(x.Form.Name + " " + x.Form.Surname), Phone: card.Mask(string(x.Form.Phone)),
		At: x.At, State: x.State, Reason: x.Reason,
	}
	if x.Form.Card != "" {
		shown.Card = card.Mask(string(x.Form.Card))
	}
	return shown
}
