package main

import (
	"slices"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// cashier rings up one sale and takes goods of it back, whatever comes between:
// each question is answered as it comes, and what a restart or a cut took is begun
// again.
type cashier struct {
	total   loyalty.Money
	spend   loyalty.Points // how many, or one more with each try; 0: the sale earns only
	drop    bool           // the sale comes to nothing after all
	halves  int            // how many halves of the goods come back, 0 to 2
	undo    bool           // the sale is rolled back
	careful bool           // nothing is sold while nobody knows whether its points are taken

	code  func() string             // what the customer reads on the phone
	ready func(checkout.State) bool // the scanner is; nil: always

	last    loyalty.Key // the sale before this one
	tries   int         // sales that were begun
	scanned time.Time   // the card, last
	asked   string      // the question on the screen, and since when
	since   time.Time
	dropped bool // it came to nothing, as it should
	waited  int  // how often an answer was waited for once more
}

// deed is what a cashier does next.
type deed struct {
	cmd    checkout.Command
	scan   bool // the card
	person bool // somebody has to settle what nobody knows
	done   bool // nothing: the sale has come to its end, and nothing is owed
}

// patience is how long a cashier looks at a question that has no good answer yet.
const patience = 2 * time.Second

// points are those to spend: another number in each try, so that they can be told
// apart in the ledger.
func (k *cashier) points() int64 { return int64(k.spend) + int64(k.tries) }

// sold is the sale, once it is.
func (k *cashier) sold(s checkout.State) *checkout.LastSale {
	if s.Last == nil || s.Last.Sale == k.last {
		return nil
	}
	return s.Last
}

// next says what to do about a state; false: wait for another.
func (k *cashier) next(s checkout.State, now time.Time) (deed, bool) {
	p := s.Prompt
	if p == nil {
		return k.idle(s, now)
	}
	if p.Question != k.asked {
		k.asked, k.since = p.Question, now
	}
	tired := now.Sub(k.since) > patience
	switch p.Kind {
	case checkout.AskTotal:
		return choosing(p, checkout.Total, int64(k.total))
	case checkout.AskSpend:
		if k.spend == 0 {
			return choosing(p, checkout.SpendNone, 0)
		}
		return choosing(p, checkout.SpendAmount, k.points())
	case checkout.AskCode:
		if p.Code != nil {
			return deed{cmd: checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: checkout.TypeCode, Code: k.code()}}, true
		}
		return choosing(p, checkout.Resend, 0)
	case checkout.AskDoubt:
		if s.Journal.People > 0 || k.waited > 2 {
			return k.void(p)
		}
		k.waited++
		return choosing(p, checkout.WaitOn, 0)
	case checkout.AskPay:
		if k.drop {
			k.dropped = true
			return choosing(p, checkout.TakeVoid, 0)
		}
		if k.spend > 0 && p.Quote.Spend == 0 { // the points could not be held: once more
			return k.void(p)
		}
		return choosing(p, checkout.TakePaid, 0)
	case checkout.AskUnfinished:
		switch {
		case k.drop, k.careful && (s.Journal.People > 0 || tired):
			return k.void(p)
		case k.careful && p.Text != nil && p.Text.Code != checkout.SaidUnfinishedHeld:
			return deed{}, false
		}
		return choosing(p, checkout.TakePaid, 0)
	case checkout.AskUnknown:
		if tired {
			k.scanned = time.Time{}
			return choosing(p, checkout.Without, 0)
		}
	}
	return deed{}, false
}

// void begins the sale anew.
func (k *cashier) void(p *checkout.Prompt) (deed, bool) {
	k.tries++
	return choosing(p, checkout.TakeVoid, 0)
}

// idle is for a screen without a question.
func (k *cashier) idle(s checkout.State, now time.Time) (deed, bool) {
	sold := k.sold(s)
	switch {
	case s.Journal.People > 0:
		return deed{person: true}, true
	case sold != nil && k.undo && sold.CanUndo:
		return deed{cmd: checkout.Command{Do: checkout.Undo}}, true
	case sold != nil && !k.undo && sold.Left > k.total-loyalty.Money(k.halves)*(k.total/2):
		return deed{cmd: checkout.Command{Do: checkout.ReturnSale, Sale: &checkout.SaleInput{Sale: sold.Sale, Total: k.total / 2}}}, true
	case sold != nil, k.dropped:
		return deed{done: true}, s.Journal.Pending+s.Journal.Unknown == 0
	case k.spend > 0 && !s.Link.Online || k.ready != nil && !k.ready(s):
	case !s.Receipt.Known:
		return deed{cmd: checkout.Command{Do: checkout.SetReceipt, Sale: &checkout.SaleInput{Total: k.total}}}, true
	case now.Sub(k.scanned) > patience:
		k.scanned, k.waited = now, 0
		return deed{scan: true}, true
	}
	return deed{}, false
}

// choosing takes a choice, if it is offered.
func choosing(p *checkout.Prompt, choice string, amount int64) (deed, bool) {
	i := slices.IndexFunc(p.Choices, func(c checkout.Choice) bool { return c.ID == choice && c.Disabled == "" })
	if i < 0 || p.Choices[i].Input != "" && p.Choices[i].Max < amount {
		return deed{}, false
	}
	d := deed{cmd: checkout.Command{Do: checkout.Choose, Prompt: p.ID, Choice: choice}}
	if amount > 0 {
		d.cmd.Amount = &amount
	}
	return d, true
}
