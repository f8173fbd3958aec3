//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/decode/gs1"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/ui/checkout"
)

// What users of other programs suffer with serial scanners, through the real
// program: bytes on the port, events at the websocket. Nothing is lost, merged,
// late, doubled or put down to another scanner.
func TestSerialPains(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	for _, c := range []struct {
		name  string
		sends []string // written one after the other, 150 ms apart
		want  []string
	}{
		{"two scans in one read", []string{"4601234567893\r4601234567909\r"}, []string{"4601234567893", "4601234567909"}},
		{"CR then CRLF", []string{"4601234567893\r4601234567909\r\n"}, []string{"4601234567893", "4601234567909"}},
		{"double CR", []string{"4601234567893\r\r4601234567909\r\r"}, []string{"4601234567893", "4601234567909"}},
		{"two scans 150 ms apart", []string{"A111\r\n", "B222\r\n"}, []string{"A111", "B222"}},
		{"no suffix", []string{"4601234567893"}, []string{"4601234567893"}},
		{"a bad byte", []string{"\xff\r", "4601234567893\r"}, []string{"", "4601234567893"}},
		{"CP1251", []string{"\xcf\xf0\xe8\xe2\xe5\xf2\r"}, []string{"Привет"}},
		{"UTF-8", []string{"Привет\r"}, []string{"Привет"}},
		{"QR with its AIM identifier", []string{"]Q1https://example.org/x\r"}, []string{"https://example.org/x"}},
		{"STX and ETX", []string{"\x024601234567893\x03"}, []string{"4601234567893"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := x.connect()
			defer p.conn.Close()
			for i, s := range c.sends {
				if i > 0 {
					time.Sleep(150 * time.Millisecond)
				}
				if err := x.scanner.Send([]byte(s)); err != nil {
					t.Fatal(err)
				}
			}
			scans, err := p.awaitScans(len(c.want), 5*time.Second)
			if err != nil {
				t.Fatalf("%v; got %+v", err, scans)
			}
			time.Sleep(120 * time.Millisecond) // a doubled one would come now
			scans, _ = p.awaitScans(0, time.Second)
			if len(scans) != len(c.want) {
				t.Errorf("%d scans, want %d: %+v", len(scans), len(c.want), scans)
			}
			for i, want := range c.want {
				if want != "" && scans[i].Text != want {
					t.Errorf("scan %d is %q, want %q", i, scans[i].Text, want)
				}
			}
		})
	}
}

// product is the i-th product code.
func product(i int) string {
	digits := fmt.Sprintf("460%09d", i)
	check, _ := gs1.CheckDigit(digits)
	return digits + string(check)
}

func TestBurstOf500(t *testing.T) {
	x := newTill(t)
	x.start()
	x.filled()
	c := x.connect()
	go func() {
		for i := range 500 {
			x.scanner.Scan(product(i))
		}
	}()
	scans, err := c.awaitScans(500, 20*time.Second)
	if err != nil {
		t.Fatalf("%d of 500 arrived: %v", len(scans), err)
	}
	for i, s := range scans {
		if s.Text != product(i) {
			t.Fatalf("scan %d is %s, want %s", i, s.Text, product(i))
		}
	}
}

