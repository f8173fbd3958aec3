package checkout

import (
	"slices"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// setReceipt takes the total (cashier) or the receipt (POS). What was decided on
// another total does not hold any more: points that are held are given back.
func (d *Desk) setReceipt(in SaleInput) *Text {
	r := Receipt{
		ID: in.Receipt, Total: in.Total, Known: true, Source: sourceOf(in),
		Currency: d.o.Currency, Lines: in.Lines, Cashier: in.Cashier,
	}
	before := d.sit.Receipt
	switch {
	case r.Source == SourceCashier && before.Source == SourcePOS && !r.same(before):
		return text(ReceiptFromPOS, "receipt", before.ID)
	case r.Source == SourceCashier:
		r.ID = before.ID
	case d.last.covers(r.ID) && d.last.commit.Op.Sale.Total == r.Total && d.sit.Now.Sub(d.last.commit.Op.At) < justPaid:
		return text(ReceiptDone, "receipt", r.ID)
	}
	another := before.ID != "" && r.ID != before.ID
	if deal := d.sit.Deal; another && deal == nil {
		d.sit.Codes = nil
	}
	switch deal := d.sit.Deal; {
	case deal != nil && (another || deal.Unfinished && !r.same(before)):
		return text(SaleInHand, "receipt", before.ID)
	case deal != nil && (d.posCodes(in) || !r.same(before)):
		return d.reconsider(r)
	case another && d.sit.Who != nil:
		if d.sit.Who.Customer != nil {
			d.say(ReceiptReplaced, "before", d.sit.Who.name())
		}
		d.leave(d.sit.Who)
		d.sit.Who = nil
	}
	if d.sit.Deal != nil {
		// The same receipt under a number that the POS gave it only now.
		d.sit.Deal.Sale.Receipt = r.ID
	} else if !r.same(before) {
		d.sit.Said = nil
	}
	d.posCodes(in)
	d.sit.Receipt = r
	return nil
}

// reconsider is for a receipt that changes after the decision.
func (d *Desk) reconsider(r Receipt) *Text {
	if err := d.giveUp(); err != nil {
		return err
	}
	earnOnly := d.sit.Deal.Reserve == nil && d.sit.Deal.Stage == Ready
	d.sit.Deal, d.sit.Receipt, d.sit.Differs = nil, r, nil
	if earnOnly {
		return d.earnOnly() // "nothing" holds for any total
	}
	d.sit.Said = text(SaidTotalChanged)
	d.nextWho()
	return nil
}

// justPaid is how long a receipt is taken for the one that was paid if it comes
// again with the same number and total. Some POS begin their numbers anew.
const justPaid = 10 * time.Minute

// The sources of a receipt.
const (
	SourceCashier = "cashier"
	SourcePOS     = "pos"
)

func sourceOf(in SaleInput) string {
	if in.Receipt != "" || len(in.Lines) > 0 {
		return SourcePOS
	}
	return SourceCashier
}

// same says that two receipts come to the same.
func (r Receipt) same(o Receipt) bool {
	return r.Known == o.Known && r.Total == o.Total && slices.Equal(r.Lines, o.Lines)
}

// paidCommand is the command; named is the receipt that it is meant for.
func (d *Desk) paidCommand(c Command) *Text {
	if named := receiptOf(c); named != "" && named != d.sit.Receipt.ID {
		if r, ok := d.finished.find(named); ok && r.Phase == Finished {
			d.result = &r // said once more
			return nil
		}
		if d.last.covers(named) { // said once more, after a restart
			d.result = resultOf(d.last.commit.Op.Sale, Finished)
			return nil
		}
		return text(ReceiptGone, "receipt", named)
	}
	if c.Prompt != "" && (d.prompt == nil || d.prompt.ID != c.Prompt) {
		return text(PromptGone)
	}
	return d.paid()
}

func (d *Desk) voidCommand(c Command) *Text {
	if named := receiptOf(c); named != "" && named != d.sit.Receipt.ID {
		if r, ok := d.finished.find(named); ok && r.Phase == Dropped {
			d.result = &r
			return nil
		}
		return text(ReceiptGone, "receipt", named)
	}
	if c.Prompt != "" && (d.prompt == nil || d.prompt.ID != c.Prompt) {
		return text(PromptGone)
	}
	return d.void()
}

func receiptOf(c Command) string {
	if c.Sale == nil {
		return ""
	}
	return c.Sale.Receipt
}

// paid ends the sale in hand: booked durably before the cashier sees "done".
func (d *Desk) paid() *Text {
	deal := d.sit.Deal
	if deal == nil {
		return d.paidPlain()
	}
	if deal.Stage != Ready {
		return text(NotSettled)
	}
	e, err := d.append(d.operation(loyalty.Commit, deal.Sale), true)
	if err != nil {
		return err
	}
	d.finishAs(deal.result(Finished))
	d.last = &last{commit: e, customer: d.sit.Who.name()}
	code := SaleDone
	if !d.sit.Online {
		code = SaleQueued
	}
	d.putAway(deal)
	d.say(code, "spent", deal.Sale.Spend, "worth", deal.Sale.Worth, "earn", deal.Sale.Earn, "to_pay", deal.Sale.ToPay())
	return nil
}

// paidPlain ends a sale without a customer. With a customer on the screen who
// has not answered, nobody can know whose sale it is: it is not guessed.
func (d *Desk) paidPlain() *Text {
	switch who := d.sit.Who; {
	case who != nil && who.Customer != nil && !who.Customer.Blocked:
		return text(AnswerFirst)
	case who == nil && !d.sit.Receipt.Known:
		return text(NothingInHand)
	}
	d.finish(loyalty.Sale{Receipt: d.sit.Receipt.ID, Total: d.sit.Receipt.Total, Lines: d.sit.Receipt.Lines}, Finished)
	d.clear()
	d.say(SalePlain)
	return nil
}

// void drops the sale in hand. Points that are held, or may be, are given back.
func (d *Desk) void() *Text {
	deal := d.sit.Deal
	if deal == nil && d.sit.Who == nil && !d.sit.Receipt.Known {
		return text(NothingInHand)
	}
	if err := d.giveUp(); err != nil {
		return err
	}
	sale := loyalty.Sale{Receipt: d.sit.Receipt.ID, Total: d.sit.Receipt.Total, Lines: d.sit.Receipt.Lines}
	var restored loyalty.Points
	if deal != nil {
		sale = deal.Sale
		if deal.Reserve != nil {
			restored = deal.Sale.Spend
		}
	}
	d.finish(sale, Dropped)
	d.putAway(deal)
	d.say(SaleVoid, "restored", restored)
	return nil
}

// putAway clears the desk; behind an unfinished sale there may be another.
func (d *Desk) putAway(deal *Deal) {
	d.clear()
	if deal == nil || !deal.Unfinished {
		return
	}
	e, ok, err := d.o.Ledger.OpenSale()
	if err != nil {
		d.o.Log.Error("the journal can not be read", "err", err)
		return
	}
	if ok {
		d.resume(e)
	}
}
