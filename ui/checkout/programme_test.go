package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// ledger is the real journal, on a disk that can be full.
type ledger struct {
	*journal.Journal
	full atomic.Bool
}

func (l *ledger) Append(op loyalty.Operation, late bool) (journal.Entry, error) {
	if l.full.Load() {
		return journal.Entry{}, errors.New("no space left on device")
	}
	return l.Journal.Append(op, late)
}

func (l *ledger) all() []journal.Entry {
	es, err := l.Entries(journal.Filter{})
	if err != nil {
		panic(err)
	}
	return es
}

// ops are the operations in their order, as words.
func (l *ledger) ops() string {
	var w []string
	for _, e := range l.all() {
		w = append(w, fmt.Sprintf("%s %d/%d", e.Op.Kind, e.Op.Sale.Spend, e.Op.Sale.Total))
	}
	return strings.Join(w, ", ")
}

// programme is a provider in memory, and the way to it through the journal.
type programme struct {
	mu        sync.Mutex
	l         *ledger
	copy      *cache.Cache
	customers map[loyalty.CustomerID]loyalty.Customer
	cards     map[loyalty.Ident]loyalty.CustomerID
	done      map[loyalty.Key]loyalty.Outcome // by operation
	sales     map[loyalty.Key]string          // "held", "paid", "dropped"
	online    bool
	terse     bool           // its outcomes come without the customer
	mute      bool           // does what it is asked, and the answers are lost
	cut       loyalty.Points // what it holds less than it is asked to
	refuse    loyalty.Reason // for reserve and commit
	delay     time.Duration
	promos    map[string]discount
	gifts     map[string]loyalty.Money
	point     loyalty.Money // what a point pays, if it is not what the programme of the copy says
	quotes    int
	noQuote   error
	quoted    func(*loyalty.Quote) // spoils the quote
}

// discount is what a promo code takes off, or why it does not.
type discount struct {
	off loyalty.Money
	no  loyalty.Reason
}

func (p *programme) Name() string { return "test" }