// Four scanners at fifty scans a second each, and each scan from its own.
func TestFourPorts(t *testing.T) {
	x := newTill(t)
	config := x.defaultConfig()
	ports := []*drivertest.Pty{x.scanner}
	for i := 1; i < 4; i++ {
		p := newScanner(t, fmt.Sprintf("%s/port%d", x.dir, i))
		ports = append(ports, p)
		config += fmt.Sprintf("[[scanner.serial]]\npath = %q\nid = \"port%d\"\n", p.Path(), i)
	}
	x.write(config)
	x.start()
	x.filled()
	c := x.connect()
	c.await(t, "all four are ready", func(s checkout.State) bool {
		ready := 0
		for _, d := range s.Devices {
			if d.State == "ready" {
				ready++
			}
		}
		return ready == 4
	})
	const each = 100
	for i, p := range ports {
		go func() {
			for n := range each {
				p.Scan(product(i*1000 + n))
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	scans, err := c.awaitScans(4*each, 30*time.Second)
	if err != nil {
		t.Fatalf("%d of %d arrived: %v", len(scans), 4*each, err)
	}
	next := map[string]int{}
	ids := []string{"serial:counter", "serial:port1", "serial:port2", "serial:port3"}
	for _, s := range scans {
		i := 0
		for j, id := range ids {
			if id == s.Scan.Device {
				i = j
			}
		}
		if want := product(i*1000 + next[ids[i]]); s.Scan.Device != ids[i] || s.Text != want {
			t.Fatalf("%s sent %s, want %s", s.Scan.Device, s.Text, want)
		}
		next[ids[i]]++
	}
}

// Product codes go on to the POS as they were scanned, in order; a customer's
// card does not.
func TestProductsReachThePOS(t *testing.T) {
	x := newTill(t)
	link := filepath.Join(x.dir, "pos")
	x.write(x.defaultConfig() + fmt.Sprintf("[forward]\nto = \"pty\"\nlink = %q\n", link))
	x.start()
	x.filled()
	var pos *os.File
	eventually(t, "the POS opens its port", func() (ok bool) {
		var err error
		pos, err = os.OpenFile(link, os.O_RDWR|syscall.O_NOCTTY, 0)
		return err == nil
	})
	defer pos.Close()
	x.scan(product(1))
	x.scan(card1)
	x.scan(product(2))
	want := product(1) + "\r" + product(2) + "\r"
	got := make([]byte, len(want))
	done := make(chan error, 1)
	go func() { _, err := io.ReadFull(pos, got); done <- err }()
	select {
	case err := <-done:
		if err != nil || string(got) != want {
			t.Errorf("the POS got %q, %v; want %q", got, err, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came within 10 s")
	}
}

// A POS that does not take its product codes is said on the page, until it does.
func TestPOSThatTakesNoCodes(t *testing.T) {
	x := newTill(t)
	link := filepath.Join(x.dir, "pos")
	x.write(x.defaultConfig() + fmt.Sprintf("[forward]\nto = \"pty\"\nlink = %q\n", link))
	x.start()
	x.filled()
	c := x.connect()
	lost := func(s checkout.State) bool {
		return slices.ContainsFunc(s.Conditions, func(c checkout.Condition) bool { return c.Code == checkout.POSLost })
	}
	if s := c.state(); lost(s) {
		t.Errorf("said before a code was lost: %+v", s.Conditions)
	}
	x.scan(product(1))
	s := c.await(t, "the POS takes no codes", lost)
	if why := fmt.Sprint(s.Conditions); !strings.Contains(why, "it does not have "+link+" open") {
		t.Errorf("conditions: %s", why)
	}
	pos, err := os.OpenFile(link, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pos.Close()
	c.await(t, "the POS is back", func(s checkout.State) bool { return !lost(s) })
	x.scan(product(2))
	want := product(2) + "\r"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(pos, got); err != nil || string(got) != want {
		t.Errorf("the POS got %q, %v; want %q", got, err, want)
	}
}

// A port that another program has open is said to be so, and taken as soon as
// that program lets go of it.
func TestPortOpenElsewhere(t *testing.T) {
	x := newTill(t)
	other, err := os.OpenFile(x.scanner.Path(), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err == nil {
		err = unix.IoctlSetInt(int(other.Fd()), unix.TIOCEXCL, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !x.launch() {
		t.Fatal("the daemon ended")
	}
	c := x.connect()
	s := c.await(t, "the port is busy", func(s checkout.State) bool { return len(s.Devices) == 1 && s.Devices[0].State == driver.Busy })
	if !strings.Contains(s.Devices[0].Reason, fmt.Sprint(os.Getpid())) {
		t.Errorf("the reason does not name the holder: %q", s.Devices[0].Reason)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	c.await(t, "the port is taken up", func(s checkout.State) bool { return s.Devices[0].State == driver.Ready })
	x.filled()
	x.scan(card1)
	c.awaitPrompt(t, checkout.AskTotal)
}
