package server

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// saleState is how far a sale has come.
type saleState string

// The states. A sale that the server has not heard of has none.
const (
	held     saleState = "held"     // points are set aside
	lapsed   saleState = "lapsed"   // they were, for too long
	paid     saleState = "paid"     // booked
	dropped  saleState = "dropped"  // aborted, perhaps before anything of it had arrived
	reverted saleState = "reverted" // rolled back
)

// sale is what the server keeps of a sale.
type sale struct {
	Key      loyalty.Key        `json:"key"`
	State    saleState          `json:"state"`
	Customer loyalty.CustomerID `json:"customer"`
	Shop     string             `json:"shop"`
	Till     string             `json:"till"`
	Receipt  string             `json:"receipt,omitempty"`
	At       time.Time          `json:"at"`

	Total    loyalty.Money      `json:"total"`
	Eligible loyalty.Money      `json:"eligible"` // the part that the programme applies to
	Spent    loyalty.Points     `json:"spent"`    // held or booked
	Worth    loyalty.Money      `json:"worth"`
	Earned   loyalty.Points     `json:"earned"`
	Lots     []loyalty.Expiring `json:"lots,omitempty"` // what the hold took
	Until    time.Time          `json:"until,omitzero"` // when the hold lapses

	Returned         loyalty.Money  `json:"returned,omitempty"`
	ReturnedEligible loyalty.Money  `json:"returned_eligible,omitempty"`
	Restored         loyalty.Points `json:"restored,omitempty"`
	Cancelled        loyalty.Points `json:"cancelled,omitempty"`
}

// pointValue is what one of the spent points paid.
func (x *sale) pointValue() loyalty.Money {
	if x.Spent == 0 {
		return 0
	}
	return x.Worth / loyalty.Money(x.Spent)
}

// giveBack is what a return of goods gives back and takes back: the difference
// between what the returns up to now and those before it come to. So all
// returns together give back what the sale spent, to the last unit.
func (x *sale) giveBack(r loyalty.Refund) (restored, cancelled loyalty.Points) {
	left := x.Eligible - x.ReturnedEligible
	eligible := min(r.Eligible(), left)
	x.Returned += r.Amount
	if x.Returned == x.Total {
		eligible = left
	}
	x.ReturnedEligible += eligible
	restored = loyalty.Portion(x.Spent, x.ReturnedEligible, x.Eligible) - x.Restored
	cancelled = loyalty.Portion(x.Earned, x.ReturnedEligible, x.Eligible) - x.Cancelled
	x.Restored += restored
	x.Cancelled += cancelled
	return restored, cancelled
}

// sale reads a sale; one without a state if the server has not heard of it.
func (t *tx) sale(op loyalty.Operation) (*sale, error) {
	x := new(sale)
	ok, err := t.get(saleBucket, []byte(op.Sale.Key), x)
	if err != nil || ok {
		return x, err
	}
	return &sale{Key: op.Sale.Key, Customer: op.Sale.Customer, Shop: op.Sale.Shop, Till: op.Sale.Till, Receipt: op.Sale.Receipt, At: op.Sale.At}, nil
}

func (t *tx) putSale(x *sale) error { return t.put(saleBucket, []byte(x.Key), x) }

// sales walks all sales.
func (t *tx) sales(fn func(*sale) error) error {
	return t.Bucket(saleBucket).ForEach(func(k, v []byte) error {
		x := new(sale)
		if err := json.Unmarshal(v, x); err != nil {
			return fmt.Errorf("sale %s: damaged record: %w", k, err)
		}
		return fn(x)
	})
}
