package serial

import (
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"syscall"

	bugst "go.bug.st/serial"
	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/internal/holder"
)

// claim is the right of this process to a port: a file descriptor of its own
// with a lock on it.
//
// TIOCEXCL, which go.bug.st/serial sets, does not keep root out, and a service
// may well run as root. So three things are asked before the port is opened: the
// lock that picocom, pyserial and others take as well (flock), the exclusive mode
// (TIOCGEXCL), and who else has the file open (/proc), which also gives a name.
type claim struct {
	fd  int
	dev unix.Stat_t
}

// claimPort takes the port, or says why it can not be had.
func claimPort(path string) (*claim, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, claimError(path, err)
	}
	c := &claim{fd: fd}
	if err := c.check(path); err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

func (c *claim) check(path string) error {
	if err := unix.Fstat(c.fd, &c.dev); err != nil {
		return fmt.Errorf("stat %s: %w", path, err)
	}
	if _, err := unix.IoctlGetTermios(c.fd, unix.TCGETS); err != nil {
		if errors.Is(err, unix.EIO) {
			return fmt.Errorf("serial port %s: %w; the kernel has a name for it, but there is no port behind it", path, driver.ErrAbsent)
		}
		return fmt.Errorf("%s is no serial port: %w; check path", path, err)
	}
	if err := unix.Flock(c.fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return held(path, c.dev, c.fd)
	}
	if err := taken(path, c.dev, c.fd); err != nil {
		return err
	}
	if excl, err := unix.IoctlGetInt(c.fd, unix.TIOCGEXCL); err == nil && excl != 0 && !c.pty() {
		return busy(path, holder.Unseen)
	}
	return nil
}

// open opens the port by the library.
func (c *claim) open(path string, mode *bugst.Mode) (bugst.Port, error) {
	// The library opens without O_CLOEXEC: a browser started by this process
	// would keep the port. No child may be born before that is mended.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	port, err := bugst.Open(path, mode)
	if err != nil {
		return nil, err
	}
	for _, fd := range holder.Ours(c.dev) {
		unix.CloseOnExec(fd)
	}
	if c.pty() {
		// A pseudo terminal stays exclusive when its user is killed, for as long
		// as the other side lives. The lock is enough.
		_ = unix.IoctlSetInt(c.fd, unix.TIOCNXCL, 0)
	}
	return port, nil
}

func (c *claim) release() { _ = unix.Close(c.fd) }

// pty reports whether this is the slave of a pseudo terminal.
func (c *claim) pty() bool { return holder.PTY(c.dev) }

// noModemLines reports whether opening failed because the port has no DTR and
// RTS: a pseudo terminal answers ENOTTY, some adapters EINVAL.
func (c *claim) noModemLines(err error) bool {
	return errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) || c.pty()
}

func claimError(path string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENOTDIR):
		return absent(path)
	case errors.Is(err, unix.EIO): // a pseudo terminal whose other side is closing
		return absent(path)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return denied(path)
	case errors.Is(err, unix.EBUSY):
		var dev unix.Stat_t
		if unix.Stat(path, &dev) != nil {
			return busy(path, "")
		}
		return held(path, dev, -1)
	}
	return fmt.Errorf("open %s: %w", path, err)
}

// denied names the group whose members may open the port.
func denied(path string) error {
	remedy := "install the udev rules of the package"
	var dev unix.Stat_t
	if unix.Stat(path, &dev) == nil && dev.Gid != 0 {
		group := strconv.Itoa(int(dev.Gid))
		if g, err := user.LookupGroupId(group); err == nil {
			group = g.Name
		}
		remedy = fmt.Sprintf("add the user that the service runs as to the group %s and start it again, or %s", group, remedy)
	}
	return fmt.Errorf("serial port %s: %w; %s", path, driver.ErrDenied, remedy)
}

// available says whether the port could be opened by now, without opening it.
// What this process has open itself is available to it.
func available(p portInfo) error {
	if unix.Access(p.path, unix.R_OK|unix.W_OK) != nil {
		return denied(p.path)
	}
	var dev unix.Stat_t
	if unix.Stat(p.path, &dev) != nil {
		return absent(p.path)
	}
	if who := others(dev); who != "" {
		return busy(p.path, who)
	}
	return nil
}

// held says who has a port that can not be had.
func held(path string, dev unix.Stat_t, mine int) error {
	if err := taken(path, dev, mine); err != nil {
		return err
	}
	return busy(path, "")
}

// taken says who has the device open, this process included; nil if nobody has or it
// can not be seen. mine is a file descriptor that does not count.
func taken(path string, dev unix.Stat_t, mine int) error {
	for _, fd := range holder.Ours(dev) {
		if fd != mine {
			return fmt.Errorf("serial port %s: %w: %w", path, driver.ErrBusy, errOurs)
		}
	}
	if who := others(dev); who != "" {
		return busy(path, who)
	}
	return nil
}

// others names another program that has the device open, "" if none is seen.
func others(dev unix.Stat_t) string {
	if all := holder.OthersOf(dev); len(all) > 0 {
		return all[0].String()
	}
	return ""
}
