package checkout

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// codeKind is a kind of code that takes something off a receipt.
type codeKind string

const (
	promoCode codeKind = "promo"
	giftCard  codeKind = "gift_card"
)

// entered is a promo code or a gift card of the receipt in hand. What it takes
// off is for the provider's quote to say; until that is there it takes nothing.
type entered struct {
	kind  codeKind
	value string
	pos   bool // the POS gave it, with the receipt
	used  loyalty.Money
	taken bool              // a quote was about it
	no    loyalty.Reason    // why it takes nothing off, for good
	gift  *loyalty.GiftCard // its state, if it is known
}

// Code is a promo code or a gift card as a screen shows it.
type Code struct {
	ID      string         `json:"id"`   // "promo", "gift_card_1", …
	Kind    string         `json:"kind"` // "promo" or "gift_card"
	Text    string         `json:"text"` // a gift card's is masked: who has its number has its money
	State   CodeState      `json:"state"`
	Reason  loyalty.Reason `json:"reason,omitempty"`  // why it takes nothing off
	Used    loyalty.Money  `json:"used"`              // what it takes off the receipt, or pays of it
	Balance *loyalty.Money `json:"balance,omitempty"` // on the gift card, before this receipt
	Until   time.Time      `json:"until,omitzero"`    // when the gift card expires
}

// CodeState is how far a code has come.
type CodeState string

// The states.
const (
	CodeAsked   CodeState = "asked"   // the provider has not said yet; if Reason is there, it can not be asked
	CodeTaken   CodeState = "taken"   // it takes Used off
	CodeRefused CodeState = "refused" // it takes nothing off, for Reason
)

// mostGifts is how many gift cards may pay for one receipt.
const mostGifts = 10

// askEntering: a promo code or a gift card is typed or scanned.
func askEntering(s Situation) (Prompt, bool) {
	if s.Entering == "" || s.Who == nil || s.Who.Customer == nil || s.Deal != nil || !s.Receipt.Known {
		return Prompt{}, false
	}
	p := Prompt{Kind: AskPromo, Scan: s.Who.Scan, Customer: s.Who.shown(), Card: s.Who.masked(), Text: s.Said}
	typed := Choice{ID: TypePromo, Input: InputPromo, Primary: true}
	if s.Entering == giftCard {
		p.Kind, typed = AskGift, Choice{ID: TypeGift, Input: InputGift, Primary: true}
	}
	p.Choices = []Choice{typed, {ID: Leave}}
	return p, true
}

// codeChoices are what AskSpend offers for promo codes and gift cards.
func (s Situation) codeChoices() (all []Choice) {
	if s.Rules.PromoCodes && s.code(promoCode) == nil {
		all = append(all, Choice{ID: EnterPromo, Disabled: s.unreachable()})
	}
	if n := len(s.Codes); s.Rules.GiftCards && n < mostGifts {
		all = append(all, Choice{ID: EnterGift, Disabled: s.unreachable()})
	}
	for i, c := range s.Codes {
		all = append(all, Choice{ID: dropCode + s.codeID(i), Hint: c.shownText()})
	}
	return all
}

func (s Situation) unreachable() loyalty.Reason {
	if !s.Online {
		return loyalty.NotReached
	}
	return ""
}

// codesAsked says that a code was entered and the provider is about to say what
// it takes off: an answer now would be one without it.
func (s Situation) codesAsked() bool {
	b, ok := s.basket()
	return ok && s.Asking && s.told() == nil && (b.promo != "" || len(b.gifts) > 0)
}

// QuoteAsked says that the provider is being asked what the receipt comes to.
const QuoteAsked loyalty.Reason = "quote_asked"

// code is the first code of a kind.
func (s Situation) code(k codeKind) *entered {
	for _, c := range s.Codes {
		if c.kind == k {
			return c
		}
	}
	return nil
}

// codeID is the name of the i-th code.
func (s Situation) codeID(i int) string {
	if s.Codes[i].kind == promoCode {
		return string(promoCode)
	}
	n := 0
	for _, c := range s.Codes[:i+1] {
		if c.kind == giftCard {
			n++
		}
	}
	return string(giftCard) + "_" + strconv.Itoa(n)
}

