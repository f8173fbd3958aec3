package amocrm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// newTransaction is a purchase to be made.
type newTransaction struct {
	Price       int64             `json:"price"`
	CompletedAt int64             `json:"completed_at"` // when it was paid, however late it is sent
	Comment     string            `json:"comment"`
	RequestID   string            `json:"request_id"` // comes back, is not kept
	Metadata    map[string]string `json:"metadata"`   // external_id; kept as well, but in no document of this call
}

// commit makes the purchase. Points were taken before.
func (w *work) commit(ctx context.Context) (out loyalty.Outcome, err error) {
	s := w.op.Sale
	switch {
	case w.t.End != "":
		return out, &loyalty.Refusal{Reason: loyalty.AlreadyAborted}
	case w.t.Transaction > 0:
		return out, &loyalty.Refusal{Reason: loyalty.AlreadyCommitted}
	case s.Spend > w.t.Held:
		return out, &loyalty.Refusal{Reason: loyalty.HoldExpired, Detail: fmt.Sprintf("%d points were taken for the sale", w.t.Held)}
	}
	earned, err := w.earned(ctx)
	if err != nil {
		return out, err
	}
	made, found := int64(0), false
	if w.again {
		if made, found, err = w.appeared(ctx); err != nil {
			return out, err
		}
	}
	if !found {
		if made, err = w.purchase(ctx); err != nil {
			return out, err
		}
	}
	if over := w.t.Held - s.Spend; over > 0 {
		after := w.t
		after.Held, after.Transaction, after.Earned = s.Spend, made, earned
		w.after = &after
		what := fmt.Sprintf("give %d points back to the customer in amoCRM, if that is not done: purchase %d stands", over, made)
		if found { // made before; nobody knows what came after
			return out, &loyalty.Doubtful{What: what}
		}
		if _, err := w.change(ctx, over); err != nil {
			return out, halfDone(err, what)
		}
		w.t.Held = s.Spend
	}
	w.t.Transaction, w.t.Earned = made, earned
	return loyalty.Outcome{Spent: s.Spend, Worth: s.Worth, Earned: w.t.Earned}, nil
}

// earned is what the purchase will earn. The CRM does not say; the terms of the
// customer's segment do, to the point. What the till told the customer may have been
// an estimate (it may not have known the terms), and does not count.
func (w *work) earned(ctx context.Context) (loyalty.Points, error) {
	s := w.op.Sale
	if !*w.cfg.AccrueBonus {
		return 0, nil
	}
	terms, known := w.seenTerms(s.Customer)
	if !known {
		var err error
		_, terms, err = w.whose(ctx, s)
		var no *loyalty.Refusal
		switch {
		case errors.As(err, &no):
			return 0, nil // the purchase will be refused for it
		case err != nil && loyalty.Judge(err) == loyalty.Unknown:
			return 0, &loyalty.Unavailable{Err: err} // only a question was asked
		case err != nil:
			return 0, err
		}
	}
	return terms.Earn(s.Eligible() - s.Worth), nil
}

// halfDone is an error after a step that can not be repeated: whatever it was,
// the operation must not be sent again.
func halfDone(err error, what string) error { return &loyalty.Doubtful{What: what, Err: err} }

func (w *work) purchase(ctx context.Context) (int64, error) {
	at := w.op.At
	if at.IsZero() {
		at = w.op.Sale.At
	}
	raw, err := w.call(ctx, request{
		method: http.MethodPost, path: fmt.Sprintf("customers/%d/transactions", w.id),
		query: url.Values{"accrue_bonus": {strconv.FormatBool(*w.cfg.AccrueBonus)}},
		body: []newTransaction{{
			Price: w.cfg.price(w.op.Sale), CompletedAt: at.Unix(), Comment: comment(w.op), RequestID: string(w.op.Key),
			Metadata: map[string]string{"external_id": string(w.op.Key)},
		}},
	})
	switch {
	case err != nil:
		return 0, err
	case raw == nil:
		return 0, errors.New("amoCRM answered without content")
	}
	return parseMade(raw, w.op.Key, w.id)
}

