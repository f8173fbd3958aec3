// Package loyaltytest is the contract that every provider of a loyalty programme
// passes: Run holds a provider, connected to the real server of its kind or to a
// faithful double, against what the rest of the till relies on.
//
// Providers differ in what they can do. What a provider can not do is said in
// its Fixture; the parts that need it are not run, and Run reports them, so that
// a suite that has become empty is seen.
package loyaltytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Factory makes a provider for one part of the suite, with a programme behind it
// that no other part uses at the same time.
type Factory func(t *testing.T) *Fixture

// Fixture is a provider and the means to make things happen behind it.
type Fixture struct {
	Provider loyalty.Provider
	Shop     string // of the till that the provider's credentials stand for
	Till     string
	Idents   []loyalty.IdentKind // by which customers are found
	Can      []Ability
	Terms    loyalty.Terms // of the customers that NewCustomer makes
	// NewCustomer adds a customer with a balance, who has every ident of Idents.
	NewCustomer func(t *testing.T, balance loyalty.Points) loyalty.Customer
	// Block suspends a customer. Needed for Blocking.
	Block func(t *testing.T, id loyalty.CustomerID)
	// Remove takes a customer out of the programme. Needed for Feeding.
	Remove func(t *testing.T, id loyalty.CustomerID)
	// Faults make calls go wrong until the returned function is called. The
	// parts for faults that are not among them are not run.
	Faults map[Fault]func(t *testing.T) (end func())
}

// Ability is something that not every provider can do.
type Ability string

// The abilities.
const (
	Balances     Ability = "balances"      // Lookup says the balance
	Versions     Ability = "versions"      // records and outcomes have the provider's own versions
	Holding      Ability = "holding"       // Reserve, Commit, Abort; held points are not available
	SpendingLate Ability = "spending late" // a Commit that spends without a Reserve
	Remembering  Ability = "remembering"   // one key does its work once, for ever
	Finding      Ability = "finding"       // the provider is loyalty.Careful
	Debts        Ability = "debts"         // a balance may go below zero
	ByOperation  Ability = "by operation"  // operations are known by their own keys; else a sale is, by its key, and a second Commit of it is a repetition
	Returning    Ability = "returning"     // Return
	Reverting    Ability = "reverting"     // Revert
	Blocking     Ability = "blocking"      // customers can be suspended
	Rejudging    Ability = "rejudging"     // a Commit looks anew at whether the customer is suspended
	OpenBlocked  Ability = "open blocked"  // the balance of a suspended customer is told
	Feeding      Ability = "feeding"       // the provider is a loyalty.Feed
	Batching     Ability = "batching"      // the provider is a loyalty.Batcher
)

// Fault is what can go wrong with calls.
type Fault string

// The faults.
const (
	Down       Fault = "down"        // nobody listens
	LostAnswer Fault = "lost answer" // operations are carried out, the connection breaks before the answer
	ForeignOK  Fault = "foreign ok"  // operations are carried out, a page of something in between comes back with success
	ForeignBad Fault = "foreign bad" // operations are carried out, the gateway in between answers with an error
	NotNow     Fault = "not now"     // the provider says: in 7 seconds
	BadToken   Fault = "bad token"   // the provider does not accept the credentials
	Silent     Fault = "silent"      // no answer comes
)

// part is a piece of the contract.
type part struct {
	name  string
	needs []Ability
	fault Fault
	run   func(h *hand)
}

// Run holds a provider against the contract.
func Run(t *testing.T, f Factory) {
	var ran, not []string
	for _, p := range slices.Concat(lookupParts, saleParts, repeatParts, returnParts, faultParts, batchParts, feedParts) {
		t.Run(strings.ReplaceAll(p.name, " ", "-"), func(t *testing.T) {
			fx := f(t)
			for _, a := range p.needs {
				if !slices.Contains(fx.Can, a) {
					not = append(not, fmt.Sprintf("%s (%s)", p.name, a))
					t.Skipf("the provider has not: %s", a)
				}
			}
			if p.fault != "" && fx.Faults[p.fault] == nil {
				not = append(not, fmt.Sprintf("%s (fault %s)", p.name, p.fault))
				t.Skipf("no way to make it happen: %s", p.fault)
			}
			ran = append(ran, p.name)
			p.run(&hand{T: t, Fixture: fx, tickets: map[loyalty.Key]string{}})
		})
	}
	t.Logf("contract: %d parts run, %d not: %s", len(ran), len(not), strings.Join(not, ", "))
	if len(ran) == 0 {
		t.Error("not one part of the contract was run")
	}
}
