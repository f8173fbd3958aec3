package ssi

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// How long a packet may take and how often it is sent; the guide's defaults.
const (
	Timeout = 2 * time.Second
	resends = 2
)

// Sink takes what a Session finds; a driver.Till is one.
type Sink interface {
	Scanned(driver.Scan)
	Lost(reason string)
}

// Session is the host's side of the line to one scanner. One goroutine uses it.
type Session struct {
	sink Sink
	in   []byte
	out  []byte
	last time.Time // when the last byte came

	part   []byte // of a code that goes on in the next packet
	open   bool
	kind   byte
	before []byte // the last packet that was acknowledged, to know it when it comes again

	sent  Packet // the command that waits for its answer
	wait  bool
	tries int
	due   time.Time
	queue []Packet
	done  func(error) // of the command that waits
	dones []func(error)
}

// NewSession begins a session.
func NewSession(sink Sink) *Session { return &Session{sink: sink} }

// Output is what must go to the scanner now; it is then forgotten.
func (s *Session) Output() []byte {
	b := s.out
	s.out = nil
	return b
}

// Busy says that Tick has something to watch: a packet or a code that is not
// complete, or a command without an answer.
func (s *Session) Busy() bool { return len(s.in) > 0 || s.open || s.wait }

// Send queues a command. done, which may be nil, is called when the scanner has
// answered, with nil, or when it did not or would not.
func (s *Session) Send(p Packet, now time.Time, done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	s.queue, s.dones = append(s.queue, p), append(s.dones, done)
	s.next(now)
}

// next sends the next command if none waits for its answer.
func (s *Session) next(now time.Time) {
	if s.wait || len(s.queue) == 0 {
		return
	}
	s.sent, s.queue = s.queue[0], s.queue[1:]
	s.done, s.dones = s.dones[0], s.dones[1:]
	s.wait, s.tries, s.due = true, 0, now.Add(Timeout)
	s.out = s.sent.Append(s.out)
}

// Feed takes bytes that came in.
func (s *Session) Feed(b []byte, now time.Time) {
	s.Tick(now)
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
			s.in = nil
			s.sink.Lost(err.Error())
			s.out = command(Nak, nakResend).Append(s.out)
		default:
			s.in = s.in[n:]
			s.packet(p, now)
		}
	}
}

// packet takes a packet that is whole.
func (s *Session) packet(p Packet, now time.Time) {
	switch p.Op {
	case Ack:
		s.answered(nil, now)
	case Nak:
		s.refused(p, now)
	case DecodeData:
		s.out = command(Ack).Append(s.out)
		same := append([]byte{byte(p.Op), p.Status & More}, p.Data...)
		if p.Status&Again != 0 && bytes.Equal(same, s.before) {
			return // our acknowledgement was lost, not the code
		}
		s.before = same
		s.code(p, now)
	case RevisionIs:
		s.answered(nil, now)
	default:
		s.out = command(Ack).Append(s.out) // events and the like
	}
}

// code takes a code or a part of one.
func (s *Session) code(p Packet, now time.Time) {
	if len(p.Data) == 0 {
		s.drop("packet without a bar code type")
		return
	}
	if s.open && p.Data[0] != s.kind {
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
	if len(data) == 0 {
		s.sink.Lost("empty code")
		return
	}
	if data = bytes.TrimRight(data, "\r\n"); len(data) == 2 && p.Data[0] == 0 && string(data) == "NR" {
		return // "no read": the trigger was pressed before nothing
	}
	if len(data) > 0 {
		s.sink.Scanned(driver.Scan{At: now, Data: data, AIM: aim(s.kind), Vendor: driver.VendorZebra})
	}
}

func (s *Session) drop(reason string) {
	s.part, s.open = nil, false
	s.sink.Lost(reason)
}

func (s *Session) answered(err error, now time.Time) {
	if !s.wait {
		return
	}
	done := s.done
	s.wait, s.done = false, nil
	s.next(now)
	done(err)
}

// refused takes a Nak: send again, or give up.
func (s *Session) refused(p Packet, now time.Time) {
	if len(p.Data) > 0 && p.Data[0] == nakResend && s.wait {
		s.resend(now, errors.New("scanner did not understand the command"))
		return
	}
	reason := byte(0)
	if len(p.Data) > 0 {
		reason = p.Data[0]
	}
	text := map[byte]string{2: "it does not know it", nakDenied: "it is set not to obey", 0x0a: "it is busy"}[reason]
	if text == "" {
		text = fmt.Sprintf("reason %d", reason)
	}
	s.answered(fmt.Errorf("scanner refused command %#02x: %s", byte(s.sent.Op), text), now)
}

func (s *Session) resend(now time.Time, why error) {
	if s.tries++; s.tries > resends {
		s.answered(why, now)
		return
	}
	again := s.sent
	again.Status |= Again
	s.due = now.Add(Timeout)
	s.out = again.Append(s.out)
}

// Tick notices what did not come in time.
func (s *Session) Tick(now time.Time) {
	if now.Sub(s.last) > Timeout {
		if len(s.in) > 0 {
			s.in = nil
			s.sink.Lost("packet broke off")
		}
		if s.open {
			s.drop("the rest of a long code did not come")
		}
	}
	if s.wait && now.After(s.due) {
		s.resend(now, errors.New("scanner does not answer: is it set to SSI?"))
	}
}
