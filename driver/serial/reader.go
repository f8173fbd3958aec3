package serial

import (
	"context"
	"time"

	bugst "go.bug.st/serial"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// reader is one run of a source: a port that is open.
type reader struct {
	*source
	till driver.Till
	port *openedPort
	at   portInfo
	said string // the mode that was reported
}

// begin opens the protocol and reports the port.
func (r *reader) begin() {
	r.do(func() {
		r.write = r.port.writer
		r.line.begin(time.Now())
	})
}

// end closes the protocol. What was incomplete is reported as lost if the port
// broke off, and not if it was closed here.
func (r *reader) end(ctx context.Context) {
	r.mu.Lock()
	r.write = nil
	r.line.end(errClosed)
	found, _ := r.tray.take()
	r.mu.Unlock()
	if ctx.Err() == nil {
		r.deliver(found)
	}
}

// run delivers codes until ctx ends or the port fails.
//
// Silence is the time that Read waited in vain, and not the time between two
// reads: while Scanned blocks, bytes pile up in the port, and the gap between
// them says nothing about the scanner.
func (r *reader) run(ctx context.Context) error {
	buf := make([]byte, 4096)
	timeout := bugst.NoTimeout
	for {
		r.mu.Lock()
		want := r.line.patience()
		r.mu.Unlock()
		if want == 0 {
			want = bugst.NoTimeout
		}
		if want != timeout {
			if err := r.port.SetReadTimeout(want); err != nil {
				return endOr(ctx, err)
			}
			timeout = want
		}
		n, err := r.port.Read(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		r.do(func() {
			if n == 0 {
				r.line.silent(time.Now())
				return
			}
			r.line.feed(buf[:n], time.Now())
		})
	}
}

// do lets the protocol think, and deals with what comes of it.
func (r *reader) do(think func()) {
	r.mu.Lock()
	think()
	found, out := r.tray.take()
	mode := r.mode()
	unheard := r.write.send(out)
	r.mu.Unlock()
	if unheard != nil {
		r.till.Lost(unheard.Error())
	}
	if mode != r.said {
		r.opened(mode)
	}
	r.deliver(found)
}

// deliver hands over what was found.
func (r *reader) deliver(found []any) {
	for _, f := range found {
		switch f := f.(type) {
		case driver.Scan:
			if f.Vendor == driver.VendorUnknown {
				f.Vendor = usb.VendorOf(r.at.vid)
			}
			r.till.Scanned(f)
		case driver.Picture:
			if v, ok := r.till.(driver.Viewer); ok {
				v.Pictured(f)
			}
		case string:
			r.till.Lost(f)
		}
	}
}

// opened reports the port, again when more is known of what is spoken on it.
func (r *reader) opened(mode string) {
	r.said = mode
	info := r.describe(r.at, mode)
	r.mu.Lock()
	r.info = info
	r.mu.Unlock()
	r.till.Opened(info)
}

// endOr is nil if ctx has ended: the error is then that of a port closed under
// the reader's hands.
func endOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
