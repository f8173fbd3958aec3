package usb

// CDC is a scanner in USB-COM mode: a serial port, the code and CR on it.
func CDC(serial string) Scanner {
	return Scanner{
		Name: "cdc", VID: 0x0c2e, PID: 0x0caa, Serial: serial,
		Manufacturer: "Honeywell", Product: "Honeywell Barcode Scanner (serial)", Packet: 64,
		Reports: func(c Code) [][]byte { return chunks(append(append([]byte(nil), c.Data...), '\r'), 64) },
	}
}
