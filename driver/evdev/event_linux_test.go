package evdev

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

type kept struct {
	scans []string
	lost  []string
}

func (k *kept) Scanned(s driver.Scan) { k.scans = append(k.scans, string(s.Data)) }
func (k *kept) Lost(why string)       { k.lost = append(k.lost, why) }

// stream writes events as the kernel does.
type stream struct {
	b  []byte
	at time.Time
}

func (s *stream) add(typ, code uint16, value int32) {
	e := make([]byte, size)
	if word == 8 {
		binary.NativeEndian.PutUint64(e, uint64(s.at.Unix()))
		binary.NativeEndian.PutUint64(e[8:], uint64(s.at.Nanosecond()/1000))
	} else {
		binary.NativeEndian.PutUint32(e, uint32(s.at.Unix()))
		binary.NativeEndian.PutUint32(e[4:], uint32(s.at.Nanosecond()/1000))
	}
	binary.NativeEndian.PutUint16(e[2*word:], typ)
	binary.NativeEndian.PutUint16(e[2*word+2:], code)
	binary.NativeEndian.PutUint32(e[2*word+4:], uint32(value))
	s.b = append(s.b, e...)
}

func (s *stream) press(codes ...uint16) {
	for _, c := range codes {
		for _, v := range []int32{pressed, 2, released} { // 2: the kernel's repetition
			s.add(4, 4, 458756) // MSC_SCAN, which comes before each key
			s.add(evKey, c, v)
			s.add(evSyn, synReport, 0)
			s.at = s.at.Add(4 * time.Millisecond)
		}
	}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)

func newNode(k *kept) *node {
	return &node{fd: -1, decoder: keyboard.New(keyboard.Options{}, k, start.Add(-time.Second))}
}

func TestEvents(t *testing.T) {
	var k kept
	n := newNode(&k)
	s := stream{at: start}
	s.press(2, 3, 4, 28)
	n.feed(parse(append(s.b, 1, 2, 3))) // and a piece that is no event
	if len(k.scans) != 1 || k.scans[0] != "123" || len(k.lost) != 0 {
		t.Errorf("%+v", k)
	}
	if es := parse(s.b); !es[0].at.Equal(start) {
		t.Errorf("time %v, want %v", es[0].at, start)
	}
}

// Between SYN_DROPPED and the next SYN_REPORT nothing is to be believed (Linux,
// Documentation/input/event-codes.rst), and the code that it hit is no code.
func TestDropped(t *testing.T) {
	var k kept
	n := newNode(&k)
	s := stream{at: start}
	s.press(2, 3)
	s.add(evSyn, synDropped, 0)
	s.add(evKey, 28, pressed) // not believed: else "12" would come out
	s.add(evSyn, synReport, 0)
	s.press(5, 28)
	s.press(6, 7, 28)
	n.feed(parse(s.b))
	if len(k.scans) != 1 || k.scans[0] != "56" || len(k.lost) != 1 {
		t.Errorf("%+v", k)
	}
}

func FuzzEvents(f *testing.F) {
	s := stream{at: start}
	s.press(42, 30, 28)
	s.add(evSyn, synDropped, 0)
	s.press(2, 28)
	f.Add(s.b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var k kept
		n := newNode(&k)
		n.feed(parse(b))
		for _, c := range k.scans {
			if len(c) == 0 || len(c) > len(b) {
				t.Fatalf("code of %d bytes out of %d", len(c), len(b))
			}
		}
	})
}
