//go:build linux

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/tillgate/tillgate/ui/checkout"
)

// What has queued up goes to the central API in a batch. The link is cut or the
// daemon killed before the batch arrives, or after its work is done: each sale is
// booked once.
func TestBatchIsStruck(t *testing.T) {
	t.Parallel()
	x := limited(t)
	sales := 0
	for _, what := range []string{"cut", "kill"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/after=%v", what, after), func(t *testing.T) {
				c := x.connect()
				x.offline(c)
				for range 4 {
					sales++
					c.total(t, 100_000)
					x.scan(string(plainCard(sales)))
					c.choose(t, c.awaitPrompt(t, checkout.AskSpend), "spend_none", 0)
					c.choose(t, c.awaitPrompt(t, checkout.AskPay), "paid", 0)
				}
				struck := make(chan struct{})
				var once sync.Once
				process := x.cmd.Process
				x.gate.hold(func(r *http.Request) bool {
					if r.URL.Path != "/v1/operations:batch" {
						return true
					}
					answered := true
					once.Do(func() {
						answered = false
						if after {
							x.faults.ServeHTTP(httptest.NewRecorder(), r)
						}
						if what == "kill" {
							process.Kill()
						} else {
							x.link.Cut()
						}
						close(struck)
					})
					return answered
				})
				defer x.gate.hold(nil)
				if err := x.link.Restore(); err != nil {
					t.Fatal(err)
				}
				select {
				case <-struck:
				case <-t.Context().Done():
				}
				if what == "kill" {
					x.kill()
					x.start()
				} else if err := x.link.Restore(); err != nil {
					t.Fatal(err)
				}
				x.drained()
				booked := x.earned()
				if len(booked) != sales {
					t.Errorf("%d sales are booked, want %d", len(booked), sales)
				}
				for sale, times := range booked {
					if times != 1 {
						t.Errorf("%s is booked %d times", sale, times)
					}
				}
				x.audit()
			})
		}
	}
}
