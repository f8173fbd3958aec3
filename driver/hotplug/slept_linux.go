package hotplug

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// slept is what the clock that goes on during sleep is ahead of the one that does
// not (clock_gettime(2)). Setting the time of day moves neither.
func slept() time.Duration {
	var mono, boot unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil {
		return 0
	}
	return time.Duration(boot.Nano() - mono.Nano())
}

// jumps is a timer that never runs out, and that the kernel cancels when the time of
// day jumps: when it is set, and when the machine wakes (timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET).
func jumps(ctx context.Context) (<-chan struct{}, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("timer of the time of day: %w", err)
	}
	never := unix.ItimerSpec{Value: unix.NsecToTimespec(math.MaxInt64)}
	if err := unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &never, nil); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("timer of the time of day: %w", err)
	}
	return follow(ctx, fd, make([]byte, 8), func(_ int, err error) (worth, over bool) {
		return true, err != nil && !errors.Is(err, unix.ECANCELED)
	}), nil
}
