package journal

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Sending marks an operation as handed to the network, durably, before its
// first byte goes out: whatever happens from then on, it may have been done.
// The entry that is returned has the operation as it is to be sent (see
// outgoing). ErrSettled with the entry if there is nothing to send any more,
// ErrNotNext if an earlier operation of the sale is still open.
func (j *Journal) Sending(key loyalty.Key) (Entry, error) {
	es, errs := j.SendingAll([]loyalty.Key{key})
	return es[0], errs[0]
}

// SendingAll is Sending for several operations, in one commit.
func (j *Journal) SendingAll(keys []loyalty.Key) ([]Entry, []error) {
	es, errs := make([]Entry, len(keys)), make([]error, len(keys))
	err := j.do(func(b *batch) error {
		for i, key := range keys {
			es[i], errs[i] = b.sending(key)
			var no *broken
			if errors.As(errs[i], &no) {
				return errs[i]
			}
		}
		return nil
	})
	for i, key := range keys {
		if err != nil {
			errs[i] = err
		}
		if errs[i] != nil && !errors.Is(errs[i], ErrSettled) {
			es[i], errs[i] = Entry{}, fmt.Errorf("mark %s as sent: %w", key, errs[i])
		}
	}
	return es, errs
}

// sending marks one. It has written nothing if it returns an error.
func (b *batch) sending(key loyalty.Key) (Entry, error) {
	r, err := b.byKey(key)
	if err != nil {
		return Entry{}, err
	}
	if !r.Open() {
		return r.Entry, ErrSettled
	}
	rs, err := b.saleOf(r.Op.Sale.Key)
	if err != nil {
		return Entry{}, err
	}
	for _, other := range rs {
		if other.N < r.N && other.Open() {
			return Entry{}, fmt.Errorf("%w: %s %s", ErrNotNext, other.Op.Kind, other.Op.Key)
		}
	}
	now := stamp()
	if r.FirstSent.IsZero() {
		r.FirstSent = now
	}
	r.LastSent = now
	r.Attempts++
	r.Doubt = r.State == Unknown
	r.State = Unknown
	b.put(r)
	e := r.Entry
	e.Op = outgoing(r.Op, rs)
	return e, nil
}

// outgoing is an operation as it is sent: with the ticket that the provider gave
// last for this sale, or that holds since a person has set right what nobody knew; and, for a Commit whose Reserve was refused or resolved by hand,
// without the spending.
//
// Such a Commit can come: offline the cashier was told that the points hold,
// the customer has had the discount and is gone, and then the provider refused
// the Reserve. The Reserve stands on the list that people see; what the
// customer earned is still owed. So the discount goes out as the shop's own,
// spread over the lines, and points are earned on the money paid. It is the
// same on every retry, because what was refused or resolved stays so.
func outgoing(op loyalty.Operation, sale []record) loyalty.Operation {
	refused := false
	for _, r := range sale {
		if r.Op.Key == op.Key {
			break
		}
		if r.Outcome != nil && r.Outcome.Ticket != "" {
			op.Ticket = r.Outcome.Ticket
		}
		if r.State == Resolved && r.Right != "" {
			op.Ticket = r.Right
		}
		if r.Op.Kind == loyalty.Reserve {
			refused = r.Outcome == nil && (r.State == Refused || r.State == Resolved)
		}
	}
	if op.Kind == loyalty.Commit && refused && op.Sale.Holds() {
		op.Sale = withoutSpending(op.Sale)
	}
	return op
}

func withoutSpending(s loyalty.Sale) loyalty.Sale {
	lines := slices.Clone(s.Lines)
	for i, off := range s.Discounts() {
		lines[i].Total -= off
	}
	for i, paid := range loyalty.Spread(s.Prepaid, lines) {
		lines[i].Total -= paid
	}
	if len(lines) == 0 {
		lines = nil
	}
	s.Lines, s.Total = lines, s.ToPay()
	s.Spend, s.Worth = 0, 0
	s.Promo, s.GiftCards, s.Off, s.Prepaid, s.OffLines = "", nil, 0, 0, nil
	return s
}

// Settle writes down what became of an operation that was sent, by the error of
// Provider.Apply (loyalty.Judge): done, refused, unknown, or back to pending.
// It stays unknown if an attempt before this one ended without an answer: that
// this one was turned away says nothing of the other. An entry that was settled
// meanwhile stays as it is; one of which the provider says that only a person
// can find out stays unknown, on people's list; one that a person resolved takes the provider's
// answer along for people to see.
func (j *Journal) Settle(key loyalty.Key, out loyalty.Outcome, cause error) (Entry, error) {
	var e Entry
	err := j.do(func(b *batch) error {
		r, err := b.byKey(key)
		if err != nil {
			return err
		}
		e = r.Entry
		if r.State == Done || r.State == Refused {
			return nil
		}
		verdict := loyalty.Judge(cause)
		if r.State == Resolved && verdict != loyalty.Done && verdict != loyalty.Refused {
			return nil
		}
		switch {
		case r.Doubtful && (verdict == loyalty.Later || verdict == loyalty.Unknown):
			// What a person has to look for stays to be read.
		case cause != nil:
			r.LastError = shorten(cause.Error())
		default:
			r.LastError = ""
		}
		state := r.State
		switch verdict {
		case loyalty.Done:
			out.Customer = nil // it has its place in the copy
			state, r.Outcome = Done, &out
		case loyalty.Refused:
			var no *loyalty.Refusal
			errors.As(cause, &no)
			if r.Op.Kind == loyalty.Reserve {
				rs, err := b.saleOf(r.Op.Sale.Key)
				if err != nil {
					return err
				}
				r.Late = r.Late && !dropped(rs) // the customer did not get it: nobody has to act
			}
			state, r.Refusal = Refused, &loyalty.Refusal{Reason: no.Reason, Detail: shorten(no.Detail)}
		case loyalty.Later:
			if !r.Doubt {
				state = Pending
			}
		case loyalty.Doubt:
			var d *loyalty.Doubtful
			errors.As(cause, &d)
			r.Doubtful, r.Right = true, d.Ticket
		}
		if r.State != Resolved {
			r.State = state
		}
		if !r.Open() && r.Settled.IsZero() {
			r.Settled = stamp()
		}
		b.put(r)
		e = r.Entry
		return nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("settle %s: %w", key, err)
	}
	return e, nil
}

// shorten keeps a chatty provider from filling the journal.
func shorten(s string) string {
	const most = 500
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// stamp is now as it is stored.
func stamp() time.Time { return time.Now().UTC().Round(0) }
