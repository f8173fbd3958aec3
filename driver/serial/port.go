package serial

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	bugst "go.bug.st/serial"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// portInfo is what is known of a port without opening it.
type portInfo struct {
	path     string // as configured or listed
	real     string // with links resolved: the same port has the same
	name     string
	vid, pid uint16
	number   string // USB serial number
	socket   string // where the USB device is plugged in, "1-2.3"; "" if the system does not say it
}

// device describes a USB port as package usb does devices. Where the system does not
// tell the socket, the name of the port stands for it.
func (p portInfo) device() usb.Interface {
	return usb.Interface{Path: p.path, Socket: cmp.Or(p.socket, p.path), VID: p.vid, PID: p.pid, Serial: p.number}
}

// devices are those of the ports that are on USB.
func devices(ports []portInfo) (all []usb.Interface) {
	for _, p := range ports {
		if p.vid != 0 {
			all = append(all, p.device())
		}
	}
	return all
}

// openedPort is a port that this process owns.
type openedPort struct {
	bugst.Port
	writer *writer
	claim  *claim
	once   sync.Once
}

// openPort opens a port for this process alone.
func openPort(p portInfo, mode bugst.Mode) (*openedPort, error) {
	c, err := claimPort(p.path)
	if err != nil {
		return nil, err
	}
	port, err := c.open(p.path, &mode)
	if err != nil && mode.InitialStatusBits != nil && c.noModemLines(err) {
		mode.InitialStatusBits = nil
		port, err = c.open(p.path, &mode)
	}
	if err != nil {
		c.release()
		return nil, openError(p.path, err)
	}
	return &openedPort{Port: port, writer: newWriter(port), claim: c}, nil
}

// Close closes the port and lets others have it. It may be called while Read
// waits: Read then returns an error. After it, the number of the file
// descriptor can be another file's, so what a Read that was under way returns
// must be thrown away.
func (p *openedPort) Close() error {
	var err error
	p.once.Do(func() {
		p.writer.close(func() { p.Port.ResetOutputBuffer() }) // which lets a write end that is stuck
		err = p.Port.Close()
		p.claim.release()
	})
	return err
}

// openError gives an error of go.bug.st/serial the words of package driver.
func openError(path string, err error) error {
	var portErr *bugst.PortError
	if errors.As(err, &portErr) {
		switch portErr.Code() {
		case bugst.PortBusy:
			return busy(path, "")
		case bugst.PermissionDenied:
			return denied(path)
		case bugst.PortNotFound:
			return absent(path)
		}
	}
	return fmt.Errorf("open %s: %w", path, err)
}

func absent(path string) error {
	return fmt.Errorf("serial port %s: %w; there is no such port now", path, driver.ErrAbsent)
}

// errOurs is why a port is busy that this process has open.
var errOurs = errors.New("this one, for another scanner of the configuration")

// busy names the program that has the port, where it is known.
func busy(path, holder string) error {
	if holder == "" {
		return fmt.Errorf("serial port %s: %w; close that program, the port is taken up then by itself", path, driver.ErrBusy)
	}
	return fmt.Errorf("serial port %s: %w: %s; close it, the port is taken up then by itself", path, driver.ErrBusy, holder)
}
