package relay

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
)

var byCard = loyalty.Ident{Kind: loyalty.ByCard, Value: "29001"}

// A backup was restored and has gone on since, so that the cursor is a good one
// again: an older record than before shows it.
func TestBackupRestored(t *testing.T) {
	p := newProgramme(3)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		backup, version, log := maps.Clone(p.customers), p.version, slices.Clone(p.log)
		p.set(func() {
			c := p.customers["c001"]
			c.Balance = 5
			for range 3 {
				c = p.change(c)
			}
		})
		wait(10 * time.Second)
		p.set(func() {
			p.customers, p.version, p.log = backup, version, log
			for range 5 {
				c := p.customers["c002"]
				c.Cards = []card.ID{"29002"}
				p.change(c)
			}
		})
		wait(10 * time.Second)
		if !x.r.Link().Behind.IsZero() {
			t.Error("nothing can be known yet")
		}
		got, err := x.r.Lookup(x.t.Context(), byCard)
		if err != nil || got.Balance != 5 {
			t.Errorf("an older record was handed on: %+v, %v", got, err)
		}
		wait(2 * time.Minute)
		if x.r.Link().Behind.IsZero() {
			t.Error("nobody is told")
		}
		if c, err := x.c.Find(byCard); err != nil || c.Balance != 1000 {
			t.Errorf("the copy is not the provider's: %+v, %v", c, err)
		}
		if n := p.count("snapshot"); n != 2 {
			t.Errorf("%d snapshots", n)
		}
		wait(25 * time.Hour)
		if !x.r.Link().Behind.IsZero() {
			t.Error("people are told for ever")
		}
	})
}

// A replica that lags answers with yesterday's record, once: nothing comes of it.
func TestReplicaThatLags(t *testing.T) {
	p := newProgramme(3)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		old := p.customers["c001"]
		var fresh loyalty.Customer
		p.set(func() {
			c := old
			c.Balance = 5
			fresh = p.change(c)
		})
		wait(10 * time.Second)
		p.set(func() { p.customers["c001"] = old })
		if got, err := x.r.Lookup(x.t.Context(), byCard); err != nil || got.Balance != 5 {
			t.Errorf("an older record was handed on: %+v, %v", got, err)
		}
		p.set(func() { p.customers["c001"] = fresh })
		wait(10 * time.Minute)
		if n := p.count("snapshot"); n != 1 || !x.r.Link().Behind.IsZero() {
			t.Errorf("%d snapshots, behind since %s", n, x.r.Link().Behind)
		}
		if c, err := x.c.Find(byCard); err != nil || c.Balance != 5 {
			t.Errorf("the copy has %+v, %v", c, err)
		}
	})
}
