package checkout

import (
	"context"
	"slices"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Return is an earlier sale that goods come back of, as a screen shows it. It is
// looked at; nothing is promised before the command that returns.
type Return struct {
	Sale     loyalty.Key    `json:"sale"`
	Receipt  string         `json:"receipt,omitempty"`
	At       time.Time      `json:"at"`
	Customer string         `json:"customer,omitempty"` // name
	Total    loyalty.Money  `json:"total"`
	Spent    loyalty.Points `json:"spent"`
	Earned   loyalty.Points `json:"earned"`
	Left     loyalty.Money  `json:"left"` // of Total, that may still come back
	Lines    []ReturnLine   `json:"lines"`
	CanUndo  bool           `json:"can_undo"` // the whole sale may be rolled back
	Preview  *Preview       `json:"preview"`  // what the return that is looked at comes to; null if none is
}

// ReturnLine is a line of the sale, and what of it may still come back.
type ReturnLine struct {
	Title string        `json:"title"`
	Qty   loyalty.Qty   `json:"qty"`
	Total loyalty.Money `json:"total"`
	Left  loyalty.Qty   `json:"left"`
}

// Preview is what a return comes to.
type Preview struct {
	Items     []ReturnItem   `json:"items,omitempty"`
	Amount    loyalty.Money  `json:"amount"`    // of the goods, before points
	Back      loyalty.Money  `json:"back"`      // of the money paid: what the customer gets back in money
	Restored  loyalty.Points `json:"restored"`  // spent points that go back
	Cancelled loyalty.Points `json:"cancelled"` // earned points that are taken
	Told      bool           `json:"told"`      // the points are the programme's word, not the till's own rule
	Refused   loyalty.Reason `json:"refused,omitempty"`
}

// ReturnItem is a part of a line that comes back. Line counts from 0.
type ReturnItem struct {
	Line int         `json:"line"`
	Qty  loyalty.Qty `json:"qty"`
}

// returning is the sale that is looked at.
type returning struct {
	sale    *last
	preview *Preview
}

// openReturn is the command: which sale goods come back of.
func (d *Desk) openReturn(c Command) *Text {
	sale, err := d.earlier(*c.Sale)
	if err != nil {
		return err
	}
	sale.customer = d.find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(sale.commit.Op.Sale.Customer)}).name()
	d.returning = &returning{sale: sale}
	return nil
}

// previewReturn is the command: what a return would come to. The till says at
// once what it comes to by its own rule; the programme's word follows.
func (d *Desk) previewReturn(c Command) *Text {
	r := d.returning
	if r == nil {
		return text(NoSuchSale)
	}
	p, op, err := d.previewOf(r.sale, c)
	if r.preview = p; err != nil {
		return err
	}
	if d.o.Extras.Preview == nil || !d.sit.Online {
		return nil
	}
	d.job(d.o.LookupTimeout, func(ctx context.Context) func() {
		now := d.askPreview(ctx, *p, op)
		return func() {
			if d.returning == r && r.preview == p {
				r.preview = &now
			}
		}
	})
	return nil
}

// Preview is what a return would come to: by the programme's word if that comes in
// time, else by the till's own rule. Nothing is changed by asking, on no screen
// either. The Text is why nothing can come back; the error is that of ctx, or
// ErrStopped.
func (d *Desk) Preview(ctx context.Context, c Command) (p Preview, refused *Text, err error) {
	if c.Do = ReturnSale; c.Validate() != nil {
		return p, c.Validate(), nil
	}
	var op loyalty.Operation
	ask := false
	err = d.turn(ctx, func() {
		var sale *last
		if sale, refused = d.earlier(*c.Sale); refused != nil {
			return
		}
		var own *Preview
		if own, op, refused = d.previewOf(sale, c); refused == nil {
			p, ask = *own, d.o.Extras.Preview != nil && d.sit.Online
		}
	})
	if err == nil && ask {
		within, end := context.WithTimeout(ctx, d.o.LookupTimeout)
		defer end()
		p = d.askPreview(within, p, op)
	}
	return p, refused, err
}

// previewOf is what a return comes to by the till's own rule, and the operation
// that it would be.
func (d *Desk) previewOf(sale *last, c Command) (*Preview, loyalty.Operation, *Text) {
	op := d.operation(loyalty.Return, sale.commit.Op.Sale)
	refund, err := sale.refund(c)
	if err != nil {
		return nil, op, err
	}
	op.Refund, op.Ticket = &refund, sale.ticket
	p := &Preview{Items: c.Items, Amount: refund.Amount, Back: sale.moneyBack(refund.Amount)}
	p.Restored, p.Cancelled = sale.pointsBack(refund)
	return p, op, nil
}

