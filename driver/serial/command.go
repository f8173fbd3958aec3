package serial

import (
	"context"
	"time"

	"github.com/tillgate/tillgate/driver"
)

// Signal lets the scanner beep, if its protocol has a command for that.
func (s *source) Signal(_ context.Context, sig driver.Signal) error {
	o := knownBeep
	if sig == driver.SignalUnknown {
		o = unknownBeep
	}
	if s.set.protocol == protoText {
		return nil
	}
	return s.order(o, func(error) {}) // nobody waits for a beep
}

// orderOf are the commands of package driver.
var orderOf = map[driver.Command]order{
	driver.TriggerOn: triggerOn, driver.TriggerOff: triggerOff,
	driver.PhonesOn: phonesOn, driver.PhonesOff: phonesOff, driver.TakePicture: takePicture,
}

// Command has the scanner do something, and waits for its answer where it gives
// one.
func (s *source) Command(ctx context.Context, c driver.Command) error {
	o, ok := orderOf[c]
	if !ok {
		return driver.ErrCannot
	}
	done := make(chan error, 1)
	if err := s.order(o, func(err error) { done <- err }); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// order passes an order to the protocol, if the port is open.
func (s *source) order(o order, done func(error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.write == nil {
		return errClosed
	}
	s.line.order(o, time.Now(), done)
	out := s.tray.out
	s.tray.out = nil
	return s.write.send(out)
}

var (
	_ driver.Signaller = (*source)(nil)
	_ driver.Commander = (*source)(nil)
)
