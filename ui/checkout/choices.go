package checkout

// The choices by their IDs. Those of AskChoose are "pick_1", "pick_2", … in the
// order in which they are shown; "drop_promo", "drop_gift_card_1", … take a code
// away.
const (
	SpendAll       = "spend_all"       // spend the most that may be spent
	SpendAmount    = "spend_amount"    // spend so many points
	SpendNone      = "spend_none"      // earn only
	NotThis        = "not_this"        // not this customer's sale
	Total          = "total"           // the receipt's total
	ByPhone        = "phone"           // look the customer up by phone
	Without        = "without"         // go on without a customer
	ChangeTo       = "change"          // the other card's customer is the right one
	Keep           = "keep"            // the customer of the sale in hand is the right one
	TakePaid       = "paid"            // the money is taken
	TakeVoid       = "void"            // the receipt is dropped
	WaitOn         = "wait"            // ask the central API once more
	WithoutPoints  = "without_points"  // stop waiting, sell without spending
	TypeCode       = "code"            // the code that the customer was sent
	Resend         = "resend"          // send another code
	GivePIN        = "pin"             // the supervisor allows it
	Back           = "back"            // not so many points after all
	Register       = "register"        // make this phone a customer's
	TypeName       = "name"            // the new customer's name
	Agree          = "agree"           // the new customer consents to the keeping of personal data
	AgreeLetters   = "agree_letters"   // and to advertising
	AttachCard     = "card"            // the new customer's card, typed; or it is scanned
	NoCard         = "no_card"         // no card for the new customer
	RegisterAgain  = "register_again"  // ask once more, under the same key
	CancelRegister = "cancel_register" // nobody is registered
	Attach         = "attach"          // the customer wants the card that nobody has
	NoAttach       = "no_attach"       // and does not
	KeepBefore     = "keep_before"     // the customer who was found by phone before the unknown card came
	ToDraft        = "draft"           // register later: keep the form
	Leave          = "leave"           // nothing after all
	EnterPromo     = "promo"           // type or scan a promo code
	TypePromo      = "promo_code"      // this one
	EnterGift      = "gift_card"       // a gift card pays
	TypeGift       = "gift_code"       // this one
	SpendTold      = "spend_told"      // as the programme says
	pick           = "pick_"
	dropCode       = "drop_" // with the ID of a Code: take it away again
)

// What is typed with a choice.
const (
	InputPoints = "points"
	InputPhone  = "phone"
	InputMoney  = "money"
	InputCode   = "code"
	InputPIN    = "pin"
	InputName   = "name"
	InputCard   = "card"
	InputPromo  = "promo"
	InputGift   = "gift"
)
