package checkout

import "github.com/tillgate/tillgate/sync/loyalty"

// Command is what a screen or a POS asks of the desk. ID is the client's own
// and comes back in the answer; the same ID from the same client again is the
// same command (a retry after a lost answer), not a second one.
type Command struct {
	ID     string       `json:"id"`
	Do     Verb         `json:"do"`
	Prompt string       `json:"prompt,omitempty"` // for Choose: the prompt that is answered
	Choice string       `json:"choice,omitempty"` // for Choose
	Amount *int64       `json:"amount,omitempty"` // with a Choice whose Input is "points", or "money" (minor units)
	Phone  string       `json:"phone,omitempty"`  // with Identify, any spelling; or a Choice whose Input is "phone"
	Code   string       `json:"code,omitempty"`   // with a Choice whose Input is "code": what the customer was sent; kept nowhere
	PIN    string       `json:"pin,omitempty"`    // with a Choice whose Input is "pin"
	Name   string       `json:"name,omitempty"`   // with a Choice whose Input is "name"
	Promo  string       `json:"promo,omitempty"`  // with a Choice whose Input is "promo"
	Gift   string       `json:"gift,omitempty"`   // with a Choice whose Input is "gift": the number of a gift card
	Card   string       `json:"card,omitempty"`   // with Identify, or a Choice whose Input is "card": a card number typed by hand
	Items  []ReturnItem `json:"items,omitempty"`  // with ReturnSale, PreviewReturn: the parts of lines that come back, instead of the Total of Sale
	Draft  string       `json:"draft,omitempty"`  // with DropDraft: its ID
	Sale   *SaleInput   `json:"sale,omitempty"`   // with SetReceipt, ReturnSale, OpenReturn, Undo; with Paid and Void the Receipt they are meant for
	Client string       `json:"-"`                // who asks; filled in by the server
}

// Verb is what is asked.
type Verb string

// The commands.
const (
	Choose        Verb = "choose"         // answer the prompt
	SetReceipt    Verb = "set_receipt"    // the total (cashier) or the whole receipt (POS)
	Identify      Verb = "identify"       // by phone or by a typed card number
	Paid          Verb = "paid"           // the receipt in hand is paid
	Void          Verb = "void"           // the receipt in hand is dropped
	Undo          Verb = "undo"           // roll a sale back as if it never was: the Sale, or the last
	ReturnSale    Verb = "return"         // goods of an earlier sale come back
	OpenReturn    Verb = "open_return"    // look at an earlier sale that goods come back of
	PreviewReturn Verb = "preview_return" // what a return of the sale that is looked at comes to
	CloseReturn   Verb = "close_return"   // nothing comes back after all
	Dismiss       Verb = "dismiss"        // the notice was read
	DropDraft     Verb = "drop_draft"     // a registration that was kept for later is taken off the list
	AskHistory    Verb = "history"        // what happened to the points of the customer in hand
)

// SaleInput is a receipt as the POS or the cashier gives it.
type SaleInput struct {
	Receipt string         `json:"receipt,omitempty"`
	Total   loyalty.Money  `json:"total"`
	Lines   []loyalty.Line `json:"lines,omitempty"`
	Cashier string         `json:"cashier,omitempty"`
	Sale    loyalty.Key    `json:"sale,omitempty"` // for ReturnSale, OpenReturn, Undo: the sale that is meant, or by Receipt

	// With SetReceipt. What is left out stays as it is; "" and [] take them away.
	Promo     *string  `json:"promo,omitempty"`
	GiftCards []string `json:"gift_cards,omitempty"`
}

// Answer is what became of a command.
type Answer struct {
	ID    string `json:"id"`
	OK    bool   `json:"ok"`
	Error *Text  `json:"error,omitempty"` // code, with what to do
	// Sale is the result that a POS prints: set when a sale is in hand.
	Sale *SaleResult `json:"sale,omitempty"`
}

// SaleResult is what the POS needs for its receipt.
type SaleResult struct {
	Sale      loyalty.Key     `json:"sale"`
	Receipt   string          `json:"receipt,omitempty"`
	Phase     Phase           `json:"phase"`
	Total     loyalty.Money   `json:"total"`
	Spend     loyalty.Points  `json:"spend"`
	Worth     loyalty.Money   `json:"worth"`
	ToPay     loyalty.Money   `json:"to_pay"`
	Earn      loyalty.Points  `json:"earn"`
	Off       loyalty.Money   `json:"off,omitempty"`       // what promo code, offers and gift cards take off besides points
	Prepaid   loyalty.Money   `json:"prepaid,omitempty"`   // the part of Off that gift cards pay: a payment, not a discount
	Discounts []loyalty.Money `json:"discounts,omitempty"` // per line of the receipt, same order; adds up to Worth + Off - Prepaid
	Quote     *Quote          `json:"quote,omitempty"`     // while Open: what may be done
	Codes     []Code          `json:"codes,omitempty"`     // while the sale is in hand: promo code and gift cards
	// Print is what the programme wants on the receipt, where it has said so by now.
	Print     []loyalty.Printed `json:"print,omitempty"`
	Customer  bool              `json:"customer"`            // a customer is attached
	Restored  loyalty.Points    `json:"restored,omitempty"`  // in the answer to a return: spent points that are expected to go back
	Cancelled loyalty.Points    `json:"cancelled,omitempty"` // and earned ones that are expected to be taken
}

// Phase is how far a sale has come.
type Phase string

// The phases.
const (
	Open     Phase = "open"     // the customer, if there is one, has not decided yet
	Waiting  Phase = "waiting"  // the provider was asked to hold the points; no answer yet
	Held     Phase = "held"     // settled: take ToPay, then paid or void
	Finished Phase = "paid"     // booked, or on its way in the journal
	Dropped  Phase = "void"     // nothing was sold
	Undone   Phase = "undone"   // rolled back as a whole
	Returned Phase = "returned" // goods came back, in part or whole
)
