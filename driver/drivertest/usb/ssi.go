package usb

import "encoding/binary"

// SSI is a Zebra scanner on a serial line that speaks SSI with packets: each
// "report" is one packet, after which it waits for the host to acknowledge. The
// packets are made here from the guide and not with package ssi, which they test.
func SSI(serial string) Scanner {
	return Scanner{
		Name: "ssi", VID: 0x05e0, PID: 0x1701, Serial: serial, Manufacturer: "Symbol Technologies, Inc, 2002", Product: "Symbol Bar Code Scanner (SSI)", Packet: 64,
		Reports: func(c Code) (packets [][]byte) {
			kind, ok := map[string]byte{"]E0": 0x0b, "]E4": 0x0a, "]C0": 0x03, "]C1": 0x0f, "]Q1": 0x1c, "]d1": 0x1b, "]z0": 0x2d}[c.AIM]
			if !ok {
				kind = 0x99
			}
			cs := chunks(c.Data, 250)
			for i, d := range cs {
				packets = append(packets, SSIPacket(0xf3, more(i, len(cs)), append([]byte{kind}, d...)...))
			}
			return packets
		},
	}
}

// SSIPicture are the packets of a picture: IMAGE_DATA, the first with a preamble of
// size, width, height, kind of file (31 JPEG, 33 BMP, 34 TIFF) and bits per pixel (2
// for 8).
func SSIPicture(kind byte, width, height int, file []byte) (packets [][]byte) {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(file)))
	b = binary.BigEndian.AppendUint16(b, uint16(width))
	b = binary.BigEndian.AppendUint16(b, uint16(height))
	b = append(append(b, kind, 2), file...)
	cs := chunks(b, 251)
	for i, d := range cs {
		packets = append(packets, SSIPacket(0xb1, more(i, len(cs)), d...))
	}
	return packets
}

// more is the status of packet i of n: bit 1 says that others follow.
func more(i, n int) byte {
	if i < n-1 {
		return 2
	}
	return 0
}

// SSIPacket is one packet of a scanner.
func SSIPacket(op, status byte, data ...byte) []byte {
	return seal(append([]byte{byte(4 + len(data)), op, 0, status}, data...))
}

// SSIAgain is a packet as it is sent once more.
func SSIAgain(p []byte) []byte {
	p = append([]byte(nil), p[:len(p)-2]...)
	p[3] |= 1
	return seal(p)
}

// SSIValid says whether the checksum of a packet is right.
func SSIValid(p []byte) bool {
	if len(p) < 6 || len(p) != int(p[0])+2 {
		return false
	}
	sum := int(p[len(p)-2])<<8 + int(p[len(p)-1])
	for _, x := range p[:len(p)-2] {
		sum += int(x)
	}
	return sum&0xffff == 0
}

// seal appends the checksum: the two's complement of the sum of all bytes.
func seal(p []byte) []byte {
	sum := 0
	for _, x := range p {
		sum += int(x)
	}
	return append(p, byte(-sum>>8), byte(-sum))
}
