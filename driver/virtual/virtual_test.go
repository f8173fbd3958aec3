package virtual_test

import (
	"context"
	"testing"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/contract"
	"github.com/tillgate/tillgate/driver/virtual"
)

func TestContract(t *testing.T) {
	contract.Run(t, func(t *testing.T) contract.Subject {
		d := virtual.New("till")
		return contract.Subject{
			Driver: d,
			Scan: func(ctx context.Context, code string) error {
				return d.Type(ctx, []byte(code), "]E0")
			},
		}
	})
}

func TestTypeRefusesWhatIsNoCode(t *testing.T) {
	d := virtual.New("till")
	for _, payload := range [][]byte{nil, make([]byte, driver.MaxScan+1)} {
		if err := d.Type(t.Context(), payload, ""); err == nil {
			t.Errorf("%d bytes were taken", len(payload))
		}
	}
}

func TestTypeEndsWithItsContext(t *testing.T) {
	d := virtual.New("till")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Type(ctx, []byte("1"), ""); err == nil {
		t.Error("delivered although the scanner does not run")
	}
}
