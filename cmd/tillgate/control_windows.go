package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/windows"
)

// controlFile is where the daemon says which port it is, and the secret that
// whoever connects says first: "127.0.0.1:49152 SECRET".
const controlFile = "control"

// secretWithin is how long a connection may take to say the secret.
const secretWithin = 5 * time.Second

// controlListener hands out the connections that said the secret.
type controlListener struct {
	net.Listener
	secret string
	path   string
	known  chan net.Conn
	ended  chan struct{}
	once   sync.Once
}

// listenControl opens the port and writes the file. The caller holds the
// folder's lock, so a file that is there already is a dead daemon's.
func listenControl(dataDir string) (net.Listener, error) {
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("control port: %w", err)
	}
	l := &controlListener{Listener: tcp, secret: rand.Text(), path: filepath.Join(dataDir, controlFile),
		known: make(chan net.Conn), ended: make(chan struct{})}
	if err := writeOwn(l.path, tcp.Addr().String()+" "+l.secret); err != nil {
		tcp.Close()
		return nil, fmt.Errorf("control port: %w", err)
	}
	go l.welcome()
	return l, nil
}

// writeOwn writes a file that its owner, the system and administrators can read,
// whatever the folder allows others. It is empty until that is so.
func writeOwn(path, text string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("who runs this: %w", err)
	}
	rights, err := windows.SecurityDescriptorFromString("D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + user.User.Sid.String() + ")")
	if err != nil {
		return err
	}
	dacl, _, err := rights.DACL()
	if err != nil {
		return err
	}
	err = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, dacl, nil)
	if err != nil {
		return fmt.Errorf("rights of %s: %w", path, err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// welcome listens to the secret of each connection beside the others, so that
// a silent stranger holds up nobody.
func (l *controlListener) welcome() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			said := make([]byte, len(l.secret))
			c.SetReadDeadline(time.Now().Add(secretWithin))
			if _, err := io.ReadFull(c, said); err != nil || subtle.ConstantTimeCompare(said, []byte(l.secret)) != 1 {
				c.Close()
				return
			}
			c.SetReadDeadline(time.Time{})
			select {
			case l.known <- c:
			case <-l.ended:
				c.Close()
			}
		}()
	}
}

func (l *controlListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.known:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

func (l *controlListener) Close() (err error) {
	l.once.Do(func() {
		close(l.ended)
		err = errors.Join(l.Listener.Close(), os.Remove(l.path))
	})
	return err
}

func dialControl(ctx context.Context, dataDir string) (net.Conn, error) {
	b, err := os.ReadFile(filepath.Join(dataDir, controlFile))
	if err != nil {
		return nil, err
	}
	addr, secret, ok := strings.Cut(string(b), " ")
	if !ok {
		return nil, fmt.Errorf("%s says %q", controlFile, addr)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp4", addr)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c, secret); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}
