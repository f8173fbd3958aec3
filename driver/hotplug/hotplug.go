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
// A sleep shows in two clocks, of which one stands still meanwhile. On Linux they are
// compared when the kernel says that the time of day has jumped, elsewhere every two
// seconds.
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
	// look is how often the clocks are looked at for a sleep, and seldom where the
	// system tells of one as well. nap is the shortest sleep that counts: the clocks
	// that are compared drift apart by nothing.
	look   = 2 * time.Second
	seldom = time.Minute
	nap    = time.Second
)

// machine is what Run needs of the system.
type machine struct {
	// listen starts listening; the channel gets a value after something happened,
	// and is closed when listening has ended, which ctx makes it do.
	listen func(ctx context.Context) (<-chan struct{}, error)
	// jumps is like listen, for jumps of the time of day.
	jumps func(ctx context.Context) (<-chan struct{}, error)
	// slept is how long the machine has slept since it was started.
	slept func() time.Duration
}

// Run tells the sink until ctx ends. It returns nil.
func Run(ctx context.Context, log *slog.Logger, sink Sink) error {
	return machine{listen, jumps, slept}.run(ctx, log, sink)
}

func (m machine) run(ctx context.Context, log *slog.Logger, sink Sink) error {
	events, err := m.listen(ctx)
	if err != nil {
		log.Info("the system does not tell of devices that are plugged in: they are looked for once a second", "reason", err)
	}
	sink.Watched(err == nil)
	jumped, err := m.jumps(ctx)
	every := seldom
	if err != nil {
		every = look
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	before := m.slept()
	awake := func() {
		now := m.slept()
		if now-before >= nap {
			log.Info("the machine was asleep: scanners are opened again", "for", (now - before).Round(time.Second))
			sink.Resumed()
		}
		before = now
	}
	for {
		select {
		case <-ctx.Done():
			drain(events)
			drain(jumped)
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
		case _, ok := <-jumped:
			if !ok {
				jumped = nil
				tick.Reset(look)
			}
			awake()
		case <-tick.C:
			awake()
		}
	}
}

// drain waits until listening has ended, if it ever began.
func drain(events <-chan struct{}) {
	if events != nil {
		for range events {
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
