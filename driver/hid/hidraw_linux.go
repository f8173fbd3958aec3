package hid

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/internal/wake"
	"github.com/tillgate/tillgate/driver/usb"
)

// hidiocsFeature is HIDIOCSFEATURE of linux/hidraw.h without its length:
// _IOC(_IOC_WRITE|_IOC_READ, 'H', 0x06, len).
const hidiocsFeature = 0xc0004806

// rawHeld is how many reports hidraw holds for a reader that is late, before it
// drops the newest (drivers/hid/hidraw.c, HIDRAW_BUFFER_SIZE less one).
const rawHeld = 63

// raw is a device read through the kernel's hidraw. A keyboard is held as well, so
// that the kernel types nothing of it.
type raw struct {
	fd   int
	wake wake.File
	path string
	keys *evdev.Hold // nil for what is no keyboard
}

// rawNode is the device file of an interface, "" if the kernel has none for it.
func rawNode(n node) string {
	if found := n.RawFiles(); len(found) > 0 {
		return found[0]
	}
	return ""
}

// openRaw opens an interface through hidraw. The error is unix.ENOENT if there is no
// such file.
func openRaw(n node) (device, error) {
	path := rawNode(n)
	if path == "" {
		return nil, unix.ENOENT
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, explain(path, err)
	}
	woken, err := wake.New()
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	r := &raw{fd: fd, wake: woken, path: path}
	// Every program that opens the file gets the reports; the lock keeps another
	// tillgate out.
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		err := usb.HeldError(path, "has locked it")
		r.Close()
		return nil, err
	}
	if n.Keyboard() {
		if r.keys, err = evdev.Take(n.Interface); err != nil {
			r.Close()
			return nil, err
		}
	}
	return r, nil
}

// explain says what an error of a hidraw file means. That there is none is left as
// it is.
func explain(path string, err error) error {
	switch {
	case err == nil, errors.Is(err, unix.ENOENT):
		return err
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf("%s: %w: give it to the user of tillgate with a udev rule; tillgate doctor shows it", path, driver.ErrDenied)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO):
		return fmt.Errorf("%s: %w", path, driver.ErrAbsent)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// Wake ends the wait.
func (r *raw) Wake() bool {
	r.wake.Wake()
	return true
}

// Held is how many reports are kept for a reader that is late.
func (r *raw) Held() int { return rawHeld }

func (r *raw) ReadTimeout(b []byte, milliseconds int) (int, error) {
	fds := []unix.PollFd{{Fd: int32(r.fd), Events: unix.POLLIN}, r.wake.Poll()}
	if r.keys != nil {
		for _, fd := range r.keys.Files() {
			fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
		}
	}
	_, err := unix.Poll(fds, milliseconds)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return 0, fmt.Errorf("wait for reports: %w", err)
	}
	if fds[1].Revents != 0 {
		r.wake.Drain()
	}
	if r.keys != nil {
		if err := r.keys.Drain(); err != nil {
			return 0, err
		}
	}
	switch n, err := unix.Read(r.fd, b); {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return 0, nil
	case err != nil:
		return 0, explain(r.path, err)
	default:
		return n, nil
	}
}

// Write sends an output report; its first byte is the id, or zero for a device
// without ids.
func (r *raw) Write(b []byte) (int, error) {
	n, err := unix.Write(r.fd, b)
	return n, explain(r.path, err)
}

func (r *raw) SendFeatureReport(b []byte) (int, error) {
	n, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(r.fd), hidiocsFeature|uintptr(len(b))<<16, uintptr(unsafe.Pointer(&b[0])))
	if e != 0 {
		return 0, explain(r.path, e)
	}
	return int(n), nil
}

func (r *raw) Close() error {
	if r.keys != nil {
		r.keys.Close()
	}
	return errors.Join(unix.Close(r.fd), r.wake.Close())
}
