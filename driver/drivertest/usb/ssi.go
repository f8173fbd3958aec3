package usb

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
				p := append([]byte{byte(5 + len(d)), 0xf3, 0, 0, kind}, d...)
				if i < len(cs)-1 {
					p[3] = 2 // more packets follow
				}
				sum := 0
				for _, x := range p {
					sum += int(x)
				}
				packets = append(packets, append(p, byte(-sum>>8), byte(-sum)))
			}
			return packets
		},
	}
}
