package cache

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// Find is the customer of that card, phone, external id or customer id.
// loyalty.ErrNotFound if the copy has none, *loyalty.Ambiguous if several claim
// it. Any other error is damage: the copy is empty then and filled anew.
//
// AsOf is the time of the last pull if that is later than the record's own: a
// record that the feed has not changed since was true then too.
func (c *Cache) Find(id loyalty.Ident) (loyalty.Customer, error) {
	for {
		s := c.cur.Load()
		found, err := s.find(id)
		var d *Damage
		switch {
		case errors.Is(err, errStoreClosed):
			if c.cur.Load() == s {
				return loyalty.Customer{}, ErrClosed
			}
			// A fill was swapped in between the two lines above.
		case errors.As(err, &d):
			c.fail(s, d)
			return loyalty.Customer{}, fmt.Errorf("find %s: %w", id, err)
		default:
			if at := c.state.Load().asOf; err == nil && at.After(found.AsOf) {
				found.AsOf = at
			}
			return found, err
		}
	}
}

func (s *store) find(id loyalty.Ident) (loyalty.Customer, error) {
	b := pool.Get().(*buffers)
	defer pool.Put(b)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return loyalty.Customer{}, errStoreClosed
	}
	if id.Kind == loyalty.ByCustomer {
		if !usable(id.Value) {
			return loyalty.Customer{}, loyalty.ErrNotFound
		}
		r, err := s.newest(idHash(s.key, loyalty.CustomerID(id.Value)), b)
		switch {
		case err != nil:
			return loyalty.Customer{}, s.damage(err)
		case !r.there():
			return loyalty.Customer{}, loyalty.ErrNotFound
		case r.customer.ID != loyalty.CustomerID(id.Value):
			return loyalty.Customer{}, s.damage(errTwoOfOneHash)
		}
		return r.customer, nil
	}
	var room [1]loyalty.Customer
	found, err := s.claiming(room[:0], id, b)
	switch {
	case err != nil:
		return loyalty.Customer{}, s.damage(err)
	case len(found) == 0:
		return loyalty.Customer{}, loyalty.ErrNotFound
	case len(found) == 1:
		return found[0], nil
	}
	all := slices.Clone(found)
	slices.SortFunc(all, func(a, b loyalty.Customer) int { return cmp.Compare(a.ID, b.ID) })
	return loyalty.Customer{}, &loyalty.Ambiguous{Kind: id.Kind, Customers: all}
}

// claiming appends the customers of a card, phone or external id.
func (s *store) claiming(found []loyalty.Customer, id loyalty.Ident, b *buffers) ([]loyalty.Customer, error) {
	hash, ok := keyHash(s.key, id)
	if !ok {
		return nil, nil
	}
	var err error
	entries := b.claims[:0]
	for _, at := range s.tail.keys[hash] {
		entries = append(entries, entry{hash, at})
	}
	for _, t := range slices.Backward(s.tables) {
		if entries, err = t.find(entries, hash, b); err != nil {
			return nil, err
		}
	}
	b.claims = entries
	for _, e := range entries {
		if e.id() {
			continue // of an id that has the hash by chance
		}
		r, err := s.read(e.place(), b)
		if err != nil {
			return nil, err
		}
		if r.customer.ID == "" {
			return nil, errFrame // only customers have keys
		}
		if slices.ContainsFunc(found, func(c loyalty.Customer) bool { return c.ID == r.customer.ID }) {
			continue
		}
		// It may have been overtaken, by one that does not claim the key.
		h := idHash(s.key, r.customer.ID)
		at, err := s.overtaken(h, e.place(), b)
		if err != nil {
			return nil, err
		}
		if at != e.place() {
			want := r.customer.ID
			if r, err = s.read(at, b); err != nil {
				return nil, err
			}
			if r.there() && r.customer.ID != want || !r.there() && r.gone.ID != want {
				return nil, errTwoOfOneHash
			}
		}
		if r.there() && claims(r.customer, id) {
			found = append(found, r.customer)
		}
	}
	return found, nil
}

// record is what a slot says of a customer: the record or the tombstone.
type record struct {
	at       place
	customer loyalty.Customer
	gone     loyalty.Gone
}

func (r *record) there() bool { return r.customer.ID != "" }

// errTwoOfOneHash says that two customers' ids have one hash: of five million, one
// copy in a million has such two. The next one, under another key, has not.
var errTwoOfOneHash = errors.New("two customers have one hash")

// read reads the record at a place.
func (s *store) read(at place, b *buffers) (record, error) {
	sl, err := s.roll.slot(at, b)
	if err != nil {
		return record{}, err
	}
	return readSlot(at, sl)
}

func readSlot(at place, sl slot) (r record, err error) {
	r.at = at
	switch sl.kind {
	case slotCustomer:
		r.customer, err = decode(sl.text)
		if err == nil && r.customer.ID == "" {
			err = errBroken
		}
	case slotGone:
		r.gone, err = parseGone(sl.text)
	default:
		err = errFrame
	}
	return r, err
}

// newest is the newest record of an id; an empty one if there is none.
func (s *store) newest(id uint64, b *buffers) (record, error) {
	at, ok, err := s.newestPlace(id, 0, b)
	if err != nil || !ok {
		return record{}, err
	}
	return s.read(at, b)
}

// overtaken is the place of the newest record of an id, of which one is at a
// place.
func (s *store) overtaken(id uint64, at place, b *buffers) (place, error) {
	skip := 0
	if at.offset() < s.base && !s.twice {
		skip = s.firstOwn() // the fill has one of each
	}
	newest, ok, err := s.newestPlace(id, skip, b)
	switch {
	case err != nil:
		return 0, err
	case ok:
		return newest, nil
	case skip == 0:
		return 0, errors.New("the index does not know a customer that it names")
	}
	return at, nil
}

// newestPlace is where the newest record of an id is, by the index without its
// oldest tables.
func (s *store) newestPlace(id uint64, without int, b *buffers) (place, bool, error) {
	if at, ok := s.tail.ids[id]; ok {
		return at, true, nil
	}
	for _, t := range slices.Backward(s.tables[without:]) {
		entries, err := t.find(b.ids[:0], id, b)
		if err != nil {
			return 0, false, err
		}
		b.ids = entries
		for _, e := range entries {
			if e.id() {
				return e.place(), true, nil
			}
		}
	}
	return 0, false, nil
}

// damage is an error of reading a copy: whatever it is, the copy is no good.
func (s *store) damage(err error) error { return &Damage{s.path, err} }
