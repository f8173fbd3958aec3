//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/ui/checkout"
)

// The central API is put back to a backup while the till is switched off. It
// notices that it has lost what it knew, says so, takes the customers from it
// anew, and does not give back the points that were spent here meanwhile.
func TestCentralIsPutBackToABackup(t *testing.T) {
	x := newTill(t)
	path := filepath.Join(x.dir, "central.db")
	reopen := func(from []byte) {
		t.Helper()
		if err := x.central.Close(); err != nil {
			t.Fatal(err)
		}
		if from != nil {
			if err := os.WriteFile(path, from, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if x.central, err = server.Open(path, server.Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		x.faults = server.NewFaults(x.central.Handler())
		x.gate.mu.Lock()
		x.gate.next = x.faults
		x.gate.mu.Unlock()
	}
	reopen(nil)
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	x.start()
	x.filled()
	c := x.connect()
	before, err := x.central.Customer(customer1)
	if err != nil {
		t.Fatal(err)
	}
	const spend = 100
	c.total(t, 100_000)
	x.scan(card1)
	c.choose(t, c.awaitPrompt(t, checkout.AskSpend), "spend_amount", spend)
	c.choose(t, c.awaitPrompt(t, checkout.AskPay), "paid", 0)
	x.drained()
	if n, points := x.spent(customer1); n != 1 || points != spend {
		t.Fatalf("%d redemptions of %d points", n, points)
	}
	for range 2 { // a pull that began after the sale
		last := c.now().Link.CopyAt
		c.await(t, "the changes are pulled", func(s checkout.State) bool { return s.Link.CopyAt.After(last) })
	}

	x.stop()
	reopen(backup)
	x.start()
	c = x.connect()
	c.await(t, "it is noticed", func(s checkout.State) bool { return s.Link.Online && hasCondition(s, checkout.Behind) })
	c.total(t, 100_000)
	x.scan(card1)
	c.await(t, "what was spent stays spent", func(s checkout.State) bool {
		return s.Prompt != nil && s.Prompt.Customer != nil && s.Prompt.Customer.Balance == before.Balance && s.Prompt.Customer.Spendable == before.Balance-spend
	})
}
