package evdev

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/usb"
)

// Hold is a keyboard whose keys reach nobody, for a reader that takes its raw
// reports. The kernel lets go of it when the program ends in whatever way.
type Hold struct{ nodes []*node }

// Take holds an interface of a keyboard.
func Take(i usb.Interface) (*Hold, error) {
	nodes, err := grabAll(i)
	h := &Hold{nodes}
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// Files are the open files; there is something to drain when one can be read.
func (h *Hold) Files() []int {
	fds := make([]int, len(h.nodes))
	for k, n := range h.nodes {
		fds[k] = n.fd
	}
	return fds
}

// Drain throws the keys away, and puts a Caps Lock lamp out that the system lit:
// the scanner would make up for it.
func (h *Hold) Drain() error {
	buf := make([]byte, 64*size)
	for _, n := range h.nodes {
		for {
			k, err := unix.Read(n.fd, buf)
			if errors.Is(err, unix.EAGAIN) {
				break
			}
			if err != nil && !errors.Is(err, unix.EINTR) {
				return explain(n.path, err)
			}
			n.feed(parse(buf[:max(k, 0)]))
		}
	}
	return nil
}

// Close gives the keyboard back.
func (h *Hold) Close() {
	for _, n := range h.nodes {
		unix.Close(n.fd)
	}
}
