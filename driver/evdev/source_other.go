//go:build !linux

package evdev

import (
	"context"
	"errors"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

func permitted(usb.Interface) error { return nil }

// Run says that there is no such thing here.
func (s *source) Run(context.Context, driver.Till) error {
	return errors.New(`driver "evdev" exists on Linux only: set the scanner to USB HID-POS or USB-COM, or use driver = "wedge"`)
}
