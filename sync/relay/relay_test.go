package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/cache"
	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/sync/seal"
)

// till is a relay with a real journal and a real copy.
type till struct {
	t *testing.T
	j *journal.Journal
	c *cache.Cache
	r *Relay
	p *programme
}

// inBubble runs a test on a till whose relay runs, with a fake clock; at the end
// everything is stopped, checked and closed.
func inBubble(t *testing.T, p *programme, test func(*till)) { inBubbleOf(t, p, p, test) }

// inBubbleOf is inBubble with a provider around the programme.
func inBubbleOf(t *testing.T, provider loyalty.Provider, p *programme, test func(*till)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		key, _, err := seal.Load(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		c, err := cache.Open(filepath.Join(dir, "cache.db"), key, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		r := New(Options{Journal: j, Provider: provider, Cache: c, Log: slog.New(slog.DiscardHandler), Jitter: func() float64 { return 0.5 }})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		test(&till{t, j, c, r, p})
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := errors.Join(j.Check(), j.Close(), c.Close()); err != nil {
			t.Error(err)
		}
	})
}

func op(sale string, kind loyalty.Kind, spend loyalty.Points) loyalty.Operation {
	return loyalty.Operation{Key: loyalty.Key(sale + "/" + string(kind)), Kind: kind, At: time.Now(), Sale: loyalty.Sale{
		Key: loyalty.Key(sale), Customer: "c001", Total: 100_000, Spend: spend, Worth: loyalty.Money(spend) * 100, At: time.Now()}}
}

func (x *till) append(o loyalty.Operation) loyalty.Key {
	x.t.Helper()
	if _, err := x.j.Append(o, true); err != nil {
		x.t.Fatal(err)
	}
	return o.Key
}

func (x *till) state(key loyalty.Key, want journal.State) journal.Entry {
	x.t.Helper()
	e, err := x.j.Get(key)
	if err != nil || e.State != want {
		x.t.Errorf("%s is %s, want %s (%v; last error %s)", key, e.State, want, err, e.LastError)
	}
	return e
}

func (x *till) balance() loyalty.Points {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	return x.p.customers["c001"].Balance
}

func wait(d time.Duration) { time.Sleep(d); synctest.Wait() }

func TestSaleGoesThrough(t *testing.T) {
	inBubble(t, newProgramme(3), func(x *till) {
		synctest.Wait()
		if x.c.Count() != 3 || !x.r.Link().Online {
			t.Errorf("at start: %d customers, %+v", x.c.Count(), x.r.Link())
		}
		x.append(op("s", loyalty.Reserve, 100))
		x.append(op("s", loyalty.Commit, 100))
		synctest.Wait()
		x.state("s/reserve", journal.Done)
		x.state("s/commit", journal.Done)
		if got := x.balance(); got != 1000-100+90 {
			t.Errorf("balance %d", got)
		}
		c, err := x.c.Find(loyalty.Ident{Kind: loyalty.ByCard, Value: "29001"})
		if err != nil || c.Balance != 990 || x.j.Unreflected("c001", c.Version) != 0 {
			t.Errorf("the copy has %d, %v", c.Balance, err)
		}
	})
}

func TestOfflineAndBack(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() { p.down = &loyalty.Unavailable{Err: errors.New("no route to host")} })
		went := time.Now()
		for i := range 50 {
			x.append(op(fmt.Sprint("s", i), loyalty.Reserve, 1))
			x.append(op(fmt.Sprint("s", i), loyalty.Commit, 1))
		}
		wait(10 * time.Second)
		l := x.r.Link()
		if l.Online || l.Since.Sub(went) > 10*time.Second || l.Err == "" {
			t.Errorf("link %+v", l)
		}
		before := len(x.p.applied())
		wait(time.Hour)
		if n := len(x.p.applied()) - before; n > 150 || n < 30 {
			t.Errorf("%d attempts in an hour offline", n)
		}
		p.set(func() { p.down = nil; p.calls = nil })
		wait(2 * time.Minute)
		if n, people := x.j.Counts(); n[journal.Done] != 100 || people != 0 {
			t.Errorf("counts %v", n)
		}
		if !x.r.Link().Online || x.r.Link().Err != "" {
			t.Errorf("link %+v", x.r.Link())
		}
		if got := x.balance(); got != loyalty.Points(1000-50+50*99) {
			t.Errorf("balance %d", got)
		}
	})
}

func TestLostAnswerIsAskedForAgain(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() { p.lose = 3 })
		key := x.append(op("s", loyalty.Reserve, 100))
		synctest.Wait()
		x.state(key, journal.Unknown)
		wait(time.Minute)
		e := x.state(key, journal.Done)
		if e.Attempts != 4 || x.balance() != 900 {
			t.Errorf("%d attempts, balance %d", e.Attempts, x.balance())
		}
	})
}

