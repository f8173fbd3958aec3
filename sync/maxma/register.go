package maxma

import (
	"context"
	"fmt"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

type newClient struct {
	Phone      string `json:"phoneNumber,omitempty"`
	Card       string `json:"card,omitempty"`
	Name       string `json:"name,omitempty"`
	Surname    string `json:"surname,omitempty"`
	Subscribed *bool  `json:"isPhoneSubscribed,omitempty"`
}

// Register makes a customer. A phone that is taken is the customer of this very
// registration if an earlier try under the key had no clear answer and the
// client has the same name and card; after a restart that is not known any more,
// and the cashier finds the customer by phone.
func (c *Client) Register(ctx context.Context, k loyalty.Key, who loyalty.NewCustomer) (loyalty.Customer, error) {
	if !who.Consent {
		return loyalty.Customer{}, &loyalty.Refusal{Reason: loyalty.NoConsent}
	}
	if who.Phone == "" {
		return loyalty.Customer{}, &loyalty.Refusal{Reason: loyalty.PhoneWrong}
	}
	c.mu.Lock()
	again := c.register[k]
	c.register[k] = true
	c.mu.Unlock()
	version := c.next()
	ask := map[string]any{
		"client": newClient{Phone: string(who.Phone), Card: string(who.Card), Name: who.Name, Surname: who.Surname, Subscribed: &who.Letters},
		"shop":   shop{Code: c.cfg.ShopCode, Name: c.cfg.ShopName},
	}
	if who.Cashier != "" {
		ask["cashier"] = shop{Code: who.Cashier, Name: who.Cashier}
	}
	var a balance
	err := c.call(ctx, "new-client", ask, &a)
	if no := said(err); again && (no == phoneTaken || no == cardTaken) {
		mine, lerr := c.Lookup(ctx, loyalty.Ident{Kind: loyalty.ByPhone, Value: string(who.Phone)})
		if lerr != nil {
			return loyalty.Customer{}, fmt.Errorf("register: %w", lerr)
		}
		sent := client{Name: who.Name, Surname: who.Surname}
		if mine.Name == sent.shown() && (who.Card == "" || len(mine.Cards) == 1 && mine.Cards[0] == who.Card) {
			return mine, nil
		}
	}
	if err == nil || loyalty.Judge(meant(err)) != loyalty.Unknown {
		c.mu.Lock()
		delete(c.register, k)
		c.mu.Unlock()
	}
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("register: %w", meant(err))
	}
	return c.answered(&a, key{Phone: string(who.Phone)}, version, "register")
}

// AttachCard gives a customer a card.
func (c *Client) AttachCard(ctx context.Context, id loyalty.Ident, number card.ID) (loyalty.Customer, error) {
	who, ok := keyOf(id)
	if !ok {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	version := c.next()
	var a balance
	err := c.call(ctx, "update-client", struct {
		key
		Client newClient `json:"client"`
	}{who, newClient{Card: string(number)}}, &a)
	if said(err) == clientNotFound {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("attach a card: %w", meant(err))
	}
	if who.Card != "" {
		who = key{Card: string(number)}
	}
	return c.answered(&a, who, version, "attach a card")
}

// answered is the client that an answer of new-client or update-client tells.
func (c *Client) answered(a *balance, asked key, version uint64, what string) (loyalty.Customer, error) {
	got, err := a.customer(asked)
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("%s: %w", what, err)
	}
	got.Version, got.AsOf = version, timeOf(version)
	return got, nil
}

// WalletLink is where the customer gets the electronic card.
func (c *Client) WalletLink(ctx context.Context, id loyalty.Ident) (string, error) {
	who, ok := keyOf(id)
	if !ok {
		return "", loyalty.ErrNotFound
	}
	var a balance
	err := c.call(ctx, "get-balance", who, &a)
	if said(err) == clientNotFound {
		return "", loyalty.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("wallet link: %w", meant(err))
	}
	if _, err := a.customer(who); err != nil {
		return "", fmt.Errorf("wallet link: %w", err)
	}
	return a.WalletsLink, nil
}
