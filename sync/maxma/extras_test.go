package maxma_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/maxma"
	"github.com/tillgate/tillgate/sync/maxma/fake"
)

func byPhone(c loyalty.Customer) loyalty.Ident {
	return loyalty.Ident{Kind: loyalty.ByPhone, Value: string(c.Phone)}
}

func refusedFor(t *testing.T, err error, want loyalty.Reason) {
	t.Helper()
	var no *loyalty.Refusal
	if !errors.As(err, &no) || no.Reason != want {
		t.Errorf("got %v, want a refusal for %s", err, want)
	}
}

func TestRules(t *testing.T) {
	d := start(t, fake.Options{CodeToSpend: true})
	c := d.client(t, nil)
	if r, err := c.Rules(t.Context()); err != nil || !r.CodeToSpend || r.CodeToRegister || !r.PromoCodes || !r.GiftCards {
		t.Errorf("%+v, %v", r, err)
	}
	d.Cut()
	var u *loyalty.Unavailable
	if _, err := c.Programme(t.Context()); !errors.As(err, &u) {
		t.Errorf("the programme while MAXMA is away: %v", err)
	}
}

func TestCode(t *testing.T) {
	now := time.Now()
	d := start(t, fake.Options{Now: func() time.Time { return now }})
	c := d.client(t, nil)
	who := d.add(1, 100)
	ch, err := c.SendCode(t.Context(), byPhone(who), loyalty.CodeToSpend)
	must(t, err)
	code := d.Code()
	if left := time.Until(ch.Expires()); left < time.Minute || left > 5*time.Minute {
		t.Errorf("good for %s", left)
	}
	if ok, left := ch.Check("no"); ok || left != 2 {
		t.Errorf("a wrong code: %v, %d left", ok, left)
	}
	if ok, _ := ch.Check(code[:1] + " " + code[1:]); !ok {
		t.Error("the code is not taken")
	}
	if s := fmt.Sprintf("%v %+v %#v", ch, ch, ch); strings.Contains(s, code) {
		t.Errorf("the code is in %s", s)
	}
	_, err = c.SendCode(t.Context(), byPhone(who), loyalty.CodeToSpend)
	refusedFor(t, err, loyalty.CodeTooOften)
	now = now.Add(time.Minute)
	if _, err = c.SendCode(t.Context(), byPhone(who), loyalty.CodeToSpend); err != nil {
		t.Error(err)
	}

	nobody := loyalty.Ident{Kind: loyalty.ByPhone, Value: "+79005550000"}
	if _, err := c.SendCode(t.Context(), nobody, loyalty.CodeToSpend); !errors.Is(err, loyalty.ErrNotFound) {
		t.Errorf("a code to spend for nobody: %v", err)
	}
	if ch, err := c.SendCode(t.Context(), nobody, loyalty.CodeToRegister); err != nil {
		t.Error(err)
	} else if ok, _ := ch.Check(d.Code()); !ok {
		t.Error("the code to register is not taken")
	}
	d.Add(fake.Person{Card: "77", Name: "Лев"})
	_, err = c.SendCode(t.Context(), loyalty.Ident{Kind: loyalty.ByCard, Value: "77"}, loyalty.CodeToSpend)
	refusedFor(t, err, loyalty.NoPhone)

	// A clock of the server that is far off does not end a code before it began.
	now = now.Add(-48 * time.Hour)
	d.Add(fake.Person{Phone: "+79000000099"})
	if ch, err := c.SendCode(t.Context(), loyalty.Ident{Kind: loyalty.ByPhone, Value: "+79000000099"}, loyalty.CodeToSpend); err != nil {
		t.Error(err)
	} else if ok, _ := ch.Check(d.Code()); !ok {
		t.Error("the code of a server with another clock is not taken")
	}
}

