package checkout

import (
	"context"
	"log/slog"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Base is the local copy of the customers. It answers at once.
type Base interface {
	// Find returns loyalty.ErrNotFound, or *loyalty.Ambiguous if several claim it.
	Find(id loyalty.Ident) (loyalty.Customer, error)
	Programme() loyalty.Programme
}

// Ledger is the journal of this till. Its methods are safe from any goroutine;
// an error of Append says that nothing was written.
type Ledger interface {
	// Append makes an operation durable: it is on disk when Append returns.
	// late says that the cashier is told that it holds, so that a later refusal
	// needs a person.
	Append(op loyalty.Operation, late bool) (journal.Entry, error)
	Get(key loyalty.Key) (journal.Entry, error)
	// Sale has the entries of one sale, in the order of their acceptance.
	Sale(key loyalty.Key) ([]journal.Entry, error)
	// Receipt has those of every sale with the POS's receipt number.
	Receipt(id string) ([]journal.Entry, error)
	// Last is the latest Commit.
	Last() (e journal.Entry, ok bool, err error)
	// OpenSale is the Reserve that neither was refused nor has a Commit or an
	// Abort yet: the sale that was in hand when the daemon ended.
	OpenSale() (e journal.Entry, ok bool, err error)
	// Unreflected is what was spent and is not yet in a record of that version.
	Unreflected(c loyalty.CustomerID, version uint64) loyalty.Points
	// Alone is the sum of what was given since on this till's word alone, and is
	// not confirmed: to the customer, and to all.
	Alone(since time.Time, c loyalty.CustomerID) (card, till loyalty.Money)
	Counts() (byState map[journal.State]int, people int)
	Entries(f journal.Filter) ([]journal.Entry, error)
}

// Programme is the way to the provider. It takes as long as the network does:
// the desk calls it from goroutines of its own, never while somebody waits.
type Programme interface {
	// Now tries an operation of the journal at once; it returns when the
	// operation is settled, when it surely can not be now, or when ctx ends.
	Now(ctx context.Context, key loyalty.Key) (journal.Entry, error)
	// Quote asks what a sale may spend and earns. Nothing is changed by asking.
	Quote(ctx context.Context, s loyalty.Sale) (loyalty.Quote, error)
	// Lookup asks the provider and puts the answer into the copy.
	Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error)
}

// Facts are what the desk knows of the rest of the daemon. The desk asks for
// them whenever it does something and when Refresh is called.
type Facts struct {
	Link        Link
	Devices     []driver.Status
	Credentials string         // why the provider does not accept this till; "" while it does
	Proxy       bool           // the network's proxy wants a name and a password
	Certificate bool           // the provider's certificate is not valid at this machine's time
	Behind      bool           // the provider has older records than it gave before
	KeyEnds     time.Time      // when the credentials end; zero if that is not known
	Rebuilt     string         // why the copy was made anew at start; "" if it was not
	Skew        time.Duration  // how far the provider's clock is ahead of this machine's
	Disk        loyalty.Reason // why nothing can be written to the data folder; "" while it can
	DiskLow     bool           // it is nearly full
	DiskFree    int64          // bytes left on it
	Archive     string         // why what is settled is neither archived nor exported; "" while it is
	POS         string         // why product codes do not reach the POS program; "" while they do
}

// Options are what a desk needs. Those without a default are required.
type Options struct {
	Shop     string
	Till     string
	Currency string // ISO 4217

	Base      Base
	Ledger    Ledger
	Programme Programme
	Drafts    Drafts                                // nil: nobody is registered later
	Extras    Extras                                // what is nil is not offered
	Facts     func() Facts                          // returns at once
	Phone     func(typed string) (card.Phone, bool) // any spelling to E.164

	// Forward takes what is no customer's: products and unknown codes. It
	// returns at once. Nil: nobody wants them.
	Forward func(decode.Code)
	// Signal tells the scanner whether its card is known. Nil: scanners stay quiet.
	Signal func(ctx context.Context, device string, s driver.Signal)
	// Uptime is how long the machine has run, sleep included, whatever its clock is
	// set to; 0 if that is not known. Nil: never known.
	Uptime func() time.Duration
	// Policy says what may be spent while the provider can not be asked. Nil: NeverOffline.
	Policy Policy
	// PerReceipt is the most that points may pay on one receipt, whoever gives the
	// word; 0: no limit of the till's own.
	PerReceipt loyalty.Money
	// Supervisor has to allow what is above a sum. Nil: nobody has.
	Supervisor *Supervisor

	SpendTimeout  time.Duration // how long the cashier waits for points to be held; 0: 5 s
	LookupTimeout time.Duration // how long a fresher record is waited for; 0: 2 s
	Stale         time.Duration // a scan older than this at its arrival is dropped; 0: 5 s
	CopyOld       time.Duration // a copy that was not brought up to date for longer is old; 0: 24 h
	Log           *slog.Logger  // nil: discarded
}

func (o Options) defaults() Options {
	if o.Policy == nil {
		o.Policy = NeverOffline
	}
	if o.Forward == nil {
		o.Forward = func(decode.Code) {}
	}
	if o.Signal == nil {
		o.Signal = func(context.Context, string, driver.Signal) {}
	}
	if o.Facts == nil {
		o.Facts = func() Facts { return Facts{} }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&o.SpendTimeout, 5 * time.Second},
		{&o.LookupTimeout, 2 * time.Second},
		{&o.Stale, 5 * time.Second},
		{&o.CopyOld, 24 * time.Hour},
	} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	return o
}
