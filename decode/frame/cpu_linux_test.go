package frame_test

import (
	"syscall"
	"time"
)

// threadTime is what the calling thread has used so far.
func threadTime() time.Duration {
	var u syscall.Rusage
	const thread = 1 // RUSAGE_THREAD of getrusage(2)
	if syscall.Getrusage(thread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const perThread = true
