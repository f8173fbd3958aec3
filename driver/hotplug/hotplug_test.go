package hotplug

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// told notes what it is told.
type told struct {
	mu sync.Mutex
	by []string
}

func (y *told) note(what string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.by = append(y.by, what)
}

func (y *told) Watched(is bool) {
	y.note(map[bool]string{true: "watched", false: "not watched"}[is])
}
func (y *told) Plugged() { y.note("plugged") }
func (y *told) Resumed() { y.note("resumed") }

func (y *told) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	y.mu.Lock()
	defer y.mu.Unlock()
	if !slices.Equal(y.by, want) {
		t.Errorf("told %q, want %q", y.by, want)
	}
}

// nothing is what a system has that does not tell.
func nothing(context.Context) (<-chan struct{}, error) { return nil, errors.New("none") }

func TestManyEventsAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events := make(chan struct{}, 1)
		m := machine{
			jumps:  nothing,
			listen: func(ctx context.Context) (<-chan struct{}, error) { return events, nil },
			slept:  func() time.Duration { return 0 },
		}
		ctx, cancel := context.WithCancel(t.Context())
		var y told
		ended := make(chan error)
		go func() { ended <- m.run(ctx, slog.New(slog.DiscardHandler), &y) }()
		y.want(t, "watched")
		for range 20 {
			select {
			case events <- struct{}{}:
			default:
			}
			synctest.Wait()
		}
		y.want(t, "watched", "plugged") // the first at once
		time.Sleep(gather)
		y.want(t, "watched", "plugged", "plugged") // and one for all the others, none later than the last
		time.Sleep(time.Hour)
		y.want(t, "watched", "plugged", "plugged")
		cancel()
		close(events)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestNoEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var y told
		end := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		none := machine{slept: func() time.Duration { return 0 }, jumps: nothing,
			listen: func(context.Context) (<-chan struct{}, error) { return nil, errors.New("no netlink") }}
		go none.run(ctx, slog.New(slog.NewTextHandler(&log, nil)), &y)
		y.want(t, "not watched")
		if !strings.Contains(log.String(), "no netlink") {
			t.Error(log.String())
		}
		var z told
		ends := machine{slept: none.slept, jumps: nothing, listen: func(context.Context) (<-chan struct{}, error) { return end, nil }}
		go ends.run(ctx, slog.New(slog.DiscardHandler), &z)
		z.want(t, "watched")
		close(end)
		z.want(t, "watched", "not watched")
	})
}

func TestSleep(t *testing.T) {
	for name, told := range map[string]bool{"told": true, "not told": false} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { sleeps(t, told) }) })
	}
}

func sleeps(t *testing.T, tells bool) {
	var asleep atomic.Int64
	jumps := make(chan struct{})
	m := machine{slept: func() time.Duration { return time.Duration(asleep.Load()) }, listen: nothing, jumps: nothing}
	if tells {
		m.jumps = func(context.Context) (<-chan struct{}, error) { return jumps, nil }
	}
	pass := func() { // time in which a sleep is noticed
		if tells {
			jumps <- struct{}{}
			return
		}
		time.Sleep(look)
	}
	asleep.Store(int64(time.Hour)) // before we were started
	ctx, cancel := context.WithCancel(t.Context())
	var y told
	ended := make(chan error)
	go func() { ended <- m.run(ctx, slog.New(slog.DiscardHandler), &y) }()
	time.Sleep(time.Minute)
	y.want(t, "not watched")
	asleep.Add(int64(8 * time.Hour))
	pass()
	y.want(t, "not watched", "resumed")
	asleep.Add(int64(nap / 2)) // the steps of a clock
	pass()
	time.Sleep(time.Minute)
	y.want(t, "not watched", "resumed")
	pass() // somebody has set the time of day
	y.want(t, "not watched", "resumed")
	close(jumps) // and the system tells no more
	synctest.Wait()
	asleep.Add(int64(8 * time.Hour))
	time.Sleep(look)
	y.want(t, "not watched", "resumed", "resumed")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
