package driver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// fake is a driver of sources whose runs are functions.
type fake []driver.Source

func (f fake) Name() string                                { return "fake" }
func (f fake) Sources() []driver.Source                    { return f }
func (f fake) Find(context.Context) ([]driver.Info, error) { return nil, errors.New("no bus") }

type source struct {
	id  string
	run func(ctx context.Context, t driver.Till, n int) error
	n   int
}

func (s *source) Info() driver.Info { return driver.Info{ID: s.id, Driver: "fake"} }

func (s *source) Run(ctx context.Context, t driver.Till) error {
	s.n++
	return s.run(ctx, t, s.n)
}

// started runs the supervisor until the test ends.
func started(t *testing.T, log *bytes.Buffer, sources ...driver.Source) *driver.Supervisor {
	handler := slog.Handler(slog.DiscardHandler)
	if log != nil {
		handler = slog.NewTextHandler(log, nil)
	}
	s := driver.NewSupervisor(slog.New(handler), fake(sources))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// hold is a source that is open and silent.
func hold(ctx context.Context, t driver.Till, _ int) error {
	t.Opened(driver.Info{})
	<-ctx.Done()
	return nil
}

func TestScansCarryDeviceAndSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		three := func(ctx context.Context, t driver.Till, n int) error {
			t.Opened(driver.Info{ID: "something else"})
			for i := range 3 {
				t.Scanned(driver.Scan{Device: "forged", Seq: 99, At: time.Now(), Data: []byte{byte(n), byte(i)}})
			}
			if n == 1 {
				return errors.New("broke off")
			}
			<-ctx.Done()
			return nil
		}
		s := started(t, nil, &source{id: "b", run: three}, &source{id: "a", run: three})
		seq := map[string]uint64{}
		for range 12 {
			scan := <-s.Scans()
			if seq[scan.Device]++; scan.Seq != seq[scan.Device] {
				t.Fatalf("scan %d of %s has sequence %d", seq[scan.Device], scan.Device, scan.Seq)
			}
		}
		synctest.Wait()
		if seq["a"] != 6 || seq["b"] != 6 || len(seq) != 2 {
			t.Errorf("scans by device: %v", seq)
		}
		r := s.Report()
		if len(r) != 2 || r[0].Info.ID != "a" || r[1].Info.ID != "b" {
			t.Fatalf("report is not ordered by ID: %+v", r)
		}
		if r[0].Scans != 6 || r[0].Opens != 2 || r[0].State != driver.Ready || r[0].LastScan.IsZero() {
			t.Errorf("report: %+v", r[0])
		}
	})
}

func TestStatesAndReasons(t *testing.T) {
	cases := []struct {
		err   error
		state driver.State
	}{
		{fmt.Errorf("port x: %w", driver.ErrAbsent), driver.Absent},
		{fmt.Errorf("port x: %w: minicom", driver.ErrBusy), driver.Busy},
		{fmt.Errorf("port x: %w", driver.ErrDenied), driver.Denied},
		{errors.New("strange"), driver.Failed},
		{nil, driver.Failed},
	}
	for _, c := range cases {
		synctest.Test(t, func(t *testing.T) {
			s := started(t, nil, &source{id: "a", run: func(context.Context, driver.Till, int) error { return c.err }})
			<-s.Changed()
			since := s.Report()[0].Since
			time.Sleep(time.Minute)
			r := s.Report()[0]
			if r.State != c.state || r.Reason == "" || r.Opens != 0 {
				t.Errorf("after %v: %+v", c.err, r)
			}
			if !r.Since.Equal(since) {
				t.Errorf("after %v: Since moved from %v to %v while the state stayed", c.err, since, r.Since)
			}
		})
	}
}

func TestPanicIsAnErrorOfOneDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := started(t, &log,
			&source{id: "bad", run: func(context.Context, driver.Till, int) error { panic("index out of range") }},
			&source{id: "good", run: hold})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		r := s.Report()
		if r[0].State != driver.Failed || r[0].Reason != "driver bug: panic: index out of range" {
			t.Errorf("report: %+v", r[0])
		}
		if r[1].State != driver.Ready || r[1].Opens != 1 {
			t.Errorf("the other device: %+v", r[1])
		}
		if n := strings.Count(log.String(), "supervisor_test.go"); n == 0 {
			t.Errorf("no stack in the log:\n%s", log.String())
		}
		if n := strings.Count(log.String(), "device=bad"); n != 1 {
			t.Errorf("%d lines for a flood of one panic, want 1:\n%s", n, log.String())
		}
	})
}

func TestFloodIsOneLineWithACount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		runs := 0
		started(t, &log, &source{id: "a", run: func(ctx context.Context, till driver.Till, n int) error {
			runs = n
			till.Opened(driver.Info{})
			for range 100 {
				till.Lost("noise")
			}
			return errors.New("connection broke off")
		}})
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		var failures []string
		var losses, readies int
		for _, l := range lines {
			switch {
			case strings.Contains(l, "broke off"):
				failures = append(failures, l)
			case strings.Contains(l, "noise"):
				losses++
			default:
				readies++
			}
		}
		if len(failures) != 2 || readies > 3 || losses > 91 {
			t.Fatalf("%d runs made %d lines of failure, %d of losses, %d of readiness", runs, len(failures), losses, readies)
		}
		if _, count, ok := strings.Cut(failures[1], "repeated="); !ok || len(count) < 3 {
			t.Errorf("no count of what was kept back: %s", failures[1])
		}
	})
}

// A device that is not there is looked for often enough for a scan within two
// seconds of its coming, and rarely enough to cost nothing.
func TestPausesWhileAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		started(t, nil, &source{id: "a", run: func(context.Context, driver.Till, int) error {
			at = append(at, time.Now())
			return driver.ErrAbsent
		}})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap >= time.Second || gap < 80*time.Millisecond {
				t.Fatalf("pause %d is %v", i, gap)
			}
		}
		if len(at) > 10*60*100/72+10 {
			t.Errorf("%d looks in ten minutes", len(at))
		}
	})
}

func TestPauseGrowsAndStartsAfreshAfterAGoodRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended, began []time.Time
		started(t, nil, &source{id: "a", run: func(_ context.Context, _ driver.Till, n int) error {
			began = append(began, time.Now())
			if n == 20 {
				time.Sleep(time.Hour)
			}
			ended = append(ended, time.Now())
			return errors.New("broke off")
		}})
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if first := began[1].Sub(ended[0]); first > 100*time.Millisecond {
			t.Errorf("first pause is %v", first)
		}
		if grown := began[19].Sub(ended[18]); grown < 4*time.Second || grown > 5*time.Second {
			t.Errorf("pause after 19 failures is %v", grown)
		}
		if fresh := began[20].Sub(ended[19]); fresh > 100*time.Millisecond {
			t.Errorf("pause after a good hour is %v", fresh)
		}
	})
}

func TestSourceBlockedOnDeliveryEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		s := driver.NewSupervisor(slog.New(slog.DiscardHandler), fake{&source{id: "a",
			run: func(ctx context.Context, t driver.Till, _ int) error {
				t.Opened(driver.Info{})
				for ctx.Err() == nil {
					t.Scanned(driver.Scan{Data: []byte("x")})
					tries++
				}
				return nil
			}}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait() // nobody reads Scans
		if tries > 100 {
			t.Errorf("%d scans are held", tries)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, open := <-s.Scans(); open {
			t.Error("Scans is not closed after Run")
		}
		if n := s.Report()[0].Scans; n != 0 {
			t.Errorf("%d scans counted as delivered that nobody took", n)
		}
		if err := s.Run(ctx); err == nil {
			t.Error("Run can be called twice")
		}
	})
}

func TestHungDriverIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		release := make(chan struct{})
		s := driver.NewSupervisor(slog.New(slog.NewTextHandler(&log, nil)), fake{
			&source{id: "hung", run: func(context.Context, driver.Till, int) error { <-release; return nil }},
			&source{id: "fine", run: hold}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := log.String(); !strings.Contains(got, "device=hung") || strings.Contains(got, `"driver does not stop" device=fine`) {
			t.Errorf("log: %s", got)
		}
		close(release)
		<-done
	})
}

func TestEqualIDsAreToldApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := started(t, nil, &source{id: "a", run: hold}, &source{id: "a", run: hold})
		if r := s.Report(); r[0].Info.ID != "a" || r[1].Info.ID != "a#2" {
			t.Errorf("report: %+v", r)
		}
	})
}

type lamp struct {
	source
	shown driver.Signal
}

func (l *lamp) Signal(_ context.Context, s driver.Signal) error {
	if l.shown != 0 {
		return errors.New("lamp is broken")
	}
	l.shown = s
	return nil
}

func TestSignalAndFind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lamp{source: source{id: "lamp", run: hold}}
		s := started(t, nil, l, &source{id: "dumb", run: hold})
		if err := s.Signal(t.Context(), "lamp", driver.SignalKnown); err != nil || l.shown != driver.SignalKnown {
			t.Errorf("signal %d, %v", l.shown, err)
		}
		if err := s.Signal(t.Context(), "lamp", driver.SignalKnown); err == nil || err.Error() != "signal on lamp: lamp is broken" {
			t.Error(err)
		}
		if err := s.Signal(t.Context(), "dumb", driver.SignalKnown); err != nil {
			t.Error(err)
		}
		if err := s.Signal(t.Context(), "gone", driver.SignalKnown); err == nil || err.Error() != `driver: no device "gone"` {
			t.Error(err)
		}
		if found := s.Find(t.Context()); len(found) != 1 || found[0].Problem != "no bus" {
			t.Errorf("found %+v", found)
		}
	})
}

// A device that is added is run beside those that run already, which are left
// alone, and ends with them.
func TestAdd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &source{id: "b", run: hold}
		s := started(t, nil, first)
		synctest.Wait()
		<-s.Changed()
		one := func(ctx context.Context, t driver.Till, _ int) error {
			t.Opened(driver.Info{})
			t.Scanned(driver.Scan{At: time.Now(), Data: []byte("x")})
			<-ctx.Done()
			return nil
		}
		s.Add(fake{&source{id: "a", run: one}, &source{id: "b", run: hold}})
		if scan := <-s.Scans(); scan.Device != "a" || scan.Seq != 1 {
			t.Errorf("%+v", scan)
		}
		synctest.Wait()
		<-s.Changed()
		var ids []string
		for _, r := range s.Report() {
			ids = append(ids, r.Info.ID+" "+string(r.State))
		}
		if got := strings.Join(ids, ", "); got != "a ready, b ready, b#2 ready" || first.n != 1 {
			t.Errorf("%s; the first was run %d times", got, first.n)
		}
	})
}

// Pictures go beside the codes: the newest of each device, and no code waits
// because nobody looks at them.
func TestPictures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := started(t, nil, &source{id: "a", run: func(ctx context.Context, t driver.Till, _ int) error {
			t.Opened(driver.Info{})
			t.Scanned(driver.Scan{At: time.Now(), Data: []byte("first")})
			for i := range 4 {
				t.(driver.Viewer).Pictured(driver.Picture{Device: "forged", Seq: 99, At: time.Now(), Format: driver.JPEG, Data: []byte{byte(i)}})
				time.Sleep(time.Second)
			}
			t.Scanned(driver.Scan{At: time.Now(), Data: []byte("last")})
			<-ctx.Done()
			return nil
		}})
		if scan := <-s.Scans(); scan.Seq != 1 {
			t.Errorf("first scan: %+v", scan)
		}
		if scan := <-s.Scans(); scan.Seq != 6 {
			t.Errorf("last scan: %+v", scan)
		}
		for _, want := range []uint64{2, 5} { // the one at the door, and the newest
			if p := <-s.Pictures(); p.Device != "a" || p.Seq != want || int(p.Data[0]) != int(want)-2 {
				t.Errorf("picture %+v, want %d", p, want)
			}
		}
		synctest.Wait()
		if r := s.Report()[0]; r.Pictures != 4 || r.Scans != 2 {
			t.Errorf("report: %+v", r)
		}
	})
}
