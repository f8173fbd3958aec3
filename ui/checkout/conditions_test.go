package checkout

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// change changes what is true outside and says so.
func (s *stand) change(f func(*Facts)) {
	s.factsMu.Lock()
	f(&s.facts)
	s.factsMu.Unlock()
	s.Refresh()
	synctest.Wait()
}

func (s *stand) wantConditions(want ...string) {
	s.Helper()
	var got []string
	for _, c := range s.State().Conditions {
		got = append(got, c.Code)
	}
	if !slices.Equal(got, want) {
		s.Errorf("conditions %v, want %v", got, want)
	}
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func scanner(id string, state driver.State) driver.Status {
	return driver.Status{Info: driver.Info{ID: id, Name: "scanner " + id}, State: state, Since: time.Now(), Reason: "why"}
}

// What lasts less than its delay is never shown.
func TestBlipsDoNotFlash(t *testing.T) {
	scene(t, nil, func(s *stand) {
		lost := func(f *Facts) { f.Devices = []driver.Status{scanner("a", driver.Absent)} }
		back := func(f *Facts) { f.Devices = []driver.Status{scanner("a", driver.Ready)} }
		s.change(lost)
		wait(2900 * time.Millisecond)
		s.wantConditions()
		s.change(back)
		wait(time.Minute)
		s.wantConditions()

		since := time.Now()
		s.change(lost)
		wait(2900 * time.Millisecond)
		s.wantConditions()
		wait(100 * time.Millisecond)
		s.wantConditions(ScannerLost)
		if c := s.State().Conditions[0]; !c.Since.Equal(since) || c.Args["reason"] != "why" || c.Args["name"] != "scanner a" {
			t.Errorf("%+v", c)
		}
		s.change(back)
		s.wantConditions()
	})
}

func TestEachScannerForItself(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.change(func(f *Facts) {
			f.Devices = []driver.Status{scanner("a", driver.Absent), scanner("b", driver.Ready), scanner("c", driver.Opening)}
		})
		wait(2 * time.Second)
		s.change(func(f *Facts) { f.Devices[1].State = driver.Denied })
		wait(time.Second)
		s.wantConditions(ScannerLost)
		wait(2 * time.Second)
		s.wantConditions(ScannerLost, ScannerLost)
		s.change(func(f *Facts) { f.Devices[0].State = driver.Ready })
		s.wantConditions(ScannerLost)
		if c := s.State().Conditions[0]; c.Args["device"] != "b" || c.Args["state"] != "denied" {
			t.Errorf("%+v", c)
		}
	})
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Facts)
		after  time.Duration
		want   []string
	}{
		{"all is well", func(f *Facts) {}, time.Minute, nil},
		{"offline", func(f *Facts) { f.Link.Online = false }, 5 * time.Second, []string{OfflineSince}},
		{"offline, not yet shown", func(f *Facts) { f.Link.Online = false }, 4 * time.Second, nil},
		{"POS", func(f *Facts) { f.POS = "closed" }, 3 * time.Second, []string{POSLost}},
		{"POS, not yet shown", func(f *Facts) { f.POS = "closed" }, 2 * time.Second, nil},
		{"archive", func(f *Facts) { f.Archive = "read only" }, 0, []string{Archive}},
		{"empty", func(f *Facts) { f.Link.Copy = 0 }, 5 * time.Second, []string{CopyEmpty}},
		{"filling", func(f *Facts) { f.Link.Copy, f.Link.Filling = 0, &Filling{1, 2} }, time.Second, []string{CopyFilling}},
		{"old", func(f *Facts) { f.Link.CopyAt = time.Now().Add(-24*time.Hour - time.Second) }, 0, []string{CopyOld}},
		{"gets old", func(f *Facts) {}, 24*time.Hour + time.Minute, []string{CopyOld}},
		{"rebuilt", func(f *Facts) { f.Rebuilt, f.Link.Filling = "damaged", &Filling{1, 2} }, time.Second, []string{CacheRebuilt, CopyFilling}},
		{"rebuilt and full again", func(f *Facts) { f.Rebuilt = "damaged" }, time.Second, nil},
		{"nearly full", func(f *Facts) { f.DiskLow, f.DiskFree = true, 7<<20 }, 0, []string{DiskLow}},
		{"can only be read", func(f *Facts) { f.Disk = journal.DiskReadOnly }, 0, []string{Disk}},
		{"worst first", func(f *Facts) {
			f.Link.Online, f.Credentials, f.Disk = false, "401", journal.DiskReadOnly
			f.Devices = []driver.Status{scanner("a", driver.Failed)}
		}, 10 * time.Second, []string{Disk, Credentials, ScannerLost, OfflineSince}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, nil, func(s *stand) {
				s.change(c.change)
				wait(c.after)
				s.wantConditions(c.want...)
			})
		})
	}
}

