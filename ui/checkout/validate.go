package checkout

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// The most that a command may carry.
const (
	MaxTotal = loyalty.Money(1_000_000_000_000) // minor units
	maxLines = 2000
	maxText  = 200 // bytes of any text
)

// Validate says what is wrong with a command by itself, whatever the situation
// is; nil if nothing.
func (c Command) Validate() *Text {
	for _, f := range []struct{ name, value string }{
		{"id", c.ID}, {"prompt", c.Prompt}, {"choice", c.Choice}, {"phone", c.Phone}, {"code", c.Code}, {"pin", c.PIN}, {"name", c.Name}, {"card", c.Card}, {"promo", c.Promo}, {"draft", c.Draft}, {"gift", c.Gift}, {"client", c.Client},
	} {
		if !sound(f.value) {
			return text(BadCommand, "detail", f.name)
		}
	}
	switch c.Do {
	case Choose:
		if c.Prompt == "" || c.Choice == "" {
			return text(BadCommand, "detail", "prompt, choice")
		}
	case SetReceipt:
		if c.Sale == nil {
			return text(BadCommand, "detail", "sale")
		}
	case Identify:
		if (c.Phone == "") == (strings.TrimSpace(c.Card) == "") {
			return text(BadCommand, "detail", "phone or card")
		}
	case ReturnSale, OpenReturn:
		if c.Sale == nil || (c.Sale.Sale == "") == (c.Sale.Receipt == "") {
			return text(BadCommand, "detail", "sale: sale or receipt")
		}
	case DropDraft:
		if c.Draft == "" {
			return text(BadCommand, "detail", "draft")
		}
	case Undo:
		if c.Sale != nil && (c.Sale.Sale == "") == (c.Sale.Receipt == "") {
			return text(BadCommand, "detail", "sale: sale or receipt")
		}
	case PreviewReturn:
		if c.Sale == nil && len(c.Items) == 0 {
			return text(BadCommand, "detail", "sale or items")
		}
	case CloseReturn:
	case Paid, Void, Dismiss, AskHistory:
	default:
		return text(BadCommand, "detail", "do")
	}
	if len(c.Items) > maxLines {
		return text(BadCommand, "detail", "items")
	}
	if c.Sale == nil {
		return nil
	}
	return c.Sale.validate(c.Do == SetReceipt || c.Do == ReturnSale)
}

// validate checks a receipt; whole says that the lines are all of it.
func (s *SaleInput) validate(whole bool) *Text {
	if !sound(s.Receipt) || !sound(s.Cashier) || !sound(string(s.Sale)) {
		return text(BadCommand, "detail", "sale")
	}
	for _, code := range append(slices.Clone(s.GiftCards), deref(s.Promo)) {
		if !sound(code) || len(s.GiftCards) > mostGifts {
			return text(BadCommand, "detail", "sale.promo, sale.gift_cards")
		}
	}
	if s.Total < 0 || s.Total > MaxTotal {
		return text(BadCommand, "detail", "sale.total")
	}
	if len(s.Lines) > maxLines {
		return text(BadCommand, "detail", "sale.lines")
	}
	var sum loyalty.Money
	for _, l := range s.Lines {
		if l.Total < 0 || l.Total > MaxTotal || !sound(l.ID) || !sound(l.SKU) || !sound(l.GTIN) || !sound(l.Title) {
			return text(BadCommand, "detail", "sale.lines")
		}
		sum += l.Total
	}
	if whole && len(s.Lines) > 0 && sum != s.Total {
		return text(BadLines, "total", s.Total, "lines", sum)
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// sound says that a text is one, is short, and has no control characters.
func sound(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
