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
	f := os.NewFile(uintptr(fd), "uevent") // the runtime waits for it, without a thread
	events := make(chan struct{}, 1)
	stop := context.AfterFunc(ctx, func() { f.Close() })
	go func() {
		defer close(events)
		defer f.Close()
		defer stop()
		buf := make([]byte, 16<<10) // the kernel's are 2 KiB at most, udev's longer
		for {
			n, err := f.Read(buf)
			// Where events came faster than they were read, nobody knows which.
			if err != nil && !errors.Is(err, unix.ENOBUFS) {
				return
			}
			if err == nil && !relevant(buf[:n]) {
				continue
			}
			select {
			case events <- struct{}{}:
			default:
			}
		}
	}()
	return events, nil
}
