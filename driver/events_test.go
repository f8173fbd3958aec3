package driver_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// usbSource is a source on USB.
type usbSource struct{ source }

func (s *usbSource) Info() driver.Info {
	return driver.Info{ID: s.id, Driver: "fake", VID: 0x0c2e, PID: 0x1007}
}

// Where the system tells of devices that come, one that is away is hardly looked
// for, and looked for at once when it comes; its events may come before it is ready.
func TestPlugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks []time.Time
		var there atomic.Pointer[time.Time]
		run := func(ctx context.Context, till driver.Till, n int) error {
			looks = append(looks, time.Now())
			if at := there.Load(); at == nil || time.Now().Before(*at) {
				return driver.ErrAbsent
			}
			return hold(ctx, till, n)
		}
		s := started(t, nil, &usbSource{source{id: "a", run: run}})
		s.Watched(true)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(looks) < 60 || len(looks) > 90 {
			t.Errorf("%d looks in ten minutes", len(looks))
		}
		at := time.Now().Add(400 * time.Millisecond) // udev takes its time
		there.Store(&at)
		s.Plugged()
		began := time.Now()
		for r := s.Report()[0]; r.State != driver.Ready; r = s.Report()[0] {
			<-s.Changed()
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("open %v after the event", took)
		}
	})
}

// A path in the file system may come without an event, and is looked for as ever.
func TestPathsArePolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		s := started(t, nil, &source{id: "a", run: func(context.Context, driver.Till, int) error {
			looks++
			return driver.ErrAbsent
		}})
		s.Watched(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if looks < 60 {
			t.Errorf("%d looks in a minute", looks)
		}
	})
}

// Events that do not come are not relied upon: after the first device that was
// there without one, devices are looked for once a second.
func TestEventsThatDoNotCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var there atomic.Bool
		var looks atomic.Int64
		run := func(ctx context.Context, till driver.Till, n int) error {
			looks.Add(1)
			if !there.Load() {
				return driver.ErrAbsent
			}
			till.Opened(driver.Info{})
			time.Sleep(time.Minute)
			there.Store(false)
			return driver.ErrAbsent
		}
		s := started(t, &log, &usbSource{source{id: "a", run: run}})
		s.Watched(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		there.Store(true)
		time.Sleep(time.Minute + 10*time.Second)
		synctest.Wait()
		looks.Store(0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := looks.Load(); n < 60 {
			t.Errorf("%d looks in a minute", n)
		}
		if n := strings.Count(log.String(), "did not tell"); n != 1 {
			t.Errorf("%d warnings: %s", n, log.String())
		}
	})
}

// Opening and closing a device makes events: one that fails must not look again
// because of its own.
func TestFailuresDoNotFeedThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		var s *driver.Supervisor
		begun := make(chan struct{})
		s = started(t, nil, &usbSource{source{id: "a", run: func(context.Context, driver.Till, int) error {
			<-begun
			looks++
			s.Plugged()
			return errors.New("firmware is broken")
		}}})
		close(begun)
		s.Watched(true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if looks > 25 {
			t.Errorf("%d looks in a minute", looks)
		}
	})
}

// After a sleep every device is opened again at once, open or not, and what was
// read before is thrown away.
func TestResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened, looks := 0, 0
		s := started(t, nil,
			&usbSource{source{id: "a", run: func(ctx context.Context, till driver.Till, n int) error {
				opened++
				till.Opened(driver.Info{})
				if n == 1 {
					for range 3 { // nobody takes them
						till.Scanned(driver.Scan{Data: []byte("old"), At: time.Now()})
					}
				} else {
					till.Scanned(driver.Scan{Data: []byte("new"), At: time.Now()})
				}
				<-ctx.Done()
				return nil
			}}},
			&usbSource{source{id: "b", run: func(context.Context, driver.Till, int) error { looks++; return driver.ErrBusy }}})
		s.Watched(true)
		time.Sleep(10*time.Minute + time.Millisecond)
		synctest.Wait()
		before := looks
		s.Resumed()
		synctest.Wait()
		if opened != 2 || looks != before+1 {
			t.Errorf("opened %d times, the busy one looked for %d times at once", opened, looks-before)
		}
		if got := <-s.Scans(); string(got.Data) != "new" {
			t.Errorf("scan %q", got.Data)
		}
		synctest.Wait()
		if r := s.Report()[0]; r.State != driver.Ready || r.Opens != 2 || r.Lost != 3 || r.LostWhy != "code from before the machine was asleep" {
			t.Errorf("%+v", r)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if opened != 2 {
			t.Errorf("opened %d times", opened)
		}
	})
}
