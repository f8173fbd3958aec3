package maxma

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// entry is a line of the bonus ledger. What it is about stands in a member that
// is called as the operation is.
type entry struct {
	At        instant `json:"at"`
	Amount    whole   `json:"amount"`
	Operation string  `json:"operation"`
	Name      string  `json:"operationName"`

	about about
}

type about struct {
	Purchase     string `json:"purchaseId"`
	TotalAmount  money  `json:"totalAmount"`
	Return       string `json:"returnId"`
	RefundAmount money  `json:"refundAmount"`
}

// UnmarshalJSON reads an entry. Of an operation that nobody knows, or an object
// of another form, the amount is taken and nothing else.
func (e *entry) UnmarshalJSON(raw []byte) error {
	type bare entry
	if err := json.Unmarshal(raw, (*bare)(e)); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	if json.Unmarshal(all[e.Operation], &e.about) != nil {
		e.about = about{}
	}
	return nil
}

// kinds are the operations of the ledger. The list may grow.
var kinds = map[string]loyalty.EventKind{
	"OPERATION_APPLIED":          loyalty.SpentEvent,
	"OPERATION_COLLECTED":        loyalty.EarnedEvent,
	"OPERATION_COLLECTED_FRIEND": loyalty.EarnedEvent,
	"OPERATION_EXPIRED":          loyalty.ExpiredEvent,
	"OPERATION_REFUNDED":         loyalty.RestoredEvent,
	"OPERATION_APPLY_REVERTED":   loyalty.RestoredEvent,
	"OPERATION_CANCELLED":        loyalty.CancelledEvent,
	"OPERATION_COLLECT_REVERTED": loyalty.CancelledEvent,
	"OPERATION_RECEIVED":         loyalty.GivenEvent,
	"OPERATION_RECALLED":         loyalty.TakenEvent,
}

func (e entry) kind() loyalty.EventKind {
	if k, ok := kinds[e.Operation]; ok {
		return k
	}
	return loyalty.OtherEvent
}

func (e entry) reverts() bool { return strings.HasSuffix(e.Operation, "_REVERTED") }

// sale is the purchase that the entry is about; nil if none.
func (e entry) sale() *about {
	if e.about.Purchase == "" {
		return nil
	}
	return &e.about
}

// refunds is the number of the return that the entry is about. That it is the
// till's own number, not one of MAXMA's, is a conclusion.
func (e entry) refunds() string { return e.about.Return }

// points are what the entry did to the balance. The sign follows from the kind:
// spent points have been seen with either.
func (e entry) points() loyalty.Points {
	switch e.kind() {
	case loyalty.SpentEvent, loyalty.ExpiredEvent, loyalty.CancelledEvent, loyalty.TakenEvent:
		return -loyalty.Points(abs(e.Amount))
	case loyalty.OtherEvent:
		return loyalty.Points(e.Amount)
	}
	return loyalty.Points(abs(e.Amount))
}

func abs(w whole) whole { return max(w, -w) }

const (
	perPage  = 100
	maxPages = 20
)

// pages goes through a history until see says that it is enough.
func pages[T any](ctx context.Context, c *Client, method string, who key, see func(T) bool) error {
	for n := range maxPages {
		var a struct {
			History    *[]T `json:"history"`
			Pagination struct {
				Total whole `json:"total"`
			} `json:"pagination"`
		}
		ask := map[string]any{"client": who, "pagination": pagination{Limit: perPage, Offset: n * perPage}}
		if err := c.call(ctx, method, ask, &a); err != nil {
			return err
		}
		if a.History == nil {
			return &AnswerError{What: "the answer to " + method, Why: "history is missing"}
		}
		for _, x := range *a.History {
			if !see(x) {
				return nil
			}
		}
		if len(*a.History) == 0 || int64(a.Pagination.Total) <= int64((n+1)*perPage) {
			return nil
		}
	}
	return nil
}

func (c *Client) ledger(ctx context.Context, who key, see func(entry) bool) error {
	return pages(ctx, c, "get-bonus-history", who, see)
}

// History is the latest events of a customer. In which order MAXMA tells them is
// not documented, so all of them are read, up to 2,000, and sorted.
func (c *Client) History(ctx context.Context, id loyalty.Ident, limit int) ([]loyalty.Event, error) {
	who, ok := keyOf(id)
	if !ok {
		return nil, loyalty.ErrNotFound
	}
	var all []loyalty.Event
	err := c.ledger(ctx, who, func(e entry) bool {
		ev := loyalty.Event{At: e.At.Time, Kind: e.kind(), Points: e.points(), Text: e.Name}
		ev.Amount = loyalty.Money(max(e.about.TotalAmount, e.about.RefundAmount))
		if k := loyalty.Key(e.about.Purchase[:min(36, len(e.about.Purchase))]); k.Valid() {
			ev.Sale = k
		}
		all = append(all, ev)
		return true
	})
	if said(err) == clientNotFound {
		return nil, loyalty.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("history: %w", meant(err))
	}
	slices.SortStableFunc(all, func(a, b loyalty.Event) int { return b.At.Compare(a.At) })
	return all[:min(len(all), max(limit, 0))], nil
}
