package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime is how long the machine has run, sleep included (clock_gettime(2)); 0 if
// it is not known. Nobody can set it.
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
