package vm

import (
	"os/exec"
	"syscall"
)

// dieWithUs ends QEMU when the test is killed.
func dieWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
