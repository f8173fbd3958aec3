// Package wake ends a wait in poll(2) from another goroutine.
//
// Drivers that read device files themselves sleep in the kernel until something comes
// (a look at the clock now and then would wake the machine all day), and have to leave
// it when their context ends.
package wake

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// File is an eventfd that can be read when the wait is to end.
type File int

// New opens one.
func New() (File, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return -1, fmt.Errorf("eventfd: %w", err)
	}
	return File(fd), nil
}

// When opens one that is woken when ctx ends. done closes it, when nothing can wake
// it any more.
func When(ctx context.Context) (f File, done func(), err error) {
	if f, err = New(); err != nil {
		return f, nil, err
	}
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		f.Wake()
	})
	return f, func() {
		if !stop() {
			<-woken
		}
		f.Close()
	}, nil
}

// Poll is what poll waits for.
func (f File) Poll() unix.PollFd { return unix.PollFd{Fd: int32(f), Events: unix.POLLIN} }

// Wake ends the wait, now or the next one.
func (f File) Wake() { unix.Write(int(f), []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// Drain makes ready for another wait.
func (f File) Drain() {
	var count [8]byte
	unix.Read(int(f), count[:])
}

// Close closes it. Nobody may wake it then.
func (f File) Close() error { return unix.Close(int(f)) }
