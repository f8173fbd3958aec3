package drivertest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// SSI is a Zebra scanner on a serial line that speaks SSI (Zebra, "Simple Serial
// Interface Programmer's Guide"). Out of the box it sends bare text; packets are
// switched on by parameter 238, by the host or by Factory.
type SSI struct {
	*Pty
	heard
	Timeout time.Duration // how long it waits for an acknowledgement; default 2 s

	mu      sync.Mutex
	in      []byte
	params  map[int]int
	answers chan byte // opcodes of acknowledgements and refusals
	garble  int       // packets that go out with a wrong checksum
	deaf    int       // acknowledgements that get lost
	mute    bool      // answers no command
	asleep  bool      // scanning is disabled
}

// Parameters that the scanner knows.
const (
	paramPackets = 238
	paramPhones  = 716
	paramTrigger = 138
)

// ErrNotAcknowledged says that the host did not take a packet. A real scanner
// sounds a transmission error.
var ErrNotAcknowledged = errors.New("virtual scanner: packet was not acknowledged")

// OpenSSI makes an SSI scanner that is plugged in; of the Personality counts what
// has to do with the port.
func OpenSSI(as Personality) (*SSI, error) {
	s := &SSI{heard: newHeard(), Timeout: 2 * time.Second, params: map[int]int{}, answers: make(chan byte, 16)}
	as.Hear = s.hear
	s.Pty = &Pty{as: as} // before anything can be heard
	return s, s.Replug()
}

// Factory takes the power away: what was set in RAM is gone, packets are as given.
func (s *SSI) Factory(packets bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.params, s.in = map[int]int{}, nil
	if packets {
		s.params[paramPackets] = 1
	}
}

// Param is the value of a parameter.
func (s *SSI) Param(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.params[n]
}

// Garble lets the next n packets go out with a wrong checksum.
func (s *SSI) Garble(n int) { s.with(func() { s.garble = n }) }

// Deafen lets the next n acknowledgements get lost on their way to the scanner.
func (s *SSI) Deafen(n int) { s.with(func() { s.deaf = n }) }

// Mute lets the scanner answer no command.
func (s *SSI) Mute(on bool) { s.with(func() { s.mute = on }) }

func (s *SSI) with(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Scan reads a code. It returns nil when the host has acknowledged all of it.
func (s *SSI) Scan(c usb.Code) error {
	if s.Param(paramPackets) == 0 {
		return s.Send(append(append([]byte(nil), c.Data...), '\r'))
	}
	return s.transmit(usb.SSI("").Reports(c))
}

// Picture sends a picture file, as after a trigger in image mode. kind is 0x31 for
// JPEG, 0x33 for BMP and 0x34 for TIFF.
func (s *SSI) Picture(kind byte, width, height int, file []byte) error {
	return s.transmit(usb.SSIPicture(kind, width, height, file))
}

// transmit sends packets, each one until it is acknowledged, three times at most.
func (s *SSI) transmit(packets [][]byte) error {
	for _, p := range packets {
		if err := s.packet(p); err != nil {
			return err
		}
	}
	return nil
}

func (s *SSI) packet(p []byte) error {
	for range 3 {
		for len(s.answers) > 0 {
			<-s.answers // to what was before
		}
		out := append([]byte(nil), p...)
		s.with(func() {
			if s.garble > 0 {
				s.garble--
				out[len(out)-1] ^= 0x55
			}
		})
		if err := s.Send(out); err != nil {
			return err
		}
		timer := time.NewTimer(s.Timeout)
		var answer byte
		select {
		case answer = <-s.answers:
		case <-timer.C:
		}
		timer.Stop()
		if answer == 0xd0 {
			return nil
		}
		p = usb.SSIAgain(p)
	}
	return ErrNotAcknowledged
}

// hear takes what the host sends.
func (s *SSI) hear(b []byte) {
	s.mu.Lock()
	s.in = append(s.in, b...)
	var replies [][]byte
	for len(s.in) > 0 {
		n := int(s.in[0]) + 2
		if s.in[0] < 4 {
			s.in = s.in[1:]
			continue
		}
		if len(s.in) < n {
			break
		}
		packet := s.in[:n]
		s.in = s.in[n:]
		if reply := s.obey(packet); reply != nil && !s.mute {
			replies = append(replies, reply)
		}
	}
	s.mu.Unlock()
	for _, r := range replies {
		s.Send(r)
	}
}

// obey does what a packet says, and returns what is answered.
func (s *SSI) obey(p []byte) (reply []byte) {
	if !usb.SSIValid(p) {
		s.note("garbage")
		return usb.SSIPacket(0xd1, 0, 1)
	}
	op, data := p[1], p[4:len(p)-2]
	ack := usb.SSIPacket(0xd0, 0)
	switch op {
	case 0xd0, 0xd1:
		if s.deaf > 0 {
			s.deaf--
			return nil
		}
		s.note(map[byte]string{0xd0: "ack", 0xd1: "nak"}[op])
		select {
		case s.answers <- op:
		default:
		}
		return nil
	case 0xc6:
		for i := 1; i+1 < len(data); i += 2 {
			n := int(data[i])
			if data[i] >= 0xf0 && i+2 < len(data) {
				n = 256*(1+int(data[i]-0xf0)) + int(data[i+1])
				i++
			}
			s.params[n] = int(data[i+1])
			s.note(fmt.Sprintf("set %d=%d", n, data[i+1]))
		}
		return ack
	case 0xa3:
		return usb.SSIPacket(0xa4, 0, []byte("VIRTUAL-1 SCANNER")...)
	}
	name, ok := map[byte]string{0xe4: "start session", 0xe5: "stop session", 0xe6: "beep", 0xe7: "led on", 0xe8: "led off",
		0xe9: "scan enable", 0xea: "scan disable", 0xf7: "mode"}[op]
	if !ok {
		s.note(fmt.Sprintf("unknown %02x", op))
		return usb.SSIPacket(0xd1, 0, 2)
	}
	for _, d := range data {
		name += fmt.Sprintf(" %d", d)
	}
	s.note(name)
	return ack
}
