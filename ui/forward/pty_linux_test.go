package forward

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// A POS program that knows serial scanners opens the link like any port.
func TestPty(t *testing.T) {
	link := filepath.Join(t.TempDir(), "dev", "scanner")
	out, err := openPty(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.put(t.Context(), "nobody listens\r"); !errors.Is(err, errNotTaken) {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"4006381333931\r", "\x1d01046\x1d93\xff\xfe\r", strings.Repeat("z", 2953) + "\r"} {
		pos, err := serial.Open(link, &serial.Mode{BaudRate: 9600})
		if err != nil {
			t.Fatal(err)
		}
		pos.Write([]byte("REVINF.")) // what a POS says to its scanner is not echoed
		began := time.Now()
		if err := out.put(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(pos, got); err != nil || string(got) != want {
			t.Errorf("%q %v, want %q", got, err, want)
		}
		if d := time.Since(began); d > 200*time.Millisecond {
			t.Errorf("took %v", d)
		}
		if err := pos.Close(); err != nil {
			t.Fatal(err)
		}
		// Closed again: the code is not kept for whoever opens it next.
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			if yes, err := out.(*pty).listening(); err == nil && !yes {
				break
			}
			if time.Now().After(end) {
				t.Fatal("does not notice that the POS closed the port")
			}
		}
	}
	if err := out.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(link); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("link left behind: %v", err)
	}
}

func TestPtyNeverReplacesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openPty(path); err == nil || !strings.Contains(err.Error(), "is no link") {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "precious" {
		t.Error("file replaced")
	}
}

// Go interrupts its threads by signals whenever it is busy. None of them closes
// the port that the POS has open.
func TestPtyUnderSignals(t *testing.T) {
	link := filepath.Join(t.TempDir(), "scanner")
	out, err := openPty(link)
	if err != nil {
		t.Fatal(err)
	}
	defer out.close()
	pos, err := os.OpenFile(link, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pos.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range 20_000 {
			unix.Kill(unix.Getpid(), unix.SIGURG)
		}
	}()
	for n := 0; ; n++ {
		if err := out.(taker).taken(); err != nil {
			t.Fatalf("look %d: %v", n, err)
		}
		select {
		case <-ended:
			return
		default:
		}
	}
}
