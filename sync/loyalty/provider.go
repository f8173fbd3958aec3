package loyalty

import "context"

// Provider is a loyalty programme. Every provider passes the contract suite in
// package loyaltytest. The context's deadline is obeyed by every method.
type Provider interface {
	// Name is the provider's name in the configuration.
	Name() string
	// Lookup finds a customer at the provider; ErrNotFound if there is none.
	Lookup(ctx context.Context, id Ident) (Customer, error)
	// Quote says what may be spent and earned. It changes nothing.
	Quote(ctx context.Context, s Sale) (Quote, error)
	// Apply carries out an operation. The same key again gives the same outcome
	// and does nothing, but for a provider that is Careful. Judge sorts the error
	// into the outcomes: done, refused, unknown, later (nothing was done), and
	// doubt (unknown, and it stays so).
	Apply(ctx context.Context, op Operation) (Outcome, error)
}

// Feed is a Provider that can fill and keep a copy of the customer base.
type Feed interface {
	// Snapshot starts a transfer of the whole base.
	Snapshot(ctx context.Context) (Snapshot, error)
	// Changes are the records that changed after the cursor, oldest first.
	// Pages may repeat records; Customer.Version decides which is newer.
	// ErrStartOver if the cursor is too old or not known.
	Changes(ctx context.Context, cursor string) (Changes, error)
}

// Awaiter is a Feed whose server tells of changes at once.
type Awaiter interface {
	// Await is Changes, but it returns an empty page only after it has waited
	// for a change, for as long as suits the provider and the context allows.
	Await(ctx context.Context, cursor string) (Changes, error)
}

// Snapshot is a transfer of the whole base. The count and the hash that the
// provider announced are checked: Next returns io.EOF only after a whole one.
type Snapshot interface {
	Programme() Programme
	Cursor() string // where Changes goes on from
	Count() int     // customers announced
	Next() (Customer, error)
	Close() error
}

// Changes is a page of the feed.
type Changes struct {
	Customers []Customer
	Gone      []Gone
	Programme *Programme // if it changed
	Cursor    string     // for the next call
	More      bool       // there is a further page now
}

// Gone is a tombstone: the customer is no longer in the programme.
type Gone struct {
	ID      CustomerID `json:"id"`
	Version uint64     `json:"version"`
}
