package main

import (
	"errors"
	"fmt"

	"github.com/tillgate/tillgate/driver"
)

// deviceCommand is what the command line asks the daemon to have a scanner do.
type deviceCommand struct {
	Device  string         `json:"device"`
	Command driver.Command `json:"command"`
}

// onOff is "on", "off", or "" if nothing was said.
type onOff string

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *onOff) UnmarshalText(text []byte) error {
	if *o = onOff(text); *o != "on" && *o != "off" {
		return fmt.Errorf("%q: on or off", text)
	}
	return nil
}

// commands are those of the command line.
func (c devicesCmd) commands() (all []driver.Command) {
	add := func(on bool, command driver.Command) {
		if on {
			all = append(all, command)
		}
	}
	add(c.Phones == "on", driver.PhonesOn)
	add(c.Phones == "off", driver.PhonesOff)
	add(c.Trigger == "on", driver.TriggerOn)
	add(c.Trigger == "off", driver.TriggerOff)
	add(c.Picture, driver.TakePicture)
	return all
}

// command has a scanner do something, through the daemon that drives it.
func (c devicesCmd) command(e *env, commands []driver.Command) error {
	dir, err := dataDir(e, c.Data)
	if err != nil {
		return err
	}
	var list deviceList
	if err := control(e.ctx, dir, "GET", "/devices", nil, &list); err != nil {
		return err
	}
	id, err := list.only(c.Device)
	if err != nil {
		return err
	}
	for _, command := range commands {
		if err := control(e.ctx, dir, "POST", "/devices/command", deviceCommand{id, command}, nil); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(e.stdout, "%s: %s: done\n", id, command); err != nil {
			return err
		}
	}
	return nil
}

// only is the driven scanner that is meant: the one named, or the one there is.
func (l deviceList) only(id string) (string, error) {
	if id != "" {
		_, state, err := l.find(id)
		if err == nil && state == "" {
			err = fmt.Errorf("%s is not driven by tillgate", id)
		}
		return id, err
	}
	switch len(l.Driven) {
	case 0:
		return "", errors.New("this till has no scanner")
	case 1:
		return l.Driven[0].Info.ID, nil
	}
	return "", exitWith(exitUsage, errors.New(`which scanner? Give its identity, as "tillgate devices" shows it, with --device`))
}
