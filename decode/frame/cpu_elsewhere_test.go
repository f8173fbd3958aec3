//go:build !linux

package frame_test

import "time"

// threadTime is that of the process: pictures are read one by one then.
func threadTime() time.Duration { return cpuTime() }

const perThread = false
