package checkout

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/driver"
)

// Everybody at once: scanners, pages, a POS. For the race detector, and for
// what must hold of the journal.
func TestEverybodyAtOnce(t *testing.T) {
	scene(t, nil, func(s *stand) {
		cards := []card.ID{anna.Cards[0], boris.Cards[0], "2900000009998"}
		var all sync.WaitGroup
		for device := range 3 {
			all.Go(func() {
				for n := range 20 {
					ref := driver.Ref{Device: fmt.Sprint("serial:", device), Seq: uint64(n + 1), At: time.Now()}
					s.Scan(s.ctx, decode.Code{Scan: ref, Kind: decode.Card, Card: cards[(device+n)%3]})
					time.Sleep(3 * time.Millisecond)
				}
			})
		}
		for page := range 3 {
			all.Go(func() {
				for n := range 60 {
					c := Command{ID: fmt.Sprint(n), Client: fmt.Sprint("page ", page), Do: Choose}
					if p := s.State().Prompt; p != nil {
						c.Prompt, c.Choice = p.ID, p.Choices[n*page%len(p.Choices)].ID
						s.Do(s.ctx, c)
					}
					time.Sleep(time.Millisecond)
				}
			})
		}
		all.Go(func() {
			for n := range 20 {
				s.Do(s.ctx, put(fmt.Sprint("R", n/4), 1000_00))
				s.Do(s.ctx, ofReceipt(Paid, fmt.Sprint("R", n/4)))
				s.Refresh()
				time.Sleep(5 * time.Millisecond)
			}
		})
		all.Wait()
		s.settle()
		s.wantWellFormed()
		if len(s.ledger.all()) == 0 {
			t.Error("nothing was sold: that proves nothing")
		}
	})
}

func TestStopping(t *testing.T) {
	scene(t, nil, func(s *stand) {
		d := s.Desk
		s.stop()
		if err := d.Scan(s.ctx, s.code(anna.Cards[0])); !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		if a := d.Do(s.ctx, Command{ID: "1", Do: Paid}); a.OK || a.ID != "1" || a.Error.Code != Stopping {
			t.Errorf("%+v", a)
		}
		if _, _, err := d.Result(s.ctx, "R1"); !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		d.Refresh()
		s.start()
	})
}

func TestBeforeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{Currency: "RUB"})
		if s := d.State(); s.Prompt != nil || s.Receipt.Currency != "RUB" {
			t.Errorf("%+v", s)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if a := d.Do(ctx, Command{ID: "1", Do: Paid}); a.Error == nil || a.Error.Code != Stopping {
			t.Errorf("%+v", a)
		}
	})
}

// A state that was handed out never changes.
func TestStatesAreSnapshots(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.total(1000_00)
		s.card(anna.Cards[0])
		before := s.State()
		id, again, spendable := before.Prompt.ID, before.Prompt.Again, before.Prompt.Customer.Spendable
		s.card(anna.Cards[0])
		s.settle()
		s.ok(s.choice(SpendAll))
		s.settle()
		s.ok(s.choice(TakePaid))
		if p := before.Prompt; p.ID != id || p.Again != again || p.Customer.Spendable != spendable || p.Customer.Fresh {
			t.Errorf("%+v", p)
		}
	})
}

// Watch tells of every change, before the answer, and of nothing else.
func TestWatch(t *testing.T) {
	scene(t, nil, func(s *stand) {
		var told int
		var seen State
		s.Watch(func() { told, seen = told+1, s.State() })
		s.Refresh()
		wait(time.Minute)
		if told != 0 {
			t.Error("told of nothing")
		}
		s.total(1000_00)
		if told != 1 || seen.Receipt.Total != 1000_00 {
			t.Errorf("told %d times, of %+v", told, seen.Receipt)
		}
		s.card(anna.Cards[0])
		if told != 2 || seen.Prompt == nil {
			t.Errorf("told %d times, of %+v", told, seen.Prompt)
		}
	})
}
