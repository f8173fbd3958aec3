package main

import (
	"cmp"
	"fmt"

	"github.com/tillgate/tillgate/sync/maxma/fake"
)

// fakeMaxmaCmd runs a double of MAXMA for whoever tries a till without an
// account.
type fakeMaxmaCmd struct {
	fakeFlags
	Listen         string `default:"127.0.0.1:8392" placeholder:"ADDR" help:"Address of the API (${default})."`
	Key            string `default:"fake-key" help:"The processing key that is accepted (${default})."`
	CodeToSpend    bool   `help:"Points are spent with a code; a GET of /fake/fault tells the last."`
	CodeToRegister bool   `help:"A phone is registered with a code."`
	Repeat         string `default:"same" enum:"same,new,refuse" help:"What a second set-purchase of a sale does: same ticket, new ticket, refuse (${default})."`
	NoHold         bool   `help:"Points of an unconfirmed purchase stay available."`
	RefundPaid     bool   `help:"The amount of a return is the money given back, not the price of the goods."`
	Quoted         bool   `help:"Numbers come as strings."`
}

func (c fakeMaxmaCmd) Run(e *env) error {
	s := fake.New(fake.Options{Key: c.Key, Repeat: fake.Repeat(c.Repeat), NoHold: c.NoHold, RefundPaid: c.RefundPaid, Quoted: c.Quoted,
		CodeToSpend: c.CodeToSpend, CodeToRegister: c.CodeToRegister, Print: true})
	s.Seed(c.Customers, demoSeed)
	return c.serve(e, c.Listen, s, "maxma", func() {
		fmt.Fprintf(e.stdout, "key:      %s\n", c.Key)
		for _, x := range s.Samples() {
			fmt.Fprintf(e.stdout, "card:     %s  %s\n", x.Code, cmp.Or(x.Kind, "card"))
		}
	}, fake.FaultKinds)
}
