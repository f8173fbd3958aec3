package hid

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/hid/descriptor"
	"github.com/tillgate/tillgate/driver/hid/oem"
	"github.com/tillgate/tillgate/driver/queue"
)

// source is one scanner.
type source struct {
	bus bus
	set settings

	signals chan driver.Signal

	mu   sync.Mutex
	info driver.Info
	port string // where the device is that is open; nothing is to be learned from the system while it is ours
	dev  device // that is open, for those who wake it; nil if none is

	reclaimed int // interfaces given back since the last opening; Run alone
}

func newSource(b bus, set settings) *source {
	s := &source{bus: b, set: set, signals: make(chan driver.Signal, 1)}
	s.info = driver.Info{ID: set.id, Driver: Name, VID: set.sel.VID, PID: set.sel.PID, Serial: set.sel.Serial, Path: set.sel.Port}
	return s
}

func (s *source) Info() driver.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *source) describe(c choice, mode string) driver.Info {
	if mode == "" {
		mode = newReader(c, s.set, nil, time.Time{}).Mode()
	}
	return driver.Info{ID: s.set.id, Driver: Name, Path: c.Path, Name: c.Name(), VID: c.VID, PID: c.PID, Serial: c.Serial, Mode: mode}
}

// TOML is what names the scanner in the configuration.
func (s *source) TOML() string { return s.set.sel.TOML() }

// Stays says that the scanner is known by its socket: another is like it.
func (s *source) Stays() bool { return s.set.sel.Port != "" }

// locate finds the interface to open among what is plugged in.
func (s *source) locate(nodes []node) (choice, error) {
	mine, err := s.set.sel.Of(interfaces(nodes), s.set.beside.All()...)
	if err != nil {
		return choice{}, err
	}
	var device []node
	for _, n := range nodes {
		for _, m := range mine {
			if n.Path == m.Path {
				device = append(device, n)
			}
		}
	}
	return choose(device, s.set)
}

// reclaim gives interfaces of the scanner that nobody has back to the system: a
// program that was killed while it had them left them so, and without a driver
// the system does not show what they are.
func (s *source) reclaim(nodes []node) error {
	for _, n := range nodes {
		if n.Driver != "" || n.Dir == "" || !s.set.sel.Matches(n.Interface) {
			continue
		}
		if s.reclaimed++; s.reclaimed > 5 {
			return nil // the system does not want it; the others may do
		}
		if err := s.bus.attach(n); err != nil {
			return fmt.Errorf("scanner at %s was taken from the system and not given back: %w", n.Path, err)
		}
		return fmt.Errorf("scanner at %s: %w: it is just being set up", n.Path, driver.ErrAbsent)
	}
	return nil
}

// Run reads the scanner.
func (s *source) Run(ctx context.Context, t driver.Till) error {
	nodes, err := s.bus.list()
	if err != nil {
		return err
	}
	if err := s.reclaim(nodes); err != nil {
		return err
	}
	c, err := s.locate(nodes)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dev, err := s.bus.open(c.node)
	if err != nil {
		return err
	}
	defer dev.Close()
	s.reclaimed = 0
	s.own(c.Port(), dev)
	defer s.own("", nil)
	defer context.AfterFunc(ctx, func() { s.wake() })()
	if s.set.guard != nil && guarded(dev, c) {
		stop, err := s.set.guard(c.Path)
		if err != nil {
			return err
		}
		defer stop()
	}
	back, err := begin(dev, c)
	if err != nil {
		return s.gone(err)
	}
	defer back()

	q := queue.New(t)
	defer q.Close()
	l := loop{source: s, dev: dev, choice: c, till: t, queue: q, opened: time.Now(), used: time.Now(), wakes: s.wake()}
	l.reader = newReader(c, s.set, &l, l.opened)
	if err := l.run(ctx); err != nil {
		return s.gone(err)
	}
	return nil
}

func (s *source) own(port string, dev device) {
	s.mu.Lock()
	s.port, s.dev = port, dev
	s.mu.Unlock()
}

// wake ends the wait for a report, if that can be done.
func (s *source) wake() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dev != nil && s.dev.Wake()
}

// owned is the port of the device that is open, "" if none is.
func (s *source) owned() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.port
}

// begin sends what makes the scanner deliver its codes here; back undoes it.
func begin(dev device, c choice) (back func(), err error) {
	switch {
	case c.mode == oemMode:
		// Many scanners of this mode come up disabled.
		if err := command(dev, oem.Enable[:]); err != nil {
			return nil, fmt.Errorf("enable scanner: %w", err)
		}
	case c.mode == keyboardMode:
		// All lamps off: a scanner that makes up for the till's Caps Lock would send
		// letters in the other case. One without lamps refuses.
		command(dev, []byte{0})
	case redirects(c):
		if _, err := dev.SendFeatureReport([]byte{0xfe, 1}); err != nil && c.typed {
			return nil, fmt.Errorf("redirect output of the scanner: %w", err)
		}
		if c.typed {
			return func() { dev.SendFeatureReport([]byte{0xfe, 0}) }, nil
		}
	}
	return func() {}, nil
}

// redirects says whether the scanner is to be told to send its codes here and
// not type them: Honeywell's feature report FE, usage FF66:03.
func redirects(c choice) bool {
	if c.mode != posMode {
		return false
	}
	if c.desc != nil {
		f, ok := c.desc.Find(descriptor.Feature, 0xff66, 0x03)
		return ok && f.Report == 0xfe
	}
	return c.VID == 0x0c2e || c.VID == 0x23d0
}

// gone says what an error of the device means: hidapi's own does not.
func (s *source) gone(err error) error {
	nodes, listErr := s.bus.list()
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	if _, absent := s.set.sel.Of(interfaces(nodes), s.set.beside.All()...); absent != nil {
		return absent
	}
	return fmt.Errorf("USB scanner %s: %w", s.set.sel.ID(), err)
}

// Signal lets the scanner beep. It does nothing for one that can not.
func (s *source) Signal(ctx context.Context, sig driver.Signal) error {
	select {
	case s.signals <- sig:
		s.wake()
	default: // the beep before it has not been made yet
	}
	return nil
}

var _ driver.Signaller = (*source)(nil)
