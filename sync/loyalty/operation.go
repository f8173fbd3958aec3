package loyalty

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Key names one operation or one sale for ever. It is minted at the till before
// anything is written or sent, and goes with every retry: a provider does the
// work of one key once. The form is a UUID version 7 (RFC 9562), so that keys
// sort by the time of their minting.
type Key string

// NewKey mints a key.
func NewKey(now time.Time) Key {
	var b [16]byte
	rand.Read(b[:])
	ms := uint64(now.UnixMilli())
	for i := 5; i >= 0; i-- {
		b[i] = byte(ms)
		ms >>= 8
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return Key(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// Valid says whether the key has the form of a UUID in lower case.
func (k Key) Valid() bool {
	if len(k) != 36 {
		return false
	}
	for i := range len(k) {
		switch c := k[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c < '0' || c > '9' && c < 'a' || c > 'f':
			return false
		}
	}
	return true
}

// Kind is what an operation does.
type Kind string

// The operations. A sale that Holds is Reserve, then Commit (paid) or Abort
// (dropped). A sale that only earns is a Commit alone.
const (
	Reserve Kind = "reserve" // hold Sale.Spend points until Commit or Abort
	Commit  Kind = "commit"  // the receipt is paid: book the spending held for it, accrue what it earns
	Abort   Kind = "abort"   // the sale is dropped: give back what is held; done too if nothing is
	Return  Kind = "return"  // goods come back, in part or whole: give back spent points, take back earned ones
	Revert  Kind = "revert"  // roll the whole sale back as if it never was
)

// Operation is a promise to a customer: what the journal makes durable and the
// provider carries out once.
type Operation struct {
	Key    Key       `json:"key"`
	Kind   Kind      `json:"kind"`
	Sale   Sale      `json:"sale"` // whole, so that an operation can be sent without looking anything up
	At     time.Time `json:"at"`
	Refund *Refund   `json:"refund,omitempty"` // for Return
	Ticket string    `json:"ticket,omitempty"` // the provider's handle of the reservation, for Commit and Abort after a Reserve
}

// Refund is what comes back in a return.
type Refund struct {
	Amount Money  `json:"amount"` // of goods, before points: between 1 and what is left of Sale.Total
	Lines  []Line `json:"lines,omitempty"`
}

// Lines is how many lines of receipts go with the operation.
func (o Operation) Lines() int {
	n := len(o.Sale.Lines)
	if o.Refund != nil {
		n += len(o.Refund.Lines)
	}
	return n
}

// LogValue names an operation without the customer.
func (o Operation) LogValue() slog.Value {
	return slog.GroupValue(slog.String("key", string(o.Key)), slog.String("kind", string(o.Kind)), slog.String("sale", string(o.Sale.Key)))
}

// Outcome is what became of an operation that was done.
type Outcome struct {
	Spent     Points    `json:"spent,omitempty"`     // held or booked
	Worth     Money     `json:"worth,omitempty"`     // what the spent (in a return: the restored) points paid
	Earned    Points    `json:"earned,omitempty"`    // accrued
	Restored  Points    `json:"restored,omitempty"`  // spent points given back
	Cancelled Points    `json:"cancelled,omitempty"` // earned points taken back
	Ticket    string    `json:"ticket,omitempty"`
	Customer  *Customer `json:"customer,omitempty"` // after it, where the provider says
	Version   uint64    `json:"version"`            // see Customer.Version; 0 if the provider has none
	Print     []Printed `json:"print,omitempty"`    // what the programme wants on the customer's receipt; need not come with a repeated answer
}

// Printed is a line for the receipt; one of its parts is there.
type Printed struct {
	Text    string   `json:"text,omitempty"`
	Align   string   `json:"align,omitempty"`   // of Text: "left", "center" or "right"
	Columns []string `json:"columns,omitempty"` // two of them, to the left and to the right edge
	QR      string   `json:"qr,omitempty"`
	EAN13   string   `json:"ean13,omitempty"`
	Rule    bool     `json:"rule,omitempty"` // a line from edge to edge
}

// Reason says why something was refused or limited. Each has a Russian and an
// English text on the cashier's page.
type Reason string

// The reasons.
const (
	NotEnoughPoints  Reason = "not_enough_points"
	AboveShare       Reason = "above_share"       // more than the share of the receipt that points may pay
	BelowMinimum     Reason = "below_minimum"     // fewer than Terms.MinSpend
	CustomerBlocked  Reason = "customer_blocked"  // the provider suspended the customer
	CustomerUnknown  Reason = "customer_unknown"  // the provider does not know the customer (any more)
	SaleUnknown      Reason = "sale_unknown"      // a return or revert of a sale that the provider does not have
	AboveSale        Reason = "above_sale"        // a return of more than the sale
	AlreadyAborted   Reason = "already_aborted"   // commit of a sale whose reservation was dropped
	AlreadyCommitted Reason = "already_committed" // abort of a sale that is paid
	HoldExpired      Reason = "hold_expired"      // commit of a reservation that the provider no longer holds
	Offline          Reason = "offline"           // spending needs the central API, which can not be reached
	KeyReused        Reason = "key_reused"        // the key is known with another content: a bug or a cloned till
	BadRequest       Reason = "bad_request"       // the provider does not understand the operation
	WholeOnly        Reason = "whole_only"        // sales are returned whole: a part is for a person to correct
	BalanceUnknown   Reason = "balance_unknown"   // spending needs the balance, which the provider does not say
)

// Refusal is a final no. It is an error.
type Refusal struct {
	Reason Reason `json:"reason"`
	Detail string `json:"detail,omitempty"` // the provider's words, for support; no personal data
}

func (r *Refusal) Error() string {
	if r.Detail == "" {
		return "refused: " + string(r.Reason)
	}
	return fmt.Sprintf("refused: %s: %s", r.Reason, r.Detail)
}

// The other ways in which a provider does not do what it was asked.
var (
	// ErrNotFound says that the provider has no such customer.
	ErrNotFound = errors.New("no such customer")
	// ErrCredentials says that the provider does not accept this till's key or
	// token. Nothing was done; it stays so until a person changes the key.
	ErrCredentials = errors.New("credentials not accepted")
	// ErrProxy says that the network's own proxy wants a name and a password, which
	// this till has not. Nothing was done.
	ErrProxy = errors.New("the network's proxy wants a name and a password")
	// ErrStartOver says that the provider no longer has the changes since the
	// cursor: the copy is to be filled anew from a snapshot.
	ErrStartOver = errors.New("changes start over: take a snapshot")
)

// Unavailable is an error that says that nothing was done and that trying again
// later is right: no connection, or the provider's own "not now".
type Unavailable struct {
	After time.Duration // the provider's Retry-After; 0 if it did not say
	Err   error
}

func (e *Unavailable) Error() string { return "unavailable: " + e.Err.Error() }
func (e *Unavailable) Unwrap() error { return e.Err }

// Verdict sorts what Apply returned.
type Verdict uint8

// The verdicts. Unknown is the zero value on purpose: an error that nobody
// thought of may hide a booking.
const (
	Unknown Verdict = iota // sent, no clear answer: may be done or not
	Done
	Refused // final
	Later   // surely not done
	Doubt   // may be done or not, and only a person can find out
)

func (v Verdict) String() string {
	return [...]string{"unknown", "done", "refused", "later", "doubt"}[v]
}

// Judge sorts the error of Provider.Apply.
func Judge(err error) Verdict {
	var r *Refusal
	var u *Unavailable
	var d *Doubtful
	switch {
	case err == nil:
		return Done
	case errors.As(err, &d):
		return Doubt
	case errors.As(err, &r):
		return Refused
	case errors.As(err, &u), errors.Is(err, ErrCredentials), errors.Is(err, ErrProxy):
		return Later
	}
	return Unknown
}
