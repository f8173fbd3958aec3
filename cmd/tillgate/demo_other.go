//go:build !linux

package main

import (
	"context"
	"log/slog"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/virtual"
)

// inProcess is a scanner inside the process, where there are no pseudo
// terminals that look like serial ports.
type inProcess struct{ scanner *virtual.Driver }

func newDemoScanner(*slog.Logger) (demoScanner, error) { return inProcess{virtual.New("demo")}, nil }

func (s inProcess) Driver() driver.Driver { return s.scanner }

func (s inProcess) Scan(ctx context.Context, code, aim string) error {
	return s.scanner.Type(ctx, []byte(code), aim)
}

func (s inProcess) Lines() [][2]string {
	return [][2]string{
		{"scanner", "inside the demo"},
		{"trigger", "tillgate scan CODE"},
	}
}

func (s inProcess) Close() error { return nil }
