package maxma

import (
	"context"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

type transaction struct {
	ID         string    `json:"id"`
	ExecutedAt time.Time `json:"executedAt"`
	PurchaseID string    `json:"purchaseId"`
	Amount     *money    `json:"refundAmount,omitempty"`
	ShopCode   string    `json:"shopCode,omitempty"`
	ShopName   string    `json:"shopName,omitempty"`
	Cashier    string    `json:"cashier,omitempty"`
	Items      []item    `json:"items,omitempty"`
}

// refund takes goods back. What an "already processed" return did is in the
// customer's ledger, under the number that the till gave it.
func (c *Client) refund(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	r, s := op.Refund, op.Sale
	if r == nil || r.Amount < 1 {
		return loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "a return of nothing"}
	}
	amount := c.amount(op)
	var a struct {
		Confirmation *struct {
			Recovered *whole `json:"recoveredBonuses"`
			Cancelled *whole `json:"cancelledBonuses"`
		} `json:"confirmation"`
	}
	err := c.call(ctx, "apply-return", map[string]any{"transaction": transaction{
		ID: string(op.Key), ExecutedAt: op.At, PurchaseID: txidOf(op), Amount: &amount,
		ShopCode: c.cfg.ShopCode, ShopName: c.cfg.ShopName, Cashier: s.Cashier, Items: returned(*r),
	}}, &a)
	if said(err) == alreadyDone {
		return c.done(ctx, s, func(e entry) bool { return e.refunds() == string(op.Key) })
	}
	if err != nil {
		return loyalty.Outcome{}, err
	}
	if a.Confirmation == nil {
		return loyalty.Outcome{}, &AnswerError{What: "the answer to apply-return", Why: "confirmation is missing"}
	}
	return back(s, a.Confirmation.Recovered, a.Confirmation.Cancelled, "the answer to apply-return")
}

// PreviewReturn asks what a return would give back and take back. It changes
// nothing.
func (c *Client) PreviewReturn(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	who, ok := keyOfCustomer(op.Sale.Customer)
	if !ok || op.Refund == nil {
		return loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "a return of nothing, or of nobody"}
	}
	var a struct {
		Calculation *struct {
			Recovered *whole `json:"recoveredBonuses"`
			Cancelled *whole `json:"cancelledBonuses"`
		} `json:"calculation"`
	}
	err := c.call(ctx, "calculate-return", map[string]any{"calculate": struct {
		key
		PurchaseID string `json:"purchaseId"`
		Amount     money  `json:"refundAmount"`
		Items      []item `json:"items,omitempty"`
	}{who, txidOf(op), c.amount(op), returned(*op.Refund)}}, &a)
	if err != nil {
		return loyalty.Outcome{}, fmt.Errorf("preview of a return: %w", meant(err))
	}
	if a.Calculation == nil {
		return loyalty.Outcome{}, &AnswerError{What: "the answer to calculate-return", Why: "calculation is missing"}
	}
	return back(op.Sale, a.Calculation.Recovered, a.Calculation.Cancelled, "the answer to calculate-return")
}

// amount is the amount of a return as the configuration takes it.
func (c *Client) amount(op loyalty.Operation) money {
	if c.cfg.RefundPaid {
		return money(loyalty.Portion(op.Sale.ToPay(), op.Refund.Amount, max(op.Sale.Total, op.Refund.Amount)))
	}
	return money(op.Refund.Amount)
}

// revert rolls a sale back. One that is not booked yet is dropped.
func (c *Client) revert(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	var a struct {
		Result *struct {
			Refunded  *whole `json:"refundedBonuses"`
			Cancelled *whole `json:"cancelledBonuses"`
		} `json:"operationResult"`
	}
	id := txidOf(op)
	err := c.call(ctx, "revert-purchase", map[string]any{"transaction": transaction{
		ID: string(op.Key), ExecutedAt: op.At, PurchaseID: id, Cashier: op.Sale.Cashier,
	}}, &a)
	switch said(err) {
	case alreadyDone:
		return c.done(ctx, op.Sale, func(e entry) bool {
			of := e.sale()
			return of != nil && of.Purchase == id && e.reverts()
		})
	case discarded:
		return loyalty.Outcome{}, nil
	case purchaseMissing, 13:
		if held, ok := parseTicket(op.Ticket); ok {
			return loyalty.Outcome{}, c.discard(ctx, op.Sale, held)
		}
	}
	if err != nil {
		return loyalty.Outcome{}, err
	}
	if a.Result == nil {
		return loyalty.Outcome{}, &AnswerError{What: "the answer to revert-purchase", Why: "operationResult is missing"}
	}
	return back(op.Sale, a.Result.Refunded, a.Result.Cancelled, "the answer to revert-purchase")
}

// done is the outcome of what was done before, from the ledger.
func (c *Client) done(ctx context.Context, s loyalty.Sale, mine func(entry) bool) (loyalty.Outcome, error) {
	who, ok := keyOfCustomer(s.Customer)
	if !ok {
		return loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.CustomerUnknown, Detail: "the customer's id is not one of MAXMA's"}
	}
	var restored, cancelled whole
	err := c.ledger(ctx, who, func(e entry) bool {
		if mine(e) {
			switch e.kind() {
			case loyalty.RestoredEvent:
				restored += abs(e.Amount)
			case loyalty.CancelledEvent:
				cancelled += abs(e.Amount)
			}
		}
		return true
	})
	if err != nil && loyalty.Judge(meant(err)) != loyalty.Refused {
		return loyalty.Outcome{}, err
	}
	// It is done in any case; a ledger that can not be read leaves the figures out.
	return back(s, &restored, &cancelled, "the bonus history")
}

func back(s loyalty.Sale, restored, cancelled *whole, what string) (loyalty.Outcome, error) {
	if restored == nil || cancelled == nil || *restored < 0 || *cancelled < 0 {
		return loyalty.Outcome{}, &AnswerError{What: what, Why: "the points given back or taken back are missing or negative"}
	}
	out := loyalty.Outcome{Restored: loyalty.Points(*restored), Cancelled: loyalty.Points(*cancelled)}
	if s.Spend > 0 {
		// What they paid is not told: their part of what was paid with points.
		out.Worth = loyalty.Portion(s.Worth, min(out.Restored, s.Spend), s.Spend)
	}
	return out, nil
}