func TestPoisonHoldsUpItsSaleAlone(t *testing.T) {
	for name, cause := range map[string]error{"later": &loyalty.Unavailable{Err: errors.New("503")}, "unknown": errors.New("500")} {
		t.Run(name, func(t *testing.T) {
			p := newProgramme(2)
			p.poison["bad"] = cause
			inBubble(t, p, func(x *till) {
				synctest.Wait()
				x.append(op("bad", loyalty.Reserve, 1))
				x.append(op("bad", loyalty.Commit, 1))
				for i := range 20 {
					x.append(op(fmt.Sprint("good", i), loyalty.Commit, 0))
				}
				wait(time.Minute)
				if n, _ := x.j.Counts(); n[journal.Done] != 20 {
					t.Errorf("counts %v", n)
				}
				calls := len(p.applied())
				wait(time.Hour)
				if n := len(p.applied()) - calls; n > 130 || n < 50 {
					t.Errorf("the poison was tried %d times in an hour", n)
				}
				if slices.Contains(p.applied(), "bad/commit") {
					t.Error("commit before its reserve")
				}
				p.set(func() { delete(p.poison, "bad") })
				wait(2 * time.Minute)
				x.state("bad/commit", journal.Done)
			})
		})
	}
}

func TestRefusedLate(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		x.append(op("s", loyalty.Reserve, 5000))
		x.append(op("s", loyalty.Commit, 5000))
		synctest.Wait()
		if e := x.state("s/reserve", journal.Refused); !e.NeedsPerson() {
			t.Error("no person is asked")
		}
		e := x.state("s/commit", journal.Done)
		// 1000.00 less the 5000.00 of points that the customer was given: nothing is earned, nothing is spent.
		if e.Outcome.Spent != 0 || e.Op.Sale.Spend != 5000 {
			t.Errorf("outcome %+v", e.Outcome)
		}
	})
}

func TestRetryAfterIsObeyed(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() { p.down = &loyalty.Unavailable{After: 10 * time.Minute, Err: errors.New("503")} })
		key := x.append(op("s", loyalty.Commit, 0))
		synctest.Wait()
		calls := func() int { p.mu.Lock(); defer p.mu.Unlock(); return len(p.calls) }
		n := calls()
		p.set(func() { p.down = nil })
		wait(9 * time.Minute)
		_, err := x.r.Now(x.t.Context(), key)
		var u *loyalty.Unavailable
		if !errors.As(err, &u) || u.After <= 0 {
			t.Errorf("now: %v", err)
		}
		if _, err := x.r.Lookup(x.t.Context(), loyalty.Ident{}); !errors.As(err, &u) {
			t.Errorf("lookup: %v", err)
		}
		if calls() != n {
			t.Errorf("%d calls against the provider's wish", calls()-n)
		}
		wait(3 * time.Minute)
		x.state(key, journal.Done)
	})
}

func TestCredentials(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() { p.down = fmt.Errorf("central: %w", loyalty.ErrCredentials) })
		key := x.append(op("s", loyalty.Commit, 0))
		synctest.Wait()
		if l := x.r.Link(); l.Online || l.Credentials == "" {
			t.Errorf("link %+v", l)
		}
		x.state(key, journal.Pending)
		p.set(func() { p.down = nil })
		wait(2 * time.Minute)
		x.state(key, journal.Done)
		if l := x.r.Link(); !l.Online || l.Credentials != "" {
			t.Errorf("link %+v", l)
		}
	})
}

func TestHysteresis(t *testing.T) {
	r := New(Options{Provider: newProgramme(0), Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	bad := errors.New("reset")
	steps := []struct {
		ctx    context.Context
		err    error
		online bool
	}{
		{ctx, bad, false}, {ctx, nil, true}, {ctx, bad, true}, {ctx, nil, true}, {ctx, bad, true}, {ctx, bad, false}, {ctx, bad, false},
		{ctx, loyalty.ErrNotFound, true}, {ctx, bad, true}, {ctx, &loyalty.Refusal{}, true}, {ctx, bad, true},
	}
	for i, s := range steps {
		r.met(s.ctx, s.err)
		if r.Link().Online != s.online {
			t.Errorf("step %d: online %v", i, r.Link().Online)
		}
	}
	cancel()
	r.met(ctx, context.Canceled)
	if !r.Link().Online {
		t.Error("a call that its caller gave up says nothing of the link")
	}
	r.met(t.Context(), &url.Error{Op: "Get", URL: "https://central/customers?phone=79991234567", Err: bad})
	if got := r.Link().Err; got != "reset" {
		t.Errorf("shown: %q", got)
	}
}

func TestNow(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() { p.down = &loyalty.Unavailable{Err: errors.New("no route")} })
		x.append(op("s", loyalty.Reserve, 100))
		key := x.append(op("s", loyalty.Commit, 100))
		wait(time.Hour) // deep in the backoff
		if e, err := x.r.Now(x.t.Context(), key); loyalty.Judge(err) != loyalty.Later || e.State != journal.Pending {
			t.Errorf("offline: %s, %v", e.State, err)
		}
		p.set(func() { p.down = nil })
		before := time.Now()
		e, err := x.r.Now(x.t.Context(), key)
		if err != nil || e.State != journal.Done || time.Since(before) > 0 {
			t.Errorf("%s after %v, %v", e.State, time.Since(before), err)
		}
		if _, err := x.r.Now(x.t.Context(), key); err != nil {
			t.Errorf("again: %v", err)
		}
		if _, err := x.r.Now(x.t.Context(), "nobody's"); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("unknown key: %v", err)
		}
	})
}