func (c *entered) shownText() string {
	if c.kind == promoCode {
		return c.value
	}
	return card.Mask(c.value)
}

// codesShown are the codes as a screen shows them.
func (d *Desk) codesShown() []Code {
	var all []Code
	for i, c := range d.sit.Codes {
		x := Code{ID: d.sit.codeID(i), Kind: string(c.kind), Text: c.shownText(), State: CodeAsked, Used: c.used}
		switch {
		case c.no != "":
			x.State, x.Reason, x.Used = CodeRefused, c.no, 0
		case c.taken && (d.sit.Deal != nil || d.sit.told() != nil):
			x.State = CodeTaken
		default:
			if x.Reason = d.quoting.no; !d.sit.Online {
				x.Reason = loyalty.NotReached
			}
			x.Used = 0
		}
		if g := c.gift; g != nil {
			balance := g.Balance
			x.Balance, x.Until = &balance, g.Until
		}
		all = append(all, x)
	}
	return all
}

// enter takes a code that was typed, scanned, or given by the POS.
func (d *Desk) enter(k codeKind, typed string, pos bool) *Text {
	value := strings.TrimSpace(typed)
	c := &entered{kind: k, value: value, pos: pos}
	same := func(o *entered) bool { return o.kind == k && o.value == value }
	switch {
	case value == "":
		return text(AmountMissing, "choice", string(k))
	case slices.ContainsFunc(d.sit.Codes, same):
		return text(CodeTwice)
	case k == promoCode && d.sit.code(promoCode) != nil:
		d.dropCode(string(promoCode))
	case len(d.sit.Codes) >= mostGifts:
		return text(CodesMany, "max", mostGifts)
	}
	switch {
	case !d.book.known:
	case k == promoCode && !d.book.rules.PromoCodes:
		c.no = loyalty.PromoNotHere
	case k == giftCard && !d.book.rules.GiftCards:
		c.no = loyalty.GiftNotHere
	}
	d.sit.Codes = append(slices.Clone(d.sit.Codes), c)
	d.sit.Entering, d.sit.Said = "", nil
	if k == giftCard && c.no == "" {
		d.askGiftCard(c)
	}
	return nil
}

// entersCode says that the next scan is a promo code or a gift card.
func (d *Desk) entersCode() bool {
	return d.prompt != nil && (d.prompt.Kind == AskPromo || d.prompt.Kind == AskGift)
}

// otherCode takes a code that is no customer's while a promo code or a gift card
// was waited for.
func (d *Desk) otherCode(c decode.Code) {
	switch age := d.sit.Now.Sub(c.Scan.At); {
	case !d.entersCode():
		d.o.Forward(c)
	case age > d.o.Stale:
		d.say(ScanStale, "seconds", int64(age/time.Second))
	case !c.Again:
		d.scannedCode(c)
	}
}

// scannedCode takes a code that was scanned while one is waited for.
func (d *Desk) scannedCode(c decode.Code) {
	if !sound(c.Text) {
		d.say(CodeOdd)
		return
	}
	d.notice = nil
	if err := d.enter(d.sit.Entering, c.Text, false); err != nil {
		d.say(err.Code)
	}
}

// dropCode takes a code away.
func (d *Desk) dropCode(id string) {
	for i := range d.sit.Codes {
		if d.sit.codeID(i) == id {
			d.sit.Codes = slices.Delete(slices.Clone(d.sit.Codes), i, i+1)
			return
		}
	}
}

// askGiftCard asks how much money is on a gift card. That it may pay for this
// receipt is for the quote to say.
func (d *Desk) askGiftCard(c *entered) {
	if d.o.Extras.GiftCards == nil {
		return
	}
	d.job(d.o.LookupTimeout, func(ctx context.Context) func() {
		g, err := d.o.Extras.GiftCards.GiftCard(ctx, c.value)
		return func() {
			why, final := refusal(err)
			switch {
			case err == nil:
				c.gift = &g
				if g.Limit != "" && !c.held() {
					c.no = g.Limit
				}
			case final && why != loyalty.CustomerUnknown && !c.held():
				c.no = why
			default:
				d.o.Log.Debug("the state of a gift card is not known", "err", err)
			}
		}
	})
}

