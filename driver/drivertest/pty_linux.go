package drivertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Personality is how a serial scanner sends a code.
type Personality struct {
	Prefix string                   // before each code
	Suffix string                   // after each code
	AIM    func(code string) string // AIM identifier such as "]E0" that goes with a code; nil: none is sent
	Chunk  int                      // bytes sent at a time; 0: all at once
	Gap    time.Duration            // between the chunks of a code
	Hear   func(b []byte)           // takes what the host sends, in a goroutine of the scanner; nil: nothing listens
	Link   string                   // path of a stable link to the port, like those in /dev/serial/by-id; "": none
}

// Pty is a serial scanner on a pseudo terminal. Its methods are safe to call
// from several goroutines; codes are never mixed.
type Pty struct {
	as Personality

	mu     sync.Mutex
	master *os.File // nil while unplugged
	slave  string
}

// ErrUnplugged is what a scanner that is unplugged answers.
var ErrUnplugged = errors.New("virtual scanner is unplugged")

// OpenPty makes a scanner that is plugged in.
func OpenPty(as Personality) (*Pty, error) {
	p := &Pty{as: as}
	return p, p.Replug()
}

// Path is the port to give to a driver: the link if there is one, else the
// current pseudo terminal.
func (p *Pty) Path() string {
	if p.as.Link != "" {
		return p.as.Link
	}
	return p.Port()
}

// Port is the current pseudo terminal, "" while unplugged.
func (p *Pty) Port() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slave
}

// Scan sends a code the way the scanner does.
func (p *Pty) Scan(code string) error {
	aim := ""
	if p.as.AIM != nil {
		aim = p.as.AIM(code)
	}
	return p.Send([]byte(p.as.Prefix + aim + code + p.as.Suffix))
}

// Send sends bytes as they are. It blocks while the port's buffer of 4 KiB is
// full and nobody reads.
func (p *Pty) Send(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.master == nil {
		return ErrUnplugged
	}
	chunk := p.as.Chunk
	if chunk <= 0 {
		chunk = len(b)
	}
	for len(b) > 0 {
		n := min(chunk, len(b))
		if _, err := p.master.Write(b[:n]); err != nil {
			return fmt.Errorf("virtual scanner: %w", err)
		}
		if b = b[n:]; len(b) > 0 && p.as.Gap > 0 {
			time.Sleep(p.as.Gap)
		}
	}
	return nil
}

// Unplug takes the scanner off: the driver's port fails, and its path is gone.
func (p *Pty) Unplug() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.master == nil {
		return nil
	}
	if p.as.Link != "" {
		if err := os.Remove(p.as.Link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	err := p.master.Close()
	p.master, p.slave = nil, ""
	return err
}

// Replug plugs the scanner in again, at another pseudo terminal behind the same
// link. A scanner without a link comes back under another path.
func (p *Pty) Replug() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.master != nil {
		return nil
	}
	master, slave, err := newPty()
	if err != nil {
		return err
	}
	if p.as.Link != "" {
		if err := link(slave, p.as.Link); err != nil {
			master.Close()
			return err
		}
	}
	p.master, p.slave = master, slave
	if p.as.Hear != nil {
		go listen(master, p.as.Hear)
	}
	return nil
}

// listen passes on what the host sends, until the scanner is unplugged.
func listen(master *os.File, hear func([]byte)) {
	buf := make([]byte, 4096)
	for {
		n, err := master.Read(buf)
		if n > 0 {
			hear(append([]byte(nil), buf[:n]...))
		}
		switch {
		case errors.Is(err, unix.EIO): // nobody has the port open
			time.Sleep(10 * time.Millisecond)
		case err != nil:
			return
		}
	}
}

// Close unplugs for good.
func (p *Pty) Close() error { return p.Unplug() }

// newPty makes a pseudo terminal without echo and line editing.
func newPty() (master *os.File, slave string, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, "", fmt.Errorf("make pseudo terminal: %w", err)
	}
	number, err := unlock(fd)
	if err == nil {
		err = raw(fd)
	}
	if err != nil {
		unix.Close(fd)
		return nil, "", fmt.Errorf("make pseudo terminal: %w", err)
	}
	return os.NewFile(uintptr(fd), "/dev/ptmx"), fmt.Sprintf("/dev/pts/%d", number), nil
}

func unlock(fd int) (number int, err error) {
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return 0, err
	}
	return unix.IoctlGetInt(fd, unix.TIOCGPTN)
}

// raw sets the slave, through the master, to pass every byte as it is.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// link makes or replaces a link in one step.
func link(to, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(to, next); err != nil {
		return err
	}
	return os.Rename(next, path)
}
