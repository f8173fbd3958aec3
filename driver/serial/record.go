package serial

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Record writes what the scanner with this identity sends to w, piece by piece as
// it comes, until ctx ends: for the people who have to find out why a scanner is
// not understood. The port must be free.
//
// A recording holds the codes themselves, and so whatever is scanned meanwhile:
// limit its time, and scan no customer's card. The first line names the port; each
// further line is a time in milliseconds and bytes in hexadecimal.
func (d *Driver) Record(ctx context.Context, id string, w io.Writer) error {
	for _, s := range d.sources {
		if s.set.id == id {
			return s.record(ctx, w)
		}
	}
	return fmt.Errorf("no serial scanner is called %q", id)
}

func (s *source) record(ctx context.Context, w io.Writer) error {
	p, port, err := s.open()
	if err != nil {
		return err
	}
	defer port.Close()
	if err := port.SetReadTimeout(100 * time.Millisecond); err != nil {
		return fmt.Errorf("read %s: %w", p.path, err)
	}
	if _, err := fmt.Fprintf(w, "# serial %s %04x:%04x %q, %s\n", p.path, p.vid, p.pid, p.name, s.set.line()); err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	began, buf := time.Now(), make([]byte, 4096)
	for ctx.Err() == nil {
		n, err := port.Read(buf)
		if err != nil {
			return s.gone(p, err)
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
