package evdev

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/internal/wake"
	"github.com/tillgate/tillgate/driver/queue"
	"github.com/tillgate/tillgate/driver/usb"
)

// Run reads the scanner.
func (s *source) Run(ctx context.Context, t driver.Till) error {
	all, err := usb.List()
	if err != nil {
		return err
	}
	devices, err := s.devices(all)
	if err != nil {
		return err
	}
	for _, device := range devices {
		// One that is in use may be another scanner of this till, of the same kind.
		if err = s.drive(ctx, t, device); !errors.Is(err, driver.ErrBusy) {
			return err
		}
	}
	return err
}

// drive reads one device.
func (s *source) drive(ctx context.Context, t driver.Till, device []usb.Interface) error {
	q := queue.New(t)
	defer q.Close()
	nodes, err := s.take(device, out{t, q, device[0].VID})
	defer func() {
		for _, n := range nodes {
			unix.Close(n.fd)
		}
	}()
	if err != nil {
		return err
	}
	info := s.describe(device[0])
	s.mu.Lock()
	s.info = info
	s.mu.Unlock()
	return s.read(ctx, nodes, func() { t.Opened(info) })
}

// take opens and grabs the event devices of the scanner. What it has opened when
// it fails is returned too.
func (s *source) take(device []usb.Interface, to out) (nodes []*node, err error) {
	for _, i := range device {
		more, err := grabAll(i)
		for _, n := range more {
			n.decoder = keyboard.New(s.set.keys, to, time.Now())
		}
		if nodes = append(nodes, more...); err != nil {
			return nodes, err
		}
	}
	return nodes, nil
}

// out is the sink of the decoders.
type out struct {
	driver.Till
	queue *queue.Queue
	vid   uint16
}

// Scanned hands a scan on, with the vendor whose conventions it follows.
func (o out) Scanned(s driver.Scan) {
	s.Vendor = usb.VendorOf(o.vid)
	if !o.queue.Put(s) {
		o.Lost(queue.Full)
	}
}

// read delivers codes until ctx ends or a device fails, and calls ready when those
// that come from then on are whole. It sleeps in the kernel while nothing is typed.
func (s *source) read(ctx context.Context, nodes []*node, ready func()) error {
	woken, done, err := wake.When(ctx)
	if err != nil {
		return err
	}
	defer done()
	fds := []unix.PollFd{woken.Poll()}
	for _, n := range nodes {
		fds = append(fds, unix.PollFd{Fd: int32(n.fd), Events: unix.POLLIN})
	}
	buf := make([]byte, 64*size)
	opened, delivers := time.Now(), false
	for {
		timeout := -1
		for _, n := range nodes {
			if n.decoder.Busy() {
				timeout = int(s.set.keys.Silence/time.Millisecond) / 2
			}
		}
		if !delivers {
			if time.Since(opened) > keyboard.DefaultSilence {
				delivers = true
				ready()
			} else {
				timeout = int(keyboard.DefaultSilence/time.Millisecond) / 4
			}
		}
		_, err := unix.Poll(fds, timeout)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for keys: %w", err)
		}
		for _, n := range nodes {
			if err := n.drain(buf); err != nil {
				return err
			}
		}
	}
}

// drain reads all there is, or lets time pass.
func (n *node) drain(buf []byte) error {
	for first := true; ; first = false {
		k, err := unix.Read(n.fd, buf)
		switch {
		case errors.Is(err, unix.EAGAIN):
			if first {
				n.decoder.Tick(time.Now())
			}
			return nil
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return explain(n.path, err)
		default:
			n.feed(parse(buf[:k]))
		}
	}
}
