package amocrm

import (
	"encoding/json"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// ticket is what was done to a sale so far. It goes out with every outcome and
// comes back with the next operation of the sale: the CRM itself remembers
// nothing that could be asked for.
type ticket struct {
	Held        loyalty.Points `json:"held,omitempty"`        // redeemed and not given back before payment
	Transaction int64          `json:"transaction,omitempty"` // the purchase; 0 before it is paid
	Earned      loyalty.Points `json:"earned,omitempty"`      // by the purchase
	Returned    loyalty.Money  `json:"returned,omitempty"`    // of the total
	Eligible    loyalty.Money  `json:"eligible,omitempty"`    // of what was returned
	Restored    loyalty.Points `json:"restored,omitempty"`    // of Held, after payment
	Cancelled   loyalty.Points `json:"cancelled,omitempty"`   // of Earned
	End         string         `json:"end,omitempty"`         // endDropped or endReverted
}

const (
	endDropped  = "dropped"
	endReverted = "reverted"
)

func readTicket(s string) (ticket, error) {
	var t ticket
	if s == "" {
		return t, nil
	}
	if err := json.Unmarshal([]byte(s), &t); err != nil || t.Held < 0 || t.Earned < 0 || t.Transaction < 0 ||
		t.Restored < 0 || t.Restored > t.Held || t.Cancelled < 0 || t.Cancelled > t.Earned || t.Returned < 0 || t.Eligible < 0 {
		return ticket{}, &loyalty.Refusal{Reason: loyalty.BadRequest, Detail: "the sale's ticket is not one of this provider"}
	}
	return t, nil
}

func (t ticket) String() string {
	b, _ := json.Marshal(t) // numbers and one word
	return string(b)
}
