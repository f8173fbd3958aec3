package amocrm

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Apply carries out an operation. See loyalty.Careful for when it is called.
func (c *Client) Apply(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	return c.apply(ctx, op, false)
}

// Again finds out what became of an operation that was sent. A purchase is
// looked for by its key. A bonus change can not be: it is never made here.
func (c *Client) Again(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	return c.apply(ctx, op, true)
}

func (c *Client) apply(ctx context.Context, op loyalty.Operation, again bool) (loyalty.Outcome, error) {
	t, err := readTicket(op.Ticket)
	if err != nil {
		return loyalty.Outcome{}, err
	}
	id, ok := number(string(op.Sale.Customer))
	if !ok {
		return loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.CustomerUnknown}
	}
	w := work{Client: c, op: op, id: id, t: t, again: again}
	var out loyalty.Outcome
	switch op.Kind {
	case loyalty.Reserve:
		out, err = w.reserve(ctx)
	case loyalty.Commit:
		out, err = w.commit(ctx)
	case loyalty.Abort:
		out, err = w.abort(ctx)
	case loyalty.Return:
		out, err = w.goodsBack(ctx)
	case loyalty.Revert:
		out, err = w.revert(ctx)
	default:
		err = &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "operation of an unknown kind"}
	}
	if err != nil {
		var d *loyalty.Doubtful
		if errors.As(err, &d) && w.after != nil {
			d.Ticket = w.after.String()
		}
		return loyalty.Outcome{}, fmt.Errorf("%s: %w", op.Kind, err)
	}
	out.Ticket = w.t.String()
	out.Version = c.stamps.next()
	if out.Customer != nil {
		out.Customer.Version = out.Version
	}
	return out, nil
}

// work is one operation under way.
type work struct {
	*Client
	op    loyalty.Operation
	id    int64   // the customer
	t     ticket  // of the sale; brought up to date by what is done
	after *ticket // what it is to become, from where a part may be done; a person may have to finish it
	again bool    // it may have been done before
}

// reserve takes the points: the CRM can not hold them.
func (w *work) reserve(ctx context.Context) (out loyalty.Outcome, err error) {
	s := w.op.Sale
	switch {
	case w.t.End != "":
		return out, &loyalty.Refusal{Reason: loyalty.AlreadyAborted}
	case w.t.Transaction > 0:
		return out, &loyalty.Refusal{Reason: loyalty.AlreadyCommitted}
	case w.t.Held > 0:
		return out, &loyalty.Refusal{Reason: loyalty.KeyReused, Detail: "points were taken for this sale under another key"}
	case s.Spend <= 0:
		return out, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "nothing to take"}
	}
	who, terms, err := w.whose(ctx, s)
	if w.again {
		return out, w.whatHappened(who, err)
	}
	if err != nil && loyalty.Judge(err) == loyalty.Unknown {
		err = &loyalty.Unavailable{Err: err} // only a question was asked
	}
	if err != nil {
		return out, err
	}
	if err := allowed(s, who, terms); err != nil {
		return out, err
	}
	left, err := w.change(ctx, -s.Spend)
	if err != nil {
		return out, inDoubt(err, fmt.Sprintf("whether %d points were taken from the customer in amoCRM", s.Spend))
	}
	w.t.Held = s.Spend
	who.Balance = left
	return loyalty.Outcome{Spent: s.Spend, Worth: s.Worth, Customer: &who}, nil
}

// whatHappened is the doubt about a taking of points, with what the balance is
// now if that can be known.
func (w *work) whatHappened(who loyalty.Customer, err error) error {
	var u *loyalty.Unavailable
	if errors.As(err, &u) || errors.Is(err, loyalty.ErrCredentials) {
		return err // ask once more when the CRM can be reached
	}
	what := fmt.Sprintf("whether %d points were taken from the customer in amoCRM", w.op.Sale.Spend)
	if err == nil && !who.NoBalance {
		what += fmt.Sprintf("; the balance is %d now", who.Balance)
	}
	return &loyalty.Doubtful{What: what}
}

// allowed says whether the customer may spend what the sale wants. The CRM is
// not known to check any of it.
func allowed(s loyalty.Sale, who loyalty.Customer, terms loyalty.Terms) error {
	no := func(r loyalty.Reason, format string, args ...any) error {
		return &loyalty.Refusal{Reason: r, Detail: fmt.Sprintf(format, args...)}
	}
	switch q := terms.Quote(s, who.Balance); {
	case who.NoBalance:
		return no(loyalty.BalanceUnknown, "neither bonus_points nor the field of balance_field is in the answer")
	case s.Spend < terms.MinSpend:
		return no(loyalty.BelowMinimum, "the least is %d points", terms.MinSpend)
	case s.Spend > who.Balance:
		return no(loyalty.NotEnoughPoints, "")
	case s.Spend > q.MaxSpend:
		return no(q.Limit, "the most is %d points", q.MaxSpend)
	case s.Worth != terms.Worth(s.Spend):
		return no(loyalty.BadRequest, "the points pay %d, not %d", terms.Worth(s.Spend), s.Worth)
	}
	return nil
}

// abort gives back what was taken.
func (w *work) abort(ctx context.Context) (out loyalty.Outcome, err error) {
	switch {
	case w.t.Transaction > 0:
		return out, &loyalty.Refusal{Reason: loyalty.AlreadyCommitted}
	case w.t.End == "" && w.t.Held > 0:
		w.after = &ticket{End: endDropped}
		if err := w.giveBack(ctx, w.t.Held); err != nil {
			return out, err
		}
		out.Restored, out.Worth = w.t.Held, w.op.Sale.Worth
	}
	if w.t.End == "" {
		w.t.End = endDropped
	}
	w.t.Held = 0
	return out, nil
}

// giveBack is a bonus change by so many points, once.
func (w *work) giveBack(ctx context.Context, by loyalty.Points) error {
	what := fmt.Sprintf("whether the customer's bonus points in amoCRM were changed by %+d", by)
	if w.again {
		return &loyalty.Doubtful{What: what}
	}
	_, err := w.change(ctx, by)
	return inDoubt(err, what)
}

// change adds points to the customer's balance, or takes them if there are less
// than none, and returns the balance after. An error that Judge calls unknown
// hides whether it was done.
func (w *work) change(ctx context.Context, by loyalty.Points) (loyalty.Points, error) {
	body := map[string]loyalty.Points{"earn": by}
	if by < 0 {
		body = map[string]loyalty.Points{"redeem": -by}
	}
	raw, err := w.call(ctx, request{method: http.MethodPost, path: fmt.Sprintf("customers/%d/bonus_points", w.id), body: body, urgent: by < 0})
	var no *loyalty.Refusal
	switch {
	case errors.As(err, &no) && no.Reason == loyalty.BadRequest && by < 0:
		return 0, &loyalty.Refusal{Reason: loyalty.NotEnoughPoints, Detail: no.Detail}
	case err != nil:
		return 0, err
	case raw == nil:
		return 0, errors.New("amoCRM answered without content")
	}
	return parseBalance(raw)
}

// inDoubt makes an unknown outcome one for a person: nothing can be asked back.
func inDoubt(err error, what string) error {
	if err == nil || loyalty.Judge(err) != loyalty.Unknown {
		return err
	}
	return &loyalty.Doubtful{What: what, Err: err}
}
