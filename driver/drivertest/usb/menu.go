package usb

import (
	"encoding/binary"
	"fmt"
)

// HoneywellHeader is a code as a Honeywell scanner sends it with DECHDR1: the length
// of everything and of the data, code id and AIM identifier before the data.
func HoneywellHeader(c Code, data []byte) []byte {
	id, aim := c.CodeID, "X0"
	if id == 0 {
		id = 'j'
	}
	if len(c.AIM) == 3 {
		aim = c.AIM[1:]
	}
	payload := append(fmt.Appendf(nil, "MSGGET%04d%c%s\x1d", len(data), id, aim), data...)
	b := binary.LittleEndian.AppendUint32([]byte{0x16, 0xfe}, uint32(len(payload)))
	return append(append(b, '\r'), payload...)
}

// HoneywellSerial is a Honeywell scanner on a serial line with decode headers.
func HoneywellSerial(serial string) Scanner {
	s := CDC(serial)
	s.Name = "honeywell-serial"
	s.Reports = func(c Code) [][]byte {
		return chunks(HoneywellHeader(c, append(append([]byte(nil), c.Data...), '\r')), s.Packet)
	}
	return s
}

// NewlandSerial is a Newland scanner in USB-COM mode that sends AIM identifiers.
func NewlandSerial(serial string) Scanner {
	s := CDC(serial)
	s.Name, s.VID, s.PID, s.Manufacturer, s.Product = "newland-serial", 0x1eab, 0x0006, "Newland Auto-ID", "NLS Scanner (serial)"
	s.Reports = func(c Code) [][]byte { return chunks([]byte(c.AIM+string(c.Data)+"\r\n"), s.Packet) }
	return s
}
