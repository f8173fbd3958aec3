package main

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/tillgate/tillgate/sync/maxma/fake"
)

// fakeMaxmaCmd runs a double of MAXMA for whoever tries a till without an
// account.
type fakeMaxmaCmd struct {
	Listen         string `default:"127.0.0.1:8392" placeholder:"ADDR" help:"Address of the API (${default})."`
	Key            string `default:"fake-key" help:"The processing key that is accepted (${default})."`
	Customers      int    `default:"100" help:"Clients in the account (${default})."`
	Fault          string `placeholder:"KIND[:METHOD[:TIMES]]" help:"What goes wrong from the start, such as lost_answer:confirm-ticket:1."`
	CodeToSpend    bool   `help:"Points are spent with a code."`
	CodeToRegister bool   `help:"A phone is registered with a code."`
	Repeat         string `default:"same" enum:"same,new,refuse" help:"What a second set-purchase of a sale does: same ticket, new ticket, refuse (${default})."`
	NoHold         bool   `help:"Points of an unconfirmed purchase stay available."`
	RefundPaid     bool   `help:"The amount of a return is the money given back, not the price of the goods."`
	Quoted         bool   `help:"Numbers come as strings."`
}

func (c fakeMaxmaCmd) Run(e *env) error {
	s := fake.New(fake.Options{Key: c.Key, Repeat: fake.Repeat(c.Repeat), NoHold: c.NoHold, RefundPaid: c.RefundPaid, Quoted: c.Quoted,
		CodeToSpend: c.CodeToSpend, CodeToRegister: c.CodeToRegister, Print: true})
	if c.Fault != "" {
		f, err := fake.ParseFault(c.Fault)
		if err != nil {
			return exitWith(exitUsage, err)
		}
		s.Faults.Set(f)
	}
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
	fmt.Fprintf(e.stdout, "maxma:    %s\nkey:      %s\n", url, c.Key)
	for _, x := range s.Samples() {
		fmt.Fprintf(e.stdout, "card:     %s  %s\n", x.Code, cmp.Or(x.Kind, "card"))
	}
	fmt.Fprintf(e.stdout, "faults:   curl -d fault=lost_answer:confirm-ticket:1 %s/fake/fault   (%v; empty ends it; GET tells the last code)\nCtrl-C ends it.\n", url, fake.FaultKinds)
	select {
	case err = <-served:
	case <-e.ctx.Done():
		server.Close()
		<-served
	}
	return err
}
