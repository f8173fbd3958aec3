package server

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

// expireAt notes that something of a sale ('s') or a customer ('c') expires. A
// note that outlives its reason does no harm.
func (t *tx) expireAt(at time.Time, kind byte, id string) error {
	return t.Bucket(expiryBucket).Put(append(append(number(uint64(at.UnixNano())), kind), id...), nil)
}

// nextExpiry is when expire has something to do, in Unix nanoseconds.
func (t *tx) nextExpiry() int64 {
	k, _ := t.Bucket(expiryBucket).Cursor().First()
	if k == nil {
		return math.MaxInt64
	}
	return int64(binary.BigEndian.Uint64(k))
}

// expire ends the holds and takes away the points whose time is over. It runs
// at the start of every transaction that writes, so that nobody sees the state
// in between.
func (t *tx) expire() error {
	for {
		k, _ := t.Bucket(expiryBucket).Cursor().First()
		if k == nil || int64(binary.BigEndian.Uint64(k)) > t.now.UnixNano() {
			return nil
		}
		kind, id := k[8], string(k[9:])
		if err := t.Bucket(expiryBucket).Delete(k); err != nil {
			return err
		}
		var err error
		if kind == 's' {
			err = t.lapse(loyalty.Key(id))
		} else {
			err = t.expirePoints(loyalty.CustomerID(id))
		}
		if err != nil {
			return err
		}
	}
}

// lapse gives the points of a hold back that was kept too long.
func (t *tx) lapse(key loyalty.Key) error {
	x := new(sale)
	ok, err := t.get(saleBucket, []byte(key), x)
	if err != nil || !ok || x.State != held || x.Until.After(t.now) {
		return err
	}
	a, err := t.account(x.Customer)
	if err != nil {
		return err
	}
	if a != nil {
		if err := t.release(a, x); err != nil {
			return err
		}
		if err := t.update(a); err != nil {
			return err
		}
	}
	x.State = lapsed
	return t.putSale(x)
}

// dropHolds ends all holds of a customer. The caller writes the account.
func (t *tx) dropHolds(a *account) error {
	var keys []loyalty.Key
	err := t.Bucket(expiryBucket).ForEach(func(k, _ []byte) error {
		if k[8] == 's' {
			keys = append(keys, loyalty.Key(k[9:]))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		x := new(sale)
		ok, err := t.get(saleBucket, []byte(key), x)
		if err != nil {
			return err
		}
		if !ok || x.Customer != a.ID || x.State != held {
			continue
		}
		if err := t.release(a, x); err != nil {
			return err
		}
		x.State = lapsed
		if err := t.putSale(x); err != nil {
			return err
		}
	}
	return nil
}

// release gives what a sale holds back to the account, and leaves the sale with
// nothing. The caller writes both.
func (t *tx) release(a *account, x *sale) error {
	a.Held -= x.Spent
	a.untake(x.Lots)
	for _, l := range x.Lots {
		if err := t.expireAt(l.At, 'c', string(a.ID)); err != nil {
			return err
		}
	}
	x.Spent, x.Worth, x.Lots, x.Until = 0, 0, nil, time.Time{}
	return nil
}

func (t *tx) expirePoints(id loyalty.CustomerID) error {
	a, err := t.account(id)
	if a == nil {
		return err
	}
	var lost loyalty.Points
	for len(a.Lots) > 0 && !a.Lots[0].At.After(t.now) {
		lost += a.Lots[0].Points
		a.Lots = a.Lots[1:]
	}
	if lost == 0 {
		return nil
	}
	if err := t.book(a, Record{Kind: Expired, Points: -lost}); err != nil {
		return err
	}
	return t.update(a)
}
