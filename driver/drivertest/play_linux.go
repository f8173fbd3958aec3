package drivertest

import (
	"context"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/usb"
)

// Play sends what a recorded scanner sent, with the pauses it made; longer ones than
// two seconds make no difference to any reader and are cut.
func (p *Pty) Play(ctx context.Context, rec usb.Recording) error {
	var at time.Duration
	for _, piece := range rec.Pieces {
		timer := time.NewTimer(min(piece.At-at, 2*time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		at = piece.At
		if err := p.Send(piece.Data); err != nil {
			return err
		}
	}
	return nil
}
