package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/decode/card"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

var quiet = slog.New(slog.DiscardHandler)

// tillKey is the same for all copies of a test run, so that a file can be moved
// from one to another.
var tillKey = newKey()

func newKey() *seal.Key {
	k, err := seal.New(seal.NewSecret())
	if err != nil {
		panic(err)
	}
	return k
}

// open opens a copy that is checked and closed at the end of the test.
func open(t testing.TB, path string) *Cache {
	t.Helper()
	c, err := Open(path, tillKey, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeChecked(t, c) })
	return c
}

func closeChecked(t testing.TB, c *Cache) {
	t.Helper()
	if c.closed {
		return
	}
	if err := c.check(); err != nil {
		t.Errorf("check: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	fs, _ := filepath.Glob(c.path + "*")
	want := []string{c.cur.Load().path}
	for _, t := range c.cur.Load().tables {
		want = append(want, t.path)
	}
	slices.Sort(want)
	whole := slices.DeleteFunc(slices.Clone(fs), func(f string) bool { return strings.Contains(f, ".damaged-") })
	if !slices.Equal(whole, want) || len(fs)-len(whole) > len(whole)+2 {
		t.Errorf("files left: %v", fs)
	}
}

// check compares the index and the count with the records.
func (c *Cache) check() error {
	c.write.Lock() // no merge ends meanwhile
	defer c.write.Unlock()
	s := c.cur.Load()
	for _, t := range s.tables {
		n, last := 0, uint64(0)
		scan, err := newScan(t)
		for ; err == nil && scan.ok; err = scan.step() {
			if scan.e.hash < last || !t.filter.may(scan.e.hash) {
				return fmt.Errorf("%s: entry %d is not where it should be", t.path, n)
			}
			last = scan.e.hash
			n++
		}
		if err != nil || n != t.footer.Entries {
			return fmt.Errorf("%s: %d entries of %d, %w", t.path, n, t.footer.Entries, err)
		}
	}
	customers := 0
	b := &buffers{in: make([]byte, frameSize+512)}
	err := s.roll.each(headSize, s.roll.size, func(at place, sl slot) error {
		if sl.kind == slotState {
			return nil
		}
		r, err := readSlot(at, sl)
		if err != nil {
			return err
		}
		id := r.customer.ID + r.gone.ID
		newest, err := s.newest(idHash(s.key, id), b)
		if err != nil || newest.customer.ID+newest.gone.ID != id {
			return fmt.Errorf("%s leads to %+v, %w", id, newest, err)
		}
		if newest.at != at || !r.there() {
			return nil
		}
		customers++
		for _, k := range idents(r.customer) {
			found, err := s.claiming(nil, k, b)
			if err != nil || !slices.ContainsFunc(found, func(x loyalty.Customer) bool { return reflect.DeepEqual(x, r.customer) }) {
				return fmt.Errorf("%s is not found by %s: %v, %w", id, k.Kind, found, err)
			}
		}
		return nil
	})
	if err == nil && customers != c.Count() {
		err = fmt.Errorf("%d customers, the count is %d", customers, c.Count())
	}
	return err
}

// idents are all that a customer is found by but the id.
func idents(c loyalty.Customer) (all []loyalty.Ident) {
	for _, k := range c.Cards {
		all = append(all, by(loyalty.ByCard, string(k)))
	}
	all = append(all, by(loyalty.ByPhone, string(c.Phone)), by(loyalty.ByExternalID, c.ExternalID))
	return slices.DeleteFunc(all, func(id loyalty.Ident) bool { return !usable(id.Value) })
}

func path(t testing.TB) string { return filepath.Join(t.TempDir(), "cache.db") }

func customerN(n int, version uint64) loyalty.Customer {
	return loyalty.Customer{
		ID: loyalty.CustomerID(fmt.Sprintf("c%07d", n)), Name: fmt.Sprintf("Анна %d", n), Tier: "gold",
		Cards: []card.ID{card.ID(fmt.Sprintf("29%011d", n))}, Phone: card.Phone(fmt.Sprintf("+79%09d", n)),
		ExternalID: fmt.Sprintf("ext-%d", n), Balance: loyalty.Points(n), Version: version,
		AsOf:     time.Date(2026, 3, 1, 9, 0, 0, 5, time.UTC),
		Expiring: []loyalty.Expiring{{Points: 3, At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}},
	}
}

// snapshot is a transfer made of a function.
type snapshot struct {
	n    int
	next int
	fail error // instead of io.EOF
	at   func(i int) loyalty.Customer
	hook func(i int)
}

func (s *snapshot) Programme() loyalty.Programme {
	return loyalty.Programme{Name: "club", Currency: "RUB", Tiers: []loyalty.Tier{{Name: "gold", Terms: loyalty.Terms{PointValue: 100}}}}
}

func (s *snapshot) Cursor() string { return "after snapshot" }

func (s *snapshot) Count() int { return s.n }

func (s *snapshot) Close() error { return nil }

func (s *snapshot) Next() (loyalty.Customer, error) {
	if s.hook != nil {
		s.hook(s.next)
	}
	if s.next == s.n {
		if s.fail != nil {
			return loyalty.Customer{}, s.fail
		}
		return loyalty.Customer{}, io.EOF
	}
	s.next++
	if s.at != nil {
		return s.at(s.next - 1), nil
	}
	return customerN(s.next-1, 1), nil
}

func fill(t testing.TB, c *Cache, n int) {
	t.Helper()
	if err := c.Fill(context.Background(), &snapshot{n: n}); err != nil {
		t.Fatal(err)
	}
}

func by(kind loyalty.IdentKind, value any) loyalty.Ident {
	return loyalty.Ident{Kind: kind, Value: fmt.Sprintf("%s", value)}
}

func byCard(c loyalty.Customer) loyalty.Ident {
	return loyalty.Ident{Kind: loyalty.ByCard, Value: string(c.Cards[0])}
}

func TestFillAndFind(t *testing.T) {
	p := path(t)
	c := open(t, p)
	if c.Cursor() != "" || !c.AsOf().IsZero() || c.Count() != 0 {
		t.Errorf("a new copy has cursor %q, as of %v, %d customers", c.Cursor(), c.AsOf(), c.Count())
	}
	fill(t, c, 50)
	for range 2 {
		want := customerN(7, 1)
		want.AsOf = c.AsOf() // the pull says that it was true then too
		for _, id := range []loyalty.Ident{
			byCard(want), by(loyalty.ByPhone, string(want.Phone)), by(loyalty.ByExternalID, want.ExternalID), by(loyalty.ByCustomer, string(want.ID)),
		} {
			if got, err := c.Find(id); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, %v", id.Kind, got, err)
			}
		}
		for _, id := range []loyalty.Ident{
			{}, by(loyalty.ByCard, ""), by(loyalty.ByCard, string(want.Phone)), by("name", "Анна 7"), by(loyalty.ByCustomer, ""),
			by(loyalty.ByCard, strings.Repeat("2", 70_000)), by(loyalty.ByCustomer, strings.Repeat("2", 70_000)),
		} {
			if got, err := c.Find(id); !errors.Is(err, loyalty.ErrNotFound) {
				t.Errorf("%v: %+v, %v", id, got, err)
			}
		}
		if c.Cursor() != "after snapshot" || time.Since(c.AsOf()) > time.Minute || c.Count() != 50 ||
			c.Programme().TermsFor("gold").PointValue != 100 || c.Rebuilt() != "" {
			t.Errorf("cursor %q, as of %v, %d customers, %+v", c.Cursor(), c.AsOf(), c.Count(), c.Programme())
		}
		closeChecked(t, c)
		c = open(t, p)
	}
}

func TestFillAgain(t *testing.T) {
	c := open(t, path(t))
	for _, n := range []int{10, 3, 20, 0, 5} {
		fill(t, c, n)
		if c.Count() != n {
			t.Errorf("%d customers, want %d", c.Count(), n)
		}
	}
}

func TestTwoClaimOneCard(t *testing.T) {
	c := open(t, path(t))
	a, b := customerN(1, 1), customerN(2, 1)
	b.Cards = append(b.Cards, a.Cards[0])
	for _, cust := range []loyalty.Customer{b, a} {
		if err := c.Put(cust); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Find(byCard(a))
	var several *loyalty.Ambiguous
	if !errors.As(err, &several) || len(several.Customers) != 2 || several.Customers[0].ID != a.ID || several.Customers[1].ID != b.ID {
		t.Fatalf("two claim it: %v", err)
	}
	b.Version, b.Cards = 2, b.Cards[:1]
	if err := c.Put(b); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Find(byCard(a)); err != nil || got.ID != a.ID {
		t.Errorf("after one gave it up: %v, %v", got, err)
	}
}

func TestVersions(t *testing.T) {
	c := open(t, path(t))
	id := by(loyalty.ByCustomer, "c0000001")
	change := func(v uint64) loyalty.Changes {
		cust := customerN(1, v)
		cust.Balance = loyalty.Points(v)
		return loyalty.Changes{Customers: []loyalty.Customer{cust}, Cursor: fmt.Sprint(v)}
	}
	gone := func(v uint64) loyalty.Changes {
		return loyalty.Changes{Gone: []loyalty.Gone{{ID: "c0000001", Version: v}}, Cursor: "g"}
	}
	steps := []struct {
		ch   loyalty.Changes
		want loyalty.Points // -1: not found
	}{
		{change(5), 5}, {change(4), 5}, {change(6), 6}, {change(6), 6},
		{gone(5), 6}, {gone(7), -1}, {change(6), -1}, {change(7), -1}, {gone(3), -1},
		{change(8), 8}, {change(7), 8}, {gone(7), 8},
	}
	for i, s := range steps {
		if err := c.Apply(s.ch); err != nil {
			t.Fatal(err)
		}
		got, err := c.Find(id)
		switch {
		case s.want < 0 && !errors.Is(err, loyalty.ErrNotFound):
			t.Errorf("step %d: %v, %v, want none", i, got.Balance, err)
		case s.want >= 0 && (err != nil || got.Balance != s.want):
			t.Errorf("step %d: %v, %v, want %d", i, got.Balance, err, s.want)
		}
		if c.Cursor() != s.ch.Cursor {
			t.Errorf("step %d: cursor %q", i, c.Cursor())
		}
	}
}

func TestUnusableRecordsHoldUpNobody(t *testing.T) {
	c := open(t, path(t))
	bad := loyalty.Customer{Name: "without id"}
	long := customerN(2, 1)
	long.Cards = []card.ID{card.ID(strings.Repeat("9", 40_000))}
	err := c.Apply(loyalty.Changes{Customers: []loyalty.Customer{bad, long, customerN(3, 1)}, Gone: []loyalty.Gone{{}}, Cursor: "x"})
	if err != nil || c.Count() != 2 {
		t.Errorf("%d customers, %v", c.Count(), err)
	}
}

// A page of what is known already moves the cursor all the same, even if no
// time has passed by a clock that was set back.
func TestKnownPageMovesCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, path(t))
		defer closeChecked(t, c)
		for _, cursor := range []string{"1", "2"} {
			if err := c.Apply(loyalty.Changes{Customers: []loyalty.Customer{customerN(1, 1)}, Cursor: cursor}); err != nil {
				t.Fatal(err)
			}
			if c.Cursor() != cursor {
				t.Errorf("cursor %q, want %q", c.Cursor(), cursor)
			}
		}
	})
}

