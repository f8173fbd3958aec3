package cache

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
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

func (b *base) find(id loyalty.Ident) (found loyalty.Customer, err error) {
	err = boltfile.View(b.path, b.db, func(tx *bbolt.Tx) error {
		customers := tx.Bucket(bucketCustomers)
		if id.Kind == loyalty.ByCustomer {
			found, err = customer(customers, []byte(id.Value))
			return err
		}
		k := indexKey(id)
		if k == nil {
			return loyalty.ErrNotFound
		}
		ids, err := splitIDs(tx.Bucket(bucketKeys).Get(k))
		switch {
		case err != nil:
			return &boltfile.Damage{Path: b.path, Err: err}
		case len(ids) == 0:
			return loyalty.ErrNotFound
		}
		several := &loyalty.Ambiguous{Kind: id.Kind}
		for _, id := range ids {
			c, err := customer(customers, id)
			if errors.Is(err, loyalty.ErrNotFound) {
				return &boltfile.Damage{Path: b.path, Err: errors.New("the index names a customer that is not there")}
			}
			if err != nil {
				return err
			}
			several.Customers = append(several.Customers, c)
		}
		if len(ids) > 1 {
			return several
		}
		found = several.Customers[0]
		return nil
	})
	return found, err
}

func customer(b *bbolt.Bucket, id []byte) (loyalty.Customer, error) {
	if len(id) == 0 {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	v := b.Get(id)
	if v == nil {
		return loyalty.Customer{}, loyalty.ErrNotFound
	}
	c, err := decode(loyalty.CustomerID(id), v)
	if err != nil {
		return loyalty.Customer{}, &boltfile.Damage{Path: b.Tx().DB().Path(), Err: err}
	}
	return c, nil
}
