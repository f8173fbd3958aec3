// Package ssi speaks Zebra's Simple Serial Interface, in which every code comes in
// a packet with a checksum and is acknowledged.
//
// It opens no port: Session takes the bytes that came in and says which go out.
// Names and numbers are those of Zebra's "Simple Serial Interface Programmer's
// Guide"; where the public libraries know more than its editions, that is said.
package ssi

import (
	"errors"
	"fmt"
)

// Packet is one packet. On the line it is: length of all but the checksum,
// opcode, source, status, data, checksum.
type Packet struct {
	Op     Op
	Source byte // 0 the scanner, 4 the host
	Status byte
	Data   []byte // up to 251 bytes
}

// Op says what a packet is.
type Op byte

// The opcodes that are used here.
const (
	Ack          Op = 0xd0
	Nak          Op = 0xd1
	DecodeData   Op = 0xf3
	Event        Op = 0xf6
	Beep         Op = 0xe6
	LEDOn        Op = 0xe7
	LEDOff       Op = 0xe8
	StartSession Op = 0xe4
	StopSession  Op = 0xe5
	ScanEnable   Op = 0xe9
	ScanDisable  Op = 0xea
	Revision     Op = 0xa3
	RevisionIs   Op = 0xa4
	ParamSend    Op = 0xc6
	ImagerMode   Op = 0xf7
	ImageData    Op = 0xb1
	Segment      Op = 0x73
)

// Sources, and the bits of Status.
const (
	fromHost = 4

	Again     = 0x01 // the packet was sent before
	More      = 0x02 // the code goes on in the next packet
	Permanent = 0x08 // a parameter is to survive the power
)

const (
	nakResend = 1 // reason of a Nak: send it again

	header  = 4
	maxData = 0xff - header
)

// Append writes a packet as it goes over the line. Data beyond the 251 bytes that
// a packet holds are a mistake of the caller and are cut off.
func (p Packet) Append(b []byte) []byte {
	at := len(b)
	data := p.Data[:min(len(p.Data), maxData)]
	b = append(b, byte(header+len(data)), byte(p.Op), p.Source, p.Status)
	b = append(b, data...)
	sum := checksum(b[at:])
	return append(b, byte(sum>>8), byte(sum))
}

// checksum is the two's complement of the sum of all bytes.
func checksum(b []byte) (sum uint16) {
	for _, c := range b {
		sum -= uint16(c)
	}
	return sum
}

// Errors of Parse.
var (
	errShort    = errors.New("packet is not complete")
	errLength   = errors.New("packet with an impossible length")
	errChecksum = errors.New("packet with a wrong checksum")
)

// Parse reads the packet at the beginning of b and says how long it is.
func Parse(b []byte) (p Packet, n int, err error) {
	if len(b) == 0 {
		return p, 0, errShort
	}
	n = int(b[0]) + 2
	if b[0] < header {
		return p, 1, errLength
	}
	if len(b) < n {
		return p, n, errShort
	}
	if sum := checksum(b[:n-2]); b[n-2] != byte(sum>>8) || b[n-1] != byte(sum) {
		return p, n, errChecksum
	}
	return Packet{Op: Op(b[1]), Source: b[2], Status: b[3], Data: append([]byte(nil), b[header:n-2]...)}, n, nil
}

// The commands of a host.
func command(op Op, data ...byte) Packet { return Packet{Op: op, Source: fromHost, Data: data} }

// Sound makes the scanner beep. Codes 0 to 4 are one to five high short beeps, 5
// to 9 low short, 10 to 14 high long, 15 to 19 low long, 20 to 26 warbles.
func Sound(code byte) Packet { return command(Beep, code) }

// Light switches the LEDs on or off: bit 0 green, bit 1 red.
func Light(on bool, leds byte) Packet {
	if on {
		return command(LEDOn, leds)
	}
	return command(LEDOff, leds)
}

// Trigger starts or ends an attempt to read, as the trigger of a hand-held does.
func Trigger(on bool) Packet {
	if on {
		return command(StartSession)
	}
	return command(StopSession)
}

// Enable lets the scanner read codes or not.
func Enable(on bool) Packet {
	if on {
		return command(ScanEnable)
	}
	return command(ScanDisable)
}

// Mode has an imager read codes or take pictures.
func Mode(pictures bool) Packet {
	if pictures {
		return command(ImagerMode, 1)
	}
	return command(ImagerMode, 0)
}

// The parameters that a till has a use for.
const (
	ParamTriggerMode = 138 // 0 level, 7 presentation, 8 host
	ParamPhoneMode   = 716 // reads from phone screens: 3 in the hand and in the stand
	ParamPackets     = 238 // 1: codes come in packets; without it, as plain text
	ParamSameCode    = 137 // tenths of a second before the same code is read again
)

// Set sets a parameter, without a beep; permanent lets it survive the power.
func Set(number, value int, permanent bool) (Packet, error) {
	p := command(ParamSend, 0xff)
	if permanent {
		p.Status = Permanent
	}
	switch {
	case number < 0 || number > 1023 || value < 0 || value > 255:
		return p, fmt.Errorf("parameter %d = %d can not be sent in one byte", number, value)
	case number <= 0xef:
		p.Data = append(p.Data, byte(number))
	case number <= 0xff:
		return p, fmt.Errorf("parameter %d can not be sent", number) // F0 to FF introduce longer numbers
	default:
		p.Data = append(p.Data, 0xf0+byte(number/256-1), byte(number))
	}
	p.Data = append(p.Data, byte(value))
	return p, nil
}
