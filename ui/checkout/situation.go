package checkout

import (
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Situation is all that a rule may look at: the sale in hand as it stands now.
// Rules read it and change nothing.
type Situation struct {
	Receipt   Receipt
	Who       *Subject // whose card or phone it is; nil before a scan
	Other     *Subject // another one, that came when Who had decided already
	Deal      *Deal    // what was decided; nil before
	Programme loyalty.Programme
	Online    bool
	Policy    Policy
	// PerReceipt is the most that points may pay on one receipt; 0: no limit.
	PerReceipt loyalty.Money
	Wanted     *want         // what needs the supervisor's PIN; nil if nothing
	TillDay    loyalty.Money // what was given today on this till's word alone
	// CodeToSpend says that points are spent only after the customer has told a
	// code, as far as the programme's rules are known.
	CodeToSpend bool
	Registers   bool          // the provider takes new customers
	Drafts      bool          // registrations are kept for when it can be asked again
	Rules       loyalty.Rules // as far as they are known
	Said        *Text         // what the last try came to
	Told        *told         // what the provider said of the customer and the receipt; see Situation.told
	Asking      bool          // the provider is being asked for a quote
	Codes       []*entered    // promo code and gift cards
	Entering    codeKind      // what is being typed or scanned; "" if nothing
	Differs     *differs      // the provider came to other figures than the customer was told
	Now         time.Time
}

// Subject is somebody whom a scan or a typed phone or card stands for.
type Subject struct {
	Ident       loyalty.Ident // what the customer was found by
	Seen        loyalty.Ident // what was scanned or typed first; Ident differs if the customer was found in another way
	Scan        *driver.Ref   // nil if typed
	Again       int
	Customer    *loyalty.Customer  // nil: nobody known has this card
	Rivals      []loyalty.Customer // several claim it
	Fresh       bool               // Customer came from the provider just now
	Asking      bool               // the provider is being asked
	Gone        bool               // the provider says that there is no such customer
	Unreflected loyalty.Points     // see Ledger
	CardDay     loyalty.Money      // what was given today on this till's word alone
	Untaken     []Untaken          // what waits for a person
	Phone       card.Phone         // typed instead of the card; the provider says that nobody has it
	Unreached   bool               // the provider could not be asked at the last try
	Typed       card.Phone         // typed instead of the card; nobody could be asked about it
	Join        *joining           // being registered
	Attach      *attaching         // a card that nobody has, for this customer
	Before      *Subject           // who was on the screen when this card, that nobody has, came
	history     *History
	wallet      *QR
}

// spendable is what the customer may spend as far as this till knows.
func (s *Subject) spendable() loyalty.Points {
	return max(0, s.Customer.Balance-s.Unreflected)
}

// same says that two subjects are one and the same person, or the same card
// that nobody knows.
func (s *Subject) same(t *Subject) bool {
	if s == nil || t == nil {
		return false
	}
	if s.Customer != nil && t.Customer != nil {
		return s.Customer.ID == t.Customer.ID
	}
	return s.Ident == t.Ident
}

// shown is what the cashier sees of the customer.
func (s *Subject) shown() *Customer {
	c := s.Customer
	if c == nil {
		return nil
	}
	return &Customer{
		Name: c.Name, Tier: c.Tier,
		Balance: c.Balance, Spendable: s.spendable(), Pending: c.Pending,
		AsOf: c.AsOf, Fresh: s.Fresh, Expiring: c.Expiring, Blocked: c.Blocked, NoBalance: c.NoBalance,
		Untaken: s.Untaken,
	}
}

// masked is the card or phone as it may be shown.
func (s *Subject) masked() string { return card.Mask(s.Ident.Value) }

// Stage is how far a decision has been carried out.
type Stage uint8

// The stages.
const (
	Asked   Stage = iota // the provider is asked to hold the points; no answer yet
	Doubted              // there was no answer in time
	Ready                // settled: take the money
	Coding               // the customer is to tell a code first; nothing is promised
)

// Deal is what the customer decided on this receipt.
type Deal struct {
	Sale    loyalty.Sale   // with its key, and what is spent, paid and earned
	Stage   Stage          //
	Reserve *journal.Entry // nil if nothing is spent, or not yet
	Code    *check         // while Coding
	// Unfinished says that the sale was in hand when the daemon ended: nobody
	// knows whether the money was taken.
	Unfinished bool
}
