package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// crowded is a server that many tills call. It notes when, and asks for a while alone
// after it has come back.
type crowded struct {
	mu    sync.Mutex
	back  time.Time     // not there before
	busy  time.Duration // the first call of each till after that is answered with "in that time"
	calls []arrival
	told  map[string]bool
}

type arrival struct {
	till string
	at   time.Duration // after the server came back
}

// caller is a till's way to the server.
type caller struct {
	*crowded
	till string
}

func (c caller) Name() string { return "fake" }
func (c caller) Lookup(context.Context, loyalty.Ident) (loyalty.Customer, error) {
	return loyalty.Customer{}, loyalty.ErrNotFound
}
func (c caller) Quote(context.Context, loyalty.Sale) (loyalty.Quote, error) {
	return loyalty.Quote{}, errors.ErrUnsupported
}

func (c caller) Apply(context.Context, loyalty.Operation) (loyalty.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	since := time.Since(c.back)
	if since < 0 {
		return loyalty.Outcome{}, &loyalty.Unavailable{Err: errors.New("no route")}
	}
	c.calls = append(c.calls, arrival{c.till, since})
	if c.busy > 0 && !c.told[c.till] {
		c.told[c.till] = true
		return loyalty.Outcome{}, &loyalty.Unavailable{After: c.busy, Err: errors.New("503")}
	}
	return loyalty.Outcome{Version: 1}, nil
}

func (c caller) ApplyAll(ctx context.Context, ops []loyalty.Operation) ([]loyalty.Result, error) {
	out, err := c.Apply(ctx, ops[0])
	if err != nil {
		return nil, err
	}
	return slices.Repeat([]loyalty.Result{{Outcome: out}}, len(ops)), nil
}

// TestNoStampede has the tills of a chain lose the server at the same moment.
// When it is back they come spread over the pause, each with a handful
// of calls; what it asks for with Retry-After is obeyed to the second, and they do
// not come back together after that either.
func TestNoStampede(t *testing.T) {
	const tills, receipts = 40, 10
	for _, busy := range []time.Duration{0, 30 * time.Second} {
		t.Run(fmt.Sprint("retry-after ", busy), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := &crowded{back: time.Now().Add(15 * time.Minute), busy: busy, told: map[string]bool{}}
				ctx, cancel := context.WithCancel(t.Context())
				var all sync.WaitGroup
				for i := range tills {
					j, err := journal.Open(filepath.Join(dir, fmt.Sprint(i, ".db")), journal.Options{UnsafeNoSync: true})
					if err != nil {
						t.Fatal(err)
					}
					defer j.Close()
					for n := range receipts {
						if _, err := j.Append(op(fmt.Sprint("s", n), loyalty.Commit, 0), true); err != nil {
							t.Fatal(err)
						}
					}
					seed := rand.New(rand.NewPCG(1, uint64(i)))
					r := New(Options{Journal: j, Provider: caller{s, fmt.Sprint(i)}, Log: slog.New(slog.DiscardHandler), Jitter: seed.Float64})
					all.Go(func() { r.Run(ctx) })
					defer func() {
						if n, _ := j.Counts(); n[journal.Done] != receipts {
							t.Errorf("till %d: %v", i, n)
						}
					}()
				}
				time.Sleep(20 * time.Minute)
				cancel()
				all.Wait()
				s.judge(t, tills, busy)
			})
		})
	}
}

func (s *crowded) judge(t *testing.T, tills int, busy time.Duration) {
	first, second := map[string]time.Duration{}, map[string]time.Duration{}
	var firsts, seconds [20]int // tills that come in each part of a minute
	for _, c := range s.calls {
		if _, is := first[c.till]; !is {
			first[c.till] = c.at
			firsts[min(c.at/(lastPause/20), 19)]++
			continue
		}
		if _, is := second[c.till]; is || busy == 0 {
			continue
		}
		second[c.till] = c.at
		left := c.at - first[c.till]
		if left < busy {
			t.Errorf("till %s came back after %s, it was asked for %s", c.till, left, busy)
		}
		seconds[min(c.at%lastPause/(lastPause/20), 19)]++
	}
	if len(first) != tills || busy > 0 && len(second) != tills {
		t.Errorf("%d tills came, %d a second time", len(first), len(second))
	}
	if most := slices.Max(firsts[:]); most > tills/3 {
		t.Errorf("%d of %d tills came within %s: %v", most, tills, lastPause/20, firsts)
	}
	if most := slices.Max(seconds[:]); most > tills/3 {
		t.Errorf("%d of %d tills came back within %s: %v", most, tills, lastPause/20, seconds)
	}
	if most := 6 * tills; len(s.calls) > most {
		t.Errorf("%d calls, want %d at most", len(s.calls), most)
	}
	t.Logf("%d calls; first ones by %s: %v", len(s.calls), lastPause/20, firsts)
}
