package journal

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Report is what an exported JSON file comes to.
type Report struct {
	Shop, Till, Currency string
	Day                  string
	Closing              uint64
	Operations           int
	Spent, Earned        loyalty.Points // booked
	Discount             loyalty.Money
	Refused              int // given to customers, then refused, and settled by a person
	Lost                 Loss
	Waiting              int  // operations for a person, when the day was closed
	WaitingLost          Loss // of those
	WaitingRefused       int
	LossADay             loyalty.Money // the most by the configuration; 0 if it was not limited, or nothing
}

// ReadReport reads an exported JSON file. It does not check the signature.
func ReadReport(b []byte) (r Report, err error) {
	var x exported
	if err := json.Unmarshal(b, &x); err != nil {
		return r, fmt.Errorf("read the export: %w", err)
	}
	if x.Format != formatExport {
		return r, errors.New("read the export: it is not one of a till's journal")
	}
	t := x.Totals
	r = Report{Shop: x.Shop, Till: x.Till, Currency: x.Currency, Day: x.Day, Closing: x.Closing, Operations: t.Operations,
		Spent: t.Spent, Earned: t.Earned, Discount: t.Discount, Refused: t.Refused, Lost: Loss{t.RefusedSpent, t.RefusedWorth}, LossADay: x.Limit}
	if w := x.Waiting; w != nil {
		r.Waiting, r.WaitingRefused, r.WaitingLost = w.Operations, w.Refused, Loss{w.RefusedSpent, w.RefusedWorth}
	}
	return r, nil
}

// Plus is both.
func (l Loss) Plus(o Loss) Loss { return Loss{l.Points + o.Points, l.Worth + o.Worth} }