func (p *programme) Quote(ctx context.Context, s loyalty.Sale) (loyalty.Quote, error) {
	p.mu.Lock()
	p.quotes++
	no := p.noQuote
	p.mu.Unlock()
	if err := p.travel(ctx); err != nil {
		return loyalty.Quote{}, err
	}
	if no != nil {
		return loyalty.Quote{}, no
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.price(s)
	if p.quoted != nil {
		p.quoted(&q)
	}
	return q, nil
}

// price is what a sale comes to: promo code, points, gift cards, in this order.
func (p *programme) price(s loyalty.Sale) loyalty.Quote {
	c := p.customers[s.Customer]
	terms := p.copy.Programme().TermsFor(c.Tier)
	if p.point > 0 {
		terms.PointValue = p.point
	}
	off := loyalty.Money(0)
	why := loyalty.Reason("")
	if s.Promo != "" {
		d, ok := p.promos[s.Promo]
		if off, why = min(d.off, s.Total), d.no; !ok {
			why = loyalty.PromoUnknown
		}
	}
	q := terms.Quote(loyalty.Sale{Customer: s.Customer, Total: s.Total - off, Lines: s.Lines, Spend: s.Spend}, c.Balance)
	if c.NoBalance {
		q.MaxSpend, q.MaxWorth, q.Limit = 0, 0, loyalty.BalanceUnknown
	}
	q.Off, q.PromoNo = off, why
	left := s.Total - off - q.Worth
	for _, g := range s.GiftCards {
		use := loyalty.GiftUse{}
		switch balance, ok := p.gifts[g]; {
		case !ok:
			use.No = loyalty.GiftUnknown
		case balance == 0:
			use.No = loyalty.GiftEmpty
		default:
			use.Used = min(balance, left)
		}
		left -= use.Used
		q.Off += use.Used
		q.Gifts = append(q.Gifts, use)
		if use.No != "" && q.GiftNo == "" {
			q.GiftNo = use.No
		}
	}
	return q
}

// pay takes what the sale holds off its gift cards, or gives it back.
func (p *programme) pay(s loyalty.Sale, sign loyalty.Money) {
	left := s.Prepaid
	for _, g := range s.GiftCards {
		use := left
		if sign > 0 {
			use = min(left, p.gifts[g])
		}
		p.gifts[g] -= sign * use
		left -= use
	}
}

// GiftCard is the state of a gift card.
func (x *extras) GiftCard(ctx context.Context, code string) (loyalty.GiftCard, error) {
	if err := x.p.travel(ctx); err != nil {
		return loyalty.GiftCard{}, err
	}
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	balance, ok := x.p.gifts[code]
	switch {
	case !ok:
		return loyalty.GiftCard{}, &loyalty.Refusal{Reason: loyalty.GiftUnknown}
	case balance == 0:
		return loyalty.GiftCard{Limit: loyalty.GiftEmpty}, nil
	}
	return loyalty.GiftCard{Balance: balance, Until: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
}

// Apply makes it a loyalty.Provider, for the tests with the real relay.
func (p *programme) Apply(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	if err := p.travel(ctx); err != nil {
		return loyalty.Outcome{}, err
	}
	o, err := p.apply(op)
	if p.muted() {
		<-ctx.Done()
		return loyalty.Outcome{}, ctx.Err()
	}
	return o, err
}

func (p *programme) set(f func(*programme)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

func (p *programme) Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	if err := p.travel(ctx); err != nil {
		return loyalty.Customer{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.customers[p.cards[id]]
	if !ok {
		return c, loyalty.ErrNotFound
	}
	c.AsOf = time.Now()
	return c, p.copy.Put(c)
}

// travel is the way to the provider.
func (p *programme) travel(ctx context.Context) error {
	p.mu.Lock()
	delay, online := p.delay, p.online
	p.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return ctx.Err()
	}
	if !online {
		return &loyalty.Unavailable{Err: errors.New("no route")}
	}
	return nil
}

// Now is the relay's way of trying one operation.
func (p *programme) Now(ctx context.Context, key loyalty.Key) (journal.Entry, error) {
	e, err := p.l.Sending(key)
	if errors.Is(err, journal.ErrSettled) {
		return e, nil
	}
	if err != nil {
		return e, err
	}
	out, err := p.Apply(ctx, e.Op)
	if err == nil && !p.terse {
		p.copy.Put(*out.Customer)
	}
	return p.l.Settle(key, out, err)
}

func (p *programme) muted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mute
}

// apply does the work of a key once.
func (p *programme) apply(op loyalty.Operation) (loyalty.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o, ok := p.done[op.Key]; ok {
		return o, nil
	}
	s := op.Sale
	c := p.customers[s.Customer]
	o := loyalty.Outcome{Ticket: "T-" + string(s.Key)}
	switch op.Kind {
	case loyalty.Reserve:
		switch {
		case p.refuse != "":
			return o, &loyalty.Refusal{Reason: p.refuse}
		case c.Balance < s.Spend:
			return o, &loyalty.Refusal{Reason: loyalty.NotEnoughPoints}
		}
		if q := p.price(s); p.cut == 0 && q.PromoNo != "" {
			return o, &loyalty.Refusal{Reason: q.PromoNo}
		} else if q.GiftNo != "" {
			return o, &loyalty.Refusal{Reason: q.GiftNo}
		} else if s.Off > 0 && q.Off != s.Off || p.point > 0 && q.Worth != s.Worth {
			return o, &loyalty.Refusal{Reason: loyalty.QuoteChanged}
		}
		p.pay(s, 1)
		c.Balance -= s.Spend - p.cut
		o.Spent, o.Worth = s.Spend-p.cut, s.Worth-loyalty.Money(p.cut)*100
		p.sales[s.Key] = "held"
	case loyalty.Commit:
		switch state := p.sales[s.Key]; {
		case p.refuse != "":
			return o, &loyalty.Refusal{Reason: p.refuse}
		case state == "dropped":
			return o, &loyalty.Refusal{Reason: loyalty.AlreadyAborted}
		case state != "held" && s.Spend > 0:
			return o, &loyalty.Refusal{Reason: loyalty.HoldExpired}
		}
		c.Pending += s.Earn
		o.Spent, o.Worth, o.Earned = s.Spend, s.Worth, s.Earn
		p.sales[s.Key] = "paid"
	case loyalty.Abort:
		if p.sales[s.Key] == "held" {
			c.Balance += s.Spend
			p.pay(s, -1)
		}
		p.sales[s.Key] = "dropped"
	case loyalty.Revert:
		c.Balance += s.Spend
		c.Pending -= s.Earn
		p.pay(s, -1)
	}
	c.Version++
	p.customers[s.Customer] = c
	c.AsOf = time.Now()
	o.Version, o.Customer = c.Version, &c
	p.done[op.Key] = o
	return o, nil
}

// drain does what the relay does beside: everything that is open, in order.
func (p *programme) drain(ctx context.Context) {
	for _, e := range p.l.all() {
		if e.Open() {
			p.Now(ctx, e.Op.Key)
		}
	}
}
