package hotplug

import (
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
