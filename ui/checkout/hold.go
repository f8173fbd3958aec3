package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// newSale is the sale in hand under a key of its own. A key is minted for every
// decision, not for every receipt: a sale whose reservation was dropped can not
// be booked any more.
func (d *Desk) newSale(spend loyalty.Points) loyalty.Sale {
	s := d.sit.sale(d.sit.quote(spend))
	s.Key, s.Receipt = loyalty.NewKey(d.sit.Now), d.sit.Receipt.ID
	s.Shop, s.Till, s.Cashier = d.o.Shop, d.o.Till, d.sit.Receipt.Cashier
	s.Customer, s.Ident, s.At = d.sit.Who.Customer.ID, d.sit.Who.Ident, d.sit.Now
	return s
}

// operation is what the journal is given. It puts the provider's ticket of the
// reservation in itself, when the operation is sent.
func (d *Desk) operation(k loyalty.Kind, s loyalty.Sale) loyalty.Operation {
	return loyalty.Operation{Key: loyalty.NewKey(d.sit.Now), Kind: k, Sale: s, At: d.sit.Now}
}

// append makes an operation durable, or says that nothing was done.
func (d *Desk) append(op loyalty.Operation, late bool) (journal.Entry, *Text) {
	e, err := d.o.Ledger.Append(op, late)
	if err != nil {
		d.o.Log.Error("the journal did not take an operation; nothing is acknowledged", "op", op, "err", err)
		return journal.Entry{}, d.notWritten(err)
	}
	d.diskFault = ""
	return e, nil
}

// notWritten takes note of what the disk did not take, and says why.
func (d *Desk) notWritten(err error) *Text {
	d.diskFault, d.diskAt = journal.DiskReason(err), d.sit.Now
	return text(DiskError, "reason", string(d.diskFault))
}

// earnOnly settles the receipt: no points are spent. If there is nothing to hold,
// nothing is written before it is paid.
func (d *Desk) earnOnly() *Text {
	s := d.newSale(0)
	if s.Holds() {
		return d.reserve(s)
	}
	d.sit.Deal, d.sit.Said, d.sit.Differs = &Deal{Sale: s, Stage: Ready}, nil, nil
	return nil
}

// spend answers AskSpend. What is above a sum needs the supervisor's PIN first.
func (d *Desk) spend(points loyalty.Points) *Text {
	if q := d.sit.quote(points); d.needsPIN(q.Worth) && q.Spend == points {
		d.sit.Wanted = &want{who: d.sit.Who, total: d.sit.Receipt.Total, points: points}
		return nil
	}
	return d.promise(points)
}

// promise goes on with points that may be spent. If the programme wants it, the
// customer tells a code first.
func (d *Desk) promise(points loyalty.Points) *Text {
	s := d.newSale(points)
	if s.Spend != points {
		return text(PromptGone)
	}
	if d.sit.CodeToSpend {
		d.sit.Deal, d.sit.Said, d.sit.Differs = &Deal{Sale: s}, nil, nil
		d.askForCode(d.sit.Deal)
		return nil
	}
	return d.reserve(s)
}

// reserve promises points: durable first, then the provider is asked to hold
// them. Where the chain's policy lets the till decide alone, it need not wait.
func (d *Desk) reserve(s loyalty.Sale) *Text {
	alone := !d.sit.Online
	e, err := d.append(d.operation(loyalty.Reserve, s), alone)
	if err != nil {
		return err
	}
	deal := &Deal{Sale: s, Reserve: &e, Stage: Ready}
	d.sit.Deal, d.sit.Said, d.sit.Differs = deal, nil, nil
	if !alone {
		d.askToHold(deal)
	}
	return nil
}

// askToHold has the provider asked at once. However that ends, the journal's
// word on the reservation counts.
func (d *Desk) askToHold(deal *Deal) {
	deal.Stage = Asked
	key := deal.Reserve.Op.Key
	d.job(d.o.SpendTimeout, func(ctx context.Context) func() {
		_, err := d.o.Programme.Now(ctx, key)
		return func() {
			if d.sit.Deal != deal || deal.Stage != Asked {
				return
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				d.o.Log.Info("points could not be held at once", "op", key, "err", err)
			}
			if d.hold(deal); d.sit.Deal == deal && deal.Stage == Asked {
				deal.Stage = Doubted
			}
		}
	})
}