func TestRegister(t *testing.T) {
	d := start(t, fake.Options{})
	c := d.client(t, nil)
	anna := loyalty.NewCustomer{Phone: "+79005550001", Name: "Анна", Surname: "Орлова", Card: "0055", Consent: true, Shop: "7", Till: "2"}
	key := func() loyalty.Key { return loyalty.NewKey(time.Now()) }
	without := anna
	without.Consent = false
	_, err := c.Register(t.Context(), key(), without)
	refusedFor(t, err, loyalty.NoConsent)

	k := key()
	d.Faults.Set(fake.Fault{Kind: fake.LostAnswer, Method: "new-client", Times: 1})
	if _, err := c.Register(t.Context(), k, anna); loyalty.Judge(err) != loyalty.Unknown {
		t.Errorf("a lost answer: %v", err)
	}
	got, err := c.Register(t.Context(), k, anna)
	if err != nil || got.ID != "phone:+79005550001" || got.Name != "Анна О." || len(got.Cards) != 1 || got.Cards[0] != "0055" || got.Version == 0 {
		t.Errorf("again: %+v, %v", got, err)
	}
	_, err = c.Register(t.Context(), key(), anna)
	refusedFor(t, err, loyalty.PhoneTaken)
	boris := anna
	boris.Phone, boris.Name = "+79005550002", "Борис"
	_, err = c.Register(t.Context(), key(), boris)
	refusedFor(t, err, loyalty.CardTaken)
	boris.Card = ""
	if got, err = c.Register(t.Context(), key(), boris); err != nil || len(got.Cards) != 0 {
		t.Errorf("without a card: %+v, %v", got, err)
	}

	_, err = c.AttachCard(t.Context(), byPhone(got), "0055")
	refusedFor(t, err, loyalty.CardTaken)
	for range 2 {
		if got, err = c.AttachCard(t.Context(), byPhone(got), "0066"); err != nil || len(got.Cards) != 1 || got.Cards[0] != "0066" {
			t.Errorf("attached: %+v, %v", got, err)
		}
	}
	if link, err := c.WalletLink(t.Context(), byPhone(got)); err != nil || !strings.HasPrefix(link, "https://wallet.example/") {
		t.Errorf("%q, %v", link, err)
	}
}

