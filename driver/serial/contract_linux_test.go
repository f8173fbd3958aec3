package serial_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	bugst "go.bug.st/serial"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/drivertest/contract"
	"github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/serial"
)

func subject(t *testing.T, as drivertest.Personality) (contract.Subject, *drivertest.Pty) {
	p := plug(t, as)
	d, err := serial.New([]serial.Config{{Path: p.Path(), SilenceMS: 500}})
	if err != nil {
		t.Fatal(err)
	}
	scan := func(_ context.Context, code string) error { return p.Scan(code) }
	return contract.Subject{Driver: d, Scan: scan, Unplug: p.Unplug, Replug: p.Replug}, p
}

func TestContract(t *testing.T) {
	for name, as := range map[string]drivertest.Personality{
		"STX ETX": {Prefix: "\x02", Suffix: "\x03"}, "CRLF in pieces": {Suffix: "\r\n", Chunk: 5},
	} {
		t.Run(name, func(t *testing.T) {
			contract.Run(t, func(t *testing.T) contract.Subject {
				s, p := subject(t, as)
				s.Occupy = func() (func() error, error) { // by the library, in this process
					port, err := bugst.Open(p.Path(), &bugst.Mode{})
					if err != nil {
						return nil, err
					}
					return port.Close, nil
				}
				return s
			})
		})
	}
}

// The contract holds whatever is spoken.
func TestContractOfProtocols(t *testing.T) {
	t.Run("ssi", func(t *testing.T) {
		contract.Run(t, func(t *testing.T) contract.Subject {
			s := ssiScanner(t)
			s.Factory(true)
			return spokenTo(t, "ssi", s.Pty, func(code string) error { return s.Scan(usb.Code{Data: []byte(code)}) })
		})
	})
	t.Run("newland", func(t *testing.T) {
		contract.Run(t, func(t *testing.T) contract.Subject {
			m, err := drivertest.OpenNewland(drivertest.Personality{Suffix: "\r", Link: t.TempDir() + "/scanner"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { m.Close() })
			return spokenTo(t, "newland", m.Pty, func(code string) error { return m.Scan(usb.Code{Data: []byte(code)}) })
		})
	})
}

// spokenTo is a scanner with a protocol. Whoever stops to read in the middle of a
// code lets the scanner wait, which is what ctx is for.
func spokenTo(t *testing.T, protocol string, p *drivertest.Pty, scan func(string) error) contract.Subject {
	t.Helper()
	d, err := serial.New([]serial.Config{{Path: p.Path(), Protocol: protocol}})
	if err != nil {
		t.Fatal(err)
	}
	return contract.Subject{Driver: d, Unplug: p.Unplug, Replug: p.Replug, Scan: func(ctx context.Context, code string) error {
		done := make(chan error, 1)
		go func() { done <- scan(code) }()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// Another program that takes no lock is found, and named.
func TestOtherProgramIsNamed(t *testing.T) {
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	tty, err := os.Open(p.Path())
	if err != nil {
		t.Fatal(err)
	}
	sleep := exec.Command("sleep", "60")
	sleep.Stdin = tty
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	stop := func() {
		sleep.Process.Kill()
		sleep.Wait()
	}
	defer stop()
	b := run(t, serial.Config{Path: p.Path()})
	b.until("busy", func(r []driver.Status) bool {
		return r[0].State == driver.Busy && strings.Contains(r[0].Reason, fmt.Sprintf("sleep (process %d)", sleep.Process.Pid))
	})
	stop()
	b.ready()
}
