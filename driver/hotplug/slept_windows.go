package hotplug

import (
	"context"
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")
	unbiased = kernel32.NewProc("QueryUnbiasedInterruptTime")
)

// slept is what the time since the start is ahead of the one that stands still
// during sleep, in steps of some 16 ms.
func slept() time.Duration {
	var awake uint64 // in 100 ns
	if unbiased.Find() != nil {
		return 0
	}
	if ok, _, _ := unbiased.Call(uintptr(unsafe.Pointer(&awake))); ok == 0 {
		return 0
	}
	return windows.DurationSinceBoot() - time.Duration(awake)*100
}

func jumps(context.Context) (<-chan struct{}, error) { return nil, errors.ErrUnsupported }
