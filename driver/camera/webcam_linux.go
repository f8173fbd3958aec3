package camera

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/usb"
)

// videos is where the kernel lists its video devices.
const videos = "/sys/class/video4linux"

// patience is how long a camera may give no frame.
const patience = 5 * time.Second

func listCameras() ([]node, error) { return listNodes(videos, "/dev") }

// listNodes lists the cameras. Of the device files of one camera the first gives
// pictures, the others what is known about them (Linux, media/v4l/dev-meta).
func listNodes(class, dev string) ([]node, error) {
	entries, err := os.ReadDir(class)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // no camera was ever here
	}
	if err != nil {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	var all []node
	for _, e := range entries {
		dir := filepath.Join(class, e.Name())
		if !strings.HasPrefix(e.Name(), "video") || line(dir, "index") != "0" {
			continue
		}
		n := node{path: filepath.Join(dev, e.Name()), name: line(dir, "name")}
		if to, err := filepath.EvalSymlinks(filepath.Join(dir, "device")); err == nil {
			device := filepath.Dir(to) // of the USB interface
			if v, p, err := usb.ParseIDs(line(device, "idVendor") + ":" + line(device, "idProduct")); err == nil {
				n.usb = usb.Selector{VID: v, PID: p, Serial: line(device, "serial"), Port: filepath.Base(device)}
			}
		}
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b node) int {
		if len(a.path) != len(b.path) {
			return len(a.path) - len(b.path) // video10 behind video9
		}
		return strings.Compare(a.path, b.path)
	})
	return all, nil
}

func line(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// locatePath finds the camera at a path, which may be a link such as those of udev
// in /dev/v4l/by-id.
func locatePath(path string, all []node) (node, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return node{}, explain(path, err)
	}
	for _, n := range all {
		if n.path == real {
			n.path = path
			return n, nil
		}
	}
	return node{path: path, name: path}, nil
}

// permitted says whether the device file may be opened.
func (n node) permitted() error {
	if err := unix.Access(n.path, unix.R_OK|unix.W_OK); err != nil {
		return explain(n.path, err)
	}
	return nil
}

// Run reads the camera.
func (s *webcam) Run(ctx context.Context, t driver.Till) error {
	all, err := listCameras()
	if err != nil {
		return err
	}
	n, err := s.locate(all)
	if err != nil {
		return err
	}
	c, err := openCapture(n.path)
	if err != nil {
		return explain(n.path, err)
	}
	defer c.close()
	info := s.describe(n)
	if n.name == n.path {
		info.Name = c.card
	}
	info.Mode = fmt.Sprintf("webcam, %d x %d %s", c.w, c.h, c.format.name)
	s.mu.Lock()
	s.info = info
	s.mu.Unlock()
	return s.deliver(ctx, t, func(ctx context.Context, offer func(Frame) error) error {
		opened := false
		err := c.frames(ctx, func(f Frame) error {
			if !opened { // a camera that gives no picture is not ready
				opened = true
				t.Opened(info)
			}
			return offer(f)
		})
		if err != nil {
			return explain(n.path, err)
		}
		return nil
	})
}

// explain turns an error into what a person can do.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fmt.Errorf("camera %s: %w", path, driver.ErrAbsent)
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("camera %s: %w: close it there (a page with its camera on, a video call)", path, driver.ErrBusy)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf(`camera %s: %w: add the user of tillgate to the group "video"`, path, driver.ErrDenied)
	}
	return fmt.Errorf("camera %s: %w", path, err)
}
