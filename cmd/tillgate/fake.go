package main

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// fakeCmd runs doubles of programmes and scanners, for integrators and for trials.
type fakeCmd struct {
	Maxma   fakeMaxmaCmd   `cmd:"" help:"A double of MAXMA with clients, until Ctrl-C."`
	Amocrm  fakeAmocrmCmd  `cmd:"" help:"A double of amoCRM with customers, until Ctrl-C."`
	Scanner fakeScannerCmd `cmd:"" help:"A serial scanner made of software, at the level of bytes, until Ctrl-C."`
}

// fakeFlags are what every double has.
type fakeFlags struct {
	Customers int    `default:"100" help:"Customers in the account (${default})."`
	Fault     string `placeholder:"KIND[:WHERE[:TIMES]]" help:"What goes wrong from the start: a kind that the double prints, in calls whose path has WHERE, so often."`
}

// double is a programme's server made for trials.
type double interface {
	http.Handler
	Control() http.Handler
	Order(fault string) error
}

// serve runs a double until Ctrl-C. It prints what its name is worth knowing for:
// lines, and how faults are set.
func (c fakeFlags) serve(e *env, listen string, d double, name string, lines func(), kinds any) error {
	if c.Fault != "" {
		if err := d.Order(c.Fault); err != nil {
			return exitWith(exitUsage, err)
		}
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return exitWith(exitBusy, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", d)
	mux.Handle("/fake/fault", d.Control())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	url := "http://" + l.Addr().String()
	fmt.Fprintf(e.stdout, "%-9s %s\n", name+":", url)
	lines()
	fmt.Fprintf(e.stdout, "faults:   %v\n", kinds)
	fmt.Fprintf(e.stdout, "try:      curl -d fault=lost_answer::1 %s/fake/fault   (an empty fault ends it)\nCtrl-C ends it.\n", url)
	select {
	case err = <-served:
	case <-e.ctx.Done():
		server.Close()
		<-served
	}
	return err
}
