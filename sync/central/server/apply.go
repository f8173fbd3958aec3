package server

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// remembered is an operation's answer, kept under its key for ever.
type remembered struct {
	Sum     []byte           `json:"sum"` // SHA-256 of the content
	Outcome *loyalty.Outcome `json:"outcome,omitempty"`
	Refusal *loyalty.Refusal `json:"refusal,omitempty"`
}

// Apply carries out an operation once. It returns a *loyalty.Refusal for a
// final no; after any other error nothing has been done.
func (s *Server) Apply(op loyalty.Operation) (loyalty.Outcome, error) {
	r := s.ApplyAll([]loyalty.Operation{op})[0]
	return r.Outcome, r.Err
}

// ApplyAll is Apply for one operation after the other, in one transaction: they
// share what it costs to have it on disk. If one of them breaks it, each gets its
// own, so that none suffers for another.
func (s *Server) ApplyAll(ops []loyalty.Operation) []loyalty.Result {
	ops = slices.Clone(ops)
	all := make([]loyalty.Result, len(ops))
	ms, sums := make([]remembered, len(ops)), make([][]byte, len(ops))
	var fresh []int // not known yet: a retry costs no write
	for i := range ops {
		if all[i].Err = valid(ops[i]); all[i].Err != nil {
			continue
		}
		ops[i].At, ops[i].Sale.At = ops[i].At.UTC(), ops[i].Sale.At.UTC()
		raw, err := json.Marshal(ops[i])
		if err == nil {
			sum := sha256.Sum256(raw)
			sums[i] = sum[:]
			err = s.read(func(t *tx) error { _, err := t.get(operationBucket, []byte(ops[i].Key), &ms[i]); return err })
		}
		if all[i].Err = err; err == nil && ms[i].Sum == nil {
			fresh = append(fresh, i)
		}
	}
	write := func(fresh []int) error {
		return s.write(func(t *tx) error {
			for _, i := range fresh {
				if err := t.once(ops[i], sums[i], &ms[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if len(fresh) > 0 && write(fresh) != nil {
		for _, i := range fresh {
			ms[i] = remembered{}
			all[i].Err = write([]int{i})
		}
	}
	for i, m := range ms {
		switch {
		case all[i].Err != nil:
		case string(m.Sum) != string(sums[i]):
			all[i].Err = refuse(loyalty.KeyReused, "the key is known with other content")
		case m.Refusal != nil:
			all[i].Err = m.Refusal
		default:
			all[i].Outcome = *m.Outcome
		}
	}
	return all
}

// once carries out an operation unless its key is known by now.
func (t *tx) once(op loyalty.Operation, sum []byte, m *remembered) error {
	if known, err := t.get(operationBucket, []byte(op.Key), m); known || err != nil {
		return err
	}
	*m = remembered{Sum: sum}
	out, err := t.apply(op)
	switch no := (*loyalty.Refusal)(nil); {
	case err == nil:
		m.Outcome = &out
	case errors.As(err, &no):
		m.Refusal = no
	default:
		return err
	}
	return t.put(operationBucket, []byte(op.Key), m)
}

// apply does the work. A refusal must leave everything as it was.
func (t *tx) apply(op loyalty.Operation) (loyalty.Outcome, error) {
	x, err := t.sale(op)
	if err != nil {
		return loyalty.Outcome{}, err
	}
	a, err := t.account(x.Customer)
	switch {
	case err != nil:
		return loyalty.Outcome{}, err
	case x.Customer != op.Sale.Customer:
		return loyalty.Outcome{}, refuse(loyalty.BadRequest, "the sale is another customer's")
	case a == nil && op.Kind == loyalty.Abort && x.State == "":
		x.State = dropped
		return loyalty.Outcome{}, t.putSale(x)
	case a == nil:
		return loyalty.Outcome{}, refuse(loyalty.CustomerUnknown, "")
	}
	var out loyalty.Outcome
	total, heldBefore := a.Total, a.Held
	switch op.Kind {
	case loyalty.Reserve:
		out, err = t.reserve(op, a, x)
	case loyalty.Commit:
		out, err = t.commit(op, a, x)
	case loyalty.Abort:
		out, err = t.abort(a, x)
	case loyalty.Return:
		out, err = t.goodsBack(op, a, x)
	case loyalty.Revert:
		out, err = t.revert(op, a, x)
	}
	if err != nil {
		return loyalty.Outcome{}, err
	}
	if err := t.putSale(x); err != nil {
		return loyalty.Outcome{}, err
	}
	if a.Total != total || a.Held != heldBefore || out.Spent != 0 {
		if err := t.update(a); err != nil {
			return loyalty.Outcome{}, err
		}
	}
	c := a.public(t.now)
	out.Customer, out.Version = &c, a.Version
	return out, nil
}

func (t *tx) reserve(op loyalty.Operation, a *account, x *sale) (out loyalty.Outcome, err error) {
	switch x.State {
	case held:
		return out, refuse(loyalty.KeyReused, "points are held for the sale already")
	case paid:
		return out, refuse(loyalty.AlreadyCommitted, "")
	case dropped, reverted:
		return out, refuse(loyalty.AlreadyAborted, "")
	}
	if err := t.allowed(op.Sale, a); err != nil {
		return out, err
	}
	x.State, x.Spent, x.Worth, x.Lots = held, op.Sale.Spend, op.Sale.Worth, a.take(op.Sale.Spend)
	x.Until = t.now.Add(t.s.o.HoldFor).UTC()
	a.Held += x.Spent
	return loyalty.Outcome{Spent: x.Spent, Worth: x.Worth}, t.expireAt(x.Until, 's', string(x.Key))
}

func (t *tx) commit(op loyalty.Operation, a *account, x *sale) (out loyalty.Outcome, err error) {
	switch x.State {
	case paid:
		return out, refuse(loyalty.AlreadyCommitted, "")
	case dropped, reverted:
		return out, refuse(loyalty.AlreadyAborted, "")
	}
	kept := *a // with the hold given back, to judge what is spent beyond it
	kept.Held -= x.Spent
	switch {
	case x.State == held && op.Sale.Spend <= x.Spent:
		if worth := x.pointValue() * loyalty.Money(op.Sale.Spend); op.Sale.Worth != worth {
			return out, refuse(loyalty.BadRequest, fmt.Sprintf("the held points pay %d, not %d", worth, op.Sale.Worth))
		}
	case op.Sale.Spend > 0:
		err := t.allowed(op.Sale, &kept)
		var no *loyalty.Refusal
		if errors.As(err, &no) && x.State == lapsed && no.Reason == loyalty.NotEnoughPoints {
			err = refuse(loyalty.HoldExpired, "the points were spent or lost meanwhile")
		}
		if err != nil {
			return out, err
		}
	case a.Blocked && x.State != held:
		return out, refuse(loyalty.CustomerBlocked, "")
	}
	if err := t.release(a, x); err != nil {
		return out, err
	}
	a.take(op.Sale.Spend)
	x.State, x.Total, x.Eligible = paid, op.Sale.Total, op.Sale.Eligible()
	x.Spent, x.Worth = op.Sale.Spend, op.Sale.Worth
	if !a.Blocked {
		terms, err := t.terms(a)
		if err != nil {
			return out, err
		}
		x.Earned = terms.Earn(x.Eligible - x.Worth)
	}
	if err := t.bookSale(op, a, Spent, -x.Spent); err != nil {
		return out, err
	}
	if err := t.bookSale(op, a, Earned, x.Earned); err != nil {
		return out, err
	}
	return loyalty.Outcome{Spent: x.Spent, Worth: x.Worth, Earned: x.Earned}, nil
}

func (t *tx) abort(a *account, x *sale) (out loyalty.Outcome, err error) {
	switch x.State {
	case paid:
		return out, refuse(loyalty.AlreadyCommitted, "")
	case dropped, reverted:
		return out, nil
	}
	out.Restored, out.Worth = x.Spent, x.Worth
	x.State = dropped
	return out, t.release(a, x)
}

func (t *tx) goodsBack(op loyalty.Operation, a *account, x *sale) (out loyalty.Outcome, err error) {
	if x.State != paid {
		return out, refuse(loyalty.SaleUnknown, "no paid sale of that key")
	}
	if left := x.Total - x.Returned; op.Refund.Amount > left {
		return out, refuse(loyalty.AboveSale, fmt.Sprintf("%d of the sale is left", left))
	}
	value := x.pointValue()
	out.Restored, out.Cancelled = x.giveBack(*op.Refund)
	out.Worth = value * loyalty.Money(out.Restored)
	return out, t.giveBack(op, a, out)
}

func (t *tx) revert(op loyalty.Operation, a *account, x *sale) (out loyalty.Outcome, err error) {
	switch x.State {
	case "":
		return out, refuse(loyalty.SaleUnknown, "")
	case dropped, reverted:
		return out, nil
	case held, lapsed:
		out, err = t.abort(a, x)
		x.State = reverted
		return out, err
	}
	out.Restored, out.Cancelled = x.Spent-x.Restored, x.Earned-x.Cancelled
	out.Worth = x.pointValue() * loyalty.Money(out.Restored)
	x.State, x.Restored, x.Cancelled = reverted, x.Spent, x.Earned
	x.Returned, x.ReturnedEligible = x.Total, x.Eligible
	return out, t.giveBack(op, a, out)
}

// giveBack books what a return or revert gives and takes back. Restored points
// no longer expire, for the customer's good.
func (t *tx) giveBack(op loyalty.Operation, a *account, out loyalty.Outcome) error {
	if err := t.bookSale(op, a, Restored, out.Restored); err != nil {
		return err
	}
	if err := t.bookSale(op, a, Cancelled, -out.Cancelled); err != nil {
		return err
	}
	a.fit()
	return nil
}

func (t *tx) bookSale(op loyalty.Operation, a *account, kind RecordKind, p loyalty.Points) error {
	return t.book(a, Record{Kind: kind, Points: p, Sale: op.Sale.Key, Key: op.Key, Shop: op.Sale.Shop, Till: op.Sale.Till})
}

// allowed says whether the terms and the account let a sale spend what it wants.
func (t *tx) allowed(s loyalty.Sale, a *account) error {
	if a.Blocked {
		return refuse(loyalty.CustomerBlocked, "")
	}
	terms, err := t.terms(a)
	if err != nil {
		return err
	}
	switch q := terms.Quote(s, a.Available()); {
	case s.Spend > 0 && s.Spend < terms.MinSpend:
		return refuse(loyalty.BelowMinimum, fmt.Sprintf("the least is %d points", terms.MinSpend))
	case s.Spend > a.Available() && s.Spend > 0:
		return refuse(loyalty.NotEnoughPoints, "")
	case s.Spend > q.MaxSpend:
		return refuse(q.Limit, fmt.Sprintf("the most is %d points", q.MaxSpend))
	case s.Worth != terms.Worth(s.Spend):
		return refuse(loyalty.BadRequest, fmt.Sprintf("the points pay %d, not %d", terms.Worth(s.Spend), s.Worth))
	}
	return nil
}

func refuse(r loyalty.Reason, detail string) *loyalty.Refusal {
	return &loyalty.Refusal{Reason: r, Detail: detail}
}