// An empty page comes every few seconds: it must not wear out the disk.
func TestIdlePullWritesNothing(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 1)
	size := func() int64 { return c.cur.Load().roll.size }
	before, asOf := size(), c.AsOf()
	for range 10 {
		if err := c.Apply(loyalty.Changes{Cursor: "after snapshot"}); err != nil {
			t.Fatal(err)
		}
		if err := c.Put(customerN(0, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if size() != before {
		t.Errorf("%d bytes", size()-before)
	}
	if !c.AsOf().After(asOf) {
		t.Error("as of stays")
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestSecondOpening(t *testing.T) {
	p := path(t)
	open(t, p)
	if _, err := Open(p, tillKey, quiet); !errors.Is(err, ErrLocked) {
		t.Errorf("second opening: %v", err)
	}
}

func TestClosed(t *testing.T) {
	c := open(t, path(t))
	err := c.Fill(context.Background(), &snapshot{n: 2, hook: func(i int) {
		if i == 1 {
			closeChecked2(t, c)
		}
	}})
	if !errors.Is(err, ErrClosed) {
		t.Errorf("fill: %v", err)
	}
	for _, err := range []error{c.Put(customerN(1, 1)), c.Apply(loyalty.Changes{Cursor: "x"}), c.Fill(context.Background(), &snapshot{})} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
	}
	if _, err := c.Find(by(loyalty.ByCard, "1")); !errors.Is(err, ErrClosed) {
		t.Errorf("find: %v", err)
	}
}

func closeChecked2(t *testing.T, c *Cache) {
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(nil, customerN(1, 1)))
	f.Add(encode(nil, loyalty.Customer{Blocked: true}))
	f.Add(bytes.Repeat([]byte("id of a customer"), 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, err := parseGone(b); err == nil && g.ID == "" {
			t.Errorf("a tombstone of nobody of %x", b)
		}
		for rest, err := b, error(nil); err == nil && len(rest) > 0; {
			var s slot
			if s, rest, err = nextSlot(rest); err == nil && len(appendSlot(nil, s)) > len(b)-len(rest) {
				t.Errorf("slot %+v of %x", s, b)
			}
		}
		id, idErr := slotID(slot{kind: slotCustomer, text: b})
		c, err := decode(b)
		if err == nil && c.ID != "" && (idErr != nil || id != c.ID) {
			t.Errorf("the id of %x is %q, and by itself %q, %v", b, c.ID, id, idErr)
		}
		if err != nil {
			return
		}
		again, err := decode(encode(nil, c))
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%+v comes back as %+v, %v", c, again, err)
		}
	})
}

// A record that says what the copy has already is not written: there is one with
// every scan.
func TestPutOfTheSameWritesNothing(t *testing.T) {
	c := open(t, path(t))
	fill(t, c, 50)
	content := func() []byte {
		b, err := os.ReadFile(c.cur.Load().path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := content()
	same := customerN(7, 1)
	same.AsOf = same.AsOf.Add(time.Hour)
	if err := c.Put(same); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content(), before) {
		t.Error("the file was written to")
	}
	same.Version++
	same.Balance++
	if err := c.Put(same); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Find(byCard(same)); err != nil || got.Balance != same.Balance || bytes.Equal(content(), before) {
		t.Errorf("a newer record was not taken in: %+v, %v", got, err)
	}
}
