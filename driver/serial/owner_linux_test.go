package serial_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tillgate/tillgate/driver"
	"github.com/tillgate/tillgate/driver/drivertest"
	"github.com/tillgate/tillgate/driver/serial"
)

// ownerPort makes the test binary a program that owns the port of that name
// until it is killed.
const ownerPort = "TILLGATE_TEST_OWN_PORT"

func TestMain(m *testing.M) {
	if path := os.Getenv(ownerPort); path != "" {
		own(path)
		return
	}
	os.Exit(m.Run())
}

func own(path string) {
	d, err := serial.New([]serial.Config{{Path: path}})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := driver.NewSupervisor(slog.New(slog.DiscardHandler), d)
	go func() {
		for range s.Changed() {
			fmt.Println(s.Report()[0].State, s.Report()[0].Reason)
		}
	}()
	_ = s.Run(context.Background())
}

// another starts a program that has the port.
func another(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), ownerPort+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, string(driver.Ready)) {
		t.Fatalf("the other program says %q, %v", line, err)
	}
	return cmd
}

// Two daemons, one scanner: the second says who has it, and takes it up when the
// first one dies, however it dies.
func TestOwnerThatIsKilled(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	first := another(t, p.Path())
	b := run(t, serial.Config{Path: p.Path()})
	b.until("busy", func(r []driver.Status) bool {
		return r[0].State == driver.Busy && strings.Contains(r[0].Reason, fmt.Sprintf("(process %d)", first.Process.Pid))
	})
	d, err := serial.New([]serial.Config{{Path: p.Path()}})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := d.Find(t.Context()); err != nil || !strings.Contains(found[0].Problem, fmt.Sprintf("(process %d)", first.Process.Pid)) {
		t.Errorf("found %+v, %v", found, err)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	b.ready()
	if err := p.Scan(card(1)); err != nil {
		t.Fatal(err)
	}
	b.want(card(1))
}

// A child of the daemon, such as the browser, does not keep the port.
func TestChildrenDoNotInheritThePort(t *testing.T) {
	t.Parallel()
	p := plug(t, drivertest.Personality{Suffix: "\r"})
	run(t, serial.Config{Path: p.Path()}).ready()
	out, err := exec.Command("ls", "-l", "/proc/self/fd").Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), p.Port()+"\n") {
		t.Errorf("a child has the port open:\n%s", out)
	}
}