func TestNowWithoutClearAnswer(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() { p.slow = time.Hour })
		key := x.append(op("s", loyalty.Reserve, 100))
		ctx, cancel := context.WithTimeout(x.t.Context(), 4*time.Second)
		defer cancel()
		e, err := x.r.Now(ctx, key)
		if !errors.Is(err, context.DeadlineExceeded) || e.State != journal.Unknown {
			t.Errorf("%s, %v", e.State, err)
		}
		// While the answers are lost it goes on asking until the time is up.
		p.set(func() { p.slow, p.lose = 0, 2 })
		ctx, cancel = context.WithTimeout(x.t.Context(), 2*time.Minute)
		defer cancel()
		if e, err = x.r.Now(ctx, key); err != nil || e.State != journal.Done || x.balance() != 900 {
			t.Errorf("%s, balance %d, %v", e.State, x.balance(), err)
		}
	})
}

// The drain and Now must never send two operations of one sale at once.
func TestOneAtATimePerSale(t *testing.T) {
	p := newProgramme(2)
	p.slow = 100 * time.Millisecond
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		x.append(op("s", loyalty.Reserve, 100))
		key := x.append(op("s", loyalty.Commit, 100))
		for range 3 {
			go x.r.Now(x.t.Context(), key)
		}
		if e, err := x.r.Now(x.t.Context(), key); err != nil || e.State != journal.Done {
			t.Errorf("%s, %v", e.State, err)
		}
		wait(time.Second)
		if got := p.applied(); !slices.Equal(got, []string{"s/reserve", "s/commit"}) {
			t.Errorf("sent: %v", got)
		}
	})
}

func TestPull(t *testing.T) {
	p := newProgramme(10)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() {
			for id, c := range p.customers {
				c.Balance = 7
				p.customers[id] = c
				p.change(c)
			}
		})
		wait(6 * time.Second)
		for i := range 10 {
			c, err := x.c.Find(loyalty.Ident{Kind: loyalty.ByCard, Value: fmt.Sprintf("29%03d", i)})
			if err != nil || c.Balance != 7 {
				t.Errorf("customer %d has %d, %v", i, c.Balance, err)
			}
		}
		wait(2 * time.Minute)
		p.set(func() { p.startOver = true })
		wait(6 * time.Second)
		if n := p.count("snapshot"); n != 2 {
			t.Errorf("%d snapshots", n)
		}
	})
}

func TestCutSnapshot(t *testing.T) {
	p := newProgramme(10)
	p.cutAt = 4
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		if x.c.Count() != 0 {
			t.Errorf("%d customers of a cut snapshot", x.c.Count())
		}
		wait(10 * time.Second)
		if x.c.Count() != 10 || x.r.Link().Filling != nil {
			t.Errorf("%d customers, %+v", x.c.Count(), x.r.Link())
		}
	})
}

func TestComesOnlineByPulling(t *testing.T) {
	p := newProgramme(1)
	p.down = &loyalty.Unavailable{Err: errors.New("no route")}
	inBubble(t, p, func(x *till) {
		wait(time.Hour)
		if l := x.r.Link(); l.Online || !l.LastOK.IsZero() {
			t.Errorf("link %+v", l)
		}
		p.set(func() { p.down = nil })
		// A lookup meets it first; the copy is filled at once.
		if _, err := x.r.Lookup(x.t.Context(), loyalty.Ident{Kind: loyalty.ByCard, Value: "29000"}); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if !x.r.Link().Online || x.c.Count() != 1 || x.c.AsOf().IsZero() {
			t.Errorf("link %+v, %d customers", x.r.Link(), x.c.Count())
		}
	})
}

func TestPanicOfProviderIsNoAnswer(t *testing.T) {
	p := newProgramme(2)
	inBubble(t, p, func(x *till) {
		synctest.Wait()
		p.set(func() { p.onApply = func(loyalty.Operation) error { panic("index out of range") } })
		key := x.append(op("s", loyalty.Commit, 0))
		synctest.Wait()
		x.state(key, journal.Unknown)
		p.set(func() { p.onApply = nil })
		wait(time.Minute)
		x.state(key, journal.Done)
	})
}

// A journal that can not be written stops the relay, without a flood of
// attempts or log lines; nothing reaches the provider that is not marked first.
func TestJournalThatTakesNothing(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		j, err := journal.Open(filepath.Join(dir, "journal.db"), journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			if _, err := j.Append(op(fmt.Sprint(i), loyalty.Commit, 0), true); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		p := newProgramme(2)
		var lines strings.Builder
		r := New(Options{Journal: j, Provider: p, Log: slog.New(slog.NewTextHandler(&lines, nil))})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
		if len(p.calls) > 0 {
			t.Errorf("sent without a mark: %v", p.calls)
		}
		if n := strings.Count(lines.String(), "\n"); n != 1 {
			t.Errorf("%d lines in the log:\n%s", n, lines.String())
		}
	})
}
