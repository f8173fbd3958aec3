package server

import (
	"fmt"
	"net"
	"sync"
)

// Switch is a listener that can be cut off like a pulled cable and put back. A
// cut closes the live connections and the port itself, so that callers are
// refused; the one who accepts notices nothing but that nobody comes.
type Switch struct {
	mu     sync.Mutex
	turned *sync.Cond
	l      net.Listener // nil while cut
	addr   net.Addr
	live   map[*tracked]struct{}
	closed bool
}

// NewSwitch takes over a listener.
func NewSwitch(l net.Listener) *Switch {
	s := &Switch{l: l, addr: l.Addr(), live: map[*tracked]struct{}{}}
	s.turned = sync.NewCond(&s.mu)
	return s
}

// Addr is the address, also while it is cut.
func (s *Switch) Addr() net.Addr { return s.addr }

// Accept waits for a connection.
func (s *Switch) Accept() (net.Conn, error) {
	for {
		s.mu.Lock()
		for s.l == nil && !s.closed {
			s.turned.Wait()
		}
		l := s.l
		s.mu.Unlock()
		if l == nil {
			return nil, net.ErrClosed
		}
		c, err := l.Accept()
		s.mu.Lock()
		switch {
		case s.l == l && err == nil:
			t := &tracked{Conn: c, s: s}
			s.live[t] = struct{}{}
			s.mu.Unlock()
			return t, nil
		case s.l == l:
			s.mu.Unlock()
			return nil, err
		}
		s.mu.Unlock()
		if err == nil {
			c.Close() // came in at the moment of the cut
		}
	}
}

// Cut closes all connections and refuses new ones.
func (s *Switch) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.l != nil {
		s.l.Close()
		s.l = nil
	}
	for c := range s.live {
		c.Conn.Close()
	}
	clear(s.live)
}

// Restore listens again on the same address.
func (s *Switch) Restore() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.l != nil || s.closed {
		return nil
	}
	l, err := net.Listen(s.addr.Network(), s.addr.String())
	if err != nil {
		return fmt.Errorf("listen again: %w", err)
	}
	s.l = l
	s.turned.Broadcast()
	return nil
}

// Connected says whether the switch is on.
func (s *Switch) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.l != nil
}

// Close ends Accept. Connections live on, as those of any listener do.
func (s *Switch) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.turned.Broadcast()
	if s.l == nil {
		return nil
	}
	err := s.l.Close()
	s.l = nil
	return err
}

// tracked is a connection that a cut closes.
type tracked struct {
	net.Conn
	s *Switch
}

func (c *tracked) Close() error {
	c.s.mu.Lock()
	delete(c.s.live, c)
	c.s.mu.Unlock()
	return c.Conn.Close()
}
