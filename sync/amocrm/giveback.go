package amocrm

import (
	"context"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// goodsBack is a return. The rule of parts is loyalty.Portion's, so that all
// parts together give back the whole.
func (w *work) goodsBack(ctx context.Context) (out loyalty.Outcome, err error) {
	s, r := w.op.Sale, w.op.Refund
	switch {
	case w.t.Transaction == 0 || w.t.End != "":
		return out, &loyalty.Refusal{Reason: loyalty.SaleUnknown, Detail: "no paid sale of that key"}
	case r == nil || r.Amount < 1:
		return out, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "nothing comes back"}
	case r.Amount > s.Total-w.t.Returned:
		return out, &loyalty.Refusal{Reason: loyalty.AboveSale, Detail: fmt.Sprintf("%d of the sale is left", s.Total-w.t.Returned)}
	}
	after := w.t
	after.Returned += r.Amount
	after.Eligible = min(after.Eligible+r.Eligible(), s.Eligible())
	whole := after.Returned == s.Total
	if whole {
		after.Restored, after.Cancelled, after.Eligible = after.Held, after.Earned, s.Eligible()
	} else {
		if w.cfg.PartialReturns != PartialCompensate {
			return out, &loyalty.Refusal{Reason: loyalty.WholeOnly, Detail: "correct the purchase and the points in amoCRM, or set partial_returns"}
		}
		after.Restored = max(after.Restored, loyalty.Portion(after.Held, after.Eligible, s.Eligible()))
		after.Cancelled = max(after.Cancelled, loyalty.Portion(after.Earned, after.Eligible, s.Eligible()))
	}
	return w.undo(ctx, after, whole)
}

// revert makes the sale as if it never was.
func (w *work) revert(ctx context.Context) (out loyalty.Outcome, err error) {
	switch {
	case w.t.End != "":
		return out, nil // it is so already
	case w.t.Transaction == 0 && w.t.Held == 0:
		return out, &loyalty.Refusal{Reason: loyalty.SaleUnknown}
	case w.t.Transaction == 0:
		out, err = w.abort(ctx)
		w.t.End = endReverted
		return out, err
	}
	after := w.t
	after.Returned, after.Eligible = w.op.Sale.Total, w.op.Sale.Eligible()
	after.Restored, after.Cancelled, after.End = after.Held, after.Earned, endReverted
	return w.undo(ctx, after, w.t.Returned < w.op.Sale.Total)
}

// undo brings a paid sale to a later ticket: one bonus change for what is given
// and taken back, then the purchase is deleted if none of it is left. The change
// comes first because it may be refused, and nothing is done then. The other way
// round a purchase would be gone whose points can not be corrected.
func (w *work) undo(ctx context.Context, after ticket, erase bool) (out loyalty.Outcome, err error) {
	w.after = &after
	out.Restored, out.Cancelled = after.Restored-w.t.Restored, after.Cancelled-w.t.Cancelled
	if w.t.Held > 0 {
		out.Worth = w.op.Sale.Worth / loyalty.Money(w.t.Held) * loyalty.Money(out.Restored)
	}
	by := out.Restored - out.Cancelled
	if erase && w.cfg.DeleteTakesBack {
		by = out.Restored + w.t.Cancelled // the CRM takes all that was earned, with what was taken before
	}
	if w.again && by != 0 {
		done := false
		if erase {
			there, err := w.stands(ctx)
			if err != nil {
				return loyalty.Outcome{}, err
			}
			done = !there // it was the last step
		}
		if !done {
			return loyalty.Outcome{}, &loyalty.Doubtful{What: w.rest(by, erase)}
		}
		by, erase = 0, false
	}
	if by != 0 {
		if _, err := w.change(ctx, by); err != nil {
			return loyalty.Outcome{}, inDoubt(err, w.rest(by, erase))
		}
	}
	if erase {
		err := w.erase(ctx)
		for range 2 {
			if loyalty.Judge(err) != loyalty.Unknown || by == 0 {
				break
			}
			err = w.erase(ctx) // it does no harm
		}
		switch {
		case err != nil && by != 0:
			return loyalty.Outcome{}, halfDone(err, fmt.Sprintf("delete purchase %d in amoCRM, if that is not done: the points are corrected", w.t.Transaction))
		case err != nil:
			return loyalty.Outcome{}, err
		}
	}
	w.t = after
	return out, nil
}

// rest is what a person has to look for after an undoing that was cut.
func (w *work) rest(by loyalty.Points, erase bool) string {
	text := fmt.Sprintf("whether the customer's bonus points in amoCRM were changed by %+d", by)
	if erase {
		text += fmt.Sprintf("; then delete purchase %d", w.t.Transaction)
	}
	return text
}
