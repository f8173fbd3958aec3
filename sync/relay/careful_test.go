package relay

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/sync/journal"
	"github.com/tillgate/tillgate/sync/loyalty"
)

// careful is a programme that does the work of a key again if it is told to.
type careful struct {
	*programme
	asked []loyalty.Key // what came to Again
	again func(op loyalty.Operation) (out loyalty.Outcome, err error)
}

func (c *careful) Apply(ctx context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	c.set(func() { delete(c.outcomes, op.Key) })
	return c.programme.Apply(ctx, op)
}

func (c *careful) Again(_ context.Context, op loyalty.Operation) (loyalty.Outcome, error) {
	c.set(func() { c.asked = append(c.asked, op.Key) })
	return c.again(op)
}

func (c *careful) Programme(context.Context) (loyalty.Programme, error) {
	return loyalty.Programme{Name: "careful"}, nil
}

func TestCarefulIsNotSentTwice(t *testing.T) {
	p := &careful{programme: newProgramme(2)}
	p.again = func(op loyalty.Operation) (loyalty.Outcome, error) {
		if op.Kind == loyalty.Reserve {
			return loyalty.Outcome{}, &loyalty.Doubtful{What: "look at the balance"}
		}
		return loyalty.Outcome{Earned: 7}, nil
	}
	inBubbleOf(t, p, p.programme, func(x *till) {
		synctest.Wait()
		p.set(func() { p.lose = 2 })
		x.append(op("a", loyalty.Commit, 0))
		reserve := x.append(op("b", loyalty.Reserve, 100))
		x.append(op("b", loyalty.Commit, 100))
		wait(time.Minute)
		if e := x.state("a/commit", journal.Done); e.Outcome == nil || e.Outcome.Earned != 7 {
			t.Errorf("settled with %+v", e.Outcome)
		}
		if e := x.state("b/reserve", journal.Unknown); !e.NeedsPerson() {
			t.Error("no person is asked")
		}
		x.state("b/commit", journal.Pending)
		before, started := x.balance(), time.Now()
		if _, err := x.r.Now(x.t.Context(), reserve); loyalty.Judge(err) != loyalty.Doubt || time.Since(started) > 0 {
			t.Errorf("now: %v after %s", err, time.Since(started))
		}
		wait(5 * time.Hour)
		if n := len(slices.DeleteFunc(slices.Clone(p.asked), func(k loyalty.Key) bool { return k != reserve })); n > 10 || n < 3 {
			t.Errorf("asked %d times in five hours", n)
		}
		if x.balance() != before || !slices.Equal(p.applied(), []string{"a/commit", "b/reserve"}) {
			t.Errorf("balance %d, was %d; sent %v", x.balance(), before, p.applied())
		}
		if !x.r.Link().Online {
			t.Error("doubt is taken for a link that is down")
		}
		if _, err := x.j.Resolve(reserve, "Anna", "the points are taken"); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		x.state("b/commit", journal.Done)
	})
}

func TestCarefulAfterACrash(t *testing.T) {
	p := &careful{programme: newProgramme(2)}
	p.again = func(loyalty.Operation) (loyalty.Outcome, error) { return loyalty.Outcome{}, nil }
	inBubbleOf(t, p, p.programme, func(x *till) {
		synctest.Wait()
		p.set(func() { p.down = errors.New("the program ends here") })
		key := x.append(op("a", loyalty.Commit, 0))
		synctest.Wait()
		p.set(func() { p.down = nil })
		wait(time.Minute)
		x.state(key, journal.Done)
		if !slices.Equal(p.asked, []loyalty.Key{key}) {
			t.Errorf("asked %v", p.asked)
		}
	})
}

// A later answer "not now" leaves the operation to Apply if it was never sent.
func TestCarefulIsSentAfterNotNow(t *testing.T) {
	p := &careful{programme: newProgramme(2)}
	inBubbleOf(t, p, p.programme, func(x *till) {
		synctest.Wait()
		p.set(func() { p.down = &loyalty.Unavailable{Err: errors.New("cable")} })
		key := x.append(op("a", loyalty.Commit, 0))
		wait(time.Minute)
		p.set(func() { p.down = nil })
		wait(2 * time.Minute)
		x.state(key, journal.Done)
		if len(p.asked) > 0 {
			t.Errorf("asked %v", p.asked)
		}
	})
}

func TestTermsWithoutAFeed(t *testing.T) {
	p := &careful{programme: newProgramme(2)}
	// Only the methods of a Provider and Termed: no feed.
	type provider struct {
		loyalty.Provider
		loyalty.Termed
	}
	inBubbleOf(t, provider{p, p}, p.programme, func(x *till) {
		wait(time.Second)
		if got := x.c.Programme().Name; got != "careful" || !x.r.Link().Online {
			t.Errorf("programme %q, link %+v", got, x.r.Link())
		}
	})
}