// held says that the code has taken something off.
func (c *entered) held() bool { return c.taken && c.used > 0 }

// takeEffect takes in what a quote says of the codes it was asked about; true if
// it refuses one.
func (d *Desk) takeEffect(b basket, q loyalty.Quote) (refused bool) {
	gifts := 0
	for _, c := range d.sit.Codes {
		if c.no != "" {
			continue
		}
		c.taken = true
		switch c.kind {
		case promoCode:
			c.used, c.no = q.Off-q.Prepaid(), q.PromoNo
			if len(b.gifts) > 0 && q.Gifts == nil {
				c.used = 0 // it is not told what is whose
			}
		case giftCard:
			if gifts < len(q.Gifts) {
				c.used, c.no = q.Gifts[gifts].Used, q.Gifts[gifts].No
			} else if gifts == len(b.gifts)-1 {
				c.no = q.GiftNo // one of them; the last that came
			}
			gifts++
		}
		refused = refused || c.no != ""
	}
	return refused
}

// refuseCodes takes in that a code was refused when it was to be held.
func (d *Desk) refuseCodes(why loyalty.Reason) {
	kind := codeKind("")
	switch {
	case strings.HasPrefix(string(why), "promo_"):
		kind = promoCode
	case strings.HasPrefix(string(why), "gift_"):
		kind = giftCard
	}
	for _, c := range slices.Backward(d.sit.Codes) {
		if c.kind == kind && c.no == "" {
			c.no = why
			return
		}
	}
}

// tidyCodes keeps what one customer brought from paying for another: codes that
// were typed or scanned go with their customer, those of the POS with the
// receipt.
func (d *Desk) tidyCodes() {
	var id loyalty.CustomerID
	if who := d.sit.Who; who != nil && who.Customer != nil {
		id = who.Customer.ID
	}
	if id == d.codesOf {
		return
	}
	d.codesOf = id
	var kept []*entered
	for _, c := range d.sit.Codes {
		if c.pos {
			kept = append(kept, &entered{kind: c.kind, value: c.value, pos: true, gift: c.gift})
		}
	}
	d.sit.Codes, d.sit.Entering, d.sit.Differs = kept, "", nil
}

// posCodes takes the codes that came with the receipt; true if they are others
// than before. A receipt without any says nothing of them.
func (d *Desk) posCodes(in SaleInput) (changed bool) {
	if in.Promo == nil && in.GiftCards == nil {
		return false
	}
	var before, now []string
	var others []*entered
	for _, c := range d.sit.Codes {
		mine := c.kind == promoCode && in.Promo != nil || c.kind == giftCard && in.GiftCards != nil
		if mine {
			before = append(before, string(c.kind)+" "+c.value)
		} else {
			others = append(others, c)
		}
	}
	var came []*entered
	if in.Promo != nil && *in.Promo != "" {
		came = append(came, &entered{kind: promoCode, value: *in.Promo})
	}
	for _, g := range in.GiftCards {
		came = append(came, &entered{kind: giftCard, value: g})
	}
	for _, c := range came {
		now = append(now, string(c.kind)+" "+c.value)
	}
	if slices.Equal(before, now) {
		return false
	}
	d.sit.Codes = others
	for _, c := range came {
		d.enter(c.kind, c.value, true)
	}
	return true
}

// recallCodes are those of a sale of before.
func recallCodes(s loyalty.Sale) (all []*entered) {
	if s.Promo != "" {
		all = append(all, &entered{kind: promoCode, value: s.Promo, used: s.Off - s.Prepaid, taken: true})
	}
	for _, g := range s.GiftCards {
		c := &entered{kind: giftCard, value: g, taken: true}
		if len(s.GiftCards) == 1 {
			c.used = s.Prepaid
		}
		all = append(all, c)
	}
	return all
}
