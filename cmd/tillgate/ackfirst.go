//go:build ackfirst

package main

import (
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"
)

// ackFirst says "paid" a moment before the journal has it on disk. The tests
// build a program with this mistake to show that they notice it; nobody ships
// it.
type ackFirst struct{ *journal.Journal }

func deskLedger(j *journal.Journal) checkout.Ledger { return ackFirst{j} }

func (a ackFirst) Append(op loyalty.Operation, late bool) (journal.Entry, error) {
	if op.Kind != loyalty.Commit {
		return a.Journal.Append(op, late)
	}
	time.AfterFunc(50*time.Millisecond, func() { a.Journal.Append(op, late) })
	return journal.Entry{Op: op, State: journal.Pending, Late: late}, nil
}
