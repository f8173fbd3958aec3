package serial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	bugst "go.bug.st/serial"

	"github.com/tillgate/tillgate/driver"
)

// source is one scanner.
//
// The goroutine of Run reads the port itself. There is no second one, so there
// is no queue in which a scan could wait behind a customer who has gone, and a
// panic in the framing reaches the supervisor. What goes to the scanner is written
// beside it: one that takes nothing keeps no codes back.
type source struct {
	set  settings
	port string // the line settings in words

	mu    sync.Mutex // guards what follows; held for no longer than a protocol thinks
	info  driver.Info
	tray  tray
	line  protocol // what it learned outlives a replug
	write *writer  // nil while the port is closed
}

func newSource(set settings) *source {
	s := &source{set: set, port: set.line()}
	s.line = newProtocol(&s.set, &s.tray)
	s.info = s.describe(portInfo{path: set.path, vid: set.sel.VID, pid: set.sel.PID, number: set.sel.Serial}, s.mode())
	return s
}

func (s *source) Info() driver.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

// mode says how the port is driven, in words.
func (s *source) mode() string { return s.port + ", " + s.line.mode() }

// describe makes the Info of this scanner at port p.
func (s *source) describe(p portInfo, mode string) driver.Info {
	return driver.Info{
		ID: s.set.id, Driver: Name, Path: p.path, Name: p.name, VID: p.vid, PID: p.pid, Serial: p.number,
		Mode: mode,
	}
}

// locate finds the ports that may be meant, the best first, without opening one.
func (s *source) locate() ([]portInfo, error) {
	if s.set.path != "" {
		p, err := statPort(s.set.path)
		return []portInfo{p}, err
	}
	ports, err := listPorts()
	if err != nil {
		return nil, fmt.Errorf("list serial ports: %w", err)
	}
	found, err := s.set.sel.Each(devices(ports), s.set.beside.All()...)
	if err != nil {
		return nil, fmt.Errorf("%w as a serial port; is it plugged in, and set to USB-COM?", err)
	}
	var meant []portInfo
	for _, d := range found {
		meant = append(meant, ports[slices.IndexFunc(ports, func(p portInfo) bool { return p.path == d[0].Path })])
	}
	return meant, nil
}

// open opens the first port of those that may be meant that is not another
// scanner's of this till.
func (s *source) open() (p portInfo, port *openedPort, err error) {
	ports, err := s.locate()
	if err != nil {
		return p, nil, err
	}
	for _, p = range ports {
		if port, err = openPort(p, s.set.mode); !errors.Is(err, errOurs) {
			return p, port, err
		}
	}
	if s.set.path == "" {
		err = fmt.Errorf("USB scanner %s: %w; the one at %s is another of this till", s.set.sel.ID(), driver.ErrAbsent, p.path)
	}
	return p, nil, err
}

func (s *source) Run(ctx context.Context, t driver.Till) error {
	p, port, err := s.open()
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
	r := &reader{source: s, till: t, port: port, at: p}
	r.begin()
	err = r.run(ctx)
	r.end(ctx)
	if err != nil {
		return s.gone(p, err)
	}
	return nil
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
