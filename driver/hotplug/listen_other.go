//go:build !linux && !windows

package hotplug

import (
	"context"
	"errors"
	"time"
)

func listen(context.Context) (<-chan struct{}, error) {
	return nil, errors.New("not known how on this system")
}

func jumps(context.Context) (<-chan struct{}, error) { return nil, errors.ErrUnsupported }

func slept() time.Duration { return 0 }
