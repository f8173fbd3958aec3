package cache

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestChangesDuringFillSurvive(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 5)
	err := c.Fill(context.Background(), &snapshot{n: 5, hook: func(i int) {
		if i != 2 {
			return
		}
		fresh, older := customerN(1, 9), customerN(3, 0)
		fresh.Balance = 999
		older.Balance = 998
		err := errors.Join(c.Put(fresh), c.Put(older), c.Put(customerN(77, 1)),
			c.Apply(loyalty.Changes{Gone: []loyalty.Gone{{ID: "c0000002", Version: 4}}, Cursor: "lost"}))
		if err != nil {
			t.Error(err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]loyalty.Points{"c0000001": 999, "c0000003": 3, "c0000077": 77} {
		if got, err := c.Find(by(loyalty.ByCustomer, id)); err != nil || got.Balance != want {
			t.Errorf("%s: %d, %v, want %d", id, got.Balance, err, want)
		}
	}
	if _, err := c.Find(by(loyalty.ByCustomer, "c0000002")); !errors.Is(err, loyalty.ErrNotFound) {
		t.Errorf("deleted during the fill: %v", err)
	}
	if c.Cursor() != "after snapshot" {
		t.Errorf("cursor %q", c.Cursor())
	}
}

func TestLookupsGoOnDuringFills(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 100)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				want := customerN((i+g)%100, 1)
				if got, err := c.Find(byCard(want)); err != nil || got.ID != want.ID {
					t.Errorf("%v, %v", got.ID, err)
					return
				}
			}
		})
	}
	for range 10 {
		fill(t, c, 100)
		if err := c.Put(customerN(3, 1)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

// While a large page comes to be seen, a lookup finds a customer of it or does
// not; it never finds half of one.
func TestLookupsGoOnDuringChanges(t *testing.T) {
	c := open(t, path(t))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range 2 {
		wg.Go(func() {
			for i := g; ; i += 2 {
				select {
				case <-stop:
					return
				default:
				}
				want := customerN(i%8000, 1)
				if got, err := c.Find(byCard(want)); err != nil && !errors.Is(err, loyalty.ErrNotFound) || err == nil && got.ID != want.ID {
					t.Errorf("%v, %v", got.ID, err)
					return
				}
			}
		})
	}
	for page := range 4 {
		ch := loyalty.Changes{Cursor: "x"}
		for i := range 2000 {
			ch.Customers = append(ch.Customers, customerN(page*2000+i, 1))
		}
		if err := c.Apply(ch); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

// Whoever changes the copy, or is flushing it, is in no lookup's way.
func TestLookupsWaitForNoWriter(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 10)
	c.write.Lock() // as held by a transaction until it is on the disk
	defer c.write.Unlock()
	found := make(chan error)
	go func() {
		_, err := c.Find(byCard(customerN(3, 1)))
		found <- err
	}()
	select {
	case err := <-found:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("a lookup waits for a transaction")
	}
}
