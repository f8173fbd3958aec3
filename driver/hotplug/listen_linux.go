package hotplug

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// The multicast groups of NETLINK_KOBJECT_UEVENT: the kernel's own, and udev's.
const (
	groupKernel = 1
	groupUdev   = 2
)

// listen hears the events of the kernel and of udev. Any user may. In a container
// with a user or network namespace of its own the socket can be had, and nothing
// comes: who waits must look now and then all the same.
func listen(ctx context.Context) (<-chan struct{}, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("netlink socket: %w (a service needs AF_NETLINK in RestrictAddressFamilies)", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groupKernel | groupUdev}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("listen to events of devices: %w", err)
	}
	buf := make([]byte, 16<<10) // the kernel's are 2 KiB at most, udev's longer
	return follow(ctx, fd, buf, func(n int, err error) (worth, over bool) {
		// Where events came faster than they were read, nobody knows which.
		if lost := errors.Is(err, unix.ENOBUFS); err != nil {
			return lost, !lost
		}
		return relevant(buf[:n]), false
	}), nil
}

// follow reads a file into buf until ctx ends. judge is told what came of each read: the
// channel gets a value if it was worth one, and is closed when it is over.
func follow(ctx context.Context, fd int, buf []byte, judge func(n int, err error) (worth, over bool)) <-chan struct{} {
	f := os.NewFile(uintptr(fd), "events") // the runtime waits for it, without a thread
	events := make(chan struct{}, 1)
	stop := context.AfterFunc(ctx, func() { f.Close() })
	go func() {
		defer close(events)
		defer f.Close()
		defer stop()
		for {
			worth, over := judge(f.Read(buf))
			if over {
				return
			}
			if !worth {
				continue
			}
			select {
			case events <- struct{}{}:
			default:
			}
		}
	}()
	return events
}
