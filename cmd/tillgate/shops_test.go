//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/checkout"

	amocrmfake "github.com/tillgate/tillgate/sync/amocrm/fake"
	maxmafake "github.com/tillgate/tillgate/sync/maxma/fake"
)

// shop is a till at one of the programmes, with the programme's own books.
type shop struct {
	*till
	card   string
	code   func() string                                    // that the customer was sent; nil if the programme sends none
	points func() int64                                     // of the customer
	settle func(e journal.Entry, all []journal.Entry) error // by hand, in the programme, as a person does
	audit  func() error

	careful bool // the programme knows no keys

	saw      func(checkout.State)               // is told of what the cashier sees, if it is set
	answered func(c *client, a checkout.Answer) // of each answer
}

// shops are the programmes, each with a customer of at least 500 points.
var shops = []struct {
	name string
	open func(t *testing.T) *shop
}{{"central", centralShop}, {"maxma", maxmaShop}, {"amocrm", amocrmShop}}

func nobody(e journal.Entry, _ []journal.Entry) error {
	return fmt.Errorf("a person is asked about a %s, though this programme knows keys: %v, %s", e.Op.Kind, e.Refusal, e.LastError)
}

func centralShop(t *testing.T) *shop {
	x := newTill(t)
	who, err := x.central.Customer(customer1)
	if err != nil {
		t.Fatal(err)
	}
	who.Balance = 1000
	if err := x.central.Upsert(who); err != nil {
		t.Fatal(err)
	}
	return &shop{till: x, card: card1, settle: nobody,
		points: func() int64 { c, _ := x.central.Customer(customer1); return int64(c.Balance) },
		audit: func() error {
			if holds, err := x.central.Holds(customer1); err != nil || len(holds) > 0 {
				return fmt.Errorf("held still: %v, %v", holds, err)
			}
			return x.central.Audit()
		}}
}

func maxmaShop(t *testing.T) *shop {
	x, s := maxmaTill(t, maxmafake.Options{CodeToSpend: true, CodeEvery: time.Nanosecond, Print: true})
	return &shop{till: x, card: card1, code: s.Code, settle: nobody,
		points: func() int64 { p, _ := s.Find(phone1); return p.Bonuses },
		audit:  func() error { return nil }}
}

func amocrmShop(t *testing.T) *shop {
	x, s := amocrmTill(t)
	b := amoBooks{s: s, id: amocrmfake.FirstSeeded, token: x.token}
	return &shop{till: x, careful: true, card: amoCard, settle: b.settle, points: func() int64 { return amoPoints(t, s) }, audit: func() error { return nil }}
}

// amoBooks are what a person sees and does in amoCRM.
type amoBooks struct {
	s         *amocrmfake.Server
	id        int64
	token     string
	takesBack bool          // a deleted purchase takes its accrual along
	explained map[int64]int // changes that a person knows the reason of, by their points
}

var (
	whetherTaken   = regexp.MustCompile(`whether (\d+) points were taken`)
	whetherChanged = regexp.MustCompile(`bonus points in amoCRM were changed by ([+-]\d+)`)
	toDelete       = regexp.MustCompile(`delete purchase (\d+)`)
)

// settle does what an entry on people's list asks for. Points that were taken
// for a sale that came to nothing are given back.
func (b *amoBooks) settle(e journal.Entry, all []journal.Entry) error {
	if b.explained == nil {
		b.explained = map[int64]int{}
	}
	why, known := e.LastError, false
	if m := whetherTaken.FindStringSubmatch(why); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		if !b.there(-n, all) {
			return nil
		}
		return b.change(n)
	}
	if m := whetherChanged.FindStringSubmatch(why); m != nil {
		by, _ := strconv.ParseInt(m[1], 10, 64)
		known = true
		if !b.there(by, all) {
			if err := b.change(by); err != nil {
				return err
			}
		}
	}
	if m := toDelete.FindStringSubmatch(why); m != nil {
		known = true
		status := b.call("DELETE", "/api/v4/customers/transactions/"+m[1], nil)
		if status != http.StatusNoContent && status != http.StatusNotFound {
			return fmt.Errorf("delete: %d", status)
		}
	}
	if !known {
		return fmt.Errorf("nobody can know what to do about a %s: %s, %v", e.Op.Kind, why, e.Refusal)
	}
	return nil
}

