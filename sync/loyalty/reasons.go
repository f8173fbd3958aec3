package loyalty

// Reasons of the extras. Each has a Russian and an English text too.
const (
	QuoteChanged Reason = "quote_changed"  // the provider comes to another amount than the customer was told
	TooManySales Reason = "too_many_sales" // the programme counts the customer's purchases, and this is one too many
	ItemNotSold  Reason = "item_not_sold"  // a return of goods that were not in the sale
	ShopUnknown  Reason = "shop_unknown"   // the provider does not know the shop: a matter of configuration

	PhoneTaken   Reason = "phone_taken"   // another customer has the phone
	CardTaken    Reason = "card_taken"    // another customer has the card
	AccountTaken Reason = "account_taken" // another customer has the e-mail or the external id
	PhoneWrong   Reason = "phone_wrong"   // not a phone number
	NoPhone      Reason = "no_phone"      // a code can not be sent: the customer has no phone
	NoConsent    Reason = "no_consent"    // nobody is registered who has not agreed to it
	CardMissing  Reason = "card_missing"  // nobody is registered without a card
	NoCards      Reason = "no_cards"      // the programme takes no cards given out at the till
	CodeTooOften Reason = "code_too_often"
	CodeWrong    Reason = "code_wrong" // and no attempt is left
	CodeExpired  Reason = "code_expired"
	NotReached   Reason = "not_reached" // it needs the provider, which can not be reached

	PromoUnknown       Reason = "promo_unknown"
	PromoNotHere       Reason = "promo_not_here" // not for this receipt
	PromoUsed          Reason = "promo_used"
	PromoExpired       Reason = "promo_expired" // or not begun
	PromoNeedsCustomer Reason = "promo_needs_customer"

	GiftUnknown   Reason = "gift_unknown"
	GiftNotHere   Reason = "gift_not_here" // not for this receipt
	GiftNotActive Reason = "gift_not_active"
	GiftExpired   Reason = "gift_expired"
	GiftBlocked   Reason = "gift_blocked"
	GiftEmpty     Reason = "gift_empty"
	GiftSold      Reason = "gift_sold"   // the card can not be sold: it was
	GiftActive    Reason = "gift_active" // the card can not be activated: it is
)
