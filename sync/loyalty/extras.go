package loyalty

import (
	"context"
	"time"

	"github.com/tillgate/tillgate/decode/card"
)

// What a provider may be able to do beside Provider. The desk asks with a type
// assertion and offers what is there. All of it needs the network; none of it is
// a promise that has to outlive the till, so the journal knows nothing of it.
// The errors are those of Lookup: ErrNotFound, *Refusal with a Reason that has
// its words on the page, *Unavailable, ErrCredentials, or a plain error where
// nobody knows.

// RuleBook is a provider whose programme says how a till has to behave.
type RuleBook interface {
	// Rules are asked for once in a while and kept; they change rarely.
	Rules(ctx context.Context) (Rules, error)
}

// Rules are the programme's switches for a till.
type Rules struct {
	CodeToSpend     bool `json:"code_to_spend,omitempty"`    // points are spent after the customer has told a code
	CodeToRegister  bool `json:"code_to_register,omitempty"` // a phone is registered after its owner has told a code
	CardRequired    bool `json:"card_required,omitempty"`    // nobody is registered without a card
	SurnameRequired bool `json:"surname_required,omitempty"`
	PromoCodes      bool `json:"promo_codes,omitempty"` // Sale.Promo is looked at
	GiftCards       bool `json:"gift_cards,omitempty"`  // Sale.GiftCards are
}

// Purpose is what a code is for.
type Purpose string

// The purposes.
const (
	CodeToSpend    Purpose = "spend"
	CodeToRegister Purpose = "register"
	CodeToAttach   Purpose = "attach" // a card, to a customer found by phone
)

// Coder is a provider that sends a customer a code, to be told to the cashier.
type Coder interface {
	// SendCode sends a code to the customer; for CodeToRegister the identity is
	// the phone of somebody who is not registered yet. A *Refusal for
	// CodeTooOften or NoPhone is to be expected.
	SendCode(ctx context.Context, id Ident, purpose Purpose) (Challenge, error)
}

// Challenge is a code that is on its way to a customer. It is safe for use by
// several goroutines, and never prints the code.
type Challenge interface {
	// Check says whether this is the code, and how many more times one may be
	// typed: 0 after a right one, after the last wrong one, and after Expires.
	Check(typed string) (ok bool, left int)
	// Expires is when no answer counts any more.
	Expires() time.Time
}

// Registrar is a provider that takes new customers at the till.
type Registrar interface {
	// Register makes a customer. The same key again, after an answer that was
	// lost, brings the customer and makes no second one; a phone or a card that
	// another customer has is a *Refusal for PhoneTaken or CardTaken.
	Register(ctx context.Context, key Key, who NewCustomer) (Customer, error)
	// AttachCard gives a customer a card; CardTaken if another one has it. A card
	// that the customer has already is no error.
	AttachCard(ctx context.Context, id Ident, c card.ID) (Customer, error)
}

// NewCustomer is what a till asks a new customer for.
type NewCustomer struct {
	Phone   card.Phone `json:"phone"`
	Name    string     `json:"name"`
	Surname string     `json:"surname,omitempty"`
	Card    card.ID    `json:"card,omitempty"` // scanned at registration; "" if none is given out
	Consent bool       `json:"consent"`        // to the keeping of personal data; without it there is no registration
	Letters bool       `json:"letters"`        // consent to advertising by message
	Shop    string     `json:"shop"`
	Till    string     `json:"till"`
	Cashier string     `json:"cashier,omitempty"`
}

// Wallet is a provider with cards for the customer's phone.
type Wallet interface {
	// WalletLink is the address where the customer gets the card; "" if there is
	// none. It is for the customer's eyes: whoever has it has the card.
	WalletLink(ctx context.Context, id Ident) (string, error)
}

// GiftCards is a provider that sells gift cards.
type GiftCards interface {
	// GiftCard is the state of a gift card; a *Refusal for GiftUnknown if there
	// is none. That it may pay for a sale is for Provider.Quote to say.
	GiftCard(ctx context.Context, code string) (GiftCard, error)
}

// GiftCard is the state of a gift card.
type GiftCard struct {
	Balance Money     `json:"balance"`
	Until   time.Time `json:"until,omitzero"`  // when it expires
	Limit   Reason    `json:"limit,omitempty"` // why it pays nothing now; "" if it does
}

// ReturnPreviewer is a provider that says what a return would do before it is
// promised to the customer. It changes nothing.
type ReturnPreviewer interface {
	// PreviewReturn takes the Return as it would be applied.
	PreviewReturn(ctx context.Context, op Operation) (Outcome, error)
}

// Historian is a provider that tells what happened to a customer's points.
type Historian interface {
	// History is the latest events, newest first, limit of them at most.
	History(ctx context.Context, id Ident, limit int) ([]Event, error)
}

// Event is a change of a customer's balance.
type Event struct {
	At     time.Time `json:"at"`
	Kind   EventKind `json:"kind"`
	Points Points    `json:"points"`           // with its sign: what it did to the balance
	Amount Money     `json:"amount,omitempty"` // of the sale or the return; 0 if it is neither or not known
	Sale   Key       `json:"sale,omitempty"`   // if it was made at a till of this kind
	Text   string    `json:"text,omitempty"`   // the provider's own words, in the till's language
}

// EventKind is what changed a balance.
type EventKind string

// The kinds. A provider's kind that has none of these names is OtherEvent.
const (
	EarnedEvent    EventKind = "earned"
	SpentEvent     EventKind = "spent"
	ExpiredEvent   EventKind = "expired"
	RestoredEvent  EventKind = "restored"  // spent points back, by a return or a rollback
	CancelledEvent EventKind = "cancelled" // earned points taken back, by a return or a rollback
	GivenEvent     EventKind = "given"     // as a present, by an offer or by hand
	TakenEvent     EventKind = "taken"     // by hand
	OtherEvent     EventKind = "other"
)
