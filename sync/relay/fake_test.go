package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// programme is a small, honest provider in memory: it does the work of a key
// once and numbers its records. The knobs make it fail.
type programme struct {
	mu        sync.Mutex
	version   uint64
	customers map[loyalty.CustomerID]loyalty.Customer
	log       []loyalty.CustomerID // who changed, by version
	outcomes  map[loyalty.Key]any  // loyalty.Outcome or *loyalty.Refusal
	held      map[loyalty.Key]loyalty.Points

	calls     []string // what came, in order
	refunds   int
	down      error                            // every call fails with it, nothing is done
	lose      int                              // so many answers to Apply are lost after the work was done
	slow      time.Duration                    // of every call
	poison    map[loyalty.Key]error            // by sale: Apply fails with it
	startOver bool                             // the next Changes wants a snapshot
	cutAt     int                              // the next snapshot is cut after so many records
	onApply   func(op loyalty.Operation) error // looked at before the work
}

func newProgramme(customers int) *programme {
	p := &programme{customers: map[loyalty.CustomerID]loyalty.Customer{}, outcomes: map[loyalty.Key]any{},
		held: map[loyalty.Key]loyalty.Points{}, poison: map[loyalty.Key]error{}, cutAt: -1}
	for i := range customers {
		p.change(loyalty.Customer{ID: loyalty.CustomerID(fmt.Sprintf("c%03d", i)), Balance: 1000,
			Cards: []card.ID{card.ID(fmt.Sprintf("29%03d", i))}})
	}
	return p
}

func (p *programme) change(c loyalty.Customer) loyalty.Customer {
	p.version++
	c.Version, c.AsOf = p.version, time.Now().UTC()
	p.customers[c.ID] = c
	p.log = append(p.log, c.ID)
	return c
}

func (p *programme) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *programme) begin(ctx context.Context, what string) error {
	p.mu.Lock()
	slow := p.slow
	p.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, what)
	return p.down
}

func (p *programme) Name() string { return "fake" }

func (p *programme) Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	if err := p.begin(ctx, "lookup"); err != nil {
		return loyalty.Customer{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.customers {
		if id.Kind == loyalty.ByCustomer && string(c.ID) == id.Value || id.Kind == loyalty.ByCard && slices.Contains(c.Cards, card.ID(id.Value)) {
			return c, nil
		}
	}
	return loyalty.Customer{}, loyalty.ErrNotFound
}

func (p *programme) Quote(context.Context, loyalty.Sale) (loyalty.Quote, error) {
	return loyalty.Quote{}, errors.ErrUnsupported
}

var errLost = errors.New("connection reset by peer")

func (p *programme) Apply(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	if err := p.begin(ctx, string(op.Key)); err != nil {
		return loyalty.Outcome{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.poison[op.Sale.Key]; err != nil {
		return loyalty.Outcome{}, err
	}
	if p.onApply != nil {
		if err := p.onApply(op); err != nil {
			return loyalty.Outcome{}, err
		}
	}
	known := p.outcomes[op.Key]
	if known == nil {
		known = p.do(op)
		p.outcomes[op.Key] = known
	}
	if p.lose > 0 {
		p.lose--
		return loyalty.Outcome{}, errLost
	}
	if no, ok := known.(*loyalty.Refusal); ok {
		return loyalty.Outcome{}, no
	}
	return known.(loyalty.Outcome), nil
}

func (p *programme) do(op loyalty.Operation) any {
	s := op.Sale
	c, ok := p.customers[s.Customer]
	if !ok {
		return &loyalty.Refusal{Reason: loyalty.CustomerUnknown}
	}
	out := loyalty.Outcome{}
	switch op.Kind {
	case loyalty.Reserve:
		if c.Balance < s.Spend {
			return &loyalty.Refusal{Reason: loyalty.NotEnoughPoints}
		}
		c.Balance -= s.Spend
		p.held[s.Key] = s.Spend
		out.Spent, out.Ticket = s.Spend, "ticket of "+string(s.Key)
	case loyalty.Commit:
		if s.Spend > 0 {
			if p.held[s.Key] != s.Spend || op.Ticket != "ticket of "+string(s.Key) {
				return &loyalty.Refusal{Reason: loyalty.HoldExpired}
			}
			delete(p.held, s.Key)
			out.Spent = s.Spend
		}
		out.Earned = loyalty.Points(s.ToPay() / 1000)
		c.Balance += out.Earned
	case loyalty.Abort:
		out.Restored = p.held[s.Key]
		c.Balance += out.Restored
		delete(p.held, s.Key)
	}
	c = p.change(c)
	out.Customer, out.Version = &c, c.Version
	return out
}

type transfer struct {
	p     *programme
	all   []loyalty.Customer
	at    int
	cutAt int
	from  string
}

func (p *programme) Snapshot(ctx context.Context) (loyalty.Snapshot, error) {
	if err := p.begin(ctx, "snapshot"); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &transfer{p: p, cutAt: p.cutAt, from: fmt.Sprint(p.version)}
	for _, id := range slices.Sorted(maps.Keys(p.customers)) {
		t.all = append(t.all, p.customers[id])
	}
	p.cutAt = -1
	return t, nil
}

func (t *transfer) Programme() loyalty.Programme { return loyalty.Programme{Name: "club"} }
func (t *transfer) Cursor() string               { return t.from }
func (t *transfer) Count() int                   { return len(t.all) }
func (t *transfer) Close() error                 { return nil }
func (t *transfer) Next() (loyalty.Customer, error) {
	if t.at == t.cutAt {
		return loyalty.Customer{}, errLost
	}
	if t.at == len(t.all) {
		return loyalty.Customer{}, io.EOF
	}
	t.at++
	return t.all[t.at-1], nil
}

func (p *programme) Changes(ctx context.Context, cursor string) (loyalty.Changes, error) {
	if err := p.begin(ctx, "changes"); err != nil {
		return loyalty.Changes{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var from int
	if _, err := fmt.Sscan(cursor, &from); err != nil || p.startOver {
		p.startOver = false
		return loyalty.Changes{}, loyalty.ErrStartOver
	}
	const page = 3
	to := min(len(p.log), from+page)
	ch := loyalty.Changes{Cursor: fmt.Sprint(to), More: to < len(p.log)}
	for _, id := range p.log[from:to] {
		ch.Customers = append(ch.Customers, p.customers[id])
	}
	return ch, nil
}

// only gives the calls that are operations.
func (p *programme) applied() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.calls), func(s string) bool { return s == "changes" || s == "snapshot" || s == "lookup" })
}

func (p *programme) count(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.calls {
		if c == what {
			n++
		}
	}
	return n
}