// there looks for a change of so many points that neither an operation that is
// done nor a person accounts for.
func (b *amoBooks) there(by int64, all []journal.Entry) bool {
	n := -b.explained[by]
	for _, c := range b.s.Changes(b.id) {
		if c.Purchase == 0 && c.Points == by {
			n++
		}
	}
	for _, o := range all {
		if o.Outcome != nil && b.moved(o, all) == by {
			n--
		}
	}
	if n > 0 {
		b.explained[by]++
	}
	return n > 0
}

// moved is the bonus change of an operation that is done.
func (b *amoBooks) moved(e journal.Entry, all []journal.Entry) int64 {
	switch e.Op.Kind {
	case loyalty.Reserve:
		return -int64(e.Outcome.Spent)
	case loyalty.Commit:
		return 0
	}
	by := e.Outcome.Restored - e.Outcome.Cancelled
	var returned loyalty.Money
	var cancelled loyalty.Points
	for _, o := range all {
		if o.Op.Sale.Key == e.Op.Sale.Key && o.Op.Refund != nil && o.N <= e.N {
			returned += o.Op.Refund.Amount
			if o.N < e.N {
				if o.Outcome != nil {
					cancelled += o.Outcome.Cancelled
				}
			}
		}
	}
	if b.takesBack && (e.Op.Kind == loyalty.Revert || returned == e.Op.Sale.Total) {
		by = e.Outcome.Restored + cancelled
	}
	return int64(by)
}

func (b *amoBooks) change(by int64) error {
	body := map[string]int64{"earn": by}
	if by < 0 {
		body = map[string]int64{"redeem": -by}
	}
	if status := b.call("POST", fmt.Sprintf("/api/v4/customers/%d/bonus_points", b.id), body); status != http.StatusOK {
		return fmt.Errorf("change by %d: %d", by, status)
	}
	b.explained[by]++
	return nil
}

func (b *amoBooks) call(method, path string, body any) int {
	raw, _ := json.Marshal(body)
	r := httptest.NewRequest(method, "http://example.amocrm.ru"+path, strings.NewReader(string(raw)))
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	var rate float64 // a person works in the CRM itself, which has no such limit
	b.s.Set(func(o *amocrmfake.Options) { rate, o.Rate = o.Rate, -1 })
	b.s.ServeHTTP(w, r)
	b.s.Set(func(o *amocrmfake.Options) { o.Rate = rate })
	return w.Code
}

// sell lets a cashier ring up a sale at the running program, starting it again
// when it was killed.
func (x *shop) sell(k *cashier) error {
	k.code, k.ready = x.code, ready
	var c *client
	for end := time.Now().Add(5 * soon()); time.Now().Before(end); {
		if x.dead.Swap(false) {
			x.kill()
			x.start()
		}
		if c == nil || c.gone() {
			var err error
			if c, err = connect(x.page); err != nil {
				time.Sleep(10 * time.Millisecond) // it is on its way down
				continue
			}
			defer c.conn.Close()
		}
		s := c.now()
		if x.saw != nil {
			x.saw(s)
		}
		d, ok := k.next(s, time.Now())
		switch {
		case !ok:
			c.rest(200 * time.Millisecond)
		case d.done:
			return nil
		case d.scan:
			x.scanner.Scan(x.card)
		case d.person:
			if err := x.persons(); err != nil {
				return err
			}
		default:
			a, err := c.do(d.cmd) // what is refused is looked at again
			if x.answered != nil && (err == nil || a.Error != nil) {
				x.answered(c, a)
			}
		}
	}
	return fmt.Errorf("the sale came to no end in %v; the screen shows %s", 5*soon(), c.whole())
}

// gone says that the connection is.
func (c *client) gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}

// rest waits for a change, for so long at most.
func (c *client) rest(most time.Duration) {
	c.mu.Lock()
	changed := c.changed
	c.mu.Unlock()
	select {
	case <-changed:
	case <-time.After(most):
	}
}

// persons settles all that waits for a person, with the command line.
func (x *shop) persons() error {
	out, stderr, code := x.tillgate("journal", "list", "--all", "--json")
	if code != 0 {
		return fmt.Errorf("journal list: %s", stderr)
	}
	var all []journal.Entry
	for line := range strings.Lines(out) {
		var e journal.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return err
		}
		all = append(all, e)
	}
	for _, e := range all {
		if !e.NeedsPerson() {
			continue
		}
		if err := x.settle(e, all); err != nil {
			return err
		}
		if _, stderr, code := x.tillgate("journal", "resolve", string(e.Op.Key), "--who", "Anna", "--why", "looked and set right"); code != 0 {
			return fmt.Errorf("resolve: %s", stderr)
		}
	}
	return nil
}
