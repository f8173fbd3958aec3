// Package journal keeps every promise made to a customer, durable before it is
// spoken.
//
// An operation is on disk (fsync) in journal.db, under the key minted at the
// till, before the first network byte and before the cashier sees "done". What
// became of it is one of three outcomes: done, refused, unknown. Nothing is
// ever deleted because it failed: what the provider refuses later stands on a
// list until a person acts.
//
// The file is a log (see logfile for why), and what is asked of it is answered
// from memory (see index). Each record is sealed with AES-256-GCM under the
// journal's own key, which stands in the file sealed with the till's (package
// seal). Beside each record stands, readable, what a person needs to settle it
// if the till's key is lost (see Clear): the kind, the state, the receipt's
// number and the sums, and never who the customer is. A journal whose key is
// lost is not opened, not overwritten and not begun anew by itself: that would
// lose what customers were promised without a word (see KeyError, Unsealed and
// SetAside).
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
	Settled    time.Time         `json:"settled,omitzero"`     // when it became done, refused or resolved, by the till's clock
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

// settledAt is Settled, or what comes nearest in an entry of an earlier version.
func (e Entry) settledAt() time.Time {
	switch {
	case e.Open():
		return time.Time{}
	case !e.Settled.IsZero():
		return e.Settled
	case e.Resolution != nil:
		return e.Resolution.At
	case !e.LastSent.IsZero():
		return e.LastSent
	}
	return e.Op.At
}

// NeedsPerson says that the operation stands on the list that people see.
func (e Entry) NeedsPerson() bool {
	return e.State == Refused && e.Late || e.State == Unknown && e.Doubtful
}
