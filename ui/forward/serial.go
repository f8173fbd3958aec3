package forward

import (
	"context"
	"fmt"
	"time"

	"go.bug.st/serial"
)

// line is a real serial port.
type line struct {
	port serial.Port
	path string
}

func openSerial(path string, baud int) (output, error) {
	if baud == 0 {
		baud = 9600
	}
	p, err := serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &line{p, path}, nil
}

func (l *line) close() error { return l.port.Close() }

// put sends a code. A port that does not take it (handshake, a cable without an
// end) blocks Write, and closing does not end that: so the wait is limited here.
func (l *line) put(ctx context.Context, text string) error {
	done := make(chan error, 1)
	go func() {
		_, err := l.port.Write([]byte(text))
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("%s: %w", l.path, err)
		}
		return nil
	case <-time.After(stale):
		return fmt.Errorf("%s does not take what is sent: is the POS connected?", l.path)
	case <-ctx.Done():
		return ctx.Err()
	}
}
