package hid

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/tillgate/tillgate/driver/usb"
)

// Record writes what a scanner sends to w, report by report as it comes, until ctx
// ends: for the people who have to find out why a scanner is not understood.
//
// A recording holds the codes themselves, and so whatever is scanned meanwhile:
// limit its time, and scan no customer's card. The first lines name the device and
// its report descriptor; each further line is a time in milliseconds and a report.
// Package drivertest/usb reads it, and makes the scanner of it again.
func Record(ctx context.Context, sel usb.Selector, w io.Writer) error {
	return record(ctx, machine{}, sel, w)
}

func record(ctx context.Context, b bus, sel usb.Selector, w io.Writer) error {
	nodes, err := b.list()
	if err != nil {
		return err
	}
	s := newSource(b, settings{sel: sel, trust: true})
	c, err := s.locate(nodes)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	dev, err := b.open(c.node)
	if err != nil {
		return err
	}
	defer dev.Close()
	back, err := begin(dev, c)
	if err != nil {
		return s.gone(err)
	}
	defer back()
	if _, err := fmt.Fprintf(w, "# device %s %q interface %d\n# descriptor %x\n", c.IDs(), c.Name(), c.Number, c.Descriptor); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	began, buf := time.Now(), make([]byte, 1024)
	for ctx.Err() == nil {
		n, err := dev.ReadTimeout(buf, awake)
		if err != nil {
			return s.gone(fmt.Errorf("read report: %w", err))
		}
		if n == 0 {
			continue
		}
		if _, err := fmt.Fprintf(w, "%d %x\n", time.Since(began).Milliseconds(), buf[:n]); err != nil {
			return fmt.Errorf("recording: %w", err)
		}
	}
	return nil
}