func TestHistory(t *testing.T) {
	d := start(t, fake.Options{})
	c := d.client(t, nil)
	who := d.add(1, 1000)
	s := sale(who, 100)
	out, err := c.Apply(t.Context(), op(loyalty.Reserve, s))
	must(t, err)
	o := op(loyalty.Commit, s)
	o.Ticket = out.Ticket
	_, err = c.Apply(t.Context(), o)
	must(t, err)
	back := op(loyalty.Return, s)
	back.Refund = &loyalty.Refund{Amount: 50_000}
	_, err = c.Apply(t.Context(), back)
	must(t, err)
	all, err := c.History(t.Context(), byPhone(who), 10)
	must(t, err)
	sum := loyalty.Points(0)
	kinds := map[loyalty.EventKind]loyalty.Event{}
	for _, e := range all {
		sum += e.Points
		kinds[e.Kind] = e
	}
	if sum != -100+45+50-22 || len(kinds) != 4 {
		t.Errorf("%+v", all)
	}
	if e := kinds[loyalty.SpentEvent]; e.Points != -100 || e.Amount != 100_000 || e.Sale != s.Key || e.Text == "" || e.At.IsZero() {
		t.Errorf("%+v", e)
	}
	if e := kinds[loyalty.RestoredEvent]; e.Points != 50 || e.Amount != 50_000 {
		t.Errorf("%+v", e)
	}
	if two, err := c.History(t.Context(), byPhone(who), 2); err != nil || len(two) != 2 {
		t.Errorf("%+v, %v", two, err)
	}
	if _, err := c.History(t.Context(), loyalty.Ident{Kind: loyalty.ByPhone, Value: "+79005550000"}, 2); !errors.Is(err, loyalty.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

// TestPromoAndGifts takes a sale with a promo code and a gift card through quote,
// booking and rollback, and each refusal of theirs into its words.
func TestPromoAndGifts(t *testing.T) {
	d := start(t, fake.Options{})
	c := d.client(t, nil)
	who := d.add(1, 1000)
	d.AddPromo("HELLO", 10_000, 0)
	d.AddGift("G1", 20_000, "ACTIVE", 0)
	s := sale(who, 100)
	s.Promo, s.GiftCards = "HELLO", []string{"G1"}
	q, err := c.Quote(t.Context(), s)
	if err != nil || q.Off != 30_000 || q.PromoNo != "" || q.GiftNo != "" || q.Spend != 100 || q.Worth != 10_000 {
		t.Fatalf("%+v, %v", q, err)
	}
	s.Off = q.Off
	if s.ToPay() != 60_000 {
		t.Errorf("to pay %d", s.ToPay())
	}
	out, err := c.Apply(t.Context(), op(loyalty.Reserve, s))
	must(t, err)
	o := op(loyalty.Commit, s)
	o.Ticket = out.Ticket
	_, err = c.Apply(t.Context(), o)
	must(t, err)
	if g, err := c.GiftCard(t.Context(), "G1"); err != nil || g.Balance != 0 || g.Limit != loyalty.GiftEmpty {
		t.Errorf("%+v, %v", g, err)
	}
	undo := op(loyalty.Revert, s)
	_, err = c.Apply(t.Context(), undo)
	must(t, err)
	if g, err := c.GiftCard(t.Context(), "G1"); err != nil || g.Balance != 20_000 || g.Limit != "" {
		t.Errorf("%+v, %v", g, err)
	}

	for n, want := range map[int]loyalty.Reason{33: loyalty.PromoUnknown, 34: loyalty.PromoNotHere, 35: loyalty.PromoUsed, 36: loyalty.PromoExpired, 37: loyalty.PromoNeedsCustomer} {
		d.AddPromo("NO", 0, n)
		s := sale(who, 0)
		s.Promo = "NO"
		if q, err := c.Quote(t.Context(), s); err != nil || q.PromoNo != want || q.Off != 0 {
			t.Errorf("%d: %+v, %v", n, q, err)
		}
		_, err := c.Apply(t.Context(), op(loyalty.Reserve, s))
		refusedFor(t, err, want)
	}
	for n, want := range map[int]loyalty.Reason{40: loyalty.GiftUnknown, 41: loyalty.GiftNotHere, 42: loyalty.GiftNotActive, 43: loyalty.GiftExpired,
		44: loyalty.GiftBlocked, 45: loyalty.GiftEmpty, 46: loyalty.GiftSold, 47: loyalty.GiftActive} {
		d.AddGift("G2", 0, "ACTIVE", n)
		s := sale(who, 0)
		s.GiftCards = []string{"G2"}
		if q, err := c.Quote(t.Context(), s); err != nil || q.GiftNo != want {
			t.Errorf("%d: %+v, %v", n, q, err)
		}
	}
	for status, want := range map[string]loyalty.Reason{"INACTIVE": loyalty.GiftNotActive, "REDEEMED": loyalty.GiftEmpty, "EXPIRED": loyalty.GiftExpired,
		"BLOCKED": loyalty.GiftBlocked, "MELTED": loyalty.GiftNotHere} {
		d.AddGift("G3", 100, status, 0)
		if g, err := c.GiftCard(t.Context(), "G3"); err != nil || g.Limit != want {
			t.Errorf("%s: %+v, %v", status, g, err)
		}
	}
	_, err = c.GiftCard(t.Context(), "none")
	refusedFor(t, err, loyalty.GiftUnknown)
}

func TestPrinted(t *testing.T) {
	d := start(t, fake.Options{Print: true})
	out, err := d.client(t, nil).Apply(t.Context(), op(loyalty.Reserve, sale(d.add(1, 300), 100)))
	must(t, err)
	want := []loyalty.Printed{{Text: "MAXMA", Align: "center"}, {Columns: []string{"+", "45"}}, {Rule: true}, {QR: "https://wallet.example/"}}
	if fmt.Sprint(out.Print) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", out.Print, want)
	}
}

// TestMixedUp: an answer about another client is not shown.
func TestMixedUp(t *testing.T) {
	d := start(t, fake.Options{})
	c := d.client(t, nil)
	who := d.add(1, 100)
	d.Faults.Set(fake.Fault{Kind: fake.Mixed})
	for name, call := range map[string]func(context.Context) error{
		"look up": func(ctx context.Context) error { _, err := c.Lookup(ctx, byPhone(who)); return err },
		"register": func(ctx context.Context) error {
			_, err := c.Register(ctx, loyalty.NewKey(time.Now()), loyalty.NewCustomer{Phone: "+79001112233", Consent: true})
			return err
		},
		"attach": func(ctx context.Context) error { _, err := c.AttachCard(ctx, byPhone(who), "1"); return err },
		"wallet": func(ctx context.Context) error { _, err := c.WalletLink(ctx, byPhone(who)); return err },
	} {
		if err := call(t.Context()); err == nil || loyalty.Judge(err) != loyalty.Unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCallsPerSale counts what a sale costs in calls: each is a round trip.
func TestCallsPerSale(t *testing.T) {
	d := start(t, fake.Options{})
	c := d.client(t, nil)
	who := d.add(1, 1000)
	calls := func() (n int) {
		for _, m := range []string{"get-balance", "v2/calculate-purchase", "set-purchase", "confirm-ticket", "discard-ticket", "apply-return",
			"revert-purchase", "get-purchase-history", "get-bonus-history"} {
			n += d.Calls(m)
		}
		return n
	}
	spending, earning := sale(who, 100), sale(who, 0)
	ticket := ""
	do := func(kind loyalty.Kind, s loyalty.Sale) func() error {
		return func() error {
			o := op(kind, s)
			o.Ticket = ticket
			if kind == loyalty.Return {
				o.Refund = &loyalty.Refund{Amount: 100}
			}
			out, err := c.Apply(t.Context(), o)
			ticket = out.Ticket
			return err
		}
	}
	for _, tt := range []struct {
		name string
		do   func() error
		want int
	}{
		{"look up", func() error { _, err := c.Lookup(t.Context(), byPhone(who)); return err }, 1},
		{"quote", func() error { _, err := c.Quote(t.Context(), spending); return err }, 1},
		{"reserve", do(loyalty.Reserve, spending), 1},
		{"commit", do(loyalty.Commit, spending), 1},
		{"return", do(loyalty.Return, spending), 1},
		{"accrual alone", do(loyalty.Commit, earning), 2},
		{"revert", do(loyalty.Revert, earning), 1},
	} {
		before := calls()
		must(t, tt.do())
		if got := calls() - before; got != tt.want {
			t.Errorf("%s: %d calls, want %d", tt.name, got, tt.want)
		}
	}
}

func TestPreviewReturn(t *testing.T) {
	for _, paid := range []bool{false, true} {
		d := start(t, fake.Options{RefundPaid: paid})
		c := d.client(t, func(cfg *maxma.Config) { cfg.RefundPaid = paid })
		who := d.add(1, 1000)
		s := sale(who, 100)
		out, err := c.Apply(t.Context(), op(loyalty.Reserve, s))
		must(t, err)
		o := op(loyalty.Commit, s)
		o.Ticket = out.Ticket
		_, err = c.Apply(t.Context(), o)
		must(t, err)
		back := op(loyalty.Return, s)
		back.Refund = &loyalty.Refund{Amount: 25_000, Lines: []loyalty.Line{{SKU: "A-1", Qty: 1000, Price: 25_000, Total: 25_000}}}
		for range 2 {
			if out, err := c.PreviewReturn(t.Context(), back); err != nil || out.Restored != 25 || out.Cancelled != 11 {
				t.Errorf("preview: %+v, %v", out, err)
			}
		}
		if out, err := c.Apply(t.Context(), back); err != nil || out.Restored != 25 || out.Cancelled != 11 {
			t.Errorf("return: %+v, %v", out, err)
		}
		back = op(loyalty.Return, s)
		back.Refund = &loyalty.Refund{Amount: 100, Lines: []loyalty.Line{{SKU: "A-1", Qty: 4000, Total: 100}}}
		_, err = c.PreviewReturn(t.Context(), back)
		refusedFor(t, err, loyalty.ItemNotSold)
	}
}
