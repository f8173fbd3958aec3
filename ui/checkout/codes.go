package checkout

import (
	"slices"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Class is where a code is shown.
type Class string

// The classes.
const (
	ErrorCode     Class = "error"     // in Answer.Error: the command was not done
	NoticeCode    Class = "notice"    // in State.Notice: what happened
	ConditionCode Class = "condition" // in State.Conditions: what is wrong and lasts
	TextCode      Class = "text"      // in Prompt.Text
	ReasonCode    Class = "reason"    // in Choice.Disabled, Quote.Limit, Prompt.Text, or an argument "reason"
)

// CodeInfo declares a code: the one place that says what it means and which
// arguments come with it. The strings files of the page cover every one.
type CodeInfo struct {
	Code     string // unique within its class
	Class    Class
	Severity Severity
	Args     []string // in Text.Args or Condition.Args; always all of them
	English  string   // what it means and what to do, for documents and logs
}

// Errors: nothing was done.
const (
	BadCommand      = "bad_command"
	PromptGone      = "prompt_gone"
	ChoiceUnknown   = "choice_unknown"
	ChoiceDisabled  = "choice_disabled"
	AmountMissing   = "amount_missing"
	AmountNotAsked  = "amount_not_asked"
	AmountRange     = "amount_out_of_range"
	BadPhone        = "bad_phone"
	PINWrong        = "pin_wrong"
	PINLocked       = "pin_locked"
	BadLines        = "bad_lines"
	AnswerFirst     = "answer_first"
	NotSettled      = "not_settled"
	NothingInHand   = "nothing_in_hand"
	SaleInHand      = "sale_in_hand"
	ReceiptGone     = "receipt_gone"
	ReceiptDone     = "receipt_done"
	ReceiptFromPOS  = "receipt_from_pos"
	NothingToUndo   = "nothing_to_undo"
	NoSuchSale      = "no_such_sale"
	SeveralSales    = "several_sales"
	NothingToReturn = "nothing_to_return"
	FinishFirst     = "finish_first"
	BadName         = "bad_name"
	SurnameMissing  = "surname_missing"
	NotOffered      = "not_offered"
	CodeTwice       = "code_twice"
	CodesMany       = "codes_many"
	LineReturned    = "line_returned"
	DraftTwice      = "draft_twice"
	DraftsFull      = "drafts_full"
	DraftGone       = "draft_gone"
	DiskError       = "disk_error"
	Stopping        = "stopping"
)

// Notices.
const (
	SaleDone         = "sale_done"
	SaleQueued       = "sale_queued"
	SalePlain        = "sale_plain"
	SaleVoid         = "sale_void"
	UndoDone         = "undo_done"
	ReturnDone       = "return_done"
	CustomerReplaced = "customer_replaced"
	ReceiptReplaced  = "receipt_replaced"
	ScanStale        = "scan_stale"
	ScanLate         = "scan_late"
	ScanFinishFirst  = "scan_finish_first"
	HoldRefused      = "hold_refused"
	ScanJoinFirst    = "scan_join_first"
	CodeStale        = "code_stale"
	CodeNotOurs      = "code_not_ours"
	CodeUsed         = "code_used"
	CodeOdd          = "code_odd"
	DraftKept        = "draft_kept"
)

// Texts in prompts.
const (
	SaidSearching         = "searching"
	SaidNobody            = "nobody"
	SaidNotInCopy         = "not_in_copy"
	SaidPhoneSearching    = "phone_searching"
	SaidPhoneNobody       = "phone_nobody"
	SaidPhoneNotInCopy    = "phone_not_in_copy"
	SaidInHand            = "in_hand"
	SaidCorrected         = "corrected"
	SaidNotReached        = "not_reached"
	SaidNoAnswer          = "no_answer"
	SaidSpendRefused      = "spend_refused"
	SaidResolved          = "resolved_by_hand"
	SaidPIN               = "supervisor"
	SaidTotalChanged      = "total_changed"
	SaidWithoutPoints     = "sold_without_points"
	SaidCodeSending       = "code_sending"
	SaidCodeUnsent        = "code_unsent"
	SaidCodeWrong         = "code_wrong_left"
	SaidCodeFailed        = "code_failed"
	SaidJoinSent          = "join_sent"
	SaidJoinRefused       = "join_refused"
	SaidJoinUnknown       = "join_unknown"
	SaidJoined            = "joined"
	SaidNoHistory         = "no_history"
	SaidDraftHow          = "draft_how"
	SaidAttached          = "attached"
	SaidAttachSent        = "attach_sent"
	SaidAttachRefused     = "attach_refused"
	SaidAttachUnknown     = "attach_unknown"
	SaidDiffers           = "differs"
	SaidDiffersAsking     = "differs_asking"
	SaidUnfinishedHeld    = "unfinished_held"
	SaidUnfinishedPending = "unfinished_pending"
	SaidUnfinishedUnknown = "unfinished_unknown"
	SaidUnfinishedRefused = "unfinished_refused"
)

// codes is the table.
var codes = []CodeInfo{
	{BadCommand, ErrorCode, Trouble, []string{"detail"}, "The command can not be understood; the detail says which field."},
	{PromptGone, ErrorCode, Warning, nil, "The question has changed since, or another page answered it: look at the screen and answer what is asked now."},
	{ChoiceUnknown, ErrorCode, Trouble, []string{"choice"}, "The prompt has no such choice."},
	{ChoiceDisabled, ErrorCode, Warning, []string{"choice", "reason"}, "The choice can not be taken now, for the reason given."},
	{AmountMissing, ErrorCode, Warning, []string{"choice"}, "An amount is needed: type it."},
	{AmountNotAsked, ErrorCode, Trouble, []string{"choice"}, "The choice takes no amount."},
	{AmountRange, ErrorCode, Warning, []string{"amount", "min", "max"}, "The amount is out of range: type one between min and max."},
	{BadPhone, ErrorCode, Warning, nil, "That is no phone number: type it whole."},
	{PINWrong, ErrorCode, Warning, []string{"left"}, "That is not the supervisor's PIN: so many attempts are left."},
	{PINLocked, ErrorCode, Warning, []string{"minutes"}, "Too many wrong PINs: none is looked at for so many minutes. Spend less, or nothing."},
	{BadLines, ErrorCode, Trouble, []string{"total", "lines"}, "The lines do not add up to the total: send the totals after the POS's own discounts."},
	{AnswerFirst, ErrorCode, Warning, nil, "A customer is on the screen and has not decided: answer the prompt first (\"nothing\" earns, \"not this customer\" sells without)."},
	{NotSettled, ErrorCode, Warning, nil, "The central API has not answered yet: wait, or sell without points."},
	{NothingInHand, ErrorCode, Warning, nil, "There is no sale in hand."},
	{SaleInHand, ErrorCode, Warning, []string{"receipt"}, "Another sale is in hand and decided: say paid or void for it first."},
	{ReceiptGone, ErrorCode, Warning, []string{"receipt"}, "This receipt is not in hand."},
	{ReceiptDone, ErrorCode, Warning, []string{"receipt"}, "This receipt is paid already: undo it first, or give the next one its own number."},
	{ReceiptFromPOS, ErrorCode, Warning, []string{"receipt"}, "The total comes from the POS: change it there."},
	{NothingToUndo, ErrorCode, Warning, nil, "There is no sale that can be undone."},
	{NoSuchSale, ErrorCode, Warning, nil, "This till has no such sale with a customer."},
	{SeveralSales, ErrorCode, Warning, []string{"receipt", "sales"}, "Several sales have this receipt number: name the sale by its key."},
	{NothingToReturn, ErrorCode, Warning, []string{"amount", "max"}, "The amount is more than is left of the sale."},
	{FinishFirst, ErrorCode, Warning, nil, "The sale of before the restart is not finished: say paid or void for it first."},
	{BadName, ErrorCode, Warning, []string{"max"}, "That is no name: type one of so many characters at most."},
	{SurnameMissing, ErrorCode, Warning, nil, "The programme wants name and surname: type both, the name first."},
	{NotOffered, ErrorCode, Warning, nil, "The loyalty programme does not offer this."},
	{CodeTwice, ErrorCode, Warning, nil, "This code is on the receipt already."},
	{CodesMany, ErrorCode, Warning, []string{"max"}, "No more than so many gift cards pay for one receipt."},
	{LineReturned, ErrorCode, Warning, []string{"line", "left"}, "Less is left of this line than is to come back, in thousandths of its unit."},
	{DraftTwice, ErrorCode, Warning, nil, "A draft of this phone waits already."},
	{DraftsFull, ErrorCode, Warning, []string{"max"}, "No more drafts are kept: take some off the list."},
	{DraftGone, ErrorCode, Warning, nil, "That draft is not on the list any more."},
	{DiskError, ErrorCode, Trouble, []string{"reason"}, "Nothing was done: the disk does not take it, for the reason given; selling without points goes on."},
	{Stopping, ErrorCode, Warning, nil, "Tillgate stops or is starting: look at the screen whether it was done, then try again."},

	{SaleDone, NoticeCode, Info, []string{"spent", "worth", "earn", "to_pay"}, "Sold."},
	{SaleQueued, NoticeCode, Info, []string{"spent", "worth", "earn", "to_pay"}, "Sold; the central API will be told when it can be reached."},
	{SalePlain, NoticeCode, Info, nil, "Sold without a customer."},
	{SaleVoid, NoticeCode, Info, []string{"restored"}, "Dropped; points that were held are given back."},
	{UndoDone, NoticeCode, Info, []string{"receipt", "spent", "earned"}, "The last sale is rolled back."},
	{ReturnDone, NoticeCode, Info, []string{"receipt", "amount", "restored", "cancelled"}, "The return is noted; so many spent points are expected to go back, and so many earned ones to be taken."},
	{CustomerReplaced, NoticeCode, Warning, []string{"before"}, "Another card came before an answer: the customer on the screen has changed."},
	{ReceiptReplaced, NoticeCode, Warning, []string{"before"}, "The POS began another receipt: the customer of the one before is dropped, scan again."},
	{ScanStale, NoticeCode, Warning, []string{"seconds"}, "A scan came too late and was dropped: scan again."},
	{ScanLate, NoticeCode, Warning, nil, "An earlier scan came after a later one and was dropped: scan again if it matters."},
	{ScanFinishFirst, NoticeCode, Warning, nil, "First say what became of the sale of before the restart, then scan again."},
	{CodeStale, NoticeCode, Warning, nil, "The code's time is over: ask the customer to refresh it; if it is fresh, a clock is wrong."},
	{CodeNotOurs, NoticeCode, Warning, nil, "The code looks like the programme's and is not made with its key: it names nobody."},
	{CodeUsed, NoticeCode, Warning, nil, "The code was shown on this till before: ask the customer for the next one."},
	{CodeOdd, NoticeCode, Warning, nil, "What was scanned can not be a promo code or a gift card: type it."},
	{DraftKept, NoticeCode, Info, nil, "The registration is kept as a draft and sent when the provider can be asked; nothing is promised, and this receipt goes on without a customer."},
	{ScanJoinFirst, NoticeCode, Warning, nil, "A customer is being registered: finish or leave that, then scan again."},
	{HoldRefused, NoticeCode, Warning, []string{"reason"}, "The points of the sale of before the restart were never held; the sale is dropped."},

	{SaidSearching, TextCode, Info, nil, "Not in the copy; the central API is being asked."},
	{SaidNobody, TextCode, Info, nil, "The central API does not know this card."},
	{SaidNotInCopy, TextCode, Warning, nil, "Not in the copy, and the central API can not be asked now."},
	{SaidPhoneSearching, TextCode, Info, nil, "The phone number is not in the copy; the central API is being asked."},
	{SaidPhoneNobody, TextCode, Info, nil, "Nobody has this phone number."},
	{SaidPhoneNotInCopy, TextCode, Warning, nil, "The phone number is not in the copy, and the central API can not be asked now."},
	{SaidInHand, TextCode, Warning, []string{"customer"}, "The sale in hand is another customer's."},
	{SaidCorrected, TextCode, Warning, nil, "The central API says that the card is another customer's than the copy did."},
	{SaidNotReached, TextCode, Warning, nil, "The central API could not be reached: the points are not held."},
	{SaidNoAnswer, TextCode, Warning, nil, "The central API did not answer: the points may be held or not."},
	{SaidSpendRefused, TextCode, Warning, []string{"reason"}, "The central API refuses to spend, for the reason given."},
	{SaidResolved, TextCode, Warning, nil, "A person settled the reservation by hand: nothing is spent."},
	{SaidPIN, TextCode, Warning, []string{"points", "worth"}, "The central API can not be asked, and this is more than the cashier may give alone: the supervisor's PIN is needed."},
	{SaidTotalChanged, TextCode, Warning, nil, "The receipt has changed since the decision: ask again."},
	{SaidWithoutPoints, TextCode, Info, nil, "Sold without points; a reservation that may be there is given back."},
	{SaidCodeSending, TextCode, Info, nil, "A code is being sent to the customer."},
	{SaidCodeUnsent, TextCode, Warning, []string{"reason"}, "The code could not be sent, for the reason given."},
	{SaidCodeWrong, TextCode, Warning, []string{"left"}, "The code is wrong: so many attempts are left."},
	{SaidCodeFailed, TextCode, Warning, nil, "The code was wrong to the last attempt: the sale goes on without spending points."},
	{SaidJoinSent, TextCode, Info, nil, "The provider is asked to register the customer."},
	{SaidJoinRefused, TextCode, Warning, []string{"reason"}, "The customer is not registered, for the reason given; nothing is promised."},
	{SaidJoinUnknown, TextCode, Warning, nil, "The provider did not answer: the customer may be registered or not. To ask again makes no second one."},
	{SaidJoined, TextCode, Info, nil, "The customer is registered."},
	{SaidNoHistory, TextCode, Warning, []string{"reason"}, "The history is not there, for the reason given."},
	{SaidDraftHow, TextCode, Warning, nil, "The provider can not be asked now: the form is kept as a draft and sent later. Nothing is promised: the phone may have a customer already."},
	{SaidAttached, TextCode, Info, []string{"card"}, "The card is the customer's now."},
	{SaidAttachSent, TextCode, Info, nil, "The provider is asked to attach the card."},
	{SaidAttachRefused, TextCode, Warning, []string{"reason"}, "The card is not attached, for the reason given."},
	{SaidAttachUnknown, TextCode, Warning, nil, "The provider did not answer: the card may be attached or not. To ask again does nothing twice."},
	{SaidDiffers, TextCode, Warning, []string{"was", "now"}, "The programme comes to another amount to pay than the customer was told: tell the customer, and take it or not. Nothing is held."},
	{SaidDiffersAsking, TextCode, Warning, []string{"was"}, "The programme comes to another amount than the customer was told; it is being asked which. Nothing is held."},
	{SaidUnfinishedHeld, TextCode, Warning, []string{"at", "receipt"}, "The daemon was stopped in this sale; its points are held. Was it paid?"},
	{SaidUnfinishedPending, TextCode, Warning, []string{"at", "receipt"}, "The daemon was stopped in this sale before its points were held. Was it paid all the same?"},
	{SaidUnfinishedUnknown, TextCode, Warning, []string{"at", "receipt"}, "The daemon was stopped in this sale; its points may be held or not. Was it paid?"},
	{SaidUnfinishedRefused, TextCode, Warning, []string{"at", "receipt"}, "The daemon was stopped in this sale; the central API refuses to spend its points. Was it paid all the same?"},

	{string(loyalty.NotEnoughPoints), ReasonCode, Info, nil, "The customer has no more points."},
	{string(loyalty.AboveShare), ReasonCode, Info, nil, "Points may pay no more of this receipt."},
	{string(loyalty.BelowMinimum), ReasonCode, Info, nil, "Fewer points than may be spent at once."},
	{string(loyalty.CustomerBlocked), ReasonCode, Warning, nil, "The customer is suspended: neither earns nor spends."},
	{string(loyalty.CustomerUnknown), ReasonCode, Warning, nil, "The central API does not know the customer any more."},
	{string(loyalty.SaleUnknown), ReasonCode, Warning, nil, "The central API does not have the sale."},
	{string(loyalty.AboveSale), ReasonCode, Warning, nil, "More than is left of the sale."},
	{string(loyalty.AlreadyAborted), ReasonCode, Warning, nil, "The reservation was dropped before."},
	{string(loyalty.AlreadyCommitted), ReasonCode, Warning, nil, "The sale was booked before."},
	{string(loyalty.HoldExpired), ReasonCode, Warning, nil, "The reservation is no longer held."},
	{string(loyalty.Offline), ReasonCode, Warning, nil, "Spending needs the central API, which can not be reached."},
	{string(LimitOperation), ReasonCode, Info, nil, "The till on its own gives no more on one receipt."},
	{string(LimitCardDay), ReasonCode, Info, nil, "The till on its own gives this customer no more today."},
	{string(LimitTillDay), ReasonCode, Warning, nil, "The till on its own gives no more today."},
	{string(LimitShare), ReasonCode, Info, nil, "The till on its own gives no larger share of the receipt."},
	{string(StaleBalance), ReasonCode, Warning, nil, "The balance is too old to be spent without the central API."},
	{string(journal.DiskFull), ReasonCode, Trouble, nil, "The disk is full: free some space and try again; nothing has to be started anew."},
	{string(journal.DiskReadOnly), ReasonCode, Trouble, nil, "The disk can only be read, as after errors: have it checked, and start the machine again."},
	{string(journal.DiskBroken), ReasonCode, Trouble, nil, "The disk answers with errors: try once more, start the machine again, and have the disk replaced."},
	{string(journal.DiskOther), ReasonCode, Trouble, nil, "Why, is in the service's log: call support."},
	{string(loyalty.KeyReused), ReasonCode, Trouble, nil, "The operation's key is known with another content: call support."},
	{string(loyalty.BadRequest), ReasonCode, Trouble, nil, "The central API does not understand the operation: call support."},
	{string(loyalty.WholeOnly), ReasonCode, Warning, nil, "The programme takes sales back whole only: a person has to correct the points of a part."},
	{string(loyalty.BalanceUnknown), ReasonCode, Warning, nil, "The programme does not say how many points the customer has: points can not be spent at the till."},
	{string(CodeNeeded), ReasonCode, Warning, nil, "The phone has to be confirmed by a code: register the customer when they are back."},
	{string(QuoteAsked), ReasonCode, Info, nil, "The programme is being asked what the receipt comes to."},
	{string(loyalty.QuoteChanged), ReasonCode, Warning, nil, "The provider comes to another amount than the customer was told: ask anew."},
	{string(loyalty.TooManySales), ReasonCode, Warning, nil, "The programme's count of the customer's purchases is exceeded."},
	{string(loyalty.ItemNotSold), ReasonCode, Warning, nil, "The returned goods were not in the sale."},
	{string(loyalty.ShopUnknown), ReasonCode, Trouble, nil, "The provider does not know the shop: the configuration is wrong."},
	{string(loyalty.PhoneTaken), ReasonCode, Warning, nil, "Another customer has the phone."},
	{string(loyalty.NoCards), ReasonCode, Warning, nil, "The programme takes no cards that are given out at the till."},
	{string(loyalty.CardTaken), ReasonCode, Warning, nil, "Another customer has the card."},
	{string(loyalty.AccountTaken), ReasonCode, Warning, nil, "Another customer has the e-mail or the external id."},
	{string(loyalty.PhoneWrong), ReasonCode, Warning, nil, "Not a phone number."},
	{string(loyalty.NoPhone), ReasonCode, Warning, nil, "A code can not be sent: the customer has no phone."},
	{string(loyalty.NoConsent), ReasonCode, Warning, nil, "Nobody is registered without consent."},
	{string(loyalty.CodeTooOften), ReasonCode, Warning, nil, "Codes were asked for too often."},
	{string(loyalty.CodeWrong), ReasonCode, Warning, nil, "The code was wrong to the last attempt."},
	{string(loyalty.CardMissing), ReasonCode, Warning, nil, "The programme registers nobody without a card: scan one."},
	{string(loyalty.CodeExpired), ReasonCode, Warning, nil, "The code has expired: send another one."},
	{string(loyalty.NotReached), ReasonCode, Warning, nil, "The provider can not be reached."},
	{string(loyalty.PromoUnknown), ReasonCode, Warning, nil, "There is no such promo code."},
	{string(loyalty.PromoNotHere), ReasonCode, Warning, nil, "The promo code is not for this receipt."},
	{string(loyalty.PromoUsed), ReasonCode, Warning, nil, "The promo code was used before."},
	{string(loyalty.PromoExpired), ReasonCode, Warning, nil, "The promo code has expired or not begun."},
	{string(loyalty.PromoNeedsCustomer), ReasonCode, Warning, nil, "The promo code needs an identified customer."},
	{string(loyalty.GiftUnknown), ReasonCode, Warning, nil, "There is no such gift card."},
	{string(loyalty.GiftNotHere), ReasonCode, Warning, nil, "The gift card is not for this receipt."},
	{string(loyalty.GiftNotActive), ReasonCode, Warning, nil, "The gift card is not activated."},
	{string(loyalty.GiftExpired), ReasonCode, Warning, nil, "The gift card has expired."},
	{string(loyalty.GiftBlocked), ReasonCode, Warning, nil, "The gift card is blocked."},
	{string(loyalty.GiftEmpty), ReasonCode, Warning, nil, "There is no money on the gift card."},
	{string(loyalty.GiftSold), ReasonCode, Warning, nil, "The gift card was sold before."},
	{string(loyalty.GiftActive), ReasonCode, Warning, nil, "The gift card is active already."},
}

// Codes is every code that a State or an Answer may carry.
func Codes() []CodeInfo {
	out := slices.Clone(codes)
	for _, c := range conditions {
		out = append(out, CodeInfo{c.code, ConditionCode, c.severity, c.args, c.english})
	}
	return out
}

// severityOf is the declared severity of a code.
func severityOf(code string) Severity {
	for _, c := range codes {
		if c.Code == code {
			return c.Severity
		}
	}
	return Warning
}

// text is a Text of a declared code; args are its arguments, name and value.
func text(code string, args ...any) *Text {
	t := &Text{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if t.Args == nil {
			t.Args = map[string]any{}
		}
		t.Args[args[i].(string)] = args[i+1]
	}
	return t
}