// hold takes in how far the reservation of the deal has come.
func (d *Desk) hold(deal *Deal) {
	e, err := d.o.Ledger.Get(deal.Reserve.Op.Key)
	if err != nil {
		d.o.Log.Error("the journal can not be read", "err", err)
		return
	}
	before := deal.Reserve
	deal.Reserve = &e
	d.newer(d.sit.Who)
	switch e.State {
	case journal.Done:
		if o := e.Outcome; o != nil {
			d.held(deal, *o)
		}
		deal.Stage = Ready
	case journal.Refused:
		switch {
		case deal.Unfinished && e.Late:
			return // the customer may have had the points all the same: askUnfinished says so
		case deal.Unfinished:
			d.clear()
			d.say(HoldRefused, "reason", string(reasonOf(e)))
			return
		case e.Late:
			if d.giveUp() != nil {
				deal.Reserve = before // nothing changes until that is on disk
				return
			}
		}
		why := reasonOf(e)
		d.sit.Deal, d.sit.Told = nil, nil // it is to be asked anew
		d.sit.Said = text(SaidSpendRefused, "reason", string(why))
		d.refuseCodes(why)
		if why == loyalty.QuoteChanged {
			d.sit.Differs = &differs{who: d.sit.Who, total: deal.Sale.Total, points: deal.Sale.Spend, was: deal.Sale.ToPay()}
		}
		d.nextWho()
		d.refresh(d.sit.Who)
	case journal.Resolved:
		if deal.Unfinished {
			d.clear()
			return
		}
		d.sit.Deal = nil
		d.sit.Said = text(SaidResolved)
		d.nextWho()
	}
}

// nextWho lets a card that waited for the decision take the prompt, now that
// there is none any more.
func (d *Desk) nextWho() {
	if other := d.sit.Other; other != nil {
		d.sit.Other = nil
		d.meet(other)
	}
}

// held takes in what the provider holds. Its figures count, not the till's.
func (d *Desk) held(deal *Deal, o loyalty.Outcome) {
	if o.Spent > 0 && o.Spent != deal.Sale.Spend {
		d.o.Log.Warn("the provider holds another amount than it was asked to", "op", deal.Reserve.Op)
		deal.Sale.Spend, deal.Sale.Worth = o.Spent, o.Worth
	}
}

func reasonOf(e journal.Entry) loyalty.Reason {
	if e.Refusal == nil {
		return loyalty.BadRequest
	}
	return e.Refusal.Reason
}

// waitOn answers AskDoubt: once more.
func (d *Desk) waitOn() { d.askToHold(d.sit.Deal) }

// giveUp puts an Abort behind the Reserve of the deal, if it has one.
func (d *Desk) giveUp() *Text {
	deal := d.sit.Deal
	if deal == nil || deal.Reserve == nil {
		return nil
	}
	_, err := d.append(d.operation(loyalty.Abort, deal.Sale), true)
	return err
}

// withoutPoints answers AskDoubt and AskCode: the sale goes on and earns, under a new key.
func (d *Desk) withoutPoints() *Text {
	if err := d.giveUp(); err != nil {
		return err
	}
	if d.sit.Deal.Reserve == nil {
		d.sit.Deal = nil
		return d.earnOnly()
	}
	d.sit.Codes, d.sit.Told = nil, nil // what can not be held does not pay
	d.sit.Deal = nil
	if err := d.earnOnly(); err != nil {
		return err
	}
	d.sit.Said = text(SaidWithoutPoints)
	return nil
}

// changeCustomer answers AskOther: the decision was the wrong customer's.
func (d *Desk) changeCustomer() *Text {
	if err := d.giveUp(); err != nil {
		return err
	}
	d.leave(d.sit.Who)
	d.sit.Who, d.sit.Other, d.sit.Deal, d.sit.Said = d.sit.Other, nil, nil, nil
	return nil
}

// follow takes in what the journal and the copy have learned since.
func (d *Desk) follow() {
	d.newer(d.sit.Who)
	d.newer(d.sit.Other)
	if deal := d.sit.Deal; deal != nil && deal.Reserve != nil && deal.Reserve.Open() {
		d.hold(deal)
	}
	d.followLast()
	d.followReturn()
}

// recall finds the sale that was in hand when the daemon ended, and the last
// one that was finished.
func (d *Desk) recall() error {
	e, ok, err := d.o.Ledger.OpenSale()
	if err != nil {
		return err
	}
	if ok {
		d.resume(e)
	}
	return d.recallLast()
}

// resume brings a sale of before back before the cashier.
func (d *Desk) resume(e journal.Entry) {
	s := e.Op.Sale
	who := d.find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(s.Customer)})
	if who.Customer == nil {
		who.Customer = &loyalty.Customer{ID: s.Customer}
	}
	who.Ident, who.Seen = s.Ident, s.Ident
	d.sit.Who = who
	d.sit.Receipt = Receipt{
		ID: s.Receipt, Total: s.Total, Known: true, Currency: d.o.Currency, Lines: s.Lines, Cashier: s.Cashier,
		Source: sourceOf(SaleInput{Receipt: s.Receipt, Lines: s.Lines}),
	}
	deal := &Deal{Sale: s, Reserve: &e, Stage: Ready, Unfinished: true}
	d.sit.Deal, d.sit.Codes, d.codesOf = deal, recallCodes(s), s.Customer
	d.hold(deal)
	if d.sit.Deal == deal {
		d.refresh(who)
	}
	d.o.Log.Info("a sale of before is not finished", "sale", s.Key, "state", e.State, "age", time.Since(s.At).Round(time.Second))
}
