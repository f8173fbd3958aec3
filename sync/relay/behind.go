package relay

import (
	"context"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// A provider with a feed numbers its records in one sequence that only rises. One
// that answers with an older record than it gave before is behind itself. A replica
// that lags has answered, and all is well a moment later; or a backup was restored.
// An older record never takes the place of a newer one; but when nothing newer
// comes, the till's copy is of a state that the provider no longer has. So it is
// asked again after a while, and if it stays behind, the copy is filled anew, which
// makes the provider's word count. Each fill is held against what was known before,
// and people are told if the provider has lost it. What this till has spent there
// stays taken off the balance until a record is new enough for it.

// behindFor is how long people are told of a provider that has lost what it knew.
const behindFor = 24 * time.Hour

// witnesses is how many records the copy is held against after a fill.
const witnesses = 200

// seen notes the version of a record, as one that the provider must have from now on.
func (r *Relay) seen(id loyalty.CustomerID, version uint64) {
	if r.feed == nil || version == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= witnesses {
		for other := range r.known { // any
			delete(r.known, other)
			break
		}
	}
	r.known[id] = max(version, r.known[id])
}

// suspect is an answer that was older than the record that the copy had.
type suspect struct {
	had loyalty.Customer
	at  time.Time // zero: there is none
}

// askAgain is how long a replica may lag.
const askAgain = 30 * time.Second

// older says that an answer is behind what the copy had before it was asked for.
func (r *Relay) older(had, got loyalty.Customer) bool {
	if r.feed == nil || had.ID != got.ID || got.Version >= had.Version {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.suspect.at.IsZero() {
		r.suspect = suspect{had, time.Now()}
	}
	return true
}

// isBehind asks again for a record that came too old, when it is time; true if it
// still does.
func (r *Relay) isBehind(ctx context.Context) bool {
	r.mu.Lock()
	s := r.suspect
	due := !s.at.IsZero() && time.Since(s.at).Abs() > askAgain
	if due {
		r.suspect = suspect{}
	}
	r.mu.Unlock()
	if !due {
		return false
	}
	var got loyalty.Customer
	err := r.call(ctx, func(ctx context.Context) (err error) {
		got, err = r.o.Provider.Lookup(ctx, loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(s.had.ID)})
		return err
	})
	if err != nil || got.Version >= s.had.Version {
		return false
	}
	r.seen(s.had.ID, s.had.Version)
	r.o.Log.Warn("the provider keeps answering with an older record than it gave before: the copy is filled anew", "customer", got, "had", s.had.Version)
	return true
}

func (r *Relay) behind(since time.Time) {
	r.mu.Lock()
	changed := r.link.Behind.IsZero() != since.IsZero()
	r.link.Behind = since
	r.mu.Unlock()
	if changed {
		r.Notify()
	}
}

// witness gathers what the provider must know, before a fill: what was seen, and
// what it said of this till's own operations.
func (r *Relay) witness() {
	r.mu.Lock()
	known := r.known
	r.known = map[loyalty.CustomerID]uint64{}
	r.mu.Unlock()
	for id, version := range r.before { // of a fill that came to nothing
		known[id] = max(version, known[id])
	}
	es, err := r.o.Journal.Entries(journal.Filter{States: []journal.State{journal.Done}, Newest: true, Limit: witnesses})
	if err != nil {
		r.o.Log.Debug("the journal is no witness", "err", err)
	}
	for _, e := range es {
		known[e.Op.Sale.Customer] = max(known[e.Op.Sale.Customer], e.Outcome.Version)
	}
	for id, version := range known { // the copy may have had a newer one
		if c, err := r.o.Cache.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(id)}); err == nil {
			known[id] = max(version, c.Version)
		}
	}
	r.before = known
}

// compare holds the copy, filled and brought up to date, against what was known
// before.
func (r *Relay) compare() {
	if r.before == nil {
		return
	}
	lost := 0
	for id, version := range r.before {
		c, err := r.o.Cache.Find(loyalty.Ident{Kind: loyalty.ByCustomer, Value: string(id)})
		if err == nil && c.Version < version {
			lost++
		}
	}
	of := len(r.before)
	r.before = nil
	if lost == 0 {
		r.behind(time.Time{})
		return
	}
	r.o.Log.Error("the provider has lost what it knew: was a backup restored?", "customers looked at", of, "with older records than before", lost)
	r.behind(time.Now())
}
