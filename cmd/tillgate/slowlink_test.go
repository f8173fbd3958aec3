//go:build linux

package main

import (
	"io"
	"net"
	"testing"
	"time"
)

// slowLink forwards a port to an address with so much time on the way there and
// back together; a new connection costs it once more, as TCP's handshake does.
func slowLink(t *testing.T, to string, roundTrip time.Duration) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				time.Sleep(roundTrip)
				s, err := net.Dial("tcp", to)
				if err != nil {
					c.Close()
					return
				}
				go handOn(s, c, roundTrip/2)
				handOn(c, s, roundTrip/2)
			}()
		}
	}()
	return l.Addr().String()
}

// handOn hands on what comes from one end to the other, later; order is kept, and
// what is under way does not hold up what follows.
func handOn(to io.WriteCloser, from io.ReadCloser, later time.Duration) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer to.Close()
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				from.Close()
			}
		}
	}()
	defer close(pieces)
	for {
		b := make([]byte, 16<<10)
		n, err := from.Read(b)
		if err != nil {
			return
		}
		pieces <- piece{b[:n], time.Now().Add(later)}
	}
}
