package redir

import (
	"bytes"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// handle answers one message of QEMU.
func (s *Socket) handle(kind uint32, id uint64, b []byte) {
	s.mu.Lock()
	dev := s.dev
	s.mu.Unlock()
	if dev == nil || len(b) < least[kind] {
		return // it was meant for a device that has gone
	}
	switch kind {
	case reset:
		// The guest resets a device when it finds it, and after a sleep in which it
		// had no power: it has forgotten everything.
		dev.Connect(s.pump)
	case setConfiguration:
		dev.Control(usb.Setup{Request: 9, Value: uint16(b[0])}, nil)
		s.reply(configurationStatus, id, []byte{statusOK, b[0]})
	case getConfiguration:
		now, _ := dev.Control(usb.Setup{Type: 0x80, Request: 8, Length: 1}, nil)
		s.reply(configurationStatus, id, append([]byte{statusOK}, now...))
	case setAltSetting:
		s.reply(altSettingStatus, id, []byte{statusOK, b[0], b[1]})
	case getAltSetting:
		s.reply(altSettingStatus, id, []byte{statusOK, b[0], 0})
	case startInterrupt, stopInterrupt:
		s.mu.Lock()
		s.receiving[b[0]&0x0f] = kind == startInterrupt
		s.mu.Unlock()
		s.reply(interruptStatus, id, []byte{statusOK, b[0]})
		s.pump(b[0] & 0x0f)
	case cancelData:
		s.cancel(id)
	case controlPacket:
		s.control(dev, id, b)
	case bulkPacket:
		if endpoint := b[0]; endpoint&0x80 != 0 {
			s.mu.Lock()
			s.waiting[endpoint&0x0f] = append(s.waiting[endpoint&0x0f], request{id, int(le.Uint16(b[2:])) | int(le.Uint16(b[8:]))<<16})
			s.mu.Unlock()
			s.pump(endpoint & 0x0f)
			return
		}
		dev.Out(b[0], b[10:])
		done := bytes.Clone(b[:10])
		done[1] = statusOK
		s.reply(bulkPacket, id, done)
	case interruptPacket:
		dev.Out(b[0], b[4:])
		s.reply(interruptPacket, id, []byte{b[0], statusOK, b[2], b[3]})
	}
}

// least is how long a message must be.
var least = map[uint32]int{setConfiguration: 1, setAltSetting: 2, getAltSetting: 1, startInterrupt: 1, stopInterrupt: 1,
	controlPacket: 10, bulkPacket: 10, interruptPacket: 4}

func (s *Socket) reply(kind uint32, id uint64, parts ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dev != nil {
		s.send(kind, id, parts...)
	}
}

// control answers a control request: endpoint, request, type, status, value, index
// and length stand before the data. What QEMU leaves in the status is rubbish.
func (s *Socket) control(dev *usb.Device, id uint64, b []byte) {
	q := usb.Setup{Type: b[2], Request: b[1], Value: le.Uint16(b[4:]), Index: le.Uint16(b[6:]), Length: le.Uint16(b[8:])}
	in, ok := dev.Control(q, b[10:])
	head := bytes.Clone(b[:10])
	head[3] = statusOK
	if !ok {
		head[3] = statusStall
	}
	if !ok || q.Type&0x80 == 0 {
		in = nil
	}
	if q.Type&0x80 != 0 {
		in = in[:min(len(in), int(q.Length))]
		le.PutUint16(head[8:], uint16(len(in)))
	}
	s.reply(controlPacket, id, head, in)
}

// pump sends what an endpoint has and the guest reads.
func (s *Socket) pump(endpoint uint8) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.dev != nil {
		reads := s.waiting[endpoint]
		switch {
		case s.receiving[endpoint]:
			data, ok := s.dev.Next(endpoint, 1024)
			if !ok {
				return
			}
			s.id++
			head := le.AppendUint16([]byte{endpoint | 0x80, statusOK}, uint16(len(data)))
			s.send(interruptPacket, s.id, head, data)
		case len(reads) > 0:
			data, ok := s.dev.Next(endpoint, reads[0].n)
			if !ok {
				return
			}
			s.waiting[endpoint] = reads[1:]
			s.send(bulkPacket, reads[0].id, bulk(endpoint, statusOK, len(data)), data)
		default:
			return
		}
	}
}

// cancel takes back a read.
func (s *Socket) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for endpoint, reads := range s.waiting {
		for i, r := range reads {
			if r.id == id {
				s.waiting[endpoint] = append(reads[:i:i], reads[i+1:]...)
				s.send(bulkPacket, id, bulk(endpoint, statusCancelled, 0))
				return
			}
		}
	}
}

// bulk is the head of a packet from a bulk endpoint.
func bulk(endpoint, status uint8, n int) []byte {
	b := le.AppendUint16([]byte{endpoint | 0x80, status}, uint16(n))
	b = le.AppendUint32(b, 0) // no streams
	return le.AppendUint16(b, uint16(n>>16))
}
