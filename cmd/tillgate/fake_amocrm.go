package main

import (
	"fmt"

	"github.com/tillgate/tillgate/sync/amocrm/fake"
)

// fakeAmocrmCmd runs a double of amoCRM for whoever tries a till without an
// account.
type fakeAmocrmCmd struct {
	fakeFlags
	Listen          string  `default:"127.0.0.1:8391" placeholder:"ADDR" help:"Address of the API (${default})."`
	Token           string  `default:"fake-token" help:"The token that is accepted (${default})."`
	Rate            float64 `default:"7" help:"Requests a second that are answered (${default})."`
	HideBalance     bool    `help:"Customers come without bonus_points."`
	BalanceField    int64   `help:"Id of a custom field that mirrors the balance."`
	CardField       int64   `help:"Id of a custom field for the number of a card."`
	ExternalField   int64   `help:"Id of a custom field for an external id."`
	DeleteTakesBack bool    `help:"A deleted purchase takes its accrual along."`
	SegmentsOff     bool    `help:"The account's customers are not kept in segments."`
	FiltersIgnored  bool    `help:"Filters and pages of lists do nothing, as on accounts that are not admitted."`
}

func (c fakeAmocrmCmd) Run(e *env) error {
	s := fake.New(fake.Options{Token: c.Token, Rate: c.Rate, HideBalance: c.HideBalance, BalanceField: c.BalanceField, CardField: c.CardField,
		ExternalField: c.ExternalField, DeleteTakesBack: c.DeleteTakesBack, SegmentsOff: c.SegmentsOff, FiltersIgnored: c.FiltersIgnored})
	s.Seed(c.Customers, demoSeed)
	return c.serve(e, c.Listen, s, "amocrm", func() {
		fmt.Fprintf(e.stdout, "token:    %s\n", c.Token)
		for i := range min(5, c.Customers) {
			if x, ok := s.Customer(fake.FirstSeeded + int64(i)); ok {
				fmt.Fprintf(e.stdout, "card:     %d  %s, %d points, %s\n", x.ID, x.Name, x.Points, x.Phone)
			}
		}
	}, fake.Kinds)
}
