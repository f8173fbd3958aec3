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
}

// NeverOffline is the policy of a chain that wants no loss at all: without the
// provider nothing is spent; what is earned waits in the journal.
func NeverOffline(Wish) (loyalty.Points, loyalty.Reason) { return 0, loyalty.Offline }
