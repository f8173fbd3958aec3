package cache

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	berrors "go.etcd.io/bbolt/errors"

	"github.com/tillgate/tillgate/sync/internal/boltfile"
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
		b := c.cur.Load()
		found, err := b.find(id)
		var d *boltfile.Damage
		switch {
		case errors.Is(err, berrors.ErrDatabaseNotOpen):
			if c.cur.Load() == b {
				return loyalty.Customer{}, ErrClosed
			}
			// A fill was swapped in between the two lines above.
		case errors.As(err, &d):
			c.fail(b, d)
			return loyalty.Customer{}, fmt.Errorf("find %s: %w", id, err)
		default:
			if at := c.state.Load().asOf; err == nil && at.After(found.AsOf) {
				found.AsOf = at
			}
			return found, err
		}
	}
}

func (s *store) find(id loyalty.Ident) (found loyalty.Customer, err error) {
	var k hash
	var ok bool
	if id.Kind == loyalty.ByCustomer {
		k, ok = idHash(s.key, loyalty.CustomerID(id.Value))
	} else {
		k, ok = indexKey(s.key, id)
	}
	if !ok {
		return found, loyalty.ErrNotFound
	}
	err = s.view(func(t *tables) error {
		if id.Kind == loyalty.ByCustomer {
			found, err = s.customer(t, k[:])
			return err
		}
		ids, err := splitIDs(t.keys.Get(k[:]))
		switch {
		case err != nil:
			return &boltfile.Damage{Path: s.path, Err: err}
		case len(ids) == 0:
			return loyalty.ErrNotFound
		}
		several := &loyalty.Ambiguous{Kind: id.Kind}
		for _, h := range ids {
			c, err := s.customer(t, h)
			if errors.Is(err, loyalty.ErrNotFound) || err == nil && !claims(c, id) {
				return &boltfile.Damage{Path: s.path, Err: errors.New("the index names a customer that is not there")}
			}
			if err != nil {
				return err
			}
			several.Customers = append(several.Customers, c)
		}
		if len(ids) > 1 {
			slices.SortFunc(several.Customers, func(a, b loyalty.Customer) int { return cmp.Compare(a.ID, b.ID) })
			return several
		}
		found = several.Customers[0]
		return nil
	})
	return found, err
}

// customer is the record of an id.
func (s *store) customer(t *tables, id []byte) (loyalty.Customer, error) {
	v := t.customers.Get(id)
	if v == nil {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	c, err := unseal(s.key, v, id)
	if err != nil {
		return loyalty.Customer{}, &boltfile.Damage{Path: s.path, Err: err}
	}
	return c, nil
}
