//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/drivertest/vm"
	"github.com/tillgate/tillgate/sync/central/server"
	"github.com/tillgate/tillgate/sync/loyalty"
	"github.com/tillgate/tillgate/ui/uitest"
)

// binary builds the program once for all tests, with the race detector if the
// tests have it.
var binary = sync.OnceValues(func() (string, error) {
	if inGuest() {
		return guestProgram, nil
	}
	return buildBinary("")
})

// inGuest says that these are the tests in the virtual machine.
func inGuest() bool { return os.Getpid() == 1 }

// guestProgram is where the virtual machine has the program.
const guestProgram = "/bin/tillgate"

// soon is how long what is to happen soon may take.
func soon() time.Duration {
	if inGuest() {
		return 3 * time.Minute // its processor is made of software
	}
	return 20 * time.Second
}

// buildBinary builds the real program, with a build tag or none.
func buildBinary(tag string) (string, error) {
	dir, err := os.MkdirTemp("", "tillgate-test")
	if err != nil {
		return "", err
	}
	building.Lock()
	binaries = append(binaries, dir)
	building.Unlock()
	bin := filepath.Join(dir, "tillgate")
	args := []string{"build", "-o", bin}
	if raceEnabled {
		args = append(args, "-race")
	}
	if tag != "" {
		args = append(args, "-tags", tag)
	}
	out, err := exec.Command("go", append(args, ".")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
}

// binaries are the folders of what was built.
var (
	building sync.Mutex
	binaries []string
)

func TestMain(m *testing.M) {
	becomeFaulty()
	if inGuest() {
		vm.Main(m)
	}
	code := m.Run()
	uitest.Close()
	for _, dir := range binaries {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// till is a till as it stands in a shop: the real program in a process of its
// own, a scanner on a port, and the chain's central API on the network.
type till struct {
	t       *testing.T
	bin     string
	dir     string
	scanner *drivertest.Pty
	central *server.Server
	faults  *server.Faults
	gate    *gate
	link    *server.Switch
	config  string
	token   string
	listen  string
	env     []string    // besides
	disk    *faultyDisk // nil: the machine's

	cmd     *exec.Cmd
	dead    atomic.Bool // it was killed by something else than kill
	page    string      // address of the cashier's page
	log     *logFile
	secrets secrets
}

// customer1 is the first seeded customer: card 2900000000018.
const customer1 = loyalty.CustomerID("c000001")

const card1 = "2900000000018"

func newTill(t *testing.T) *till {
	t.Helper()
	x := bareTill(t)
	x.openCentral()
	x.write(x.defaultConfig())
	return x
}

// bareTill is a till without a programme and without a configuration. When its
// test ends, nothing of a customer may be in what its daemons logged.
func bareTill(t *testing.T) *till {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	x := &till{t: t, bin: bin, dir: t.TempDir(), listen: freeAddr(t), log: &logFile{}}
	x.scanner = newScanner(t, x.dir)
	t.Cleanup(func() {
		x.kill()
		if x.disk != nil {
			x.disk.served.Wait()
		}
		x.secrets.check(t, x.log.text())
		if t.Failed() {
			t.Logf("log of the daemon:\n%s", x.log.tail(60))
		}
	})
	return x
}

// serve puts a programme's server on the network, behind the gate.
func (x *till) serve(h http.Handler) {
	x.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		x.t.Fatal(err)
	}
	x.link, x.gate = server.NewSwitch(l), &gate{next: h}
	srv := &http.Server{Handler: x.gate}
	go srv.Serve(x.link)
	x.t.Cleanup(func() { srv.Close() })
}

func newScanner(t *testing.T, dir string) *drivertest.Pty {
	t.Helper()
	p, err := drivertest.OpenPty(drivertest.Personality{Suffix: "\r", Link: filepath.Join(dir, "scanner")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// openCentral starts the central API with 500 customers on a file.
func (x *till) openCentral() {
	x.t.Helper()
	var err error
	if x.central, err = server.Open(filepath.Join(x.dir, "central.db"), server.Options{NoSync: true}); err != nil {
		x.t.Fatal(err)
	}
	if err := x.central.Seed(500, 1); err != nil {
		x.t.Fatal(err)
	}
	if x.token, err = x.central.Grant("1", "1"); err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { x.central.Close() })
	x.secrets.add(x.token)
	x.secrets.central(x.central)
	x.faults = server.NewFaults(x.central.Handler())
	x.serve(x.faults)
}

func (x *till) defaultConfig() string {
	return fmt.Sprintf(`[till]
shop = "1"
till = "1"
data_dir = %q
[page]
listen = %q
[provider.central]
url = "http://%s"
token = "env:TILLGATE_TEST_TOKEN"
poll_seconds = 1
[[scanner.serial]]
path = %q
id = "counter"
[[card]]
name = "plastic"
kind = "ean13"
prefixes = ["29"]
[[card]]
name = "phone"
kind = "phone"
[log]
level = "debug"
`, filepath.Join(x.dir, "data"), x.listen, x.link.Addr(), x.scanner.Path())
}

func (x *till) write(config string) {
	x.t.Helper()
	x.config = filepath.Join(x.dir, "tillgate.toml")
	if err := os.WriteFile(x.config, []byte(config), 0o600); err != nil {
		x.t.Fatal(err)
	}
}

// command is the program with arguments, in the till's environment.
func (x *till) command(args ...string) *exec.Cmd {
	cmd := exec.Command(x.bin, args...)
	cmd.Env = append(os.Environ(), "TILLGATE_CONFIG="+x.config, "TILLGATE_TEST_TOKEN="+x.token, "TILLGATE_EXPLAIN=0s")
	cmd.Env = append(cmd.Env, x.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// start runs the daemon and returns when its page can be opened and the scanner on
// the counter, if one is configured, listens: what was read before that is old.
func (x *till) start() {
	x.t.Helper()
	before := len(x.log.text())
	if !x.launch() {
		x.t.Fatalf("the daemon ended before it was ready:\n%s", x.log.tail(20))
	}
	config, err := os.ReadFile(x.config)
	if err != nil {
		x.t.Fatal(err)
	}
	if _, err := os.Stat(x.scanner.Path()); err != nil {
		return
	}
	for _, needs := range []string{fmt.Sprintf("path = %q", x.scanner.Path()), "id = \"counter\"", "level = \"debug\""} {
		if !bytes.Contains(config, []byte(needs)) {
			return
		}
	}
	eventually(x.t, "the scanner listens", func() bool {
		return x.dead.Load() || strings.Contains(x.log.text()[before:], `msg="scanner ready" device=serial:counter`)
	})
}

// launch is start; false if the daemon has ended before its page can be opened.
func (x *till) launch() bool {
	x.t.Helper()
	x.cmd = x.command("run")
	started := func() {}
	if x.disk != nil {
		started = x.disk.under(x.t, x.cmd)
	}
	ready := make(chan string, 1)
	out, err := x.cmd.StderrPipe()
	if err != nil {
		x.t.Fatal(err)
	}
	if err := x.cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	started()
	go x.log.read(out, ready)
	select {
	case page, ok := <-ready:
		x.page = page
		return ok
	case <-time.After(soon()):
		x.t.Fatalf("the daemon was not ready within %v:\n%s", soon(), x.log.tail(20))
		return false
	}
}

// kill ends the daemon with SIGKILL, if it runs.
func (x *till) kill() {
	if x.cmd != nil {
		x.cmd.Process.Kill()
		x.cmd.Wait()
		x.cmd = nil
	}
}

// stop ends the daemon with SIGTERM and checks that it went in order.
func (x *till) stop() {
	x.t.Helper()
	x.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan error, 1)
	go func() { done <- x.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			x.t.Errorf("the daemon did not stop in order: %v\n%s", err, x.log.tail(20))
		}
	case <-time.After(10 * time.Second):
		x.t.Errorf("the daemon did not stop within 10 s of SIGTERM:\n%s", x.log.tail(20))
		x.cmd.Process.Kill()
		<-done
	}
	x.cmd = nil
}

// tillgate runs a command line and returns what it said.
func (x *till) tillgate(args ...string) (stdout, stderr string, code int) {
	x.t.Helper()
	cmd := x.command(args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	cmd.Run()
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// logFile gathers what daemons wrote to their standard error.
type logFile struct {
	mu    sync.Mutex
	lines []string
}

var readyLine = regexp.MustCompile(`msg="tillgate is ready".* page=(\S+)`)

func (l *logFile) read(r io.Reader, ready chan<- string) {
	defer close(ready)
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		l.mu.Lock()
		l.lines = append(l.lines, s.Text())
		l.mu.Unlock()
		if m := readyLine.FindStringSubmatch(s.Text()); m != nil {
			select {
			case ready <- m[1]:
			default:
			}
		}
	}
}

// follow gathers what a program writes to its standard error from its start on;
// logged waits for the last of it. The program must have ended by then.
func (l *logFile) follow(t *testing.T, cmd *exec.Cmd) (logged func()) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = w
	done := make(chan struct{})
	go func() { defer close(done); l.read(r, make(chan string, 1)) }()
	return func() {
		w.Close()
		<-done
		r.Close()
	}
}

func (l *logFile) text() string {
	if l == nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

func (l *logFile) tail(n int) string {
	lines := strings.Split(l.text(), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// eventually waits until ok says so.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon())
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s", soon(), what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// earned is how often each sale has earned in the central API's ledger.
func (x *till) earned() map[loyalty.Key]int {
	x.t.Helper()
	times := map[loyalty.Key]int{}
	for i := range 500 {
		records, err := x.central.Ledger(loyalty.CustomerID(fmt.Sprintf("c%06d", i+1)))
		if err != nil {
			x.t.Fatal(err)
		}
		for _, r := range records {
			if r.Kind == server.Earned {
				times[r.Sale]++
			}
		}
	}
	return times
}

// filler fills the disk of the data folder to the last block; room gives that back.
func (x *till) filler() (room func()) {
	x.t.Helper()
	f, err := os.Create(x.data("filler"))
	if err != nil {
		x.t.Fatal(err)
	}
	for _, size := range []int{1 << 16, 1 << 12, 1} {
		for block, err := make([]byte, size), error(nil); err == nil; {
			_, err = f.Write(block)
		}
	}
	return func() {
		if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
			x.t.Error(err)
		}
	}
}

// spent are the redemptions of a customer in the central API's ledger.
func (x *till) spent(id loyalty.CustomerID) (n int, points loyalty.Points) {
	x.t.Helper()
	records, err := x.central.Ledger(id)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, r := range records {
		if r.Kind == server.Spent {
			n++
			points += -r.Points
		}
	}
	return n, points
}
