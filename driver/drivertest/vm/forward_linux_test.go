package vm_test

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tillgate/tillgate/decode"
	"github.com/tillgate/tillgate/decode/text"
	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/driver/hid/keyboard"
	"github.com/tillgate/tillgate/ui/forward"
)

// typed collects what a keyboard types, decoded from the events of the kernel.
type typed struct{ scans []string }

func (y *typed) Scanned(s driver.Scan) { y.scans = append(y.scans, string(s.Data)) }
func (y *typed) Lost(why string)       { y.scans = append(y.scans, "LOST: "+why) }

// eventDevice opens the event device of the keyboard with that name.
func eventDevice(t *testing.T, name string) int {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		names, _ := filepath.Glob("/sys/class/input/event*/device/name")
		for _, n := range names {
			b, _ := os.ReadFile(n)
			if strings.TrimSpace(string(b)) != name {
				continue
			}
			fd, err := unix.Open("/dev/input/"+filepath.Base(filepath.Dir(filepath.Dir(n))), unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
			if err == nil {
				t.Cleanup(func() { unix.Close(fd) })
				return fd
			}
		}
	}
	t.Fatalf("no keyboard %q", name)
	return -1
}

// Codes typed through uinput come out of the kernel as the keys of that text, in
// order, and with Caps Lock on too.
func TestGuestTyping(t *testing.T) {
	vm.Inside(t)
	ms := 4
	f, err := forward.New(forward.Config{To: "keys", Layout: "de", DelayMS: &ms, GS: "{GS}"}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	fd := eventDevice(t, "tillgate")
	german, err := keyboard.LayoutNamed("de")
	if err != nil {
		t.Fatal(err)
	}
	y := &typed{}
	d := keyboard.New(keyboard.Options{Layout: german, Suffix: keyboard.Enter, Silence: time.Minute}, y, time.Now().Add(-time.Minute))

	read := func(want string) {
		t.Helper()
		buf := make([]byte, 24*64)
		for end := time.Now().Add(patience); len(y.scans) == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%q was not typed; %+v", want, f.Status())
			}
			n, _ := unix.Read(fd, buf)
			for b := buf[:max(n, 0)]; len(b) >= 24; b = b[24:] {
				if typ, value := binary.NativeEndian.Uint16(b[16:]), binary.NativeEndian.Uint32(b[20:]); typ == 1 {
					d.Key(binary.NativeEndian.Uint16(b[18:]), value == 1, time.Now())
				}
			}
		}
		if y.scans[0] != want {
			t.Errorf("typed %q, want %q", y.scans[0], want)
		}
		y.scans = y.scans[1:]
	}
	for _, c := range [][2]string{
		{ean, ean}, {"Größe-Zy/7 [a]^2 @", "Größe-Zy/7 [a]^2 @"},
		{"12\x1b\x03\r\n\t34\x1d5", "1234{GS}5"}, // nothing but characters
	} {
		f.Send(decode.Code{Kind: decode.Product, Raw: []byte(c[0]), Text: c[0], Charset: text.UTF8})
		read(c[1])
	}
	f.Send(decode.Code{Kind: decode.Unknown, Text: "Карта", Charset: text.UTF8}) // no such keys: refused whole
	wait(t, "a text without keys was not refused", func() bool { return f.Status().Lost == 1 })

	// The till's Caps Lock: the system sets the lamp of every keyboard.
	led := make([]byte, 48)
	binary.NativeEndian.PutUint16(led[16:], 0x11)
	binary.NativeEndian.PutUint16(led[18:], 1)
	binary.NativeEndian.PutUint32(led[20:], 1)
	if _, err := unix.Write(fd, led); err != nil {
		t.Fatal(err)
	}
	f.Send(decode.Code{Kind: decode.Product, Text: "Ab1", Charset: text.UTF8})
	read("aB1") // which Caps Lock turns into Ab1
}
