package checkout

import (
	"context"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Result is what a POS prints for its receipt: the sale in hand, one that was
// finished lately, or one of the journal. The error is that of ctx, ErrStopped,
// or the journal's.
func (d *Desk) Result(ctx context.Context, receipt string) (r SaleResult, ok bool, err error) {
	err = d.turn(ctx, func() {
		if now := d.inHand(); now != nil && now.Receipt == receipt {
			r, ok = *now, true
			return
		}
		r, ok = d.finished.find(receipt)
	})
	if err != nil || ok {
		return r, ok, err
	}
	entries, err := d.o.Ledger.Receipt(receipt)
	if err != nil {
		return r, false, err
	}
	for _, l := range slices.Backward(bySale(entries)) {
		if r, ok := l.result(); ok {
			return r, true, nil
		}
	}
	return r, false, nil
}

// inHand is the result of the sale in hand as it stands; nil if there is none.
func (d *Desk) inHand() *SaleResult {
	deal, r := d.sit.Deal, d.sit.Receipt
	if deal == nil {
		if d.sit.Who == nil && !r.Known {
			return nil
		}
		open := &SaleResult{
			Receipt: r.ID, Phase: Open, Total: r.Total, ToPay: r.Total,
			Customer: d.sit.Who != nil && d.sit.Who.Customer != nil, Codes: d.codesShown(),
		}
		if open.Customer && r.Known {
			q := d.sit.quote(0)
			open.Quote, open.Off, open.Prepaid, open.ToPay = &q, q.Off, q.Prepaid, q.ToPay
		}
		return open
	}
	phase := Held
	if deal.Stage != Ready || deal.Unfinished {
		phase = Waiting
	}
	now := deal.result(phase)
	now.Codes = d.codesShown()
	return now
}

// result is that of a deal, with what the programme wants printed.
func (deal *Deal) result(p Phase) *SaleResult {
	r := resultOf(deal.Sale, p)
	if e := deal.Reserve; e != nil && e.Outcome != nil {
		r.Print = e.Outcome.Print
	}
	return r
}

func resultOf(s loyalty.Sale, p Phase) *SaleResult {
	r := &SaleResult{
		Sale: s.Key, Receipt: s.Receipt, Phase: p, Total: s.Total,
		Spend: s.Spend, Worth: s.Worth, ToPay: s.ToPay(), Earn: s.Earn, Customer: s.Customer != "",
		Off: s.Off, Prepaid: s.Prepaid,
	}
	if len(s.Lines) > 0 {
		r.Discounts = s.Discounts()
	}
	return r
}

// finish notes how a sale ended; the result goes into the command's answer.
func (d *Desk) finish(s loyalty.Sale, p Phase) { d.finishAs(resultOf(s, p)) }

func (d *Desk) finishAs(r *SaleResult) {
	d.result = r
	d.finished.keep(*r)
}

// result is that of a sale of the journal; false if it did not come to an end.
func (l *last) result() (r SaleResult, ok bool) {
	var p Phase
	switch {
	case l.undone:
		p = Undone
	case l.returned > 0:
		p = Returned
	case l.commit.Op.Key != "":
		p = Finished
	case l.latest.Op.Kind == loyalty.Abort:
		p = Dropped
	default:
		return r, false
	}
	r = *resultOf(l.latest.Op.Sale, p)
	r.Print = l.print
	return r, true
}

// results are those of the latest finished sales, oldest first.
type results []SaleResult

const keptResults = 64

func (r *results) keep(s SaleResult) {
	*r = append(*r, s)
	if len(*r) > keptResults {
		*r = (*r)[1:]
	}
}

// print adds what the programme wants printed to a sale that is there without.
func (r results) print(sale loyalty.Key, lines []loyalty.Printed) {
	for i := range r {
		if r[i].Sale == sale && r[i].Phase == Finished && len(r[i].Print) == 0 {
			r[i].Print = lines
		}
	}
}

func (r results) latest() *SaleResult {
	if len(r) == 0 {
		return nil
	}
	s := r[len(r)-1]
	return &s
}

func (r results) find(receipt string) (SaleResult, bool) {
	for i := len(r) - 1; i >= 0 && receipt != ""; i-- {
		if r[i].Receipt == receipt {
			return r[i], true
		}
	}
	return SaleResult{}, false
}
