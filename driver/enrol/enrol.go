// Package enrol finds out which device is the till's scanner, by letting it read a
// code that the screen shows.
//
// All devices that may be scanners and are nobody's yet are opened for that time;
// the one that reads the code is the one. It is remembered by vendor, product and
// serial number, and found again after a restart and in another socket. Only if
// another device answers to the same, or it is on a port that names no device, is
// it remembered by where it is plugged in: see Found.Stays.
package enrol

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tillgate/tillgate/driver"
)

// Candidate is a device that may be the scanner.
type Candidate interface {
	driver.Source
	// TOML is what names the device in the configuration: usb = "0c2e:0b01", …
	TOML() string
	// Stays says that it is known by its socket or port alone.
	Stays() bool
}

// Found is the scanner.
type Found struct {
	Info  driver.Info
	TOML  string // its entry in the configuration, without the driver's name
	Stays bool   // it must stay where it is plugged in: it is known by that
}

// ErrNobody says that there is no device to try.
var ErrNobody = errors.New("no device is plugged in that may be a scanner and is not one of the till's already")

// NewCode makes the code to show: letters and digits, which any scanner in any
// mode and with any country reads, and which no card of a customer is.
func NewCode() string { return "TILLGATE" + rand.Text()[:8] }

// Run opens the candidates and waits until one of them reads the code, or ctx
// ends. What else they read is thrown away.
func Run(ctx context.Context, log *slog.Logger, code string, candidates []driver.Source) (Found, error) {
	if len(candidates) == 0 {
		return Found{}, ErrNobody
	}
	ctx, cancel := context.WithCancel(ctx)
	s := driver.NewSupervisor(log, set(candidates))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	winner := ""
	for scan := range s.Scans() {
		if winner == "" && same(scan.Data, code) {
			winner = scan.Device
			cancel()
		}
	}
	cancel()
	if err := <-ended; err != nil {
		return Found{}, err
	}
	if winner == "" {
		return Found{}, fmt.Errorf("no scanner has read the code: %w", context.Cause(ctx))
	}
	for _, c := range candidates {
		if info := c.Info(); info.ID == winner {
			f := Found{Info: info}
			if t, ok := c.(Candidate); ok {
				f.TOML, f.Stays = t.TOML(), t.Stays()
			}
			return f, nil
		}
	}
	return Found{}, fmt.Errorf("driver bug: scan of %s, which was not asked", winner)
}

// same says whether a scan is the code. Scanners may be set to add things before
// and after it, and to write everything in one case; a keyboard with the wrong
// country may have changed some letters, and is not believed.
func same(scan []byte, code string) bool {
	return bytes.Contains(bytes.ToUpper(scan), []byte(code))
}

// set is a driver of the candidates.
type set []driver.Source

func (set) Name() string                                { return "enrol" }
func (s set) Sources() []driver.Source                  { return s }
func (set) Find(context.Context) ([]driver.Info, error) { return nil, nil }
