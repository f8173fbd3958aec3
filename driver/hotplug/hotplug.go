// Package hotplug hears from the system when devices are plugged in and when the
// machine wakes from sleep.
//
// Drivers could look for their devices once a second for ever, and where no events
// can be had (containers, sandboxes, other systems) they do. Where there are events
// they need not: a scanner is open sooner after the plug, and a till whose scanner
// is away does nothing while it waits.
//
// On Linux the events are those of the kernel and, behind them, those of udev,
// which come when the device file has been given to its group. On Windows they are
// the notifications of the configuration manager (CM_Register_Notification).
//
// An event is only taken as a reason to look: what is plugged in is read from the
// system afterwards. So it does no harm that events are forged, doubled, or lost
// one by one, and their order means nothing.
package hotplug

import (
	"context"
	"log/slog"
	"time"
)

// Sink is told; *driver.Supervisor is one. Its methods return quickly.
type Sink interface {
	// Watched says whether Plugged will be called for each device that comes.
	Watched(bool)
	// Plugged says that a device came, or that one became usable.
	Plugged()
	// Resumed says that the machine was asleep: what was read before is old, and
	// devices have lost what they were told.
	Resumed()
}

const (
	// gather is how long events are gathered after one was passed on: a scanner that
	// is plugged in makes some twenty.
	gather = 50 * time.Millisecond
	// look is how often the clocks are looked at for a sleep, and nap the shortest
	// sleep that counts. The clocks that are compared drift apart by nothing.
	look = 2 * time.Second
	nap  = time.Second
)

// machine is what Run needs of the system.
type machine struct {
	// listen starts listening; the channel gets a value after something happened,
	// and is closed when listening has ended, which ctx makes it do.
	listen func(ctx context.Context) (<-chan struct{}, error)
	// slept is how long the machine has slept since it was started.
	slept func() time.Duration
}

// Run tells the sink until ctx ends. It returns nil.
func Run(ctx context.Context, log *slog.Logger, sink Sink) error {
	return machine{listen, slept}.run(ctx, log, sink)
}

func (m machine) run(ctx context.Context, log *slog.Logger, sink Sink) error {
	events, err := m.listen(ctx)
	if err != nil {
		log.Info("the system does not tell of devices that are plugged in: they are looked for once a second", "reason", err)
	}
	sink.Watched(err == nil)
	tick := time.NewTicker(look)
	defer tick.Stop()
	for before := m.slept(); ; {
		select {
		case <-ctx.Done():
			if events != nil {
				for range events { // until listening has ended
				}
			}
			return nil
		case _, ok := <-events:
			if !ok {
				if events = nil; ctx.Err() == nil {
					log.Warn("the system stopped telling of devices that are plugged in: they are looked for once a second")
					sink.Watched(false)
				}
				continue
			}
			sink.Plugged()
			pause(ctx, gather)
		case <-tick.C:
			now := m.slept()
			if now-before >= nap {
				log.Info("the machine was asleep: scanners are opened again", "for", (now - before).Round(time.Second))
				sink.Resumed()
			}
			before = now
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
