package usb

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"
)

// Device is a whole USB device: one Scanner, or a composite of several
// interfaces as scanners in keyboard mode are. A transport (package vhci, package
// redir) brings it to a kernel: it passes on requests and fetches what the
// device has to send.
type Device struct {
	parts   []part
	desc    []byte // device descriptor
	conf    []byte // configuration descriptor with all that belongs to it
	strings []string

	// Pace is the time between two reports.
	Pace time.Duration

	mu       sync.Mutex
	set      uint8 // configuration that is set
	queues   map[uint8][][]byte
	notify   func(endpoint uint8)
	reports  []Report
	redirect bool
	enabled  bool
	line     []byte
	dtr      bool
}

// part is one interface, or the pair of a serial scanner.
type part struct {
	Scanner
	number uint8 // of its first interface
	in     uint8 // IN endpoint of its data
}

// Report is an output or feature report that the host sent, or bytes written to
// a serial scanner.
type Report struct {
	Interface uint8
	Kind      uint8 // 2 output, 3 feature (HID 1.11, §7.2.1); 0 for bytes
	Data      []byte
}

// Errors of a scan that does not leave the device.
var (
	ErrUnplugged = errors.New("virtual scanner is not plugged in")
	ErrDisabled  = errors.New("virtual scanner was not enabled by the host")
)

// NewDevice makes a device of one or more interfaces. It has the ids and names of
// the first.
func NewDevice(ss ...Scanner) *Device {
	first := ss[0]
	d := &Device{Pace: pace, strings: []string{first.Manufacturer, first.Product, first.Serial}, line: []byte{0x80, 0x25, 0, 0, 0, 0, 8}}
	var body []byte
	next, endpoint := uint8(0), uint8(1)
	for _, s := range ss {
		p := part{Scanner: s, number: next, in: endpoint}
		if s.Descriptor == nil {
			p.in = endpoint + 1
			body = append(body, acm(next, endpoint)...)
			next, endpoint = next+2, endpoint+2
		} else {
			body = append(body, hid(s, next, endpoint)...)
			next, endpoint = next+1, endpoint+1
		}
		d.parts = append(d.parts, p)
	}
	d.conf = append([]byte{9, 2, 0, 0, next, 1, 0, 0x80, 250}, body...)
	binary.LittleEndian.PutUint16(d.conf[2:], uint16(len(d.conf)))
	class := uint8(0)
	if first.Descriptor == nil {
		class = 2
	}
	d.desc = []byte{18, 1, 0, 2, class, 0, 0, 64, byte(first.VID), byte(first.VID >> 8), byte(first.PID), byte(first.PID >> 8), 0x10, 1, 1, 2, 3, 1}
	if first.Serial == "" {
		d.desc[16] = 0
	}
	return d
}

// hid is the descriptors of a HID interface with one interrupt endpoint (HID
// 1.11, §7.1).
func hid(s Scanner, number, endpoint uint8) []byte {
	n := len(s.Descriptor)
	return []byte{
		9, 4, number, 0, 1, 3, s.Subclass, s.Protocol, 0,
		9, 0x21, 0x11, 1, 0, 1, 0x22, byte(n), byte(n >> 8),
		7, 5, 0x80 | endpoint, 3, byte(s.Packet), byte(s.Packet >> 8), 1,
	}
}

// acm is the descriptors of a serial scanner: control and data interface (USB
// Class Definitions for Communication Devices 1.2, PSTN subclass).
func acm(number, endpoint uint8) []byte {
	return []byte{
		9, 4, number, 0, 1, 2, 2, 1, 0,
		5, 0x24, 0, 0x10, 1, 5, 0x24, 1, 0, number + 1, 4, 0x24, 2, 2, 5, 0x24, 6, number, number + 1,
		7, 5, 0x80 | endpoint, 3, 16, 0, 10,
		9, 4, number + 1, 0, 2, 10, 0, 0, 0,
		7, 5, 0x80 | (endpoint + 1), 2, 64, 0, 0,
		7, 5, endpoint + 1, 2, 64, 0, 0,
	}
}

// Descriptors are the device and the configuration descriptor.
func (d *Device) Descriptors() (device, configuration []byte) { return d.desc, d.conf }

// Connect is called by the transport when the device is plugged in: notify is
// called when an endpoint has something to send, with no lock held.
func (d *Device) Connect(notify func(endpoint uint8)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notify, d.queues = notify, map[uint8][][]byte{}
	d.set, d.redirect, d.enabled, d.dtr = 0, false, false, false
}

// Disconnect is called by the transport when the device is unplugged.
func (d *Device) Disconnect() {
	d.mu.Lock()
	d.notify = nil
	d.mu.Unlock()
}

// Next takes the next packet of an IN endpoint, of at most n bytes.
func (d *Device) Next(endpoint uint8, n int) (packet []byte, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := d.queues[endpoint]
	if len(q) == 0 {
		return nil, false
	}
	if len(q[0]) > n {
		packet, q[0] = q[0][:n], q[0][n:]
		return packet, true
	}
	d.queues[endpoint] = q[1:]
	return q[0], true
}

// Out takes what the host writes to an OUT endpoint.
func (d *Device) Out(endpoint uint8, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reports = append(d.reports, Report{Interface: endpoint, Data: append([]byte(nil), data...)})
}

// Reports are the reports that the host has sent since the device was made.
func (d *Device) Reports() []Report {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Report(nil), d.reports...)
}

// pace is the Pace of a device that is not told another: that of a scanner at full
// speed.
const pace = 4 * time.Millisecond

// Scan sends a code as the scanner would, and returns when the last report has
// been handed to the transport. It is not for two goroutines at once.
func (d *Device) Scan(c Code) error {
	p, err := d.source()
	if err != nil {
		return err
	}
	return d.Send(p.Reports(c))
}

// Send sends reports of the interface that codes come from.
func (d *Device) Send(reports [][]byte) error {
	for i, r := range reports {
		p, err := d.source()
		if err != nil {
			return err
		}
		if i > 0 {
			time.Sleep(d.Pace)
		}
		d.mu.Lock()
		notify := d.notify
		d.queues[p.in] = append(d.queues[p.in], r)
		d.mu.Unlock()
		if notify == nil {
			return ErrUnplugged
		}
		notify(p.in)
	}
	return nil
}

// Burst sends reports without the time between them that a real scanner takes,
// to see what a reader does that can not keep up.
func (d *Device) Burst(reports [][]byte) error {
	p, err := d.source()
	if err != nil {
		return err
	}
	d.mu.Lock()
	notify := d.notify
	d.queues[p.in] = append(d.queues[p.in], reports...)
	d.mu.Unlock()
	notify(p.in)
	return nil
}

// source is the interface that codes come from at this moment: the first, or a
// HID-POS interface to which the host has redirected them.
func (d *Device) source() (part, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.parts[0]
	if d.redirect {
		for _, q := range d.parts {
			if q.Descriptor != nil && q.Protocol == 0 {
				p = q
			}
		}
	}
	switch {
	case d.notify == nil:
		return p, ErrUnplugged
	case p.oem && !d.enabled:
		return p, ErrDisabled
	}
	return p, nil
}

// Pending is how many reports wait for the host.
func (d *Device) Pending() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range d.queues {
		n += len(q)
	}
	return n
}
