// Package redir plugs virtual USB devices into a virtual machine of QEMU, by the
// protocol usbredir. The device stays an object of the process that tests; the
// guest sees it behind an emulated xHCI controller, whatever its system is, and
// nothing is needed of the host's kernel.
//
// For each socket of the guest QEMU gets
//
//	-device qemu-xhci,id=xhci
//	-chardev socket,id=p0,path=PATH -device usb-redir,bus=xhci.0,chardev=p0
//
// where Listen has made PATH.
package redir

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// Types of messages (SPICE project, "USB Network Redirection protocol description
// version 0.7").
const (
	hello                    = 0
	deviceConnect            = 1
	deviceDisconnect         = 2
	reset                    = 3
	interfaceInfo            = 4
	endpointInfo             = 5
	setConfiguration         = 6
	getConfiguration         = 7
	configurationStatus      = 8
	setAltSetting            = 9
	getAltSetting            = 10
	altSettingStatus         = 11
	startInterrupt           = 15
	stopInterrupt            = 16
	interruptStatus          = 17
	cancelData               = 21
	controlPacket            = 100
	bulkPacket               = 101
	interruptPacket          = 103
	statusOK            byte = 0
	statusCancelled     byte = 1
	statusStall         byte = 4
)

// caps are the capabilities that QEMU asks for behind xHCI: version of the device at
// its connection, packet sizes of endpoints, ids of 64 bits, lengths of 32 bits.
const caps = 1<<1 | 1<<4 | 1<<5 | 1<<6

// maxMessage bounds what is taken from QEMU.
const maxMessage = 1 << 20

var le = binary.LittleEndian

// Socket is where one device can be plugged in.
type Socket struct {
	listener net.Listener
	ready    chan struct{} // closed after the greeting
	ended    chan struct{}

	mu        sync.Mutex // guards what follows, and the order of what is written
	conn      net.Conn
	dev       *usb.Device
	receiving map[uint8]bool      // interrupt endpoints that are read
	waiting   map[uint8][]request // reads of bulk endpoints
	id        uint64
	err       error
}

// request is a read that waits for data.
type request struct {
	id uint64
	n  int
}

// Listen makes a socket that QEMU connects to, a Unix socket at path.
func Listen(path string) (*Socket, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	s := &Socket{listener: l, ready: make(chan struct{}), ended: make(chan struct{})}
	go s.serve()
	return s, nil
}

// Close ends the connection.
func (s *Socket) Close() error {
	s.listener.Close()
	s.mu.Lock()
	if s.conn != nil {
		s.conn.Close()
	}
	s.mu.Unlock()
	<-s.ended
	return nil
}

// Plug plugs a device in, when QEMU has connected.
func (s *Socket) Plug(dev *usb.Device) error {
	select {
	case <-s.ready:
	case <-s.ended:
		return fmt.Errorf("QEMU is not there: %w", s.err)
	}
	dev.Connect(s.pump)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dev != nil {
		return errors.New("a device is plugged in already")
	}
	s.dev, s.receiving, s.waiting = dev, map[uint8]bool{}, map[uint8][]request{}
	s.describe()
	return nil
}

// Unplug pulls the device. The guest hears of it some milliseconds later.
func (s *Socket) Unplug() {
	s.mu.Lock()
	dev := s.dev
	s.dev = nil
	if dev != nil {
		s.send(deviceDisconnect, 0)
	}
	s.mu.Unlock()
	if dev != nil {
		dev.Disconnect()
	}
}

// describe sends what QEMU must know of a device before the guest does.
func (s *Socket) describe() {
	device, conf := s.dev.Descriptors()
	var count uint32
	var number, class, subclass, protocol, kind, interval, of [32]byte
	var size [32]uint16
	for i := range kind {
		kind[i] = 255 // no such endpoint
	}
	kind[0], kind[16], size[0], size[16] = 0, 0, 64, 64
	for d := conf; len(d) > 2; d = d[d[0]:] {
		switch d[1] {
		case 4: // interface
			number[count], class[count], subclass[count], protocol[count] = d[2], d[5], d[6], d[7]
			count++
		case 5: // endpoint; those of the direction IN are 16 to 31
			i := d[2]&0x0f | d[2]&0x80>>3
			kind[i], interval[i], of[i], size[i] = d[3]&3, d[6], number[count-1], le.Uint16(d[4:])
		}
	}
	s.send(interfaceInfo, 0, le.AppendUint32(nil, count), number[:], class[:], subclass[:], protocol[:])
	sizes := make([]byte, 0, 64)
	for _, n := range size {
		sizes = le.AppendUint16(sizes, n)
	}
	s.send(endpointInfo, 0, kind[:], interval[:], of[:], sizes)
	const full = 1
	s.send(deviceConnect, 0, []byte{full, device[4], device[5], device[6]}, device[8:14])
}

// send writes a message; an error shows in serve.
func (s *Socket) send(kind uint32, id uint64, parts ...[]byte) {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	b := le.AppendUint32(le.AppendUint32(nil, kind), uint32(len(body)))
	if kind == hello { // still with an id of 32 bits
		b = le.AppendUint32(b, uint32(id))
	} else {
		b = le.AppendUint64(b, id)
	}
	s.conn.Write(append(b, body...))
}

// serve greets QEMU and answers until the connection ends.
func (s *Socket) serve() {
	defer close(s.ended)
	conn, err := s.listener.Accept()
	if err != nil {
		s.err = err
		return
	}
	s.mu.Lock()
	s.conn = conn
	name := make([]byte, 64)
	copy(name, "tillgate drivertest")
	s.send(hello, 0, name, le.AppendUint32(nil, caps))
	s.mu.Unlock()
	defer conn.Close()
	if s.err = greeted(conn); s.err != nil {
		return
	}
	close(s.ready)
	for {
		kind, id, body, err := receive(conn, 16)
		if err != nil {
			s.err = err
			return
		}
		s.handle(kind, id, body)
	}
}

// greeted reads the other side's hello.
func greeted(conn net.Conn) error {
	kind, _, body, err := receive(conn, 12)
	if err != nil {
		return err
	}
	if kind != hello || len(body) < 68 || le.Uint32(body[64:])&caps != caps {
		return errors.New("QEMU lacks capabilities of usbredir that are needed")
	}
	return nil
}

func receive(r io.Reader, header int) (kind uint32, id uint64, body []byte, err error) {
	h := make([]byte, 16)
	if _, err = io.ReadFull(r, h[:header]); err != nil {
		return 0, 0, nil, err
	}
	n := le.Uint32(h[4:])
	if n > maxMessage {
		return 0, 0, nil, fmt.Errorf("message of %d bytes", n)
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return le.Uint32(h), le.Uint64(h[8:]), body, err
}
