package evdev

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/driver/usb"
)

// Requests of linux/input.h.
const (
	eviocGrab = 0x40044590 // EVIOCGRAB, _IOW('E', 0x90, int)
	eviocKeys = 0x80604518 // EVIOCGKEY(96), _IOC(_IOC_READ, 'E', 0x18, 96)
)

// node is one event device that is grabbed. A scanner has several if it shows
// keys for the volume and the like beside the keyboard.
type node struct {
	path    string
	fd      int
	decoder *keyboard.Decoder // nil if nobody wants the keys
	skip    bool              // after an overflow, up to the end of the events that belong together
}

// eventNodes are the paths of the event devices of an interface.
func eventNodes(i usb.Interface) ([]string, error) {
	found := i.EventFiles()
	if len(found) > 0 {
		return found, nil
	}
	switch {
	case i.Taken():
		return nil, i.TakenError()
	case i.Driver == "":
		if err := usb.Attach(i); err != nil {
			return nil, fmt.Errorf("scanner at %s was taken from the kernel and not given back: %w; unplug it and plug it in again", i.Path, err)
		}
	}
	return nil, fmt.Errorf("scanner at %s: %w: the system has no event device for it yet", i.Path, driver.ErrAbsent)
}

// permitted says whether the event devices of an interface may be opened, as far
// as it has any.
func permitted(i usb.Interface) error {
	for _, node := range i.EventFiles() {
		if err := unix.Access(node, unix.R_OK); err != nil {
			return explain(node, err)
		}
	}
	return nil
}

// grabAll opens and grabs the event devices of an interface. What it has opened when
// it fails is returned too.
func grabAll(i usb.Interface) (nodes []*node, err error) {
	paths, err := eventNodes(i)
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		fd, err := openNode(p)
		if err != nil {
			return nodes, err
		}
		n := &node{path: p, fd: fd}
		nodes = append(nodes, n)
		if err := grab(p, fd); err != nil {
			return nodes, err
		}
		// What was typed up to now went to everybody, and is nothing of ours.
		if err := discard(fd); err != nil {
			return nodes, explain(p, err)
		}
		n.capsOff()
	}
	return nodes, nil
}

// openNode opens an event device, for its lamps too if we may.
func openNode(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EACCES) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	}
	return fd, explain(path, err)
}

// capsOff tells the scanner that Caps Lock is off. The system sets the lamps of
// all keyboards when somebody presses the key, and scanners that are set to make
// up for it would send every letter in the other case. An error shows at the next
// read, or is that of a scanner without lamps.
func (n *node) capsOff() {
	unix.Write(n.fd, append(event{typ: evLED, code: ledCaps}.bytes(), event{typ: evSyn, code: synReport}.bytes()...))
}

// grab makes us the only reader. A key that is down at that moment would stay
// down for everybody else, and repeat for ever: so it waits for the keys to be up.
func grab(path string, fd int) error {
	for wait := 0; wait < 50; wait++ {
		var keys [96]byte
		if err := ioctl(fd, eviocKeys, uintptr(unsafe.Pointer(&keys))); err != nil {
			return explain(path, err)
		}
		if keys == [96]byte{} {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return explain(path, unix.IoctlSetInt(fd, eviocGrab, 1))
}

// discard reads what waits.
func discard(fd int) error {
	buf := make([]byte, 64*size)
	for {
		_, err := unix.Read(fd, buf)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		}
	}
}

func ioctl(fd int, request uint, arg uintptr) error {
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), arg); e != 0 {
		return e
	}
	return nil
}

// explain turns an errno into what a person can do.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fmt.Errorf("%s: %w", path, driver.ErrAbsent)
	case errors.Is(err, unix.EBUSY):
		return usb.HeldError(path, "has grabbed the scanner for itself")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf(`%s: %w: add the user of tillgate to the group "input"`, path, driver.ErrDenied)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// feed gives events to the decoder.
func (n *node) feed(es []event) {
	for _, e := range es {
		switch {
		case e.typ == evLED && e.code == ledCaps && e.value != 0:
			n.capsOff()
		case n.decoder == nil:
		case e.typ == evSyn && e.code == synDropped:
			n.skip = true
			n.decoder.Overflow(e.at)
		case n.skip:
			n.skip = !(e.typ == evSyn && e.code == synReport)
		case e.typ == evKey && (e.value == pressed || e.value == released):
			n.decoder.Key(e.code, e.value == pressed, e.at)
		}
	}
}
