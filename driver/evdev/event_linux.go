package evdev

import (
	"encoding/binary"
	"time"
	"unsafe"
)

// event is one input event (linux/input.h).
type event struct {
	at    time.Time
	typ   uint16
	code  uint16
	value int32
}

// Types, codes and values (linux/input-event-codes.h).
const (
	evSyn      = 0
	evKey      = 1
	evLED      = 0x11
	ledCaps    = 1
	synReport  = 0
	synDropped = 3
	released   = 0
	pressed    = 1 // 2 is the kernel's own repetition of a key that is held
)

// word is the size of a C long, in which the two halves of the time come.
const word = int(unsafe.Sizeof(uintptr(0)))

// size is that of struct input_event.
const size = 2*word + 8

// parse reads whole events; what is left over is none.
func parse(b []byte) []event {
	var es []event
	for ; len(b) >= size; b = b[size:] {
		es = append(es, event{
			at:    time.Unix(long(b), long(b[word:])*1000),
			typ:   binary.NativeEndian.Uint16(b[2*word:]),
			code:  binary.NativeEndian.Uint16(b[2*word+2:]),
			value: int32(binary.NativeEndian.Uint32(b[2*word+4:])),
		})
	}
	return es
}

// bytes is the event as the kernel takes it.
func (e event) bytes() []byte {
	b := make([]byte, size)
	binary.NativeEndian.PutUint16(b[2*word:], e.typ)
	binary.NativeEndian.PutUint16(b[2*word+2:], e.code)
	binary.NativeEndian.PutUint32(b[2*word+4:], uint32(e.value))
	return b
}

func long(b []byte) int64 {
	if word == 4 {
		return int64(binary.NativeEndian.Uint32(b))
	}
	return int64(binary.NativeEndian.Uint64(b))
}
