package vm_test

import (
	"testing"

	"github.com/tillgate/tillgate/driver/drivertest/vm"
)

func TestMain(m *testing.M) { vm.Main(m) }

// TestScannersInTheKernel runs the tests of this package that need real devices.
func TestScannersInTheKernel(t *testing.T) {
	vm.Boot(t, vm.Options{Run: "^TestGuest", Modules: vm.Scanners})
}
