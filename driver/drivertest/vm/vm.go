// Package vm runs tests in a virtual machine with a kernel of its own, where
// virtual scanners are plugged into real USB and input drivers.
//
// A test binary is its own guest: the machine's initramfs holds that binary as
// /init, the libraries it is linked to, and the kernel modules of USB and input.
// The package under test needs
//
//	func TestMain(m *testing.M) { vm.Main(m) }
//
// a test that calls Boot, and tests for the guest that begin with Inside(t). The
// machine is QEMU with software emulation: about ten seconds from start to end,
// no root, no KVM (which many test machines show and can not use).
//
// It runs where the environment has TILLGATE_E2E=1, as make e2e sets it: the
// machine takes the processor of whoever else works here. setup.sh fetches the
// kernel. Where it was not run, or QEMU is missing, Boot skips and says so, and
// fails if the environment has CI=true.
package vm

import (
	"os"
	"path/filepath"
	"testing"
)

// Main runs the tests of a package, in the guest or outside.
func Main(m *testing.M) {
	if os.Getpid() == 1 {
		guest(m)
	}
	os.Exit(m.Run())
}

// Inside skips a test that is for the guest alone.
func Inside(t *testing.T) {
	t.Helper()
	if os.Getpid() != 1 {
		t.Skip("runs in the virtual machine")
	}
}

// dir is where setup.sh puts things.
func dir() string {
	if d := os.Getenv("TILLGATE_E2E_DIR"); d != "" {
		return d
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "tillgate-e2e")
}
