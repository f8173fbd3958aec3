package usb

import "bytes"

// Setup is a control request (USB 2.0, §9.3).
type Setup struct {
	Type, Request        uint8
	Value, Index, Length uint16
}

// Control answers a control request; out is the data of one to the device. ok is
// false where a real device would stall.
func (d *Device) Control(s Setup, out []byte) (in []byte, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case s.Type == 0x80 && s.Request == 6:
		return d.descriptor(s)
	case s.Type == 0x00 && s.Request == 9: // SET_CONFIGURATION
		d.set = uint8(s.Value)
		return nil, true
	case s.Type == 0x80 && s.Request == 8: // GET_CONFIGURATION
		return []byte{d.set}, true
	case s.Type&0xe0 == 0x80 && s.Request == 0: // GET_STATUS
		return []byte{0, 0}, true
	case s.Type&0xe0 == 0 && (s.Request == 1 || s.Request == 3 || s.Request == 11): // CLEAR_, SET_FEATURE, SET_INTERFACE
		return nil, true
	}
	for _, p := range d.parts {
		if uint8(s.Index) != p.number {
			continue
		}
		if p.Descriptor == nil {
			return d.serial(s, out)
		}
		return d.hid(p, s, out)
	}
	return nil, false
}

func (d *Device) descriptor(s Setup) ([]byte, bool) {
	switch i := int(s.Value & 0xff); s.Value >> 8 {
	case 1:
		return d.desc, true
	case 2:
		return d.conf, true
	case 3:
		if i == 0 {
			return []byte{4, 3, 9, 4}, true // English
		}
		if i > len(d.strings) {
			return nil, false
		}
		b := []byte{0, 3}
		for _, r := range d.strings[i-1] {
			b = append(b, byte(r), byte(r>>8))
		}
		b[0] = byte(len(b))
		return b, true
	}
	return nil, false
}

// hid answers the requests of HID 1.11, §7.
func (d *Device) hid(p part, s Setup, out []byte) ([]byte, bool) {
	switch {
	case s.Type == 0x81 && s.Request == 6 && s.Value>>8 == 0x22:
		return p.Descriptor, true
	case s.Type == 0x21 && s.Request == 9: // SET_REPORT
		d.reports = append(d.reports, Report{p.number, uint8(s.Value >> 8), bytes.Clone(out)})
		if bytes.Equal(out, []byte{0xfe, 1}) || bytes.Equal(out, []byte{0xfe, 0}) {
			d.redirect = out[1] == 1
		}
		if p.oem && len(out) == 11 {
			switch out[0] {
			case 0x11:
				d.enabled = true
			case 0x12:
				d.enabled = false
			}
		}
		return nil, true
	case s.Type == 0x21: // SET_IDLE, SET_PROTOCOL
		return nil, true
	case s.Type == 0xa1 && s.Request == 1: // GET_REPORT
		return make([]byte, s.Length), true
	case s.Type == 0xa1: // GET_IDLE, GET_PROTOCOL
		return []byte{0}, true
	}
	return nil, false
}

// serial answers the requests of a serial scanner (PSTN subclass 1.2, §6.3).
func (d *Device) serial(s Setup, out []byte) ([]byte, bool) {
	switch {
	case s.Type == 0x21 && s.Request == 0x20:
		d.line = bytes.Clone(out)
	case s.Type == 0xa1 && s.Request == 0x21:
		return d.line, true
	case s.Type == 0x21 && s.Request == 0x22:
		d.dtr = s.Value&1 != 0
	case s.Type != 0x21:
		return nil, false
	}
	return nil, true
}

// DTR says whether the host has raised Data Terminal Ready.
func (d *Device) DTR() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dtr
}
