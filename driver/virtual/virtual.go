// Package virtual is a scanner made of software, inside this process: for the
// demo where there is no pseudo terminal, for training, and for tests of those
// who build on tillgate.
package virtual

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Name is the name of the driver, and the beginning of its device's identity.
const Name = "virtual"

// Driver is one virtual scanner: a driver with a single device.
type Driver struct {
	info  driver.Info
	typed chan typed
}

type typed struct {
	scan  driver.Scan
	taken chan error // gets nil once the scan is delivered
}

// New makes the scanner "virtual:<id>".
func New(id string) *Driver {
	return &Driver{
		info:  driver.Info{ID: Name + ":" + id, Driver: Name, Path: Name, Name: "virtual scanner", Mode: "in this process"},
		typed: make(chan typed),
	}
}

// Type delivers one scan, with an AIM identifier such as "]E0" or "". It waits
// until the scanner runs and its supervisor has taken the scan; the error is that
// of ctx, or says that the payload is empty or longer than driver.MaxScan.
func (d *Driver) Type(ctx context.Context, payload []byte, aim string) error {
	if len(payload) == 0 || len(payload) > driver.MaxScan {
		return fmt.Errorf("virtual scanner: a code has 1 to %d bytes, not %d", driver.MaxScan, len(payload))
	}
	in := typed{
		scan:  driver.Scan{At: time.Now(), Data: bytes.Clone(payload), AIM: aim},
		taken: make(chan error, 1),
	}
	select {
	case d.typed <- in:
	case <-ctx.Done():
		return fmt.Errorf("virtual scanner: not running: %w", ctx.Err())
	}
	select {
	case err := <-in.taken:
		return err
	case <-ctx.Done():
		return fmt.Errorf("virtual scanner: nobody took the scan: %w", ctx.Err())
	}
}

// Name is "virtual".
func (d *Driver) Name() string { return Name }

// Sources is the one scanner.
func (d *Driver) Sources() []driver.Source { return []driver.Source{d} }

// Find lists the one scanner: it is always there.
func (d *Driver) Find(context.Context) ([]driver.Info, error) { return []driver.Info{d.info}, nil }

// Info describes the scanner.
func (d *Driver) Info() driver.Info { return d.info }

// Run delivers what is typed until ctx ends.
func (d *Driver) Run(ctx context.Context, t driver.Till) error {
	t.Opened(d.info)
	for {
		select {
		case in := <-d.typed:
			t.Scanned(in.scan)
			if err := ctx.Err(); err != nil {
				in.taken <- fmt.Errorf("virtual scanner: stopped: %w", err)
				return nil
			}
			in.taken <- nil
		case <-ctx.Done():
			return nil
		}
	}
}
