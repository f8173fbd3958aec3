package checkout

import (
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Policy says how many points may be spent while the provider can not be asked,
// and if that is not all, why. It is the chain's choice; it must be pure.
type Policy func(Wish) (most loyalty.Points, why loyalty.Reason)

// Wish is what a Policy decides on.
type Wish struct {
	Customer  loyalty.CustomerID
	Spendable loyalty.Points // as far as this till knows
	AsOf      time.Time      // age of the balance behind it
	Total     loyalty.Money  // of the receipt
	Terms     loyalty.Terms
	Now       time.Time
	// What was given today on this till's word alone: to the customer, and to
	// all. It is read from the journal each time.
	CardDay, TillDay loyalty.Money
}

// NeverOffline is the policy of a chain that wants no loss at all: without the
// provider nothing is spent; what is earned waits in the journal.
func NeverOffline(Wish) (loyalty.Points, loyalty.Reason) { return 0, loyalty.Offline }

// Limits is the policy of a chain that lets its tills give discounts on their
// own word within limits. All are in money, so that what can be lost at most
// follows from the configuration alone: TillDay for a till and a day.
type Limits struct {
	Operation loyalty.Money // for one receipt; 0: no limit of its own
	CardDay   loyalty.Money // for a customer and a day at this till; 0: no limit of its own
	TillDay   loyalty.Money // for all customers and a day at this till
	Age       time.Duration // of the balance; older ones spend nothing. 0: any
	Share     int           // of the receipt, in basis points; 0: the programme's own
}

// Policy is the limits as a policy. A day is one of the till's local time.
func (l Limits) Policy(w Wish) (loyalty.Points, loyalty.Reason) {
	if l.Age > 0 && w.Now.Sub(w.AsOf).Abs() > l.Age {
		return 0, StaleBalance // one from the future is of a clock that was set back
	}
	most, why := w.Spendable, loyalty.Reason("")
	value := max(w.Terms.PointValue, 1)
	for _, c := range []struct {
		is   bool
		left loyalty.Money
		why  loyalty.Reason
	}{
		{l.Share > 0, w.Total * loyalty.Money(l.Share) / 10_000, LimitShare},
		{l.Operation > 0, l.Operation, LimitOperation},
		{l.CardDay > 0, l.CardDay - w.CardDay, LimitCardDay},
		{true, l.TillDay - w.TillDay, LimitTillDay},
	} {
		if points := loyalty.Points(max(c.left, 0) / value); c.is && points < most {
			most, why = points, c.why
		}
	}
	return most, why
}

// Why a till gives no more.
const (
	LimitOperation loyalty.Reason = "limit_operation"
	LimitCardDay   loyalty.Reason = "limit_card_day"
	LimitTillDay   loyalty.Reason = "limit_till_day"
	LimitShare     loyalty.Reason = "limit_share"
	LimitReceipt   loyalty.Reason = "limit_receipt" // with the provider's word too
	StaleBalance   loyalty.Reason = "stale_balance"
)

// today is when the till's day began.
func today(now time.Time) time.Time {
	y, m, d := now.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, now.Location())
}
