package ssi

import (
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Newer models cut a long code into segments of their own, opcode 73, which the guide
// does not have. What is done here is what one public library reads (enioka scan, for
// Bluetooth models), and was not seen: the number of the segment, from 0; in the
// first then the opcode DECODE_DATA, four bytes of unknown meaning, the type of bar
// code and the length of the code in three bytes; the code. That library answers with
// an opcode 74 of its own and says that the scanner does not mind: here every segment
// is acknowledged as any packet.
const (
	segmentHead = 10
	codeStarts  = 1 // in all segments but the first
)

// segment takes a part of a code that comes in segments.
func (s *Session) segment(p Packet, now time.Time) {
	d := p.Data
	switch {
	case len(d) == 0:
		s.drop("segment without a number")
		return
	case d[0] == 0:
		if s.open {
			s.drop("another code began before the last one had ended")
		}
		if len(d) < segmentHead || Op(d[1]) != DecodeData {
			s.drop("segment of something that is no code")
			return
		}
		s.kind, s.size = d[6], int(d[7])<<16|int(d[8])<<8|int(d[9])
		if s.size == 0 || s.size > driver.MaxScan {
			s.drop("code of an impossible length")
			return
		}
		s.open, s.segments, s.part = true, 1, append([]byte(nil), d[segmentHead:]...)
	case s.segments > 0 && int(d[0]) == s.segments-1:
		return // sent again: our acknowledgement was lost
	case s.segments == 0 || int(d[0]) != s.segments:
		s.drop("a segment of a code is missing")
		return
	default:
		s.part = append(s.part, d[codeStarts:]...)
		s.segments++
	}
	if len(s.part) >= s.size {
		data := s.part[:s.size]
		s.part, s.open, s.segments = nil, false, 0
		s.whole(data, now)
	}
}
