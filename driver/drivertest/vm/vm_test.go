package vm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

// tillgate is where the guest has the program.
const tillgate = "/bin/tillgate"

// TestScannersInTheKernel runs the tests of this package that need real devices.
func TestScannersInTheKernel(t *testing.T) {
	vm.Boot(t, vm.Options{Run: "^TestGuest", Modules: vm.Scanners, Files: map[string][]byte{"/etc/quiet": []byte(os.Getenv("TILLGATE_QUIET"))}})
}

// TestDaemonInTheKernel runs those in which the real program has the scanners.
func TestDaemonInTheKernel(t *testing.T) {
	vm.Need(t)
	bin := build(t)
	run := "^TestDaemon"
	cycles := os.Getenv("TILLGATE_CYCLES")
	if cycles != "" {
		run += "Cycles"
	}
	vm.Boot(t, vm.Options{Run: run, Timeout: 30 * time.Minute, Modules: vm.Scanners, Programs: map[string]string{tillgate: bin},
		Files: map[string][]byte{"/etc/cycles": []byte(cycles)}})
}

// build makes the real program for the guest.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "tillgate")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", bin, "../../../cmd/tillgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// TestIdleInstructions counts what a till does while nobody scans: "make bench-idle".
func TestIdleInstructions(t *testing.T) {
	if os.Getenv("TILLGATE_IDLE") != "1" {
		t.Skip("counts instructions for minutes: make bench-idle runs it")
	}
	vm.Need(t)
	vm.Boot(t, vm.Options{Run: "^TestIdleTill", Timeout: 30 * time.Minute, Modules: vm.Scanners, Programs: map[string]string{tillgate: build(t)}, Counted: true})
}
