// Package checkout is the desk: it turns what is scanned, typed, paid and
// answered into what the cashier is asked, one sale at a time.
//
// One goroutine owns the sale (Desk.Run). A rule is a pure function from the
// situation to a prompt; the first that has something to ask wins. Every prompt
// has an id and belongs to one scan (device, sequence, time): an answer to a
// prompt that is no longer the current one is refused, so that nobody spends
// the points of the customer before.
//
// What is on the screen is not yet somebody's sale: it becomes that by an
// answer. Before an answer another card simply takes the prompt, and the cashier
// is told; after it the cashier is asked whose sale it is. A receipt that is paid
// without an answer is not booked for anybody (the POS is told to have the prompt
// answered); a customer does not pass from one receipt of the POS to the next; a
// scan that is older than a few seconds, or older than one that was taken, is
// dropped and said so.
//
// What the desk promises is in the journal before anybody is told, and at a
// start the journal alone says what was promised: a sale whose points may be
// held is asked about before anything else.
package checkout

import (
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// State is all that a screen shows. It is sent whole to a client that connects
// and then by changed sections; the page keeps no truth of its own. Texts are
// codes with arguments: the page has the Russian and the English for each.
type State struct {
	Receipt    Receipt     `json:"receipt"`
	Sale       *SaleResult `json:"sale"`       // what the POS charges and prints: of the receipt in hand, or the last one
	Prompt     *Prompt     `json:"prompt"`     // what is asked or told now; null when the desk waits for a scan
	Notice     *Notice     `json:"notice"`     // what was said last, until the next thing happens
	Last       *LastSale   `json:"last"`       // the sale that "undo" would undo
	Return     *Return     `json:"return"`     // an earlier sale that goods come back of; null if none is looked at
	History    *History    `json:"history"`    // of the customer in hand; null if it is not offered
	Wallet     *QR         `json:"wallet"`     // a card for the phone of the customer in hand, if one was just made
	Link       Link        `json:"link"`       // the central API
	Conditions []Condition `json:"conditions"` // what is wrong now, worst first
	Devices    []Device    `json:"devices"`
	Journal    Journal     `json:"journal"`
	People     []Matter    `json:"people"` // what waits for a person, oldest first; the first of Journal.People
	Drafts     []Draft     `json:"drafts"` // registrations that could not be made at once, oldest first
}

// Receipt is the sale in hand.
type Receipt struct {
	ID       string         `json:"id"` // the POS's own; "" when the total was typed
	Total    loyalty.Money  `json:"total"`
	Known    bool           `json:"known"`            // a total was given; 0 is a total too
	Source   string         `json:"source,omitempty"` // "cashier" or "pos"
	Currency string         `json:"currency"`
	Lines    []loyalty.Line `json:"lines,omitempty"`
	Cashier  string         `json:"cashier,omitempty"`
	Codes    []Code         `json:"codes,omitempty"` // promo code and gift cards
}

// PromptKind says what the cashier is asked or told.
type PromptKind string

// The prompts.
const (
	AskSpend      PromptKind = "spend"      // customer known: spend all, an amount, nothing, not this customer
	AskTotal      PromptKind = "total"      // customer known, receipt total not yet: type it
	AskUnknown    PromptKind = "unknown"    // nobody has this card: phone, or go on without
	AskRegister   PromptKind = "register"   // a new customer: name, then consent
	AskChoose     PromptKind = "choose"     // the base contradicts itself: two customers claim it
	AskOther      PromptKind = "other"      // another card while a sale is in hand: change customer, or keep
	AskPIN        PromptKind = "pin"        // the till decides alone: above a sum the supervisor's PIN is needed
	AskPay        PromptKind = "pay"        // points are held (or earning is settled): take ToPay, then paid or void
	AskCode       PromptKind = "code"       // the customer was sent a code to spend points: type it
	AskWait       PromptKind = "wait"       // the central API was asked and has not answered yet
	AskDoubt      PromptKind = "doubt"      // outcome unknown: go on waiting, or sell without points
	AskUnfinished PromptKind = "unfinished" // after a restart: a sale with held points was in hand
	AskPromo      PromptKind = "promo"      // type or scan a promo code
	AskGift       PromptKind = "gift_card"  // type or scan a gift card that pays
	AskAttach     PromptKind = "attach"     // a card that nobody has, for a customer found by phone: attach it, or not
	AskDiffers    PromptKind = "differs"    // the programme comes to other figures than the customer was told: take them, or not
)

// Prompt is one question with its answers.
type Prompt struct {
	// ID is what an answer names. It changes with everything that an answer
	// decides on: the customer, the receipt, what is offered. It stays when only
	// the age of the balance, the name or Again change.
	ID string `json:"id"`
	// Question stays the same while the prompt is still about the same thing, so
	// that a page can keep the focus and what was typed when ID changes.
	Question string      `json:"question"`
	Kind     PromptKind  `json:"kind"`
	Scan     *driver.Ref `json:"scan,omitempty"`  // the scan it belongs to; nil if the phone was typed
	Again    int         `json:"again,omitempty"` // how often the same card was seen again since
	Customer *Customer   `json:"customer,omitempty"`
	Quote    *Quote      `json:"quote,omitempty"`
	Card     string      `json:"card,omitempty"` // masked
	Choices  []Choice    `json:"choices"`
	Text     *Text       `json:"text,omitempty"` // what else there is to say, with its reason
	Code     *CodeSent   `json:"code,omitempty"` // the code that is waited for
	Form     *Form       `json:"form,omitempty"` // for AskRegister, and the code before it
	Told     bool        `json:"told,omitempty"` // the quote is the programme's own word, not the copy's rules
}

// Form is what is known of a new customer.
type Form struct {
	Phone string `json:"phone"` // masked
	Name  string `json:"name,omitempty"`
	Card  string `json:"card,omitempty"` // masked
}

// CodeSent is what a screen shows of a code on its way; never the code.
type CodeSent struct {
	Until time.Time `json:"until"`          // no answer counts after it
	Left  int       `json:"left,omitempty"` // attempts, after a wrong one
}

// Customer is what the cashier sees of the customer.
type Customer struct {
	Name      string             `json:"name"`
	Tier      string             `json:"tier,omitempty"`
	Balance   loyalty.Points     `json:"balance"`
	Spendable loyalty.Points     `json:"spendable"` // balance less what the journal holds that the balance does not reflect
	Pending   loyalty.Points     `json:"pending,omitempty"`
	AsOf      time.Time          `json:"as_of"`
	Fresh     bool               `json:"fresh"` // asked just now, not from the copy
	Expiring  []loyalty.Expiring `json:"expiring,omitempty"`
	Blocked   bool               `json:"blocked,omitempty"`
	NoBalance bool               `json:"no_balance,omitempty"` // the programme does not say the balance: 0 is no figure to show
	Untaken   []Untaken          `json:"untaken,omitempty"`    // spent at this till, and refused by the programme since
}

// Quote is what may be done on this receipt.
type Quote struct {
	MaxSpend loyalty.Points `json:"max_spend"`
	MaxWorth loyalty.Money  `json:"max_worth"`
	MinSpend loyalty.Points `json:"min_spend,omitempty"`
	Limit    loyalty.Reason `json:"limit,omitempty"` // why not more
	Spend    loyalty.Points `json:"spend"`
	Worth    loyalty.Money  `json:"worth"`
	ToPay    loyalty.Money  `json:"to_pay"`
	Earn     loyalty.Points `json:"earn"`

	Off       loyalty.Money   `json:"off,omitempty"`       // what promo code, offers and gift cards take off besides points
	Prepaid   loyalty.Money   `json:"prepaid,omitempty"`   // the part of Off that gift cards pay
	Discounts []loyalty.Money `json:"discounts,omitempty"` // per line of the receipt, if Spend is spent; without Prepaid
}

// Choice is one answer. The page sends its ID, and for an Input the amount of
// points (or for "total" the money typed, in minor units); never money it
// worked out.
type Choice struct {
	ID       string         `json:"id"`              // see the constants in choices.go
	Input    string         `json:"input,omitempty"` // "points", "phone", "money", "code", "pin", "name", "card", "promo", "gift": what the cashier types with it
	Min      int64          `json:"min,omitempty"`
	Max      int64          `json:"max,omitempty"`
	Offer    *Offer         `json:"offer,omitempty"`    // what it comes to, for the choices that settle the receipt
	Customer string         `json:"customer,omitempty"` // for AskChoose and AskOther: the name to show
	Hint     string         `json:"hint,omitempty"`     // for AskChoose: masked phone, to tell two of one name apart
	Primary  bool           `json:"primary,omitempty"`  // what Enter does
	Disabled loyalty.Reason `json:"disabled,omitempty"` // shown, can not be chosen, and why
}

// Offer is what a choice comes to.
type Offer struct {
	Spend loyalty.Points `json:"spend"`
	Worth loyalty.Money  `json:"worth"`
	Off   loyalty.Money  `json:"off,omitempty"` // by promo code, offers and gift cards
	ToPay loyalty.Money  `json:"to_pay"`
	Earn  loyalty.Points `json:"earn"`
}

// Text is a message by code; the page has it in Russian and English.
type Text struct {
	Code string         `json:"code"`
	Args map[string]any `json:"args,omitempty"`
}

// Notice is what the desk said last: done, refused, queued.
type Notice struct {
	Text
	Severity Severity  `json:"severity"`
	At       time.Time `json:"at"`
}

// Severity orders what is wrong.
type Severity string

// The severities.
const (
	Info    Severity = "info"
	Warning Severity = "warning"
	Trouble Severity = "error"
)

// LastSale is the last finished sale.
type LastSale struct {
	Sale     loyalty.Key    `json:"sale"`
	Receipt  string         `json:"receipt,omitempty"`
	Total    loyalty.Money  `json:"total"`
	Spent    loyalty.Points `json:"spent"`
	Worth    loyalty.Money  `json:"worth"`
	Earned   loyalty.Points `json:"earned"`
	At       time.Time      `json:"at"`
	State    string         `json:"state"` // journal state of its last operation
	CanUndo  bool           `json:"can_undo"`
	Left     loyalty.Money  `json:"left"`               // of Total, that may still be returned
	Customer string         `json:"customer,omitempty"` // name
	// Print is what the programme wants on the receipt, where it has said so by now.
	Print []loyalty.Printed `json:"print,omitempty"`
}

// Link is the state of the link to the provider.
type Link struct {
	Online  bool      `json:"online"`
	Since   time.Time `json:"since"`
	CopyAt  time.Time `json:"copy_at,omitzero"` // when the copy was last brought up to date
	Copy    int       `json:"copy"`             // customers in the copy
	Filling *Filling  `json:"filling,omitempty"`
}

// Filling is the progress of a first fill.
type Filling struct {
	Done int `json:"done"`
	Of   int `json:"of"`
}

// Condition is something wrong that lasts: declared once in conditions.go with
// its code, severity and the delay before it is shown.
type Condition struct {
	Code     string         `json:"code"`
	Severity Severity       `json:"severity"`
	Since    time.Time      `json:"since"`
	Args     map[string]any `json:"args,omitempty"`
}

// Device is a scanner as the cashier sees it.
type Device struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Mode     string       `json:"mode"`
	State    driver.State `json:"state"`
	Since    time.Time    `json:"since"`
	Reason   string       `json:"reason,omitempty"`
	LastScan time.Time    `json:"last_scan,omitzero"`
	Scans    uint64       `json:"scans"`
	Lost     uint64       `json:"lost,omitempty"`
	Advice   string       `json:"advice,omitempty"` // what to do about a code that it sees and does not read ("too-dark"), or about the scanner itself ("fault")
}

// Journal is what waits.
type Journal struct {
	Pending int `json:"pending"`
	Unknown int `json:"unknown"`
	People  int `json:"people"` // refused late, or of an outcome that only a person can find out
	// Of those that wait for people: what customers were given and the programme
	// refused.
	Lost      loyalty.Points `json:"lost,omitempty"`
	LostWorth loyalty.Money  `json:"lost_worth,omitempty"`
}
