package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// check is a code that was sent to a customer and is to be told to the cashier.
// What is typed goes to Challenge.Check and nowhere else: no state, answer, log
// or journal has it. Nothing is promised before it is right, so that a restart
// simply forgets the check.
type check struct {
	purpose   loyalty.Purpose
	to        loyalty.Ident
	challenge loyalty.Challenge // nil before one was sent
	sending   bool
	left      int            // attempts, after a wrong one
	passed    bool           // the right code was typed
	unsent    loyalty.Reason // why the last try to send one failed
	final     bool           // and it is no use to try again
	again     time.Time      // when the next may be sent

	still func() bool  // it is still what the customer is asked
	pass  func() *Text // goes on: the code was right, or none is needed
	fail  func() *Text // the last attempt was wrong
}

// resendAfter is how long a code is waited for before another may be sent:
// messages take their time, and each costs the chain money.
const resendAfter = 30 * time.Second

func (c *check) expired(now time.Time) bool {
	return c.challenge != nil && !now.Before(c.challenge.Expires())
}

// next is when the prompt changes by itself; zero if it does not.
func (c *check) next(now time.Time) time.Time {
	var at time.Time
	if now.Before(c.again) {
		at = c.again
	}
	if c.challenge != nil && !c.expired(now) && (at.IsZero() || c.challenge.Expires().Before(at)) {
		at = c.challenge.Expires()
	}
	return at
}

// try compares what was typed; what is left are attempts. A code that was right
// stays right if the journal did not take what was to follow.
func (c *check) try(typed string) (left int) {
	if !c.passed {
		c.passed, c.left = c.challenge.Check(typed)
		c.unsent = ""
	}
	return c.left
}

// codeNow is the code that is waited for; nil if none is.
func (d *Desk) codeNow() *check {
	if deal := d.sit.Deal; deal != nil {
		return deal.Code
	}
	if j := d.joiningNow(); j != nil {
		return j.code
	}
	if a := d.attachingNow(); a != nil {
		return a.code
	}
	return nil
}

// askCode: the programme wants to know that it is the customer who spends.
func askCode(s Situation) (Prompt, bool) {
	if s.Deal == nil || s.Deal.Stage != Coding {
		return Prompt{}, false
	}
	p := s.dealPrompt(AskCode)
	s.Deal.Code.ask(&p, s.Now)
	p.Choices = append(p.Choices, Choice{ID: WithoutPoints, Primary: s.Deal.Code.final}, Choice{ID: TakeVoid})
	return p, true
}

// ask puts the check into a prompt.
func (c *check) ask(p *Prompt, now time.Time) {
	if c.sending {
		p.Text = text(SaidCodeSending)
		return
	}
	again := Choice{ID: Resend}
	switch {
	case c.unsent != "":
		p.Text = text(SaidCodeUnsent, "reason", string(c.unsent))
	case c.expired(now):
		p.Text = text(string(loyalty.CodeExpired))
	case c.left > 0:
		p.Text = text(SaidCodeWrong, "left", c.left)
	}
	if again.Disabled == "" && now.Before(c.again) {
		again.Disabled = loyalty.CodeTooOften
	}
	if c.challenge != nil && !c.expired(now) {
		p.Code = &CodeSent{Until: c.challenge.Expires(), Left: c.left}
		p.Choices = append(p.Choices, Choice{ID: TypeCode, Input: InputCode, Primary: true})
	} else {
		again.Primary = again.Disabled == ""
	}
	if !c.final {
		p.Choices = append(p.Choices, again)
	}
}

// needsCode says that a purpose may need a code of the customer. Rules that nobody
// has told yet may ask for one.
func (d *Desk) needsCode(p loyalty.Purpose) bool {
	return d.o.Extras.Rules != nil && (!d.book.known || wanted(d.book.rules, p))
}

// sendCode has a code sent. Where none is needed after all it goes on.
func (d *Desk) sendCode(c *check) {
	c.sending, c.unsent, c.left = true, "", 0
	x, known := d.o.Extras, d.book.known
	d.job(d.o.SpendTimeout, func(ctx context.Context) func() {
		var rules loyalty.Rules
		var err error
		if !known {
			rules, err = x.Rules.Rules(ctx)
		}
		var sent loyalty.Challenge
		switch {
		case err != nil, !known && !wanted(rules, c.purpose):
		case x.Codes == nil:
			err = errors.New("the programme wants a code, and its provider can not send one")
		default:
			sent, err = x.Codes.SendCode(ctx, c.to, c.purpose)
		}
		return func() {
			if !known && err == nil {
				d.learnedRules(rules, nil)
			}
			c.sending = false
			switch {
			case !c.still():
			case err != nil:
				c.unsent, c.final = refusal(err) // one that was sent before still counts
				if c.unsent == loyalty.CodeTooOften {
					c.again = d.sit.Now.Add(resendAfter)
				}
				d.o.Log.Info("a code could not be sent", "to", c.to, "err", err)
			case sent == nil:
				if c.pass() != nil { // the condition says why: the journal can not be written
					d.sit.Deal = nil
					d.nextWho()
				}
			default:
				c.challenge, c.again = sent, d.sit.Now.Add(resendAfter)
			}
		}
	})
}

func wanted(r loyalty.Rules, p loyalty.Purpose) bool {
	switch p {
	case loyalty.CodeToRegister:
		return r.CodeToRegister
	case loyalty.CodeToAttach: // whoever has the card spends the points
		return r.CodeToRegister || r.CodeToSpend
	}
	return r.CodeToSpend
}

// askForCode is for a deal that may need a code before points are held.
func (d *Desk) askForCode(deal *Deal) {
	deal.Stage = Coding
	deal.Code = &check{
		purpose: loyalty.CodeToSpend, to: deal.Sale.Ident,
		still: func() bool { return d.sit.Deal == deal && deal.Stage == Coding },
		pass:  func() *Text { return d.codeRight(deal) },
		fail: func() *Text {
			err := d.earnOnly()
			if err == nil {
				d.sit.Said = text(SaidCodeFailed)
			}
			return err
		},
	}
	d.sendCode(deal.Code)
}

// typedCode answers AskCode. A wrong code is an answer that was taken: the
// prompt says how many attempts are left. After the last one a sale goes on
// without points, and nobody is registered or given a card.
func (d *Desk) typedCode(typed string) *Text {
	c := d.codeNow()
	left := c.try(typed)
	switch {
	case c.passed:
		return c.pass()
	case left == 0 && !c.expired(d.sit.Now):
		return c.fail()
	}
	return nil
}

// codeRight goes on to hold the points, if they may still be spent: the balance
// or the link may have changed meanwhile.
func (d *Desk) codeRight(deal *Deal) *Text {
	sale := d.newSale(deal.Sale.Spend)
	if sale.Spend != deal.Sale.Spend || !d.sit.Online {
		why := loyalty.QuoteChanged
		if q := d.sit.quote(deal.Sale.Spend); q.Limit != "" {
			why = q.Limit
		}
		if !d.sit.Online {
			why = loyalty.Offline // what the till may give alone is another question
		}
		d.sit.Deal, d.sit.Said = nil, text(SaidSpendRefused, "reason", string(why))
		d.nextWho()
		return nil
	}
	sale.Key = deal.Sale.Key // the POS has it
	return d.reserve(sale)
}
