//go:build !linux

package serial

import (
	"fmt"

	bugst "go.bug.st/serial"

	"github.com/tillgate/tillgate/driver"
)

// claim has nothing to do where the system gives a port to one program only, as
// Windows does: the library opens without sharing.
type claim struct{}

func claimPort(string) (*claim, error) { return &claim{}, nil }

func (*claim) open(path string, mode *bugst.Mode) (bugst.Port, error) { return bugst.Open(path, mode) }

func (*claim) release() {}

func (*claim) noModemLines(error) bool { return false }

func denied(path string) error {
	return fmt.Errorf("serial port %s: %w; run as a user who may open it", path, driver.ErrDenied)
}

// available says nothing here: only opening would tell.
func available(portInfo) error { return nil }
