package serial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	bugst "go.bug.st/serial"

	"github.com/tillgate/tillgate/driver"
)

// source is one scanner.
//
// The goroutine of Run reads the port itself. There is no second one, so there
// is no queue in which a scan could wait behind a customer who has gone, and a
// panic in the framing reaches the supervisor.
type source struct {
	set    settings
	framer *framer // Run alone; what it learned outlives a replug

	mu   sync.Mutex
	info driver.Info
}

func newSource(set settings) *source {
	s := &source{set: set, framer: newFramer(set.rule)}
	s.info = s.describe(portInfo{path: set.path, vid: set.vid, pid: set.pid, number: set.number})
	return s
}

func (s *source) Info() driver.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

// describe makes the Info of this scanner at port p.
func (s *source) describe(p portInfo) driver.Info {
	return driver.Info{
		ID: s.set.id, Driver: Name, Path: p.path, Name: p.name, VID: p.vid, PID: p.pid, Serial: p.number,
		Mode: s.set.line() + ", " + s.set.framing(""),
	}
}

// locate finds the port without opening one.
func (s *source) locate() (portInfo, error) {
	if !s.set.byUSB {
		return statPort(s.set.path)
	}
	ports, err := listPorts()
	if err != nil {
		return portInfo{}, fmt.Errorf("list serial ports: %w", err)
	}
	for _, p := range ports {
		if p.vid == s.set.vid && p.pid == s.set.pid && (s.set.number == "" || p.number == s.set.number) {
			return p, nil
		}
	}
	return portInfo{}, fmt.Errorf("USB scanner %s: %w as a serial port; is it plugged in, and set to USB-COM?",
		usbID(s.set.vid, s.set.pid, s.set.number), driver.ErrAbsent)
}

func (s *source) Run(ctx context.Context, t driver.Till) error {
	p, err := s.locate()
	if err != nil {
		return err
	}
	port, err := openPort(p, s.set.mode)
	if err != nil {
		return err
	}
	// Whoever scanned before anybody listened has gone: what is queued in the
	// port is not the customer who stands here now.
	if err := port.ResetInputBuffer(); err != nil {
		port.Close()
		return fmt.Errorf("discard old input of %s: %w", p.path, err)
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		port.Close() // unblocks Read
	})
	defer func() {
		if stop() {
			port.Close()
			return
		}
		<-closed
	}()
	s.framer.forget()
	s.opened(t, p)
	if err := s.read(ctx, port, p, t); err != nil {
		return s.gone(p, err)
	}
	return nil
}

// read delivers codes until ctx ends or the port fails.
//
// Silence is the time that Read waited in vain, and not the time between two
// reads: while Scanned blocks, bytes pile up in the port, and the gap between
// them says nothing about the scanner.
func (s *source) read(ctx context.Context, port *openedPort, p portInfo, t driver.Till) error {
	buf := make([]byte, 4096)
	var timed bool
	for {
		if want := s.framer.waiting(); want != timed {
			timeout := bugst.NoTimeout
			if want {
				timeout = s.set.silence
			}
			if err := port.SetReadTimeout(timeout); err != nil {
				return endOr(ctx, err)
			}
			timed = want
		}
		n, err := port.Read(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		learned := s.framer.learned.name
		frames := s.framer.silentOrPush(buf[:n], time.Now())
		for _, fr := range frames {
			if fr.lost != "" {
				t.Lost(fr.lost)
				continue
			}
			t.Scanned(s.scan(fr, p))
		}
		if s.framer.learned.name != learned {
			s.opened(t, p)
		}
	}
}

func (s *source) scan(fr frame, p portInfo) driver.Scan {
	scan := driver.Scan{At: fr.at, Data: fr.data, AIM: fr.aim, CodeID: fr.codeID, Vendor: fr.vendor}
	if scan.Vendor == driver.VendorUnknown {
		scan.Vendor = s.set.vendor
	}
	if scan.Vendor == driver.VendorUnknown {
		scan.Vendor = vendorOf(p.vid)
	}
	return scan
}

// opened reports the port, again when more is known about its framing.
func (s *source) opened(t driver.Till, p portInfo) {
	info := s.describe(p)
	info.Mode = s.set.line() + ", " + s.set.framing(s.framer.learned.name)
	s.mu.Lock()
	s.info = info
	s.mu.Unlock()
	t.Opened(info)
}

// gone says what an error of reading means: a port whose file has vanished was
// unplugged.
func (s *source) gone(p portInfo, err error) error {
	if _, statErr := statPort(p.path); errors.Is(statErr, driver.ErrAbsent) {
		return absent(p.path)
	}
	var portErr *bugst.PortError
	if errors.As(err, &portErr) && portErr.Code() == bugst.PortClosed || errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%s: the connection broke off; is the cable loose?", p.path)
	}
	return fmt.Errorf("read %s: %w", p.path, err)
}

// endOr is nil if ctx has ended: the error is then that of a port closed under
// the reader's hands.
func endOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
