// Package journal keeps every promise made to a customer, durable before it is
// spoken.
//
// An operation is on disk (fsync) in journal.db, under the key minted at the
// till, before the first network byte and before the cashier sees "done". What
// became of it is one of three outcomes: done, refused, unknown. Nothing is
// ever deleted because it failed: what the provider refuses later stands on a
// list until a person acts.
package journal

import (
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// State is how far an operation has come.
type State string

// The states. Pending and Unknown are open: the relay goes on with them, unless
// an unknown one is Entry.Doubtful: it waits for a person, and what follows it
// in its sale waits with it. Refused waits for a person when Entry.Late; Done, Resolved and a Refused
// that the cashier was shown at once are settled.
const (
	Pending  State = "pending"  // durable, not sent yet; or surely not done, to be sent again
	Unknown  State = "unknown"  // handed to the network, no clear answer yet
	Done     State = "done"     // carried out by the provider
	Refused  State = "refused"  // the provider's final no
	Resolved State = "resolved" // a person decided, with name and reason
)

// Entry is an operation and what became of it.
type Entry struct {
	N          uint64            `json:"n"` // order of acceptance
	Op         loyalty.Operation `json:"op"`
	State      State             `json:"state"`
	Doubtful   bool              `json:"doubtful,omitempty"` // unknown, and only a person can find out
	Right      string            `json:"right,omitempty"`    // the sale's ticket once a person has set right what is doubtful
	Late       bool              `json:"late,omitempty"`     // the cashier had already been told that it holds: a refusal needs a person
	Attempts   int               `json:"attempts"`
	FirstSent  time.Time         `json:"first_sent,omitzero"`
	LastSent   time.Time         `json:"last_sent,omitzero"`
	LastError  string            `json:"last_error,omitempty"` // no personal data
	Outcome    *loyalty.Outcome  `json:"outcome,omitempty"`    // for Done
	Refusal    *loyalty.Refusal  `json:"refusal,omitempty"`    // for Refused
	Resolution *Resolution       `json:"resolution,omitempty"` // for Resolved
}

// Resolution is a person's decision on an operation.
type Resolution struct {
	Who string    `json:"who"`
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}

// Open says that the provider has not settled the operation yet.
func (e Entry) Open() bool { return e.State == Pending || e.State == Unknown }

// NeedsPerson says that the operation stands on the list that people see.
func (e Entry) NeedsPerson() bool {
	return e.State == Refused && e.Late || e.State == Unknown && e.Doubtful
}
