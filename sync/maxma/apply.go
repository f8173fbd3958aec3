package maxma

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Apply carries out an operation.
func (c *Client) Apply(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	if !op.Key.Valid() || !op.Sale.Key.Valid() {
		return loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "a key is not a UUID in lower case"}
	}
	done, err := c.turn(ctx, op.Sale.Key)
	if err != nil {
		return loyalty.Outcome{}, &loyalty.Unavailable{Err: err}
	}
	defer done()
	var out loyalty.Outcome
	switch op.Kind {
	case loyalty.Reserve:
		out, err = c.reserve(ctx, op)
	case loyalty.Commit:
		out, err = c.commit(ctx, op)
	case loyalty.Abort:
		err = c.abort(ctx, op)
	case loyalty.Return:
		out, err = c.refund(ctx, op)
	case loyalty.Revert:
		out, err = c.revert(ctx, op)
	default:
		err = &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "kind of operation"}
	}
	if err != nil {
		return loyalty.Outcome{}, fmt.Errorf("%s: %w", op.Kind, meant(err))
	}
	out.Version = c.next()
	return out, nil
}

// turn waits until no other operation of the sale is at work: of two at once one
// could take the other's draft away.
func (c *Client) turn(ctx context.Context, sale loyalty.Key) (done func(), err error) {
	for {
		c.mu.Lock()
		other := c.busy[sale]
		if other == nil {
			mine := make(chan struct{})
			c.busy[sale] = mine
			c.mu.Unlock()
			return func() {
				c.mu.Lock()
				delete(c.busy, sale)
				c.mu.Unlock()
				close(mine)
			}, nil
		}
		c.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tries is under how many txids a sale is tried.
const tries = 4

// errBooked says that the sale is booked already; the draft beside it has what.
var errBooked = errors.New("the sale is booked")

// reserve makes the preliminary purchase.
func (c *Client) reserve(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	for n := range tries {
		d, err := c.set(ctx, op.Sale, n, false)
		switch said(err) {
		case alreadyDone:
			// Confirmed, or a draft of ours whose ticket was lost. No Commit has
			// gone out before the Reserve was settled, so what is not in the
			// history will not come into it, and another txid is safe.
			_, booked, err := c.find(ctx, op.Sale, txid(op.Sale.Key, n))
			if err != nil {
				return loyalty.Outcome{}, err
			}
			if booked != never {
				return loyalty.Outcome{}, refuse(alreadyDone, "set-purchase")
			}
			continue
		case incorrectBonus:
			return loyalty.Outcome{}, c.tooMany(ctx, op.Sale)
		}
		if err != nil {
			return loyalty.Outcome{}, err
		}
		out := d.outcome()
		out.Earned = 0 // not before the Commit
		return out, nil
	}
	return loyalty.Outcome{}, errors.New("MAXMA has every txid of this sale, and none in the history")
}

// tooMany says why points are too many.
func (c *Client) tooMany(ctx context.Context, s loyalty.Sale) error {
	now, err := c.Lookup(ctx, loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(s.Customer)})
	no := &loyalty.Refusal{Reason: loyalty.AboveShare, Detail: (&codeError{incorrectBonus, "set-purchase"}).Error()}
	if err == nil && now.Balance < s.Spend {
		no.Reason = loyalty.NotEnoughPoints
	}
	return no
}

// commit confirms the preliminary purchase, or makes and confirms one.
func (c *Client) commit(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	held, reserved := parseTicket(op.Ticket)
	d, err := held, error(nil)
	if reserved && held.spent == op.Sale.Spend {
		err = c.confirm(ctx, op.Sale, held)
	}
	if !reserved || held.spent != op.Sale.Spend || said(err) == purchaseMissing {
		// There is none, or the ticket is one no more: the draft was replaced or has
		// expired. The receipt is printed; it is booked as it is.
		d, err = c.draftToConfirm(ctx, op.Sale, held.n)
		if err == nil {
			err = c.confirm(ctx, op.Sale, d)
		}
	}
	switch no := said(err); {
	case err == nil, no == alreadyDone, errors.Is(err, errBooked):
		return d.outcome(), nil
	case no == incorrectBonus && reserved:
		return loyalty.Outcome{}, &loyalty.Refusal{Reason: loyalty.HoldExpired, Detail: err.Error()}
	case no == incorrectBonus:
		return loyalty.Outcome{}, c.tooMany(ctx, op.Sale)
	}
	return loyalty.Outcome{}, err
}

// draftToConfirm makes a preliminary purchase of a sale that is paid. With
// errBooked the sale was confirmed before, and the draft is what was booked.
func (c *Client) draftToConfirm(ctx context.Context, s loyalty.Sale, from int) (draft, error) {
	for n := from; n < from+tries; n++ {
		d, err := c.set(ctx, s, n, true)
		if said(err) != alreadyDone {
			return d, err
		}
		was, booked, err := c.find(ctx, s, txid(s.Key, n))
		switch {
		case err != nil:
			return draft{}, err
		case booked == undone:
			return draft{}, refuse(discarded, "set-purchase")
		case booked == now:
			c.mu.Lock()
			delete(c.unsure, txid(s.Key, n))
			c.mu.Unlock()
			was.n = n
			return was, errBooked
		}
		// "Already processed", and not in the history: a draft whose ticket was
		// lost, or a booking that the history does not show yet. Another txid
		// before the history has had its time could book the sale twice.
		if left := c.cfg.HistoryLag - time.Since(c.lastConfirm(txid(s.Key, n))); left > 0 {
			return draft{}, fmt.Errorf("MAXMA has the sale, its history does not show it yet: to be asked again in %s", left.Round(time.Second))
		}
	}
	return draft{}, errors.New("MAXMA has every txid of this sale, and none in the history")
}

// confirm makes a draft final.
func (c *Client) confirm(ctx context.Context, s loyalty.Sale, d draft) error {
	id := txid(s.Key, d.n)
	c.mu.Lock()
	c.unsure[id] = time.Now()
	c.mu.Unlock()
	err := c.call(ctx, "confirm-ticket", map[string]any{"txid": id, "ticket": d.ticket, "receiptNum": s.Receipt}, nil)
	if err == nil || said(err) != 0 {
		c.mu.Lock()
		delete(c.unsure, id)
		c.mu.Unlock()
	}
	return err
}

// lastConfirm is when a confirmation of the txid may have gone out last: that of
// a run of the program before this one when it began.
func (c *Client) lastConfirm(id string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.unsure[id]; ok {
		return at
	}
	return c.started
}

// abort drops the preliminary purchase. Without its ticket (the answer to the
// Reserve was lost, or the Reserve never came) one is made to be dropped: from
// then on MAXMA takes the txid for discarded, whatever else comes late.
func (c *Client) abort(ctx context.Context, op loyalty.Operation) error {
	if d, ok := parseTicket(op.Ticket); ok {
		return c.discard(ctx, op.Sale, d)
	}
	s := op.Sale
	s.Spend, s.Worth, s.Promo, s.GiftCards, s.Off = 0, 0, "", nil, 0
	for n := range tries {
		d, err := c.set(ctx, s, n, false)
		switch no := said(err); {
		case err == nil:
			return c.discard(ctx, s, d)
		case no == discarded:
			return nil
		case no == alreadyDone:
			_, booked, err := c.find(ctx, s, txid(s.Key, n))
			switch {
			case err != nil:
				return err
			case booked == now:
				return refuse(alreadyDone, "discard-ticket")
			case booked == undone:
				return nil
			}
		case loyalty.Judge(meant(err)) == loyalty.Refused:
			return nil // no ticket is known to anybody: nothing can be confirmed
		default:
			return err
		}
	}
	return nil // drafts without tickets, all of them
}

// discard drops a draft.
func (c *Client) discard(ctx context.Context, s loyalty.Sale, d draft) error {
	err := c.call(ctx, "discard-ticket", map[string]any{"txid": txid(s.Key, d.n), "ticket": d.ticket}, nil)
	if no := said(err); no == discarded || no == purchaseMissing {
		return nil
	}
	return err
}

func refuse(n int, method string) error { return (&codeError{n, method}).meaning() }
