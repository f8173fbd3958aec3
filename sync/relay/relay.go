// Package relay is the way between the till and the provider: it sends what the
// journal holds, keeps the copy of the customers fresh, and knows from what its
// calls meet whether the provider can be reached.
//
// It adds no promise of its own. What is to be sent stands in the journal
// before, what became of it stands there after; killed at any moment, the relay
// goes on where the journal says. An operation without a clear answer is sent
// again under the same key until the provider says what became of it; where the
// provider can not do the work of a key once (loyalty.Careful), it is asked what
// became of it instead, and one that only a person can find out waits for one.
//
// Operations go oldest first, in order within a sale; one that fails again and
// again waits longer each time and holds up its own sale alone. What has queued up
// goes in batches where the provider takes them (loyalty.Batcher), one operation
// of each sale, each with its own key, mark and outcome; else one at a time. What
// somebody at the till waits for is never in a batch.
// Pauses double from half a second to a minute and are drawn at random between
// nothing and that ("full jitter"), so that a chain's tills do not come back
// all at once; what the provider asks for with Unavailable.After is obeyed by
// every call.
package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/internal/watch"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// Options are what a relay works with.
type Options struct {
	Journal  *journal.Journal
	Provider loyalty.Provider
	Cache    *cache.Cache // nil: no copy is kept
	Log      *slog.Logger

	Pull    time.Duration  // between two pulls of changes; 0 means 5 s
	Timeout time.Duration  // of one call; 0 means 15 s. A snapshot may take longer, but not stand still for longer than four times this
	Jitter  func() float64 // in [0, 1), safe for several goroutines; nil means math/rand
}

// Relay is made by New. All methods are safe for use by several goroutines.
type Relay struct {
	o    Options
	feed loyalty.Feed // nil if there is no copy to keep

	mu    sync.Mutex
	link  Link
	line  line
	busy  map[loyalty.Key]chan struct{} // sales with an operation on its way; closed when it is back
	held  map[loyalty.Key]*held         // operations that failed, by key
	alone time.Time                     // no batches before this, because the server takes none
	stuck time.Time                     // not before this, because the journal could not be written; zero if it could

	known   map[loyalty.CustomerID]uint64 // versions of records that the provider gave
	suspect suspect

	drainNow chan struct{} // 1-buffered: look again for something to send
	pullNow  chan struct{} // 1-buffered: pull at once

	filledAt time.Time                     // of the last snapshot; pull's own
	before   map[loyalty.CustomerID]uint64 // what was known before it; nil when the copy was held against it; pull's own

	watch.List
}

// New makes a relay. Now and Lookup work at once, the rest with Run.
func New(o Options) *Relay {
	if o.Pull <= 0 {
		o.Pull = 5 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	r := &Relay{
		o: o, link: Link{Since: time.Now()},
		busy: map[loyalty.Key]chan struct{}{}, held: map[loyalty.Key]*held{}, known: map[loyalty.CustomerID]uint64{},
		drainNow: make(chan struct{}, 1), pullNow: make(chan struct{}, 1),
	}
	if f, ok := o.Provider.(loyalty.Feed); ok && o.Cache != nil {
		r.feed = f
	}
	return r
}

// Run sends and pulls until ctx ends, and returns nil then.
func (r *Relay) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.drain(ctx) })
	if r.feed != nil {
		g.Go(func() error { return r.pull(ctx) })
	} else if p, ok := r.o.Provider.(loyalty.Termed); ok && r.o.Cache != nil {
		g.Go(func() error { return r.terms(ctx, p) })
	}
	return g.Wait()
}

// Lookup asks the provider for a customer and puts the answer into the copy.
func (r *Relay) Lookup(ctx context.Context, id loyalty.Ident) (loyalty.Customer, error) {
	var had, c loyalty.Customer
	if r.feed != nil {
		had, _ = r.o.Cache.Find(id)
	}
	err := r.call(ctx, func(ctx context.Context) (err error) {
		c, err = r.o.Provider.Lookup(ctx, id)
		return err
	})
	if err != nil {
		return loyalty.Customer{}, fmt.Errorf("look up %s: %w", id, err)
	}
	if r.older(had, c) {
		return had, nil
	}
	r.keep(c)
	return c, nil
}

// keep puts a record into the copy.
func (r *Relay) keep(c loyalty.Customer) {
	if r.o.Cache == nil {
		return
	}
	r.seen(c.ID, c.Version)
	if err := r.o.Cache.Put(c); err != nil && !errors.Is(err, cache.ErrClosed) {
		r.o.Log.Warn("a fresh record was not kept", "customer", c, "err", err)
	}
}

// call makes one call to the provider, within its time and not before the
// provider wants to be asked, and draws from it what it says of the link.
func (r *Relay) call(ctx context.Context, f func(context.Context) error) error {
	if err := r.mayCall(); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	err := guarded(func() error { return f(within) })
	r.met(ctx, err)
	return err
}

// guarded makes a panic of a provider an error without a clear answer.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("provider panicked: %v", p)
		}
	}()
	return f()
}

func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
