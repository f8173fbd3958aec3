package loyalty

import (
	"context"
	"time"
)

// Careful is a Provider that can not do the work of one key once: its server
// knows no keys. Apply is called for an operation once, and again only after an
// answer that says that nothing was done. Whatever else came of it (no answer,
// or the till ended before it could write one down), the operation goes to
// Again from then on, and never to Apply.
type Careful interface {
	// Again finds out what became of an operation that was sent and may be done
	// or not, and finishes it where that can be done without doing anything
	// twice. It returns *Doubtful where only a person can know.
	Again(ctx context.Context, op Operation) (Outcome, error)
}

// Doubtful is an error of Apply and Again: the operation may be done or not, in
// whole or in part, and asking again will not tell. It stands on the list that
// people see until one of them has looked and settled it by hand.
type Doubtful struct {
	What   string // what a person has to look for and set right; no personal data
	Ticket string // of the sale once that is set right; "" leaves the one before
	Err    error  // what went wrong, if something did just now
}

func (d *Doubtful) Error() string {
	if d.Err == nil {
		return "a person has to find out: " + d.What
	}
	return "a person has to find out: " + d.What + ": " + d.Err.Error()
}
func (d *Doubtful) Unwrap() error { return d.Err }

// Termed is a Provider that says its programme when asked. One without a Feed
// is asked now and then, so that the till knows tiers and terms.
type Termed interface {
	Programme(ctx context.Context) (Programme, error)
}

// Dated is a Provider whose credentials end at a known time.
type Dated interface {
	// CredentialsEnd is when; the zero time if that is not known.
	CredentialsEnd() time.Time
}
