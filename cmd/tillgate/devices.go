package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// devicesCmd lists scanners, records one, or tells one what to do.
type devicesCmd struct {
	JSON    bool          `name:"json" help:"One JSON object per line."`
	Record  string        `placeholder:"FILE" help:"Record what a scanner sends, for support. The file holds the codes that are scanned."`
	Phones  onOff         `placeholder:"on|off" help:"Have a scanner read from the screens of phones, or not, until it loses power."`
	Trigger onOff         `placeholder:"on|off" help:"Have a scanner begin or stop to read, as its trigger does."`
	Picture bool          `help:"Have a scanner take a picture of what is in view."`
	Device  string        `placeholder:"ID" help:"Which scanner is meant, as listed; not needed for commands if there is one only."`
	For     time.Duration `default:"30s" help:"How long to record: at most 10m (${default})."`
	Data    string        `placeholder:"DIR" help:"The data folder of the running tillgate, instead of the configuration's."`
}

// deviceList is what is known of the scanners of this machine.
type deviceList struct {
	Driven []driver.Status `json:"driven"` // those of the configuration
	Found  []driver.Info   `json:"found"`  // others, with what keeps them from being driven

	holders map[string]string // other programs that have a HID scanner open, by its identity
}

// newDeviceList puts together the report on the scanners of the configuration
// and what was found on the machine.
func newDeviceList(driven []driver.Status, found []driver.Info) deviceList {
	list := deviceList{Driven: driven}
	at := map[string]int{}
	for i, s := range driven {
		at[s.Info.ID] = i
	}
	for _, f := range found {
		i, ok := at[f.ID]
		switch {
		case !ok:
			list.Found = append(list.Found, f)
		case driven[i].State == "":
			driven[i].Reason = f.Problem
		}
	}
	return list
}

func (c devicesCmd) Run(e *env) error {
	commands := c.commands()
	switch {
	case c.Record != "" && len(commands) > 0:
		return exitWith(exitUsage, errors.New("--record and a command at once: the running tillgate can not have the scanner that is recorded"))
	case c.Record != "":
		return c.record(e)
	case len(commands) > 0:
		return c.command(e, commands)
	}
	list, err := c.list(e)
	if err != nil {
		return err
	}
	return list.print(e.stdout, c.JSON)
}

// list asks the daemon, or looks by itself: before there is a configuration too,
// which is written from what is found.
func (c devicesCmd) list(e *env) (list deviceList, err error) {
	dir, err := dataDir(e, c.Data)
	switch {
	case err == nil:
		err = control(e.ctx, dir, "GET", "/devices", nil, &list)
	case noConfig(err):
		err = fmt.Errorf("%w: nothing is configured", errNoDaemon)
	}
	var process about
	switch {
	case err == nil:
		err = control(e.ctx, dir, "GET", "/process", nil, &process)
	case errors.Is(err, errNoDaemon):
		text := err.Error()
		fmt.Fprintf(e.stderr, "%s.\n", strings.ToUpper(text[:1])+text[1:])
		list, err = findDevices(e)
	}
	if err == nil {
		list.look(process.PID)
	}
	return list, err
}

// scanners are those of the configuration, with what was enrolled; none if there
// is no file yet.
func (e *env) scanners() (ScannerConfig, error) {
	cfg, err := LoadConfig(e.config)
	if noConfig(err) {
		return ScannerConfig{}, nil
	}
	return cfg.Scanner, err
}

// findDevices looks by itself, without a daemon: nothing is opened.
func findDevices(e *env) (list deviceList, err error) {
	scanners, err := e.scanners()
	if err != nil {
		return list, err
	}
	return scanners.find(e.ctx)
}

// find looks for the scanners of the configuration, and for others.
func (c ScannerConfig) find(ctx context.Context) (list deviceList, err error) {
	drivers, err := c.drivers()
	if err != nil {
		return list, err
	}
	var driven []driver.Status
	for _, d := range drivers {
		for _, s := range d.Sources() {
			driven = append(driven, driver.Status{Info: s.Info()})
		}
	}
	found := driver.NewSupervisor(slog.New(slog.DiscardHandler), drivers...).Find(ctx)
	return newDeviceList(driven, found), nil
}

func (l deviceList) print(w io.Writer, asJSON bool) error {
	if asJSON {
		type device struct {
			driver.Status
			Holders string `json:"holders,omitempty"` // other programs that have it open
		}
		var all []device
		for _, s := range l.Driven {
			all = append(all, device{s, l.holders[s.Info.ID]})
		}
		for _, i := range l.Found {
			all = append(all, device{Status: driver.Status{Info: i}})
		}
		return printJSON(w, all)
	}
	if len(l.Driven) == 0 && len(l.Found) == 0 {
		_, err := fmt.Fprintln(w, "No scanner is configured, and no port is here that one could be on.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SCANNER\tSTATE\tMODE\tSINCE\tLAST SCAN\tSCANS\tREPEATS\tLOST\tWHY")
	for _, s := range l.Driven {
		state := string(s.State)
		if state == "" {
			state = "not running"
		}
		why := s.Reason
		who := l.holders[s.Info.ID]
		switch {
		case why == "" && who != "":
			why = who + " reads along"
		case why == "" && s.Lost > 0:
			why = "lost: " + s.LostWhy
		case who != "" && strings.Contains(why, usb.Unseen):
			why = strings.Replace(why, usb.Unseen, who, 1)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", s.Info.ID, state, s.Info.Mode, clockTime(s.Since), clockTime(s.LastScan), s.Scans, s.Repeats, s.Lost, why)
	}
	for _, i := range l.Found {
		fmt.Fprintf(t, "%s\tnot driven\t%s\t\t\t\t\t\t%s\n", i.ID, i.Mode, i.Problem)
	}
	return t.Flush()
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}
