package forward

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
	"unicode"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

// Requests and types of linux/uinput.h and linux/input-event-codes.h.
const (
	uiSetEvBit   = 0x40045564
	uiSetKeyBit  = 0x40045565
	uiSetLEDBit  = 0x40045569
	uiDevSetup   = 0x405c5503
	uiDevCreate  = 0x5501
	uiDevDestroy = 0x5502

	evSyn, evKey, evLED = 0, 1, 0x11
	ledCaps             = 1
)

// word is the size of a C long, in which the two halves of a time come.
const word = int(unsafe.Sizeof(uintptr(0)))

// keys is a keyboard made of software.
type keys struct {
	fd     int
	layout *keyboard.Layout
	pause  time.Duration
	caps   bool // the till's Caps Lock is on: letters come out in the other case
}

func openKeys(l *keyboard.Layout, pause time.Duration) (output, error) {
	fd, err := unix.Open("/dev/uinput", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf(`/dev/uinput: %w: load the module uinput, and give the device to the user of tillgate with a udev rule: KERNEL=="uinput", GROUP="tillgate", MODE="0660"`, err)
	}
	k := &keys{fd: fd, layout: l, pause: pause}
	if err := k.create(); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("make a keyboard: %w", err)
	}
	return k, nil
}

func (k *keys) create() error {
	do := func(request, arg uintptr) error {
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(k.fd), request, arg); e != 0 {
			return e
		}
		return nil
	}
	errs := []error{do(uiSetEvBit, evKey), do(uiSetEvBit, evLED), do(uiSetLEDBit, ledCaps)}
	for code := uintptr(1); code < 127; code++ {
		errs = append(errs, do(uiSetKeyBit, code))
	}
	var setup struct {
		bus, vendor, product, version uint16
		name                          [80]byte
		ff                            uint32
	}
	setup.bus = 6 // BUS_VIRTUAL: no scanner of ours is one
	copy(setup.name[:], "tillgate")
	return errors.Join(append(errs, do(uiDevSetup, uintptr(unsafe.Pointer(&setup))), do(uiDevCreate, 0))...)
}

func (k *keys) close() error {
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(k.fd), uiDevDestroy, 0)
	if err := unix.Close(k.fd); e == 0 {
		return err
	}
	return e
}

// put types a text. One that the layout can not type is refused whole.
func (k *keys) put(ctx context.Context, text string) error {
	k.lamps()
	var strokes []keyboard.Stroke
	for _, r := range text {
		if r == '\n' {
			r = '\r'
		}
		ks, ok := k.layout.Strokes(r)
		if !ok {
			return fmt.Errorf("%w: the layout %q has no key for one of its characters", errNotThisCode, k.layout.Name)
		}
		if k.caps && unicode.IsLetter(r) {
			ks[0].Modifiers ^= keyboard.LeftShift
		}
		strokes = append(strokes, ks...)
	}
	// Once begun a code is typed to its end, also when the daemon stops: it is a
	// matter of milliseconds.
	for i, s := range strokes {
		if i > 0 {
			time.Sleep(k.pause)
		}
		if err := k.stroke(s); err != nil {
			return fmt.Errorf("type: %w", err)
		}
	}
	return nil
}

// modifiers of a stroke as key codes.
var modifiers = map[uint8]uint16{keyboard.LeftShift: 42, keyboard.RightAlt: 100}

// stroke presses a key and lets it go.
func (k *keys) stroke(s keyboard.Stroke) error {
	var events []byte
	add := func(typ, code uint16, value int32) {
		e := make([]byte, 2*word+8)
		binary.NativeEndian.PutUint16(e[2*word:], typ)
		binary.NativeEndian.PutUint16(e[2*word+2:], code)
		binary.NativeEndian.PutUint32(e[2*word+4:], uint32(value))
		events = append(events, e...)
	}
	held := func(value int32) {
		for bit, code := range modifiers {
			if s.Modifiers&bit != 0 {
				add(evKey, code, value)
			}
		}
		if s.Modifiers != 0 {
			add(evSyn, 0, 0)
		}
	}
	code := keyboard.CodeOf(s.Usage)
	held(1)
	add(evKey, code, 1)
	add(evSyn, 0, 0)
	add(evKey, code, 0)
	add(evSyn, 0, 0)
	held(0)
	_, err := unix.Write(k.fd, events)
	return err
}

// lamps reads what the system has done to our lamps.
func (k *keys) lamps() {
	size := 2*word + 8
	buf := make([]byte, 16*size)
	for {
		n, err := unix.Read(k.fd, buf)
		if err != nil || n < size {
			return
		}
		for b := buf[:n]; len(b) >= size; b = b[size:] {
			if binary.NativeEndian.Uint16(b[2*word:]) == evLED && binary.NativeEndian.Uint16(b[2*word+2:]) == ledCaps {
				k.caps = binary.NativeEndian.Uint32(b[2*word+4:]) != 0
			}
		}
	}
}