// askPreview is a preview with the programme's word in it, if it has one.
func (d *Desk) askPreview(ctx context.Context, p Preview, op loyalty.Operation) Preview {
	out, err := d.o.Extras.Preview.PreviewReturn(ctx, op)
	if err == nil {
		p.Restored, p.Cancelled, p.Told = out.Restored, out.Cancelled, true
		return p
	}
	d.o.Log.Debug("no preview of a return", "err", err)
	if why, final := refusal(err); final {
		p.Refused = why
	}
	return p
}

// refund is what a command takes back: lines, or an amount.
func (l *last) refund(c Command) (r loyalty.Refund, no *Text) {
	if c.Sale != nil {
		r = loyalty.Refund{Amount: c.Sale.Total, Lines: c.Sale.Lines}
	}
	if len(c.Items) > 0 {
		var err *Text
		if r, err = l.items(c.Items); err != nil {
			return r, err
		}
	}
	if left := l.left(); r.Amount < 1 || r.Amount > left {
		return r, text(NothingToReturn, "amount", r.Amount, "max", left)
	}
	return r, nil
}

// items are parts of lines, with what they were sold for: together with what came
// back before and what comes back later they come to the whole line.
func (l *last) items(items []ReturnItem) (r loyalty.Refund, err *Text) {
	lines := l.commit.Op.Sale.Lines
	seen := map[int]bool{}
	for _, it := range items {
		if it.Line < 0 || it.Line >= len(lines) || it.Qty < 1 || seen[it.Line] {
			return r, text(BadCommand, "detail", "items")
		}
		seen[it.Line] = true
		x, done := lines[it.Line], l.done[it.Line]
		left := x.Qty - done.qty
		if it.Qty > left {
			return r, text(LineReturned, "line", x.Title, "left", max(0, left))
		}
		amount := x.Total - done.money
		if it.Qty < left {
			amount = min(amount, loyalty.Portion(x.Total, done.qty+it.Qty, x.Qty)-loyalty.Portion(x.Total, done.qty, x.Qty))
		}
		x.Qty, x.Total = it.Qty, amount
		r.Lines, r.Amount = append(r.Lines, x), r.Amount+amount
	}
	return r, nil
}

// back is what has come back of a line.
type back struct {
	qty   loyalty.Qty
	money loyalty.Money
}

// count notes which lines came back in a return.
func (l *last) count(r loyalty.Refund) {
	lines := l.commit.Op.Sale.Lines
	for _, x := range r.Lines {
		i := slices.IndexFunc(lines, func(y loyalty.Line) bool {
			return y.ID == x.ID && y.SKU == x.SKU && y.GTIN == x.GTIN && y.Title == x.Title
		})
		if i < 0 { // as a POS writes them that gives no more than its number
			i = slices.IndexFunc(lines, func(y loyalty.Line) bool { return y.ID == x.ID })
		}
		if i >= 0 {
			l.done[i] = back{l.done[i].qty + x.Qty, l.done[i].money + x.Total}
		}
	}
}

// moneyBack is the part of the money paid that goes back with goods of an amount.
func (l *last) moneyBack(amount loyalty.Money) loyalty.Money {
	s := l.commit.Op.Sale
	paid := func(m loyalty.Money) loyalty.Money { return loyalty.Portion(s.ToPay(), min(m, s.Total), s.Total) }
	return paid(l.returned+amount) - paid(l.returned)
}

// returnShown is the sale that is looked at, as a screen shows it.
func (d *Desk) returnShown() *Return {
	if d.returning == nil {
		return nil
	}
	l := d.returning.sale
	s := l.commit.Op.Sale
	r := &Return{
		Sale: s.Key, Receipt: s.Receipt, At: l.commit.Op.At, Customer: l.customer, Total: s.Total, Spent: s.Spend, Earned: l.earned(),
		Left: l.left(), Lines: []ReturnLine{}, CanUndo: l.canUndo(), Preview: d.returning.preview,
	}
	for i, x := range s.Lines {
		r.Lines = append(r.Lines, ReturnLine{Title: x.Title, Qty: x.Qty, Total: x.Total, Left: max(0, x.Qty-l.done[i].qty)})
	}
	return r
}

// followReturn takes in what became of the sale that is looked at.
func (d *Desk) followReturn() {
	r := d.returning
	if r == nil {
		return
	}
	if entries, err := d.o.Ledger.Sale(r.sale.commit.Op.Sale.Key); err == nil {
		r.sale.take(entries)
	}
}
