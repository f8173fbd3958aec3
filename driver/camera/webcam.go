package camera

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// Config is one webcam that stands at the till and reads cards by itself, named by
// usb or by path.
type Config struct {
	usb.Naming
	// Device file, instead of usb: "/dev/video0", better "/dev/v4l/by-id/…".
	Path string `toml:"path"`
}

// settings is a Config that has been checked.
type settings struct {
	id   string
	path string
	sel  usb.Selector // if path is ""
}

// Driver runs the webcams of the configuration.
type Driver struct{ sources []*webcam }

// New checks the configuration. The error is, or joins, *usb.ConfigError.
func New(cfgs []Config, newReader NewReader) (*Driver, error) {
	d := &Driver{}
	var errs []error
	ids := map[string]int{}
	for i, c := range cfgs {
		was := len(errs)
		bad := func(key, problem string) {
			errs = append(errs, &usb.ConfigError{Driver: Name, Index: i, Key: key, Problem: problem})
		}
		s := settings{path: c.Path}
		switch {
		case c.Path != "" && (c.USB != "" || c.SerialNumber != "" || c.Port != ""):
			bad("path", "names the camera, and so does usb: want one of them")
		case c.Path != "" && c.ID != "":
			s.id = Name + ":" + c.ID
		case c.Path != "":
			s.id = Name + ":" + c.Path
		default:
			s.sel = c.Selector(bad)
			s.id = c.Identity(Name, s.sel)
		}
		if s.id == BrowserID {
			bad("id", "is that of the page's camera; want another one")
		}
		if first, twice := ids[s.id]; twice && len(errs) == was {
			bad("id", fmt.Sprintf("%q is camera %d too; want serial_number, port, or id to tell them apart", s.id, first+1))
		}
		if len(errs) == was {
			ids[s.id] = i
			d.sources = append(d.sources, newWebcam(s, newReader))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return d, nil
}

// Name is "camera".
func (d *Driver) Name() string { return Name }

// Sources are the webcams of the configuration, in its order.
func (d *Driver) Sources() []driver.Source { return driver.SourcesOf(d.sources) }

// Find lists the webcams that are plugged in, and those of the configuration that
// are not. It opens none of them: the lamp of a camera that nobody uses stays off.
func (d *Driver) Find(ctx context.Context) ([]driver.Info, error) {
	all, err := listCameras()
	if err != nil {
		return nil, err
	}
	var found []driver.Info
	named := map[string]bool{}
	for _, s := range d.sources {
		info := s.Info()
		if n, err := s.locate(all); err != nil {
			info.Problem = err.Error()
		} else {
			info = s.describe(n)
			named[n.path] = true
			if err := n.permitted(); err != nil {
				info.Problem = err.Error()
			}
		}
		found = append(found, info)
	}
	for _, n := range all {
		if named[n.path] {
			continue
		}
		info := newWebcam(settings{id: Name + ":" + n.path}, nil).describe(n)
		name := fmt.Sprintf("path = %q", n.path)
		if n.usb.VID != 0 {
			sel := selects(n, all)
			info.ID, name = Name+":"+sel.ID(), sel.TOML()
		}
		info.Problem = fmt.Sprintf("not in the configuration: the page can use it (“Camera”), or add [[scanner.camera]] with %s", name)
		found = append(found, info)
	}
	return found, ctx.Err()
}

// node is a camera that is plugged in.
type node struct {
	path string       // "/dev/video0"
	name string       // what it calls itself
	usb  usb.Selector // what names it, if it is on USB; Port is its socket
}

// selects names a camera so that it is found again, in another socket too. The
// socket is named only if another camera answers to the same.
func selects(n node, all []node) usb.Selector {
	sel := n.usb
	sel.Port = ""
	for _, o := range all {
		if o.path != n.path && o.usb.VID == sel.VID && o.usb.PID == sel.PID && o.usb.Serial == sel.Serial {
			sel.Port = n.usb.Port
		}
	}
	return sel
}

// webcam is one camera of the configuration.
type webcam struct {
	set       settings
	newReader NewReader

	mu   sync.Mutex
	info driver.Info
}

func newWebcam(set settings, newReader NewReader) *webcam {
	return &webcam{set: set, newReader: newReader, info: driver.Info{ID: set.id, Driver: Name, Path: set.path,
		VID: set.sel.VID, PID: set.sel.PID, Serial: set.sel.Serial, Mode: "webcam"}}
}

func (s *webcam) Info() driver.Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

func (s *webcam) describe(n node) driver.Info {
	return driver.Info{ID: s.set.id, Driver: Name, Path: n.path, Name: n.name, VID: n.usb.VID, PID: n.usb.PID, Serial: n.usb.Serial, Mode: "webcam"}
}

// locate finds the camera among those that are plugged in.
func (s *webcam) locate(all []node) (node, error) {
	if s.set.path != "" {
		return locatePath(s.set.path, all)
	}
	for _, n := range all {
		if w := s.set.sel; n.usb.VID == w.VID && n.usb.PID == w.PID && (w.Serial == "" || n.usb.Serial == w.Serial) && (w.Port == "" || n.usb.Port == w.Port) {
			return n, nil
		}
	}
	return node{}, fmt.Errorf("USB camera %s: %w", s.set.sel.ID(), driver.ErrAbsent)
}

// deliver delivers what is read in the frames that capture gives to offer, until
// ctx ends or one of the two fails.
func (s *webcam) deliver(ctx context.Context, t driver.Till, capture func(ctx context.Context, offer func(Frame) error) error) error {
	ctx, cancel := context.WithCancel(ctx)
	advised := ""
	w := newWatch(s.newReader, func(l Look) {
		if a, takes := t.(driver.Adviser); takes && l.Advised() != advised {
			advised = l.Advised()
			a.Advised(advised)
		}
	})
	read := w.start(ctx)
	captured := make(chan error, 1)
	go func() { captured <- capture(ctx, w.reader.Offer) }()
	var err error
	done := false
	for !done {
		select {
		case one := <-w.found:
			t.Scanned(scanOf(one))
		case <-w.doubt:
			t.Lost(errSeveral.Error())
		case err = <-captured:
			captured, done = nil, true
		case err = <-read:
			read, done = nil, true
		case <-ctx.Done():
			done = true
		}
	}
	ended := ctx.Err() != nil
	cancel()
	if captured != nil {
		<-captured
	}
	if read != nil {
		<-read
	}
	if ended {
		return nil
	}
	return err
}
