//go:build !linux && !windows

package forward

import (
	"errors"
	"time"

	"github.com/tillgate/tillgate/driver/hid/keyboard"
)

func openKeys(*keyboard.Layout, time.Duration) (output, error) {
	return nil, errors.New("keys can be typed on Linux and Windows only")
}
