package amocrm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

var _ loyalty.Historian = (*Client)(nil)

// historyPages bounds what is read for a history: 1,000 purchases.
const historyPages = 4

// History is the customer's purchases, newest first. The CRM tells of no bonus
// changes, so the events say what was bought for how much, not what it earned.
func (c *Client) History(ctx context.Context, id loyalty.Ident, limit int) ([]loyalty.Event, error) {
	n, ok := number(id.Value)
	if id.Kind == loyalty.ByPhone {
		found, err := c.Lookup(ctx, id)
		if err != nil {
			return nil, err
		}
		n, ok = number(string(found.ID))
	}
	if !ok || id.Kind == loyalty.ByExternalID {
		return nil, loyalty.ErrNotFound
	}
	var events []loyalty.Event
	for page, more := 1, true; more && page <= historyPages; page++ {
		raw, err := c.call(ctx, request{method: http.MethodGet, path: fmt.Sprintf("customers/%d/transactions", n), query: paged(page), urgent: true})
		if err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		if raw == nil {
			break
		}
		var ts []wireTransaction
		if ts, more, err = parseTransactions(raw); err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		for _, t := range ts {
			if !t.IsDeleted {
				events = append(events, c.cfg.event(t))
			}
		}
	}
	slices.SortStableFunc(events, func(a, b loyalty.Event) int { return b.At.Compare(a.At) })
	return events[:min(len(events), max(limit, 0))], nil
}

// event is a purchase. Only a comment of our own form is shown: others may say
// anything about the customer.
func (c Config) event(t wireTransaction) loyalty.Event {
	e := loyalty.Event{Kind: loyalty.OtherEvent}
	if at, ok := whole(t.CompletedAt); ok && at > 0 && at < 1e12 {
		e.At = time.Unix(at, 0).UTC()
	}
	if price, ok := whole(t.Price); ok && price > 0 && price < 1<<50/c.PriceUnit {
		e.Amount = loyalty.Money(price * c.PriceUnit)
	}
	if text, _, ok := strings.Cut(t.Comment, ", key "); ok && strings.HasPrefix(text, "shop ") {
		e.Text = text
	}
	return e
}

// whole is a whole number, as it is or in quotes.
func whole(raw json.RawMessage) (int64, bool) {
	p, ok := points(raw)
	return int64(p), ok
}
