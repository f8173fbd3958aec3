package ssi

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Times and counts of the guide: "Serial Response Time-out", "Host Character
// Time-out", and the number of attempts.
const (
	Timeout = 2 * time.Second        // for an answer, and between the packets of one code
	Gap     = 200 * time.Millisecond // between two bytes of a packet
	resends = 2
)

// lateness is how long after a packet the same one may come again because our
// acknowledgement was lost: all attempts of the scanner, and a little.
const lateness = (resends + 2) * Timeout

// maxQueue is how many commands may wait for the one before them.
const maxQueue = 8

// Sink takes what a Session finds.
type Sink interface {
	Scanned(driver.Scan)
	Pictured(driver.Picture)
	Lost(reason string)
}

// Session is the host's side of the line to one scanner. One goroutine uses it.
// It owns no clock: Feed takes what came in, Silent says that nothing came.
type Session struct {
	sink Sink
	in   []byte
	out  []byte
	last time.Time // when the last byte came

	part     []byte // of a code that goes on in the next packet
	open     bool
	kind     byte
	segments int // of the code that is open, as far as it came in segments; 0 if it does not
	size     int // of that code
	view     picture

	before   []byte // the last packet that was acknowledged, to know it when it comes again
	beforeAt time.Time
	broken   bool // a packet was lost since then: what comes again may be that one

	commands
}

// NewSession begins a session.
func NewSession(sink Sink) *Session { return &Session{sink: sink} }

// Output is what must go to the scanner now; it is then forgotten.
func (s *Session) Output() []byte {
	b := s.out
	s.out = nil
	return b
}

// Patience is how long to wait for the next byte before Silent is called; 0 is
// for ever.
func (s *Session) Patience() time.Duration {
	switch {
	case len(s.in) > 0:
		return Gap
	case s.Busy():
		return Timeout / 4
	}
	return 0
}

// Busy says that something is not complete: a packet, a code or a picture, or a
// command without an answer.
func (s *Session) Busy() bool { return len(s.in) > 0 || s.open || s.view.open || s.wait || s.shooting }

// Feed takes bytes that came in.
func (s *Session) Feed(b []byte, now time.Time) {
	s.in, s.last = append(s.in, b...), now
	for len(s.in) > 0 {
		p, n, err := Parse(s.in)
		switch {
		case errors.Is(err, errShort):
			return
		case errors.Is(err, errLength):
			s.in = s.in[n:] // noise; the next byte may begin a packet
		case err != nil:
			// The scanner waits for an answer now: what follows is not to be trusted.
			s.in, s.broken = nil, true
			s.sink.Lost(err.Error())
			s.out = command(Nak, nakResend).Append(s.out)
		default:
			s.in = s.in[n:]
			s.packet(p, now)
		}
	}
	s.tick(now)
}

// Silent says that nothing came for the time of Patience, however much may be
// queued by now: only who waited at an empty line knows that it was silent.
func (s *Session) Silent(now time.Time) {
	if len(s.in) > 0 && now.Sub(s.last) >= Gap {
		s.in, s.broken = nil, true // the scanner sends it again when no answer comes
		s.sink.Lost("packet broke off")
	}
	if now.Sub(s.last) > Timeout {
		if s.open {
			s.drop("the rest of a long code did not come")
		}
		if s.view.open {
			s.view = picture{}
			s.sink.Lost("the rest of a picture did not come")
		}
	}
	s.tick(now)
}

// End gives up what is not complete, because the line is closed: nothing of it may
// meet what the next scanner on it sends.
func (s *Session) End(why error) {
	if len(s.in) > 0 || s.open || s.view.open {
		s.sink.Lost("unplugged in the middle of a code or picture")
	}
	commands := s.commands
	*s = *NewSession(s.sink)
	commands.end(why)
}

// packet takes a packet that is whole.
func (s *Session) packet(p Packet, now time.Time) {
	switch {
	case p.Op == Segment: // whose Source is no source
		s.out = command(Ack).Append(s.out)
		s.segment(p, now)
	case p.Source == fromHost: // our own, on a line with an echo
	case p.Op == Ack:
		s.answered(nil, now)
	case p.Op == Nak:
		s.refused(p, now)
	case p.Op == DecodeData || p.Op == ImageData:
		s.out = command(Ack).Append(s.out)
		if s.again(p, now) {
			return // our acknowledgement was lost, not the packet
		}
		if p.Op == ImageData {
			s.picture(p, now)
			return
		}
		s.code(p, now)
	case p.Op == RevisionIs:
		s.answered(nil, now)
	default:
		s.out = command(Ack).Append(s.out) // events and the like
	}
}

// again says whether this packet was taken before.
func (s *Session) again(p Packet, now time.Time) bool {
	same := append([]byte{byte(p.Op), p.Status & More}, p.Data...)
	if p.Status&Again != 0 && !s.broken && now.Sub(s.beforeAt) < lateness && bytes.Equal(same, s.before) {
		return true
	}
	s.before, s.beforeAt, s.broken = same, now, false
	return false
}

// code takes a code or a part of one.
func (s *Session) code(p Packet, now time.Time) {
	if s.view.open {
		s.view = picture{}
		s.sink.Lost("a code came before a picture had ended")
	}
	if len(p.Data) == 0 {
		s.drop("packet without a bar code type")
		return
	}
	if s.open && (p.Data[0] != s.kind || s.segments > 0) {
		s.drop("another code began before the last one had ended")
	}
	data := p.Data[1:]
	// Newer cordless models put the length of the code before it, in three bytes
	// (seen by the libraries; not in the guide). A code that begins with three
	// bytes which happen to be its own length is not known to exist.
	if !s.open && len(data) >= 3 && int(data[0])<<16|int(data[1])<<8|int(data[2]) == len(data)-3 && p.Status&More == 0 {
		data = data[3:]
	}
	if len(s.part)+len(data) > driver.MaxScan {
		s.drop("code without end")
		return
	}
	s.part, s.open, s.kind = append(s.part, data...), p.Status&More != 0, p.Data[0]
	if s.open {
		return
	}
	data, s.part = s.part, nil
	s.whole(data, now)
}

// whole delivers a code that is complete.
func (s *Session) whole(data []byte, now time.Time) {
	if len(data) == 0 {
		s.sink.Lost("empty code")
		return
	}
	if data = bytes.TrimRight(data, "\r\n"); len(data) == 2 && s.kind == 0 && string(data) == "NR" {
		return // "no read": the trigger was pressed before nothing
	}
	if len(data) > 0 {
		s.sink.Scanned(driver.Scan{At: now, Data: data, AIM: aim(s.kind), Vendor: driver.VendorZebra})
	}
}

func (s *Session) drop(reason string) {
	s.part, s.open, s.segments = nil, false, 0
	s.sink.Lost(reason)
}

// refusals are the reasons of a Nak.
var refusals = map[byte]string{2: "it does not know it", 6: "it is set not to obey", 0x0a: "it is busy"}

// refused takes a Nak: send again, or give up.
func (s *Session) refused(p Packet, now time.Time) {
	var reason byte
	if len(p.Data) > 0 {
		reason = p.Data[0]
	}
	if reason == nakResend && s.wait {
		s.resend(now, errors.New("scanner did not understand the command"))
		return
	}
	text := refusals[reason]
	if text == "" {
		text = fmt.Sprintf("reason %d", reason)
	}
	s.answered(fmt.Errorf("scanner refused command %#02x: %s", byte(s.sent.Op), text), now)
}
