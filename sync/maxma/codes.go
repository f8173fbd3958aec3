package maxma

import (
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// codeError is an answer that says no: errorCode above 0, with HTTP status 200.
type codeError struct {
	code   int
	method string
}

func (e *codeError) Error() string {
	return fmt.Sprintf("MAXMA answers %s with error %d (%s)", e.method, e.code, e.name())
}

func (e *codeError) name() string {
	if c, ok := codes[e.code]; ok {
		return c.name
	}
	return "unknown"
}

// The codes that are looked for by number.
const (
	clientNotFound  = 3
	clientSuspended = 4
	incorrectBonus  = 6
	alreadyDone     = 17
	purchaseMissing = 21
	discarded       = 22
	phoneTaken      = 24
	cardTaken       = 25
)

// code is what an error of MAXMA means for a till.
type code struct {
	name   string         // as MAXMA's clients call it
	reason loyalty.Reason // of the refusal; "" if trying again later is right
}

// codes are all error codes of MAXMA's clients for Go and PHP. Their texts say
// what happened; which of them pass by themselves (1 and 49) they do not say.
// 17, 22 and 32 tell that something was done before: who asks for it decides
// what that means, and only where nobody does it is this refusal.
var codes = map[int]code{
	1:               {"GeneralError", ""},
	2:               {"MalformedRequest", loyalty.BadRequest},
	clientNotFound:  {"ClientNotFound", loyalty.CustomerUnknown},
	clientSuspended: {"ClientSuspended", loyalty.CustomerBlocked},
	5:               {"ShopNotFound", loyalty.ShopUnknown},
	incorrectBonus:  {"IncorrectBonusAmount", loyalty.AboveShare},
	7:               {"TooManyPurchases", loyalty.TooManySales},
	10:              {"IncorrectReturnItem", loyalty.ItemNotSold},
	11:              {"IncorrectReturnAmount", loyalty.AboveSale},
	13:              {"IncorrectReturnPurchase", loyalty.SaleUnknown},
	alreadyDone:     {"AlreadyProcessed", loyalty.AlreadyCommitted},
	18:              {"EmptyRowsArray", loyalty.BadRequest},
	20:              {"IncorrectPhone", loyalty.PhoneWrong},
	purchaseMissing: {"PurchaseNotFound", loyalty.SaleUnknown},
	discarded:       {"PurchaseDiscarded", loyalty.AlreadyAborted},
	phoneTaken:      {"DuplicatingPhone", loyalty.PhoneTaken},
	cardTaken:       {"DuplicatingCard", loyalty.CardTaken},
	30:              {"DuplicatingExternalId", loyalty.AccountTaken},
	48:              {"DuplicatingEmail", loyalty.AccountTaken},
	28:              {"TooManyCodeRequests", loyalty.CodeTooOften},
	29:              {"EmptyPhone", loyalty.NoPhone},
	31:              {"OrderNotFound", loyalty.SaleUnknown},
	32:              {"OrderAlreadyProcessed", loyalty.AlreadyCommitted},
	33:              {"PromocodeNotFound", loyalty.PromoUnknown},
	34:              {"PromocodeNotApplicable", loyalty.PromoNotHere},
	35:              {"PromocodeAlreadyUsed", loyalty.PromoUsed},
	36:              {"PromocodeExpired", loyalty.PromoExpired},
	37:              {"PromocodeNeedsClient", loyalty.PromoNeedsCustomer},
	40:              {"GiftCardNotFound", loyalty.GiftUnknown},
	41:              {"GiftCardNotApplicable", loyalty.GiftNotHere},
	42:              {"GiftCardNotActivated", loyalty.GiftNotActive},
	43:              {"GiftCardExpired", loyalty.GiftExpired},
	44:              {"GiftCardBlocked", loyalty.GiftBlocked},
	45:              {"GiftCardNoFunds", loyalty.GiftEmpty},
	46:              {"GiftCardAlreadySold", loyalty.GiftSold},
	47:              {"GiftCardAlreadyActivated", loyalty.GiftActive},
	49:              {"TemporarilyUnavailable", ""},
}

// meaning turns an error of MAXMA into one of a provider's. A code that nobody
// knows is final: MAXMA says with it that nothing was done, and a person sees it
// instead of a till that asks for ever.
func (e *codeError) meaning() error {
	c, known := codes[e.code]
	switch {
	case !known:
		return e.refusal(loyalty.BadRequest)
	case c.reason == "":
		return &loyalty.Unavailable{Err: e}
	}
	return e.refusal(c.reason)
}

// refusal is a final no. Detail has no word of MAXMA's: it may name a customer.
func (e *codeError) refusal(r loyalty.Reason) error {
	return &loyalty.Refusal{Reason: r, Detail: e.Error()}
}

// reasonOf is the reason of an error inside a successful answer.
func reasonOf(n int) loyalty.Reason {
	if c := codes[n]; c.reason != "" {
		return c.reason
	}
	return loyalty.BadRequest
}

// said is MAXMA's error number in err; 0 if there is none.
func said(err error) int {
	var e *codeError
	if errors.As(err, &e) {
		return e.code
	}
	return 0
}

// meant is err with an error number of MAXMA's turned into what it means.
func meant(err error) error {
	var e *codeError
	if errors.As(err, &e) {
		return e.meaning()
	}
	return err
}
