package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// quoting is the question to the provider about the receipt in hand. The desk
// asks when a customer is known and again when the receipt changes; nobody waits
// for the answer: until it is there, and where it does not come, the copy's
// rules count.
type quoting struct {
	about  basket
	since  time.Time // when it was, or will be, asked
	asking bool
	no     loyalty.Reason // why there is no answer; "" if there is, or may be
	cancel context.CancelFunc
}

const (
	quotePause = 250 * time.Millisecond // between two questions: a receipt may change with every scan
	quoteAgain = 30 * time.Second       // after one that had no answer
)

// requote asks for a quote if the one that is there is about something else.
func (d *Desk) requote() {
	b, ok := d.sit.basket()
	q := &d.quoting
	if !ok || !d.sit.Online || d.sit.Deal != nil {
		d.stopQuoting()
		return
	}
	if t := d.sit.Told; t != nil && t.about.same(b) {
		return
	}
	if q.about.same(b) && (q.asking || q.no != "" && d.sit.Now.Sub(q.since) < quoteAgain) {
		return
	}
	wait := q.since.Sub(d.sit.Now) // one that has not gone yet: this goes in its place
	if wait <= 0 {
		wait = max(askPause, quotePause+wait)
	}
	d.stopQuoting()
	outdated, cancel := context.WithCancel(context.Background())
	d.quoting = quoting{about: b, since: d.sit.Now.Add(wait), asking: true, cancel: cancel}
	sale := loyalty.Sale{
		Key: loyalty.NewKey(d.sit.Now), Receipt: d.sit.Receipt.ID, Shop: d.o.Shop, Till: d.o.Till, Cashier: d.sit.Receipt.Cashier,
		Customer: b.customer, Ident: d.sit.Who.Ident, At: d.sit.Now, Total: b.total, Lines: b.lines,
		Spend: b.spend, Promo: b.promo, GiftCards: b.gifts,
	}
	d.job(wait+d.o.LookupTimeout, func(ctx context.Context) func() {
		ctx, end := context.WithCancel(ctx)
		defer end()
		defer context.AfterFunc(outdated, end)()
		if wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return nil
			}
		}
		answer, err := d.o.Programme.Quote(ctx, sale)
		if outdated.Err() != nil {
			return nil
		}
		return func() { d.quoted(b, answer, err) }
	})
}

// stopQuoting takes back the question that is on its way.
func (d *Desk) stopQuoting() {
	if q := &d.quoting; q.cancel != nil {
		q.cancel()
		*q = quoting{since: q.since}
	}
}

// quoted takes in what the provider says of a basket.
func (d *Desk) quoted(b basket, answer loyalty.Quote, err error) {
	q := &d.quoting
	if !q.about.same(b) {
		return
	}
	q.asking, q.no = false, ""
	if err == nil && !sane(b, answer) {
		err = errNoQuote
	}
	if err != nil {
		q.no, _ = refusal(err)
		d.o.Log.Info("no quote: the copy's rules count", "err", err)
		d.sit.Differs.lost(&d.sit)
		return
	}
	d.sit.Told = &told{about: b, quote: answer}
	if d.takeEffect(b, answer) {
		now, _ := d.sit.basket() // without what was refused just now, which took nothing off
		d.sit.Told.about = now
	}
}

var errNoQuote = errors.New("the quote contradicts itself or the receipt")

// sane says that a quote fits the basket that it is about.
func sane(b basket, q loyalty.Quote) bool {
	switch {
	case q.Customer != b.customer, q.MaxSpend < 0, q.MaxWorth < 0, q.Spend < 0, q.Spend > q.MaxSpend,
		q.Worth < 0, q.Earn < 0, q.Off < 0, q.Prepaid() > q.Off, q.Worth+q.Off > b.total, (q.Spend == 0) != (q.Worth == 0):
		return false
	}
	return len(q.Gifts) == 0 || len(q.Gifts) == len(b.gifts)
}
