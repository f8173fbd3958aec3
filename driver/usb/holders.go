package usb

import (
	"fmt"
	"path/filepath"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/internal/holder"
)

// usbfs is the driver of an interface that a program has taken from the system, by
// libusb or the like: the kernel has no event device and no hidraw file for it then.
const usbfs = "usbfs"

// Unseen stands in errors for a program that can not be named.
const Unseen = holder.Unseen

// Taken says whether a program has taken the interface from the system.
func (i Interface) Taken() bool { return i.Driver == usbfs }

// TakenError names the program that has taken the interface from the system, as far
// as it can be seen. It wraps driver.ErrBusy.
func (i Interface) TakenError() error {
	return fmt.Errorf("scanner at %s: %w: %s has taken it from the system", i.Path, driver.ErrBusy, holder.Names(holder.Others(i.Node)))
}

// HeldError names the programs that have a device file open, of which one has done
// something with it: "has grabbed it", say. The caller has the file open as well; if
// this program has it open once more, it is this one. It wraps driver.ErrBusy.
func HeldError(path, done string) error {
	all := holder.Others(path)
	who := holder.Names(all)
	switch {
	case holder.Here(path) > 1:
		who = "this one, for another scanner,"
	case len(all) > 1:
		who = "one of " + who
	}
	return fmt.Errorf("%s: %w: %s %s", path, driver.ErrBusy, who, done)
}

// Holders names the programs that have something of a HID scanner open: of one that is
// taken from the system its device file, else its hidraw file, through which
// everybody who asks gets its reports, or, for keys, its event devices. mine is the
// process that does not count, beside this one. It is "" if nobody is seen.
func (i Interface) Holders(mine int, keys bool) string {
	var files []string
	switch {
	case i.Taken():
		files = []string{i.Node}
	case keys:
		files = i.EventFiles()
	default:
		files = i.RawFiles()
	}
	seen := map[int]bool{mine: true}
	var all []holder.Program
	for _, f := range files {
		for _, p := range holder.Others(f) {
			if !seen[p.PID] {
				seen[p.PID], all = true, append(all, p)
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	return holder.Names(all)
}

// RawFiles are the hidraw files of the interface: one, or none.
func (i Interface) RawFiles() []string {
	return i.files("/dev", "hidraw", "hidraw*")
}

// EventFiles are its event devices: a keyboard has one, and often a second for keys
// such as those for the volume.
func (i Interface) EventFiles() []string {
	return i.files("/dev/input", "input", "input*", "event*")
}

// files are the device files that the kernel has for the interface, by where they
// stand below it in sysfs. They may not have appeared yet.
func (i Interface) files(folder string, below ...string) []string {
	if i.Dir == "" {
		return nil
	}
	found, _ := filepath.Glob(filepath.Join(append([]string{i.Dir, "*"}, below...)...))
	for k, f := range found {
		found[k] = folder + "/" + filepath.Base(f)
	}
	return found
}