func TestClock(t *testing.T) {
	at := func(wall time.Duration) time.Time { return time.Unix(1e9, 0).Add(wall) }
	for _, c := range []struct {
		name string
		seen []time.Duration // wall clock; no monotonic reading, so that see takes them as they are
		want time.Duration
	}{
		{"runs", []time.Duration{0, time.Second, time.Hour}, 0},
		{"corrected", []time.Duration{0, -30 * time.Second}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k clock
			for _, w := range c.seen {
				k.see(at(w), 0)
			}
			if got := k.jump(at(c.seen[len(c.seen)-1])); got != c.want {
				t.Error(got)
			}
		})
	}
	var k clock
	k.see(at(0), 0)
	k.last(at(2 * time.Hour)) // the journal has an entry of the future
	if got := k.jump(at(time.Minute)); got != -2*time.Hour {
		t.Error(got)
	}
	if got := k.jump(at(time.Hour)); got != 0 {
		t.Errorf("still shown: %v", got)
	}
	k = clock{}
	k.add(-time.Hour, at(0))
	if got := k.jump(at(0)); got != -time.Hour {
		t.Error(got)
	}
}

func TestTheJournalIsAheadOfTheClock(t *testing.T) {
	scene(t, func(s *stand) {
		at := time.Now().Add(2 * time.Hour)
		sale := loyalty.Sale{Key: loyalty.NewKey(at), Customer: anna.ID, At: at}
		if _, err := s.ledger.Append(loyalty.Operation{Key: loyalty.NewKey(at), Kind: loyalty.Commit, Sale: sale, At: at}, true); err != nil {
			s.Fatal(err)
		}
	}, func(s *stand) {
		s.wantConditions(ClockJumped)
		if c := s.State().Conditions[0]; c.Args["seconds"] != int64(-7200) {
			t.Errorf("%+v", c)
		}
		wait(time.Hour)
		s.wantConditions()
	})
}

// Every text that is ever shown is declared, with exactly its arguments.
func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Codes() {
		name := fmt.Sprint(c.Class, " ", c.Code)
		if c.Code == "" || c.English == "" || c.Class == "" || rank(c.Severity) < 0 {
			t.Errorf("%s is not declared in full: %+v", name, c)
		}
		if seen[name] {
			t.Errorf("%s is declared twice", name)
		}
		seen[name] = true
	}
	if len(seen) < 60 {
		t.Errorf("only %d codes", len(seen))
	}
}

// People are warned in time of a key that ends, and it is a warning only.
func TestKeyEnds(t *testing.T) {
	scene(t, nil, func(s *stand) {
		s.change(func(f *Facts) { f.KeyEnds = time.Now().Add(31 * 24 * time.Hour) })
		s.wantConditions()
		wait(25 * time.Hour)
		s.Refresh()
		synctest.Wait()
		if got := s.State().Conditions; !slices.ContainsFunc(got, func(c Condition) bool { return c.Code == KeyEnds && c.Severity == Warning }) {
			t.Errorf("conditions %+v", got)
		}
	})
}

// A balance that the provider does not say can not be spent, and the cashier
// sees why; earning goes on.
func TestBalanceUnknown(t *testing.T) {
	q := Situation{
		Receipt:   Receipt{Total: 1000_00, Known: true},
		Who:       &Subject{Customer: &loyalty.Customer{ID: "x", NoBalance: true}},
		Programme: loyalty.Programme{Tiers: []loyalty.Tier{{Terms: loyalty.Terms{PointValue: 100, MaxShare: 5000, EarnShare: 300}}}},
		Online:    true,
	}.quote(10)
	if q.MaxSpend != 0 || q.Limit != loyalty.BalanceUnknown || q.Earn != 30 {
		t.Errorf("%+v", q)
	}
}
