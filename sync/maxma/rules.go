package maxma

import (
	"context"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Rules are MAXMA's settings for the shop.
func (c *Client) Rules(ctx context.Context) (loyalty.Rules, error) {
	var a struct {
		Phone   bool `json:"phoneVerification"`
		Spend   bool `json:"bonusApplyingConfirmation"`
		Card    bool `json:"clientFieldCardRequired"`
		Surname bool `json:"clientFieldSurname"`
	}
	if err := c.call(ctx, "get-settings", map[string]any{"shop": shop{Code: c.cfg.ShopCode, Name: c.cfg.ShopName}}, &a); err != nil {
		return loyalty.Rules{}, fmt.Errorf("settings: %w", meant(err))
	}
	return loyalty.Rules{CodeToSpend: a.Spend, CodeToRegister: a.Phone, CardRequired: a.Card, SurnameRequired: a.Surname,
		PromoCodes: true, GiftCards: true}, nil
}

// How long a code is good for if the server's time and the till's do not fit.
const (
	leastCode = 30 * time.Second
	mostCode  = time.Hour
	usualCode = 5 * time.Minute
)

// SendCode sends a code. MAXMA tells it to the till, which compares it.
func (c *Client) SendCode(ctx context.Context, id loyalty.Ident, purpose loyalty.Purpose) (loyalty.Challenge, error) {
	who, ok := keyOf(id)
	if !ok {
		return nil, loyalty.ErrNotFound
	}
	ask := struct {
		key
		To string `json:"to,omitempty"`
	}{key: who}
	if purpose == loyalty.CodeToRegister {
		// To somebody who is not registered it goes to a number, for no client.
		ask.To, ask.key = who.Phone, key{}
	}
	var a struct {
		Code    string  `json:"code"`
		Expires instant `json:"expiresAt"`
	}
	err := c.call(ctx, "send-confirmation-code", ask, &a)
	if said(err) == clientNotFound {
		return nil, loyalty.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("send a code: %w", meant(err))
	}
	if a.Code == "" || a.Expires.IsZero() {
		return nil, &AnswerError{What: "the answer to send-confirmation-code", Why: "code or expiresAt is missing"}
	}
	left := time.Until(a.Expires.Time)
	if left < leastCode || left > mostCode {
		left = usualCode
	}
	return loyalty.NewChallenge(a.Code, time.Now().Add(left)), nil
}

// GiftCard is the state of a gift card.
func (c *Client) GiftCard(ctx context.Context, number string) (loyalty.GiftCard, error) {
	var a struct {
		GiftCard *struct {
			Balance *money  `json:"balance"`
			Status  string  `json:"status"`
			Until   instant `json:"validUntil"`
		} `json:"giftCard"`
	}
	if err := c.call(ctx, "get-gift-card", map[string]any{"code": number}, &a); err != nil {
		return loyalty.GiftCard{}, fmt.Errorf("gift card: %w", meant(err))
	}
	if a.GiftCard == nil || a.GiftCard.Balance == nil || *a.GiftCard.Balance < 0 {
		return loyalty.GiftCard{}, &AnswerError{What: "the answer to get-gift-card", Why: "giftCard or its balance is missing or negative"}
	}
	g := loyalty.GiftCard{Balance: loyalty.Money(*a.GiftCard.Balance), Until: a.GiftCard.Until.Time}
	switch a.GiftCard.Status {
	case "ACTIVE":
		if g.Balance == 0 {
			g.Limit = loyalty.GiftEmpty
		}
	case "INACTIVE":
		g.Limit = loyalty.GiftNotActive
	case "REDEEMED":
		g.Limit = loyalty.GiftEmpty
	case "EXPIRED":
		g.Limit = loyalty.GiftExpired
	case "BLOCKED":
		g.Limit = loyalty.GiftBlocked
	default:
		g.Limit = loyalty.GiftNotHere
	}
	return g, nil
}
