package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// pty is a serial port made of software: a pseudo terminal of which the POS opens
// the far end, by a link that stays where it is.
type pty struct {
	master *os.File
	slave  string
	link   string
	reader chan struct{}
}

func openPty(link string) (output, error) {
	p := &pty{link: link, reader: make(chan struct{})}
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("make a serial port: %w", err)
	}
	p.master = os.NewFile(uintptr(fd), "/dev/ptmx")
	if err := p.set(fd); err != nil {
		p.master.Close()
		return nil, fmt.Errorf("make a serial port: %w", err)
	}
	go p.discard()
	if err := p.publish(); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// set unlocks the far end and makes it pass every byte as it is. It is opened and
// closed once: from then on the master says when nobody has it open.
func (p *pty) set(fd int) error {
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return err
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return err
	}
	p.slave = fmt.Sprintf("/dev/pts/%d", n)
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8 | unix.CREAD | unix.CLOCAL
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return err
	}
	s, err := unix.Open(p.slave, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	unix.Close(s)
	// The POS runs as another user. What comes over this port is product codes.
	return os.Chmod(p.slave, 0o666)
}

// publish puts the link in place in one step.
func (p *pty) publish() error {
	if err := os.MkdirAll(filepath.Dir(p.link), 0o755); err != nil {
		return fmt.Errorf("link for the POS: %w", err)
	}
	if i, err := os.Lstat(p.link); err == nil && i.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s is there already and is no link: choose another path", p.link)
	}
	next := p.link + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("link for the POS: %w", err)
	}
	if err := errors.Join(os.Symlink(p.slave, next)); err != nil {
		return fmt.Errorf("link for the POS: %w", err)
	}
	if err := os.Rename(next, p.link); err != nil {
		return fmt.Errorf("link for the POS: %w", err)
	}
	return nil
}

// discard reads what the POS sends to its scanner: nothing here answers to it.
// While the POS has the port closed, reading fails at once.
func (p *pty) discard() {
	defer close(p.reader)
	buf := make([]byte, 256)
	for {
		_, err := p.master.Read(buf)
		if errors.Is(err, os.ErrClosed) || errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			time.Sleep(again / 4)
		}
	}
}

func (p *pty) close() error {
	if to, err := os.Readlink(p.link); err == nil && to == p.slave {
		os.Remove(p.link)
	}
	err := p.master.Close()
	<-p.reader
	return err
}

// listening says whether somebody has the far end open.
func (p *pty) listening() (yes bool, err error) {
	c, err := p.master.SyscallConn()
	if err != nil {
		return false, err
	}
	cerr := c.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd)}}
		// A signal, and Go sends itself many, ends even a poll that does not wait.
		for _, err = unix.Poll(fds, 0); err == unix.EINTR; _, err = unix.Poll(fds, 0) {
		}
		yes = fds[0].Revents&unix.POLLHUP == 0
	})
	return yes, errors.Join(err, cerr)
}

// taken is nil if the POS has the port open.
func (p *pty) taken() error {
	yes, err := p.listening()
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", p.link, err)
	case !yes:
		return fmt.Errorf("%w: it does not have %s open", errNotTaken, p.link)
	}
	return nil
}

// put sends a code, if the POS has the port open: the kernel would keep it for
// whoever opens it next, hours later.
func (p *pty) put(_ context.Context, text string) error {
	if err := p.taken(); err != nil {
		return err
	}
	p.master.SetWriteDeadline(time.Now().Add(stale))
	if _, err := p.master.WriteString(text); err != nil {
		// Half a code may be in the buffer. Nobody shall read it.
		return errors.Join(fmt.Errorf("%w: it does not read from %s: %w", errNotTaken, p.link, err), p.empty())
	}
	return nil
}

// empty throws away what the far end has not read.
func (p *pty) empty() error {
	s, err := unix.Open(p.slave, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	return unix.IoctlSetInt(s, unix.TCFLSH, unix.TCIFLUSH)
}
