package journal

import (
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// alone is a discount that a customer was promised on this till's word alone:
// the spending operation of a sale is Late, the provider has not carried it out,
// and no Abort stands behind it. It is what the shop loses if the provider says
// no. So is the Commit of points that the provider held: the provider holds them
// for some days, and if the link is down for longer than that, it may say no. What the provider confirms is no loss and leaves the list; what it refuses
// stays on it for ever, also when a person has resolved it, so that acting on
// people's list does not make room for another loss on the same day. A Revert
// leaves it too: whether the goods really came back nobody here can know.
type alone struct {
	n        uint64
	at       time.Time
	customer loyalty.CustomerID
	worth    loyalty.Money
}

// aloneOf is what a sale promised alone, from its entries in order.
func aloneOf(sale []*brief) []alone {
	var as []alone
	reserved, held := false, false
	for _, r := range sale {
		switch r.kind {
		case loyalty.Abort:
			as, reserved, held = nil, false, false
			continue
		case loyalty.Reserve:
			reserved, held = true, r.done
		case loyalty.Commit:
			if reserved && !held {
				continue // the Reserve stands for it
			}
		default:
			continue
		}
		if r.late && !r.done && r.worth > 0 {
			as = append(as, alone{r.n, r.made, r.customer, r.worth})
		}
	}
	return as
}

// Alone is the sum of the discounts since a time that rest on this till's word
// alone: those of one customer, and of all. What is dated later than now counts
// as well: a clock that was set back makes no room.
func (j *Journal) Alone(since time.Time, c loyalty.CustomerID) (card, till loyalty.Money) {
	j.mu.RLock()
	defer j.mu.RUnlock()
	for _, a := range j.index.alone {
		if a.at.Before(since) {
			continue
		}
		till += a.worth
		if a.customer == c {
			card += a.worth
		}
	}
	return card, till
}
