package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	karalabe "github.com/karalabe/hid"

	"github.com/tillgate/tillgate/driver/usb"
	"github.com/tillgate/tillgate/sync/seal"
)

// facts are what the checks of doctor look at.
type facts struct {
	ConfigFile string
	Config     Config
	ConfigErr  error // the rest is looked at with the defaults then
	Running    bool
	Process    about
	DaemonErr  error // why a daemon that may run can not be asked

	Devices    deviceList
	DevicesErr error
	Plugged    []plugged // all USB devices, whatever they are
	Programs   []string  // those running that are known to take ports
	HID        bool      // this build has the HID library

	Data     folder
	Archive  string      // why what is settled is not archived and exported, "" if it is
	Key      seal.Holder // who holds the till's key, "" if there is none
	KeyLeft  string      // a file with a key that the running till does not need any more
	Now      time.Time
	Provider answered
	Page     string // its address and port
	PageErr  error  // why that can not be had
}

// plugged is a USB device.
type plugged struct {
	VID, PID uint16
	TTY      string // its serial port, "" if it has none
	Ignored  bool   // a udev rule keeps ModemManager from the port
}

func (p plugged) ids() string { return usb.Interface{VID: p.VID, PID: p.PID}.IDs() }

// folder is the data folder.
type folder struct {
	Path      string
	Missing   bool
	Err       error // why nothing can be written into it
	Mode      fs.FileMode
	Free      uint64
	LastWrite time.Time // when the daemon wrote last; zero if it never has
}

// gather looks at everything. It takes some seconds at most. data is the data folder,
// if it is not the configuration's.
func gather(e *env, data string) (f facts) {
	f = facts{ConfigFile: e.config, HID: karalabe.Supported(), Now: time.Now()}
	if f.Config, f.ConfigErr = LoadConfig(e.config); f.ConfigErr != nil {
		f.Config = defaults()
	}
	if dir, err := dataDir(e, data); err == nil {
		f.Config.Till.DataDir = dir
	}
	err := control(e.ctx, f.Config.Till.DataDir, "GET", "/devices", nil, &f.Devices)
	switch {
	case err == nil:
		f.Running = true
		control(e.ctx, f.Config.Till.DataDir, "GET", "/process", nil, &f.Process) // an older daemon does not say
	case !errors.Is(err, errNoDaemon):
		f.DaemonErr = err
	}
	if !f.Running {
		f.Devices, f.DevicesErr = f.Config.Scanner.find(e.ctx)
	}
	if !f.Running || f.Process.PID != 0 {
		f.Devices.look(f.Process.PID)
	}
	f.Plugged, f.Programs = pluggedDevices(), runningPrograms()
	if f.ConfigErr != nil && !f.Running {
		return f
	}
	f.Data = lookAt(f.Config.Till.DataDir)
	f.Key = seal.Find(f.Config.Till.DataDir)
	var state copyState
	if f.Running && control(e.ctx, f.Config.Till.DataDir, "GET", "/copy", nil, &state) == nil {
		f.Key = state.Key // a credential is the service's alone
		if f.Key == seal.Credential {
			f.KeyLeft = seal.InFile(f.Config.Till.DataDir)
		}
	}
	if f.Running {
		control(e.ctx, f.Config.Till.DataDir, "GET", "/journal/unarchived", nil, &f.Archive) // an older daemon does not say
	}
	f.Provider = f.Config.askProgramme(e.ctx, f.Running)
	f.Page = f.Config.Page.Listen
	if u, err := url.Parse(f.Process.Page); err == nil && u.Host != "" {
		f.Page = u.Host
	}
	f.PageErr = askPage(e.ctx, f.Page, f.Running)
	return f
}

// lookAt looks at the data folder.
func lookAt(dir string) folder {
	d := folder{Path: dir}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Missing = true
		return d
	case err != nil:
		d.Err = err
		return d
	}
	d.Mode = info.Mode()
	d.Err = tryWriting(dir)
	var free error
	if d.Free, _, free = freeSpace(dir); d.Err == nil {
		d.Err = free
	}
	if info, err := os.Stat(filepath.Join(dir, "journal.db")); err == nil {
		d.LastWrite = info.ModTime()
	}
	return d
}

// tryWriting says why nothing can be written into a folder. What is written is
// flushed: a disk that fails is met then.
func tryWriting(dir string) error {
	test, err := os.CreateTemp(dir, ".doctor.*")
	if err != nil {
		return err
	}
	_, err = test.Write(make([]byte, 4096))
	if err == nil {
		err = test.Sync()
	}
	return errors.Join(err, test.Close(), os.Remove(test.Name()))
}

// askPage asks who has the page's port, or whether it is free.
func askPage(ctx context.Context, addr string, running bool) error {
	if !running {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		return l.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/v1/health", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var h struct{ Service string }
	if err := json.NewDecoder(res.Body).Decode(&h); err != nil || h.Service != "tillgate" {
		return fmt.Errorf("%s answers, but it is not tillgate", addr)
	}
	return nil
}
