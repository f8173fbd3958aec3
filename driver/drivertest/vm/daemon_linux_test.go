package vm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver"
	vusb "github.com/tillgate/tillgate/driver/drivertest/usb"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// daemon is the real program in the guest. What is no customer's code it hands on
// through a port made of software, on which the test sits as the POS does.
type daemon struct {
	*testing.T
	dir   string
	url   string // of the central API
	token string
	http  http.Client
	cmd   *exec.Cmd
	log   *journal
	codes chan string
	gone  uint64 // inputs thrown away, when it was looked last
	twice string // code that was scanned twice
}

// journal is what the daemon logs.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// newDaemon writes the configuration and starts the program, whose central API is
// not reached.
func newDaemon(t *testing.T, scanners string) *daemon {
	t.Helper()
	return newDaemonAt(t, scanners, "http://127.0.0.1:1", "x")
}

func newDaemonAt(t *testing.T, scanners, url, token string) *daemon {
	t.Helper()
	vm.Inside(t)
	d := &daemon{T: t, dir: t.TempDir(), url: url, token: token, log: &journal{}}
	d.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var n net.Dialer
		return n.DialContext(ctx, "unix", filepath.Join(d.dir, "data", "control.sock"))
	}}
	d.configure(scanners)
	d.start()
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Logf("log of the daemon:\n%s", d.log)
		}
	})
	return d
}

func (d *daemon) configure(scanners string) {
	d.Helper()
	text := fmt.Sprintf(`[till]
shop = "1"
till = "1"
data_dir = %q
[provider.central]
url = %q
token = "env:TOKEN"
[forward]
to = "pty"
suffix = "lf"
link = %q

%s`, filepath.Join(d.dir, "data"), d.url, d.port(), scanners)
	if err := os.WriteFile(d.file(), []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
}

func (d *daemon) file() string { return filepath.Join(d.dir, "tillgate.toml") }
func (d *daemon) port() string { return filepath.Join(d.dir, "pos") }

// launch starts the program.
func (d *daemon) launch() {
	d.Helper()
	d.cmd = exec.Command(tillgate, "run", "-c", d.file())
	d.cmd.Env = append(os.Environ(), "TOKEN="+d.token, "HOME=/tmp")
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	if err := d.cmd.Start(); err != nil {
		d.Fatal(err)
	}
	wait(d.T, "the daemon does not answer", func() bool { return d.ask("/process", nil) == nil })
}

// start starts the program and sits down at the POS.
func (d *daemon) start() {
	d.Helper()
	d.launch()
	var pos *os.File
	wait(d.T, "the daemon's port does not come", func() (ok bool) {
		var err error
		pos, err = os.OpenFile(d.port(), os.O_RDWR|syscall.O_NOCTTY, 0)
		return err == nil
	})
	d.codes = make(chan string, 1000)
	go func(codes chan<- string) {
		defer pos.Close()
		var rest []byte
		for buf := make([]byte, 4096); ; {
			n, err := pos.Read(buf)
			if err != nil {
				if _, gone := os.Stat(d.port()); err == io.EOF && gone == nil {
					time.Sleep(10 * time.Millisecond) // a terminal's read of nothing is not its end
					continue
				}
				return // the daemon has gone
			}
			rest = append(rest, buf[:n]...)
			for {
				line, more, ok := bytes.Cut(rest, []byte("\n"))
				if !ok {
					break
				}
				codes <- string(line)
				rest = more
			}
		}
	}(d.codes)
}

// kill ends the program without a warning.
func (d *daemon) kill() {
	if d.cmd.ProcessState == nil {
		d.cmd.Process.Kill()
		d.cmd.Wait()
	}
}

// restart stops the program and starts it again.
func (d *daemon) restart() {
	d.Helper()
	d.cmd.Process.Signal(syscall.SIGTERM)
	if err := d.cmd.Wait(); err != nil {
		d.Errorf("the daemon stopped with %v", err)
	}
	d.start()
}

func (d *daemon) ask(path string, out any) error {
	res, err := d.http.Get("http://tillgate" + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// process is what the daemon says of itself.
func (d *daemon) process() (p struct{ PID, Goroutines, Files int }) {
	d.Helper()
	if err := d.ask("/process", &p); err != nil {
		d.Fatal(err)
	}
	return p
}

// driven are the scanners of the till.
func (d *daemon) driven() map[string]driver.Status {
	d.Helper()
	driven, _ := d.list("/devices?found=no")
	return driven
}

// devices are the scanners of the till, and others that were found.
func (d *daemon) devices() (driven map[string]driver.Status, found []driver.Info) {
	d.Helper()
	return d.list("/devices")
}

func (d *daemon) list(path string) (driven map[string]driver.Status, found []driver.Info) {
	d.Helper()
	var list struct {
		Driven []driver.Status
		Found  []driver.Info
	}
	if err := d.ask(path, &list); err != nil {
		d.Fatal(err)
	}
	driven = map[string]driver.Status{}
	for _, s := range list.Driven {
		driven[s.Info.ID] = s
	}
	return driven, list.Found
}

// until waits until all scanners are in a state.
func (d *daemon) until(want driver.State, ids ...string) {
	d.Helper()
	var last map[string]driver.Status
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		last = d.driven()
		all := true
		for _, id := range ids {
			all = all && last[id].State == want
		}
		if all {
			return
		}
	}
	d.Fatalf("%s: not %s: %+v", strings.Join(ids, ", "), want, last)
}

// read lets a scanner read a code, and waits for it at the POS: one scan, one code. If
// the program could not take it in time, on a machine whose processor stood still, and
// says so, the code is scanned again, as a cashier would.
func (d *daemon) read(dev *vusb.Device, code string) {
	d.Helper()
	scan(d.T, dev, vusb.Code{Data: []byte(code), AIM: "]Q1"})
	look := time.NewTicker(5 * time.Second)
	defer look.Stop()
	for end := time.After(patience); ; {
		select {
		case got := <-d.codes:
			if got == d.twice && got != code {
				d.twice = "" // the first was only late
				continue
			}
			if got != code {
				d.Errorf("code %q at the POS, want %q", got, code)
			}
			return
		case <-look.C:
			if now := d.lost(); now != d.gone {
				d.gone, d.twice = now, code
				scan(d.T, dev, vusb.Code{Data: []byte(code), AIM: "]Q1"})
			}
		case <-end:
			d.Fatalf("code %q does not arrive at the POS: %+v", code, d.driven())
		}
	}
}

// lost is how many inputs were thrown away.
func (d *daemon) lost() (n uint64) {
	d.Helper()
	for _, st := range d.driven() {
		n += st.Lost
	}
	return n
}
