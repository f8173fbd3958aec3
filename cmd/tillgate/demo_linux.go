package main

import (
	"context"
	"log/slog"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/serial"
)

// ptyScanner is a serial scanner on a pseudo terminal: the serial driver opens
// it like any port.
type ptyScanner struct {
	pty     *drivertest.Pty
	trigger *drivertest.Trigger
	driver  *serial.Driver
	stop    context.CancelFunc
	stopped chan struct{}
}

func newDemoScanner(log *slog.Logger) (demoScanner, error) {
	pty, err := drivertest.OpenPty(drivertest.Personality{Suffix: "\r"})
	if err != nil {
		return nil, err
	}
	d, err := serial.New([]serial.Config{{Path: pty.Path(), ID: "demo"}})
	if err != nil {
		pty.Close()
		return nil, err
	}
	trigger, err := drivertest.OpenTrigger(log, pty.Scan)
	if err != nil {
		pty.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &ptyScanner{pty, trigger, d, cancel, make(chan struct{})}
	go func() {
		defer close(s.stopped)
		trigger.Run(ctx)
	}()
	return s, nil
}

func (s *ptyScanner) Driver() driver.Driver { return s.driver }

func (s *ptyScanner) Scan(_ context.Context, code, aim string) error {
	return s.pty.Scan(aim + code)
}

func (s *ptyScanner) Lines() [][2]string {
	return [][2]string{
		{"scanner", s.pty.Path() + "   the port that the serial driver has open"},
		{"trigger", s.trigger.Path() + "   write a code and CR here and the scanner sends it; or: tillgate scan CODE"},
	}
}

func (s *ptyScanner) Close() error {
	s.stop()
	<-s.stopped
	return s.pty.Close()
}
