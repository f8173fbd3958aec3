package vm

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Options are what a machine is made of.
type Options struct {
	Run      string            // pattern of the tests to run in the guest
	Modules  []string          // kernel modules beside those they need
	Programs map[string]string // further programs of the guest: path there, path here
	Files    map[string][]byte // further files of the guest, by path
	Args     []string          // further arguments of QEMU
	Sleeps   bool              // the machine can be put to sleep, and wakes (ACPI S3); it starts some seconds later
	Counted  bool              // an instruction takes one nanosecond of the guest's time, and its waiting none of ours
	Console  func(line string) // is called with each line of the guest's console, or nil
	Timeout  time.Duration     // of the whole run; 0 is eight minutes
}

// Scanners are the modules for every kind of scanner, cameras among them.
var Scanners = []string{"vhci-hcd", "usbhid", "hid-generic", "evdev", "cdc-acm", "uinput", "vivid"}

// Boot runs tests of the calling test binary in a virtual machine; each becomes a
// subtest of t. It is an error if none ran.
func Boot(t *testing.T, o Options) {
	t.Helper()
	kernel := Need(t)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	img, err := initramfs(binary, o.Modules, o.Programs, o.Files)
	if err != nil {
		t.Fatal(err)
	}
	initrd := filepath.Join(t.TempDir(), "initrd")
	if err := os.WriteFile(initrd, img, 0o644); err != nil {
		t.Fatal(err)
	}
	if o.Timeout == 0 {
		o.Timeout = 8 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), o.Timeout)
	defer cancel()
	machine := "q35"
	if o.Sleeps {
		// QEMU wakes a machine by a reset, which writes what was loaded at the start
		// into memory once more. An unpacked kernel is loaded as it runs, and its
		// data would be gone; a packed one is copied by firmware at the start alone.
		// A q35 wakes and then hears no command to sleep or to switch off any more.
		kernel, machine = filepath.Join(dir(), "vmlinuz"), "pc"
	}
	processors := []string{"-accel", "tcg,thread=multi", "-smp", "2"}
	if o.Counted {
		// One processor: time that goes on for both would count twice.
		processors = []string{"-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=0,sleep=off"}
	}
	args := append(processors, "-cpu", "qemu64", "-m", "512", "-M", machine, "-nodefaults",
		"-vga", "none", "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", kernel, "-initrd", initrd,
		"-append", "console=ttyS0 panic=-1 quiet no_timer_check -- -test.v -test.count=1 -test.run="+o.Run)
	args = append(args, o.Args...)
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", args...)
	dieWithUs(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for s := bufio.NewScanner(out); s.Scan(); {
		lines = append(lines, strings.TrimRight(s.Text(), "\r"))
		if o.Console != nil {
			o.Console(lines[len(lines)-1])
		}
	}
	if err := errors.Join(cmd.Wait(), ctx.Err()); err != nil {
		t.Errorf("virtual machine: %v", err)
	}
	report(t, lines)
}

// Need returns the kernel, or skips the test, or fails it where it must run. Boot
// calls it; a test that has to build something before does so itself.
func Need(t *testing.T) string {
	t.Helper()
	if os.Getenv("TILLGATE_E2E") != "1" {
		t.Skip("starts a virtual machine: make e2e runs it")
	}
	if raced {
		t.Skip("not with the race detector: make e2e runs this without")
	}
	kernel := filepath.Join(dir(), "vmlinux")
	missing := ""
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		missing = "QEMU is not installed"
	}
	for _, k := range []string{kernel, filepath.Join(dir(), "vmlinuz")} {
		if _, err := os.Stat(k); err != nil && missing == "" {
			missing = "there is no kernel " + k
		}
	}
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s: run driver/drivertest/vm/setup.sh first", missing)
	default:
		t.Skipf("NOT TESTED AGAINST REAL KERNEL DEVICES: %s. driver/drivertest/vm/setup.sh fetches what is missing.", missing)
	}
	return kernel
}

var result = regexp.MustCompile(`^( *)--- (PASS|FAIL|SKIP): (\S+)`)

// said is what a test in the guest has logged: figures, mostly.
var said = regexp.MustCompile(`^ +\w+_test\.go:\d+: `)

// report turns the console of the guest into subtests.
func report(t *testing.T, lines []string) {
	t.Helper()
	passed, code := 0, ""
	for i, l := range lines {
		if said.MatchString(l) && !t.Failed() {
			t.Log(strings.TrimSpace(l))
		}
		if c, ok := strings.CutPrefix(l, ended); ok {
			code = c
		}
		m := result.FindStringSubmatch(l)
		if m == nil || m[1] != "" || m[2] == "SKIP" {
			continue
		}
		passed++
		t.Run(m[3], func(t *testing.T) {
			if m[2] == "FAIL" {
				t.Error(strings.Join(lines[max(0, i-40):min(len(lines), i+20)], "\n"))
			}
		})
	}
	if code != "0" || passed == 0 {
		t.Errorf("guest ended with %q after %d tests:\n%s", code, passed, strings.Join(lines[max(0, len(lines)-80):], "\n"))
	}
	if t.Failed() {
		t.Logf("guest:\n%s", strings.Join(lines, "\n"))
	}
}
