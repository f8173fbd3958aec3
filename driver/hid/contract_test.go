package hid

import (
	"context"
	"errors"
	"testing"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/contract"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
)

func TestContract(t *testing.T) {
	s := vusb.HoneywellPOS("C")
	contract.Run(t, func(t *testing.T) contract.Subject {
		w := &wire{}
		w.plug("1-1", s)
		d, err := newOn(w, []Config{{Naming: named("0c2e:1007")}})
		if err != nil {
			t.Fatal(err)
		}
		return contract.Subject{
			Driver: d,
			Scan: func(_ context.Context, code string) error {
				p := w.at("1-1")
				if p == nil {
					return errors.New("not open")
				}
				p.send(s.Send(code)...)
				return nil
			},
			Unplug: func() error { w.unplug("1-1"); return nil },
			Replug: func() error { w.plug("1-1", s); return nil },
			Occupy: func() (func() error, error) {
				w.occupy(true)
				return func() error { w.occupy(false); return nil }, nil
			},
		}
	})
}

func (w *wire) occupy(yes bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = nil
	if yes {
		w.busy = driver.ErrBusy
	}
}
