package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/evdev"
	"github.com/tillgate/tillgate/driver/hid"
	"github.com/tillgate/tillgate/driver/serial"
	"github.com/tillgate/tillgate/driver/usb"
)

// maxRecording bounds the time of a recording: it holds what customers showed.
const maxRecording = 10 * time.Minute

// record writes what a scanner sends into a file, for the people who have to find
// out why it is not understood. Two programs can not have one scanner: if the
// daemon has it, the daemon must be stopped, and nobody but a person decides that.
func (c devicesCmd) record(e *env) error {
	switch {
	case c.Device == "":
		return exitWith(exitUsage, errors.New(`which scanner? Give its identity, as "tillgate devices" shows it, with --device`))
	case c.For <= 0 || c.For > maxRecording:
		return exitWith(exitUsage, fmt.Errorf("--for %v: more than nothing and at most %v", c.For, maxRecording))
	}
	list, err := c.list(e)
	if err != nil {
		return err
	}
	info, state, err := list.find(c.Device)
	if err != nil {
		return err
	}
	if state == driver.Ready || state == driver.Opening {
		return exitWith(exitBusy, fmt.Errorf("%s: the running tillgate has this scanner: stop it (systemctl stop tillgate), record, and start it again", info.ID))
	}
	take, err := e.recorder(info)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.Record, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already: name another file", c.Record)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(e.stderr, "Recording %s for %v into %s; Ctrl-C ends it early.\nThe file will hold every code that is scanned meanwhile: scan no customer's card.\n", info.ID, c.For, c.Record)
	ctx, cancel := context.WithTimeout(e.ctx, c.For)
	defer cancel()
	n := &lineCounter{w: f}
	if err := take(ctx, n); err != nil {
		if n.lines == 0 {
			os.Remove(c.Record)
		}
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if n.reports == 0 {
		fmt.Fprintln(e.stderr, "The scanner sent nothing.")
	}
	_, err = fmt.Fprintf(e.stdout, "%s: %d reports\n", c.Record, n.reports)
	return err
}

// recorder is what records a device, by the driver that found it.
func (e *env) recorder(info driver.Info) (func(context.Context, io.Writer) error, error) {
	switch info.Driver {
	case hid.Name, evdev.Name:
		sel := usb.Selector{VID: info.VID, PID: info.PID, Serial: info.Serial}
		if strings.Contains(info.ID, "-port-") {
			sel.Port = usb.Interface{Path: info.Path}.Port()
		}
		return func(ctx context.Context, w io.Writer) error { return hid.Record(ctx, sel, w) }, nil
	case serial.Name:
		cfg, err := e.scanners()
		if err != nil {
			return nil, err
		}
		d, err := serial.New(cfg.Serial)
		if err != nil {
			return nil, err
		}
		for _, s := range d.Sources() {
			if s.Info().ID == info.ID {
				return func(ctx context.Context, w io.Writer) error { return d.Record(ctx, info.ID, w) }, nil
			}
		}
		// A port that the configuration does not name, but the person does.
		if d, err = serial.New([]serial.Config{{Path: info.Path}}); err != nil {
			return nil, err
		}
		id := d.Sources()[0].Info().ID
		return func(ctx context.Context, w io.Writer) error { return d.Record(ctx, id, w) }, nil
	}
	return nil, fmt.Errorf("%s: scanners of driver %q can not be recorded", info.ID, info.Driver)
}

// find finds a device by its identity.
func (l deviceList) find(id string) (driver.Info, driver.State, error) {
	for _, s := range l.Driven {
		if s.Info.ID == id {
			return s.Info, s.State, nil
		}
	}
	for _, i := range l.Found {
		if i.ID == id {
			return i, "", nil
		}
	}
	return driver.Info{}, "", fmt.Errorf("there is no scanner %q: \"tillgate devices\" lists them", id)
}

// lineCounter counts the lines of a recording, and those that are reports.
type lineCounter struct {
	w              io.Writer
	lines, reports int
}

func (n *lineCounter) Write(b []byte) (int, error) {
	s := bufio.NewScanner(strings.NewReader(string(b)))
	s.Buffer(nil, len(b)+1)
	for s.Scan() {
		n.lines++
		if !strings.HasPrefix(s.Text(), "#") {
			n.reports++
		}
	}
	return n.w.Write(b)
}
