// Package vhci plugs virtual USB devices into the kernel that runs, through its
// module vhci-hcd: the kernel's half of USB/IP, for which no network and no other
// program is needed. To every driver and library above it the device is real.
//
// It needs root, and it changes the machine: it is meant for the virtual machine
// of package vm.
package vhci

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// sys is the controller in sysfs.
const sys = "/sys/devices/platform/vhci_hcd.0/"

// Commands and results of the protocol (Linux, Documentation/usb/usbip_protocol.rst).
const (
	submit    = 1
	unlink    = 2
	submitted = 3
	unlinked  = 4

	header = 48
	in     = 1

	fullSpeed = 2
)

// Plug is a device that is plugged in.
type Plug struct {
	dev    *usb.Device
	conn   net.Conn
	port   int
	served chan struct{}

	mu      sync.Mutex // guards waiting and the order of what is written
	waiting map[uint8][]request
}

// request is a read of the kernel that waits for data.
type request struct {
	seq uint32
	n   int
}

var plugging sync.Mutex

// Connect plugs a device in. The kernel asks for its descriptors meanwhile; Wait
// returns when it has made up its mind.
func Connect(dev *usb.Device) (*Plug, error) {
	plugging.Lock()
	defer plugging.Unlock()
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	defer unix.Close(fds[1]) // the kernel holds its own
	f := os.NewFile(uintptr(fds[0]), "vhci")
	defer f.Close()
	p := &Plug{dev: dev, port: port, served: make(chan struct{}), waiting: map[uint8][]request{}}
	if p.conn, err = net.FileConn(f); err != nil {
		return nil, err
	}
	dev.Connect(p.pump)
	go p.serve()
	line := fmt.Sprintf("%d %d %d %d", port, fds[1], 1<<16|(port+2), fullSpeed)
	if err := os.WriteFile(sys+"attach", []byte(line), 0); err != nil {
		p.conn.Close()
		return nil, fmt.Errorf("attach virtual USB device: %w", err)
	}
	return p, nil
}

// status are the lines of the controller's status for its full-speed ports.
func status() ([][]string, error) {
	b, err := os.ReadFile(sys + "status")
	if err != nil {
		return nil, fmt.Errorf("no virtual USB controller here (module vhci-hcd): %w", err)
	}
	var lines [][]string
	for _, l := range strings.Split(string(b), "\n") {
		if f := strings.Fields(l); len(f) == 7 && f[0] == "hs" {
			lines = append(lines, f)
		}
	}
	return lines, nil
}

func freePort() (port int, err error) {
	lines, err := status()
	if err != nil {
		return 0, err
	}
	for _, f := range lines {
		if f[2] == "004" { // VDEV_ST_NULL
			return strconv.Atoi(f[1])
		}
	}
	return 0, errors.New("all ports of the virtual USB controller are taken")
}

// Port is where the kernel has the device, "1-1"; "" while it does not know it.
func (p *Plug) Port() string {
	lines, _ := status()
	for _, f := range lines {
		if f[1] == fmt.Sprintf("%04d", p.port) && f[6] != "0-0" {
			return f[6]
		}
	}
	return ""
}

// Wait waits until the kernel shows the device, and says where.
func (p *Plug) Wait(within time.Duration) (port string, err error) {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if port = p.Port(); port != "" {
			if _, err := os.Stat("/sys/bus/usb/devices/" + port + ":1.0"); err == nil {
				return port, nil
			}
		}
	}
	return "", fmt.Errorf("the kernel did not take the virtual device within %v", within)
}

// Unplug pulls the device, and returns when the kernel has forgotten it: that
// takes a moment, and what is plugged in before meets the nodes of the old one.
func (p *Plug) Unplug() error {
	port := p.Port()
	p.dev.Disconnect()
	p.conn.Close()
	<-p.served
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if _, err := os.Stat("/sys/bus/usb/devices/" + port); port == "" || err != nil {
			return nil
		}
	}
	return fmt.Errorf("the kernel keeps the virtual device at %s", port)
}

// serve answers the kernel until the connection ends.
func (p *Plug) serve() {
	defer close(p.served)
	be := binary.BigEndian
	h := make([]byte, header)
	for {
		if _, err := io.ReadFull(p.conn, h); err != nil {
			return
		}
		seq := be.Uint32(h[4:])
		switch be.Uint32(h) {
		case submit:
			n := int(be.Uint32(h[24:]))
			var out []byte
			if be.Uint32(h[12:]) != in && n > 0 {
				out = make([]byte, n)
				if _, err := io.ReadFull(p.conn, out); err != nil {
					return
				}
			}
			p.submitted(seq, be.Uint32(h[12:]) == in, uint8(be.Uint32(h[16:])), n, h[40:48], out)
		case unlink:
			p.unlink(seq, be.Uint32(h[20:]))
		default:
			return
		}
	}
}

func (p *Plug) submitted(seq uint32, read bool, endpoint uint8, n int, setup, out []byte) {
	switch {
	case endpoint == 0:
		le := binary.LittleEndian
		s := usb.Setup{Type: setup[0], Request: setup[1], Value: le.Uint16(setup[2:]), Index: le.Uint16(setup[4:]), Length: le.Uint16(setup[6:])}
		data, ok := p.dev.Control(s, out)
		switch {
		case !ok:
			p.reply(seq, -int32(syscall.EPIPE), 0, nil)
		case !read:
			p.reply(seq, 0, n, nil)
		default:
			data = data[:min(n, len(data))]
			p.reply(seq, 0, len(data), data)
		}
	case !read:
		p.dev.Out(endpoint, out)
		p.reply(seq, 0, n, nil)
	default:
		p.mu.Lock()
		p.waiting[endpoint] = append(p.waiting[endpoint], request{seq, n})
		p.mu.Unlock()
		p.pump(endpoint)
	}
}

// pump answers reads for which there is data.
func (p *Plug) pump(endpoint uint8) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.waiting[endpoint]) > 0 {
		r := p.waiting[endpoint][0]
		data, ok := p.dev.Next(endpoint, r.n)
		if !ok {
			return
		}
		p.waiting[endpoint] = p.waiting[endpoint][1:]
		p.write(answer(submitted, r.seq, 0, len(data), data))
	}
}

// unlink takes back a read.
func (p *Plug) unlink(seq, victim uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := int32(0)
	for endpoint, rs := range p.waiting {
		for i, r := range rs {
			if r.seq == victim {
				p.waiting[endpoint] = append(rs[:i:i], rs[i+1:]...)
				status = -int32(syscall.ECONNRESET)
				break
			}
		}
	}
	p.write(answer(unlinked, seq, status, 0, nil))
}

func (p *Plug) reply(seq uint32, status int32, n int, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(answer(submitted, seq, status, n, data))
}

// write sends to the kernel; an error shows in serve.
func (p *Plug) write(b []byte) { p.conn.Write(b) }

func answer(command, seq uint32, status int32, n int, data []byte) []byte {
	b := make([]byte, header+len(data))
	be := binary.BigEndian
	be.PutUint32(b, command)
	be.PutUint32(b[4:], seq)
	be.PutUint32(b[20:], uint32(status))
	be.PutUint32(b[24:], uint32(n))
	if command == submitted {
		be.PutUint32(b[32:], 0xffffffff) // not isochronous
	}
	copy(b[header:], data)
	return b
}
