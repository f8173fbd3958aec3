package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/tillgate/tillgate/sync/amocrm/fake"
)

// fakeAmocrmCmd runs a double of amoCRM for whoever tries a till without an
// account.
type fakeAmocrmCmd struct {
	Listen          string  `default:"127.0.0.1:8391" placeholder:"ADDR" help:"Address of the API (${default})."`
	Token           string  `default:"fake-token" help:"The token that is accepted (${default})."`
	Customers       int     `default:"100" help:"Customers in the account (${default})."`
	Rate            float64 `default:"7" help:"Requests a second that are answered (${default})."`
	HideBalance     bool    `help:"Customers come without bonus_points."`
	BalanceField    int64   `help:"Id of a custom field that mirrors the balance."`
	DeleteTakesBack bool    `help:"A deleted purchase takes its accrual along."`
	SegmentsOff     bool    `help:"The account's customers are not kept in segments."`
	FiltersIgnored  bool    `help:"Filters and pages of lists do nothing, as on accounts that are not admitted."`
}

func (c fakeAmocrmCmd) Run(e *env) error {
	s := fake.New(fake.Options{Token: c.Token, Rate: c.Rate, HideBalance: c.HideBalance, BalanceField: c.BalanceField,
		DeleteTakesBack: c.DeleteTakesBack, SegmentsOff: c.SegmentsOff, FiltersIgnored: c.FiltersIgnored})
	s.Seed(c.Customers, demoSeed)
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return exitWith(exitBusy, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", s)
	mux.Handle("/fake/fault", s.Control())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	url := "http://" + l.Addr().String()
	fmt.Fprintf(e.stdout, "amocrm:   %s\ntoken:    %s\n", url, c.Token)
	for i := range min(5, c.Customers) {
		if x, ok := s.Customer(fake.FirstSeeded + int64(i)); ok {
			fmt.Fprintf(e.stdout, "card:     %d  %s, %d points, %s\n", x.ID, x.Name, x.Points, x.Phone)
		}
	}
	fmt.Fprintf(e.stdout, "faults:   curl -d fault=lost -d times=1 %s/fake/fault   (%v; empty ends it)\nCtrl-C ends it.\n", url, fake.Kinds)
	select {
	case err = <-served:
	case <-e.ctx.Done():
		server.Close()
		<-served
	}
	return err
}
