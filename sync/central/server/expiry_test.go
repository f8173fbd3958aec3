package server

import (
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
)

func TestHoldLapses(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 100)
	sale := sold(c, "a", 100_000, 80)
	apply(t, s, do(c, loyalty.Reserve, sale))
	balance(t, s, "a", 20)
	c.pass(73 * time.Hour)
	balance(t, s, "a", 100)
	// The receipt was paid after all, and the points are still there.
	if out := apply(t, s, do(c, loyalty.Commit, sale)); out.Spent != 80 {
		t.Errorf("commit: %+v", out)
	}
	balance(t, s, "a", 20+46)

	other := sold(c, "a", 100_000, 60)
	apply(t, s, do(c, loyalty.Reserve, other))
	c.pass(73 * time.Hour)
	apply(t, s, do(c, loyalty.Commit, sold(c, "a", 10_000, 50)))
	refused(t, s, do(c, loyalty.Commit, other), loyalty.HoldExpired)
	out := apply(t, s, do(c, loyalty.Abort, other))
	if out.Restored != 0 {
		t.Errorf("abort of a lapsed hold gives back %d", out.Restored)
	}
}

func TestPointsExpire(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 100, loyalty.Expiring{Points: 30, At: in(c, 48*time.Hour)}, loyalty.Expiring{Points: 20, At: in(c, 24*time.Hour)})
	before, err := s.Customer("a")
	must(t, err)
	if len(before.Expiring) != 2 || before.Expiring[0].Points != 20 {
		t.Errorf("expiring: %+v, want the soonest first", before.Expiring)
	}
	// What expires first is spent first; a hold keeps it from expiring.
	sale := sold(c, "a", 100_000, 25)
	apply(t, s, do(c, loyalty.Reserve, sale))
	c.pass(25 * time.Hour)
	balance(t, s, "a", 75)
	c.pass(24 * time.Hour)
	balance(t, s, "a", 50) // the 25 that were left of the second lot are lost
	apply(t, s, do(c, loyalty.Abort, sale))
	balance(t, s, "a", 50) // what the hold gives back is over its time
	after, err := s.Customer("a")
	must(t, err)
	if len(after.Expiring) != 0 || after.Version <= before.Version {
		t.Errorf("after: %+v", after)
	}
	records, err := s.Ledger("a")
	must(t, err)
	if got := []loyalty.Points{records[1].Points, records[2].Points}; records[1].Kind != Expired || got[0] != -25 || got[1] != -25 {
		t.Errorf("ledger: %+v", records)
	}
}

func TestPaidPointsDoNotExpire(t *testing.T) {
	s, c := fresh(t)
	enrol(t, s, "a", 100, loyalty.Expiring{Points: 40, At: in(c, 24*time.Hour)})
	sale := sold(c, "a", 100_000, 30)
	apply(t, s, do(c, loyalty.Reserve, sale))
	apply(t, s, do(c, loyalty.Commit, sale)) // earns 48
	c.pass(48 * time.Hour)
	balance(t, s, "a", 100-30+48-10)
	apply(t, s, do(c, loyalty.Revert, sale))
	balance(t, s, "a", 90)
}
