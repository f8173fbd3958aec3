package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Extras are what a provider can do beside the sale. What is nil is not offered.
type Extras struct {
	Rules     loyalty.RuleBook
	Codes     loyalty.Coder
	Registrar loyalty.Registrar
	Wallet    loyalty.Wallet
	History   loyalty.Historian
	GiftCards loyalty.GiftCards
	Preview   loyalty.ReturnPreviewer
}

// ExtrasOf finds out what a provider can do.
func ExtrasOf(p loyalty.Provider) Extras {
	var x Extras
	x.Rules, _ = p.(loyalty.RuleBook)
	x.Codes, _ = p.(loyalty.Coder)
	x.Registrar, _ = p.(loyalty.Registrar)
	x.Wallet, _ = p.(loyalty.Wallet)
	x.History, _ = p.(loyalty.Historian)
	x.GiftCards, _ = p.(loyalty.GiftCards)
	x.Preview, _ = p.(loyalty.ReturnPreviewer)
	return x
}

// rulebook keeps the programme's rules, which are asked for now and then.
type rulebook struct {
	rules  loyalty.Rules
	known  bool
	asking bool
	next   time.Time // when to ask again
}

const (
	rulesKept  = time.Hour
	rulesRetry = time.Minute
)

// askRules asks the provider for its rules, if it is time.
func (d *Desk) askRules(back bool) {
	if d.o.Extras.Rules == nil || d.book.asking || d.sit.Now.Before(d.book.next) && !(back && !d.book.known) {
		return
	}
	d.book.asking = true
	d.job(d.o.LookupTimeout, func(ctx context.Context) func() {
		rules, err := d.o.Extras.Rules.Rules(ctx)
		return func() {
			d.book.asking = false
			d.learnedRules(rules, err)
		}
	})
}

// learnedRules takes in what the provider says of its rules; those of before
// stand while it can not be asked.
func (d *Desk) learnedRules(rules loyalty.Rules, err error) {
	if err != nil {
		d.book.next = d.sit.Now.Add(rulesRetry)
		d.o.Log.Debug("the programme's rules can not be asked for", "err", err)
		return
	}
	d.book.rules, d.book.known, d.book.next = rules, true, d.sit.Now.Add(rulesKept)
	d.sendDrafts(false) // they wait for what the rules say
}

// refusal is why the provider did not do what it was asked beside the sale:
// the reason of a final no, and otherwise that it can not be reached.
func refusal(err error) (why loyalty.Reason, final bool) {
	var r *loyalty.Refusal
	switch {
	case errors.As(err, &r):
		return r.Reason, r.Reason != loyalty.CodeTooOften
	case errors.Is(err, loyalty.ErrNotFound):
		return loyalty.CustomerUnknown, true
	}
	return loyalty.NotReached, false
}
