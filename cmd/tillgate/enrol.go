package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/ui"
)

// enrolCmd finds out which device is the till's scanner, in a terminal.
type enrolCmd struct {
	Data string `placeholder:"DIR" help:"The data folder of the running tillgate, instead of the configuration's."`
}

func (c enrolCmd) Run(e *env) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	desk := remoteEnroller{e.ctx, dir}
	first, err := desk.Begin()
	if !errors.Is(err, errNoDaemon) {
		if err != nil {
			return err
		}
		return e.enrol(desk, first, "It is driven from now on.")
	}
	// Nobody drives anything now: this process listens itself.
	cfg, err := LoadConfig(e.config)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.Till.DataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	local := newEnroller(cfg, slog.New(slog.DiscardHandler), func() []driver.Status { return nil }, func(driver.Driver) {})
	ctx, cancel := context.WithCancel(e.ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); local.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	if first, err = local.Begin(); err != nil {
		return err
	}
	return e.enrol(askedEnroller{local}, first, "tillgate will drive it when it runs.")
}

// enrolling is an enrolment that is under way, here or in the daemon.
type enrolling interface {
	State() (ui.Enrolment, error)
	End() error
}

// noneAfter is after how many looks at an enrolment people are told that no device
// listens: the first ones come before any could be opened.
const noneAfter = 10

// enrol shows the code and waits for the end.
func (e *env) enrol(at enrolling, now ui.Enrolment, done string) error {
	fmt.Fprintf(e.stdout, "%s\nRead this code with the scanner that is to be this till's (%d s):\n\n  %s\n\n", halfBlocks(now.QR), now.Left, now.Code)
	tried := -1
	for looks := 0; now.State == ui.EnrolWaiting; looks++ {
		if now.Tried != tried {
			tried = now.Tried
			fmt.Fprintf(e.stdout, "Devices that listen: %d\n", tried)
		}
		if tried == 0 && looks == noneAfter {
			fmt.Fprintln(e.stdout, `None: is it plugged in? "tillgate doctor" says why a device is left out.`)
		}
		select {
		case <-e.ctx.Done():
			return errors.Join(at.End(), e.ctx.Err())
		case <-time.After(300 * time.Millisecond):
		}
		var err error
		if now, err = at.State(); err != nil {
			return err
		}
	}
	switch now.State {
	case ui.EnrolFound:
		if now.Stays {
			done += " Leave it where it is plugged in: it is known by that, because another device is like it or its port tells nothing of it."
		}
		_, err := fmt.Fprintf(e.stdout, "%s is this till's scanner, remembered as %s in %s of the data folder. %s\n", now.Device, now.Entry, enrolledName, done)
		return err
	case ui.EnrolFailed:
		return errors.New(now.Detail)
	}
	return errors.New(`no scanner has read the code. A scanner of no known maker on a serial port must be allowed by scanner.enrol_ports; "tillgate doctor" says what else may be wrong`)
}

// remoteEnroller is the daemon's, through the control socket.
type remoteEnroller struct {
	ctx context.Context
	dir string
}

func (r remoteEnroller) Begin() (now ui.Enrolment, err error) {
	err = control(r.ctx, r.dir, "POST", "/enrol", nil, &now)
	return now, err
}

func (r remoteEnroller) State() (now ui.Enrolment, err error) {
	err = control(r.ctx, r.dir, "GET", "/enrol", nil, &now)
	return now, err
}

func (r remoteEnroller) End() error {
	return control(context.WithoutCancel(r.ctx), r.dir, "DELETE", "/enrol", nil, nil)
}

// askedEnroller is this process's own.
type askedEnroller struct{ *enroller }

func (a askedEnroller) State() (ui.Enrolment, error) { return a.Enrolment(), nil }
func (a askedEnroller) End() error                   { a.enroller.End(); return nil }

// halfBlocks draws modules in a terminal, two rows in a line. Light is drawn, dark
// is the ground: most terminals are dark, and a scanner that reads inverted codes
// too reads it on a light one.
func halfBlocks(rows []string) string {
	var b strings.Builder
	for y := 0; y < len(rows); y += 2 {
		for x := range rows[y] {
			up := rows[y][x] == '0'
			down := y+1 >= len(rows) || rows[y+1][x] == '0'
			switch {
			case up && down:
				io.WriteString(&b, "█")
			case up:
				io.WriteString(&b, "▀")
			case down:
				io.WriteString(&b, "▄")
			default:
				io.WriteString(&b, " ")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
