package drivertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
)

// Trigger is the button of a virtual scanner: a pseudo terminal into which a
// person or a script writes a code and CR or LF,
//
//	echo 2900000000018 > /dev/pts/7
//
// and the scanner sends it in its own way.
type Trigger struct {
	scan   func(code string) error
	log    *slog.Logger
	master *os.File
	slave  int // held open, so that the terminal lives on when a writer closes it
	path   string
}

// OpenTrigger makes a trigger that calls scan, usually Pty.Scan, for each code.
func OpenTrigger(log *slog.Logger, scan func(code string) error) (*Trigger, error) {
	master, path, err := newPty()
	if err != nil {
		return nil, err
	}
	slave, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		master.Close()
		return nil, fmt.Errorf("open trigger %s: %w", path, err)
	}
	return &Trigger{scan: scan, log: log, master: master, slave: slave, path: path}, nil
}

// Path is where codes are written to.
func (t *Trigger) Path() string { return t.path }

// Run passes codes on until ctx ends, and then closes the trigger.
func (t *Trigger) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { t.master.Close() })
	defer func() {
		if stop() {
			t.master.Close()
		}
		unix.Close(t.slave)
	}()
	var line []byte
	buf := make([]byte, 4096)
	for {
		n, err := t.master.Read(buf)
		line = t.pass(append(line, buf[:n]...))
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("trigger: the terminal was closed")
		case err != nil:
			return fmt.Errorf("trigger: %w", err)
		}
	}
}

// pass scans the complete lines and returns the rest.
func (t *Trigger) pass(line []byte) []byte {
	for {
		i := bytes.IndexAny(line, "\r\n")
		if i < 0 {
			if len(line) > driver.MaxScan {
				t.log.Warn("trigger: a code without an end was dropped", "bytes", len(line))
				return nil
			}
			return line
		}
		if i > 0 {
			if err := t.scan(string(line[:i])); err != nil {
				t.log.Warn("trigger: the scanner did not send the code", "error", err)
			}
		}
		line = line[i+1:]
	}
}