// comment is for people, and has the key by which the purchase is found.
func comment(op loyalty.Operation) string {
	s := op.Sale
	text := "shop " + s.Shop + ", till " + s.Till
	if s.Receipt != "" {
		text += ", receipt " + s.Receipt
	}
	return text + ", key " + string(op.Key)
}

// price is what the purchase is said to have cost, rounded to the nearest unit.
func (c Config) price(s loyalty.Sale) int64 {
	m := s.ToPay()
	switch c.Price {
	case PriceTotal:
		m = s.Total
	case PriceEarning:
		m = s.Eligible() - s.Worth
	}
	m = max(m, 0)
	unit := loyalty.Money(c.PriceUnit)
	price := m / unit
	if m%unit >= unit-m%unit {
		price++
	}
	return int64(price)
}

// appeared looks for the purchase, and after a while once more: what was sent
// may still be on its way through the CRM.
func (w *work) appeared(ctx context.Context) (id int64, found bool, err error) {
	for try := range 2 {
		if try > 0 {
			timer := time.NewTimer(w.cfg.Quiet)
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
			timer.Stop()
		}
		id, found, err = w.find(ctx)
		if err != nil || found {
			return id, found, err
		}
	}
	return 0, false, nil
}

// findPages bounds the search for a purchase: 10,000 of one customer.
const findPages = 40

// find looks through the customer's purchases for the operation's key. Their
// order is not documented, so all are read.
func (w *work) find(ctx context.Context) (id int64, found bool, err error) {
	for page := 1; page <= findPages; page++ {
		raw, err := w.call(ctx, request{method: http.MethodGet, path: fmt.Sprintf("customers/%d/transactions", w.id), query: paged(page)})
		if err != nil && page > 4 {
			break // at this till's pace it will not come to an end
		}
		if err != nil {
			return 0, false, fmt.Errorf("look for the purchase: %w", err)
		}
		if raw == nil {
			return 0, false, nil
		}
		ts, more, err := parseTransactions(raw)
		if err != nil {
			return 0, false, fmt.Errorf("look for the purchase: %w", err)
		}
		for _, t := range ts {
			if !t.IsDeleted && (t.Metadata.ExternalID == string(w.op.Key) || strings.Contains(t.Comment, string(w.op.Key))) {
				return t.ID, true, nil
			}
		}
		if !more {
			return 0, false, nil
		}
	}
	return 0, false, &loyalty.Doubtful{What: "whether the purchase is among the customer's in amoCRM: they are too many to look through"}
}

// erase deletes the purchase. It may be asked for again.
func (w *work) erase(ctx context.Context) error {
	r := request{method: http.MethodDelete, path: fmt.Sprintf("customers/%d/transactions/%d", w.id, w.t.Transaction)}
	a, err := w.exchange(ctx, r)
	if err != nil {
		return err
	}
	if a.status == http.StatusNotFound && a.problem() {
		return nil // it is gone
	}
	_, err = w.read(r, a)
	return err
}

// stands says whether the purchase is there.
func (w *work) stands(ctx context.Context) (bool, error) {
	r := request{method: http.MethodGet, path: fmt.Sprintf("customers/%d/transactions/%d", w.id, w.t.Transaction)}
	a, err := w.exchange(ctx, r)
	if err != nil {
		return false, err
	}
	if a.status == http.StatusNotFound && a.problem() {
		return false, nil
	}
	raw, err := w.read(r, a)
	if err != nil || raw == nil {
		return false, err
	}
	var t wireTransaction
	if err := parse(raw, "a purchase", &t); err != nil {
		return false, err
	}
	if t.ID != w.t.Transaction {
		return false, &AnswerError{"a purchase", "it is another one than was asked for"}
	}
	return !t.IsDeleted, nil
}
